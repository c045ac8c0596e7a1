package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"grazie/crm"
)

const scriptInText = `<img src=x onerror=alert(1)> & "so"`

// stageTasks puts something on each page of its area.
func stageTasks(s *scene) {
	s.buys("7101", "71")
	for kind, detail := range map[crm.TaskKind]string{
		crm.TaskLowRating: "A customer is not content with order #7101. Her review says why. " + scriptInText, crm.TaskConnection: "The shop refuses the token since this morning.",
		crm.TaskCallProblem: "מישהי סיפרה על בעיה", crm.TaskTellCustomer: strings.Repeat("Donaudampfschifffahrtsgesellschaft", 4),
	} {
		t := crm.Task{ShopID: s.shopID, Kind: kind, Source: "stage:" + string(kind), Detail: detail}
		if kind != crm.TaskConnection {
			t.OrderID, t.CustomerID = "7101", "71"
		}
		if err := s.store.OpenTask(s.t.Context(), t); err != nil {
			s.t.Fatal(err)
		}
	}
	all, err := s.store.OpenTasks(s.t.Context(), s.shopID, crm.TaskTellCustomer, "", 1)
	if err != nil || len(all) == 0 {
		s.t.Fatal(all, err)
	}
	s.ids["task"] = all[0].ID
	if err := s.store.TakeTask(s.t.Context(), s.shopID, all[0].ID, "", s.staff["manager"].ID, "Maximiliane von Hohenstaufen-Wiedenbrück"); err != nil {
		s.t.Fatal(err)
	}
}

// theTask is an open task of a kind, and how its page shows it.
func (s *scene) theTask(kind crm.TaskKind) (crm.Task, string) {
	s.t.Helper()
	all, err := s.store.OpenTasks(s.t.Context(), s.shopID, kind, "", 1)
	if err != nil || len(all) == 0 {
		s.t.Fatal(all, err)
	}
	return all[0], s.hiddenIn("/tasks", all[0].ID, "seen")
}

// hiddenIn is a hidden field of the form on a page whose address holds a text.
func (s *scene) hiddenIn(path, action, name string) string {
	s.t.Helper()
	inside := false
	for _, n := range elementsOf(s.t, s.see("support", path).body) {
		if n.Data == "form" {
			inside = strings.Contains(attrOf(n, "action"), action)
		}
		if inside && n.Data == "input" && attrOf(n, "name") == name {
			return attrOf(n, "value")
		}
	}
	s.t.Fatalf("%s has no form about %s with %s", path, action, name)
	return ""
}

// Each kind of task says what it is and what to do, in both languages.
func TestTasksSayWhatToDo(t *testing.T) {
	s := newScene(t)
	for _, kind := range crm.TaskKinds {
		if err := s.store.OpenTask(t.Context(), crm.Task{ShopID: s.shopID, Kind: kind, Source: "x", Detail: scriptInText}); err != nil {
			t.Fatal(err)
		}
	}
	a := s.see("viewer", "/tasks")
	s.shows(a, "The shop refuses Grazie", "A mail would have been wrong", "&lt;img src=x")
	if strings.Contains(a.body, "<img") || strings.Contains(a.body, "/take") {
		t.Errorf("a viewer is shown %s", a.body)
	}
	s.shows(s.see("support", "/tasks?kind=approval"), "A gift waits for a yes", "I take it")
	if body := s.see("support", "/tasks?kind=approval").body; strings.Contains(body, "Connect the shop again") {
		t.Error("another kind is shown")
	}
}

// Staff takes a task, which the others see, and notes what was done.
func TestTasksAreDone(t *testing.T) {
	s := newScene(t)
	stageTasks(s)
	task, seen := s.theTask(crm.TaskLowRating)
	s.leads(s.post("support", "/tasks/"+task.ID+"/take", url.Values{"seen": {seen}}), "/tasks?said=tasks.said.taken")
	s.shows(s.see("manager", "/tasks"), "Kim support is on it")
	if e := s.logged(); e.Action != "tasks.take" || e.Target != task.ID || e.Staff != s.staff["support"].ID {
		t.Errorf("%+v", e)
	}
	if a := s.post("manager", "/tasks/"+task.ID+"/done", url.Values{"seen": {seen}, "how": {"wrote to her"}}); a.status != http.StatusConflict {
		t.Errorf("a stale page: %d", a.status)
	}
	_, seen = s.theTask(crm.TaskLowRating)
	long := strings.Repeat("é", 501)
	if a := s.post("support", "/tasks/"+task.ID+"/done", url.Values{"seen": {seen}, "how": {long}}); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, long) || !strings.Contains(a.body, "up to 500 letters") {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := s.post("support", "/tasks/"+task.ID+"/done", url.Values{"seen": {seen}}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("without a word: %d", a.status)
	}
	s.leads(s.post("support", "/tasks/"+task.ID+"/done", url.Values{"seen": {seen}, "how": {"wrote to her"}}), "/tasks?said=tasks.said.done")
	if e := s.logged(); e.Action != "tasks.finish" || strings.Contains(e.Why+e.Detail, "wrote") {
		t.Errorf("%+v", e)
	}
	s.shows(s.see("viewer", "/tasks?state=done"), "Kim support: wrote to her", "A customer is not content")
	if done, err := s.store.Task(t.Context(), s.shopID, task.ID); err != nil || done.DoneAt.IsZero() {
		t.Errorf("%+v %v", done, err)
	}
	if a := s.post("support", "/tasks/"+task.ID+"/done", url.Values{"seen": {seen}, "how": {"again"}}); a.status != http.StatusConflict {
		t.Errorf("done twice: %d", a.status)
	}
	if a := s.post("viewer", "/tasks/"+task.ID+"/take", url.Values{}); a.status != http.StatusForbidden {
		t.Errorf("a viewer: %d", a.status)
	}
}
