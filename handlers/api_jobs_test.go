package handlers_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/store"
)

type job map[string]any

func because(more job) job {
	j := job{"reason": "she asked"}
	for k, v := range more {
		j[k] = v
	}
	return j
}

type jobAnswer struct {
	Sentence, Decision, Reason, Why string
	Message                         *struct {
		crm.Message
		Sentence string
	}
	Effects []struct {
		Kind, Sentence string
		Worth          crm.Money
	}
	Mail *struct {
		From, To            crm.Mailbox
		Subject, Text, HTML string
	}
	Until time.Time
}

// A dry run shows the decision, the effects and the mail, and plans nothing;
// the same without it is planned and rung for.
func TestCreateJob(t *testing.T) {
	c := newCounter(t)
	c.buys("1001", "77")
	apology := because(job{"journey": "apology", "order": "#1001", "offer": "code", "note": "I am so sorry.", "dry_run": true})
	a := c.ask("manager", "POST /jobs", apology)
	c.is("a dry run", a, http.StatusOK)
	var shown jobAnswer
	c.into(a, &shown)
	if shown.Decision != "send" || shown.Sentence != "It would be sent now." || shown.Message != nil || len(shown.Effects) != 1 || shown.Effects[0].Kind != "discount_code" ||
		!strings.HasPrefix(shown.Effects[0].Sentence, "discount code of 10 %, good until 20") || shown.Effects[0].Worth.Minor == 0 {
		t.Errorf("%+v", shown)
	}
	if m := shown.Mail; m == nil || m.To.Email != "anna77@posta.example" || m.From.Email != "anna@bottega.example" || m.Subject == "" ||
		!strings.Contains(m.Text, "I am so sorry.") || !strings.Contains(m.HTML, "<") {
		t.Errorf("%+v", m)
	}
	if all := c.messages(); len(all) != 0 || len(c.rings()) != 0 {
		t.Fatalf("%+v", all)
	}

	thanks := because(job{"journey": "thank_you", "order": "1001", "note": "See you"})
	a = c.ask("support", "POST /jobs", thanks)
	c.is("a job", a, http.StatusAccepted)
	var made jobAnswer
	c.into(a, &made)
	m := made.Message
	if m == nil || m.State != crm.Planned || m.Ask == nil || m.Ask.By != "support" || m.Ask.Note != "See you" || made.Decision != "send" || made.Mail != nil ||
		!strings.HasPrefix(made.Sentence, "Planned for 20") || !strings.Contains(made.Sentence, "Z. By hand, support: she asked.") {
		t.Fatalf("%s", a.body)
	}
	if got := a.header.Get("Location"); got != "/api/v1/shops/"+c.shopID+"/messages/"+m.ID {
		t.Errorf("Location: %s", got)
	}
	if rung := c.rings(); len(rung) != 1 || rung[0] != m.ID {
		t.Errorf("rung for %v", rung)
	}
	c.is("where it is told of", c.ask("viewer", "GET "+a.header.Get("Location"), nil), http.StatusOK, m.ID, `"sentence":"Planned for`)

	c.sent(m.ID)
	for _, dry := range []bool{false, true} {
		thanks["dry_run"] = dry
		a = c.ask("support", "POST /jobs", thanks)
		c.is("once more", a, http.StatusConflict, m.ID+" stands in the way: it is sent", `"message":{"id":"`+m.ID, `"sentence":"Sent 20`)
	}
	delete(thanks, "dry_run")
	thanks["again"] = "her old address"
	c.is("a second one", c.ask("support", "POST /jobs", thanks), http.StatusAccepted, "A second one for this occasion: her old address.")
	c.is("why", c.ask("viewer", "GET /customers/77/why", nil), http.StatusOK, "A second one for this occasion", `"customer":"77"`, `"sentence":"Sent 20`)
	for _, who := range []string{"ANNA77@posta.example", "anna77%40posta.example"} {
		c.is(who, c.ask("viewer", "GET /customers/"+who+"/why", nil), http.StatusOK, `"customer":"77"`)
	}
	c.is("nobody's", c.ask("viewer", "GET /customers/none/why", nil), http.StatusNotFound, `there is no customer \"none\" of this shop here`)
	c.is("no message", c.ask("viewer", "GET /messages/msg_none", nil), http.StatusNotFound, `there is no message \"msg_none\"`)
}

func (c *counter) messages() []crm.Message {
	c.t.Helper()
	all, err := c.store.Messages(c.t.Context(), c.shopID, store.MessageFilter{Limit: 100})
	if err != nil {
		c.t.Fatal(err)
	}
	return all
}

// The decision is told beforehand and with what is planned: a shop that is
// paused or gone, a cancelled order.
func TestJobsOfAShopThatRests(t *testing.T) {
	c := newCounter(t)
	c.buys("1001", "77")
	thanks := because(job{"journey": "thank_you", "order": "1001"})
	dry := because(job{"journey": "thank_you", "order": "1001", "dry_run": true})
	for _, state := range []struct {
		shop     crm.ShopState
		decision string
		says     string
	}{
		{crm.ShopPaused, "defer", "It would wait. " + crm.ReasonShopPaused.Sentence()},
		{crm.ShopUninstalled, "skip", "It would not be sent. " + crm.ReasonShopUninstalled.Sentence()},
	} {
		c.set(func(s *crm.Shop) { s.State = state.shop })
		a := c.ask("support", "POST /jobs", dry)
		c.is(string(state.shop), a, http.StatusOK, `"decision":"`+state.decision+`"`, `"sentence":"`+state.says+`"`, `"reason":"shop_`)
		var v jobAnswer
		if c.into(a, &v); v.Mail != nil || v.Until.IsZero() != (state.decision == "skip") {
			t.Errorf("%+v", v)
		}
		c.is(string(state.shop), c.ask("support", "POST /jobs", thanks), http.StatusAccepted, `"decision":"`+state.decision+`"`, state.says)
	}
}

// What is wrong with a request is told with its place; nothing is planned.
func TestJobsThatCannotBe(t *testing.T) {
	c := newCounter(t)
	c.buys("1001", "77")
	thanks := func(more job) job { return because(job{"journey": "thank_you"}).with(more) }
	for name, x := range map[string]struct {
		body   any
		status int
		words  []string
	}{
		"no JSON":          {"{", 400, nil},
		"nothing":          {"", 400, nil},
		"an array":         {"[]", 422, nil},
		"null":             {"null", 422, nil},
		"no journey":       {job{"reason": "x", "order": "1001"}, 422, []string{"journey"}},
		"another journey":  {because(job{"journey": "name_day", "order": "1001"}), 422, []string{`"field":"journey"`, "thank_you"}},
		"no reason":        {job{"journey": "thank_you", "order": "1001"}, 422, []string{"reason"}},
		"an empty reason":  {thanks(job{"order": "1001", "reason": "  "}), 422, []string{`"field":"reason"`, "say why"}},
		"what hides":       {thanks(job{"order": "1001", "note": "a\u202eb"}), 422, []string{`"field":"note"`, "cannot be shown"}},
		"a long note":      {thanks(job{"order": "1001", "note": strings.Repeat("a", 501)}), 422, []string{`"field":"note"`}},
		"two things wrong": {thanks(job{"order": "1001", "note": "a\u0007b", "reason": "\u202e"}), 422, []string{`"errors":[{"field":"reason"`, `{"field":"note"`}},
		"another offer":    {thanks(job{"order": "1001", "offer": "money"}), 422, []string{`"field":"offer"`}},
		"a number":         {thanks(job{"order": 1001}), 422, []string{`"field":"order"`}},
		"an unknown word":  {thanks(job{"order": "1001", "colour": "red"}), 422, []string{`"field":"colour"`, "unexpected property"}},
		"approval":         {thanks(job{"order": "1001", "approval": "me"}), 422, []string{`"field":"approval"`}},
		"by":               {thanks(job{"order": "1001", "by": "somebody else"}), 422, []string{`"field":"by"`}},
		"no target":        {thanks(nil), 422, []string{"name one of customer, email, order and return"}},
		"two targets":      {thanks(job{"order": "1001", "customer": "77"}), 422, []string{"name one of"}},
		"no such order":    {thanks(job{"order": "9"}), 404, []string{`there is no order \"9\"`, `"field":"order"`}},
		"no such email":    {thanks(job{"email": "x@posta.example"}), 404, []string{`there is no customer`}},
		"no occasion":      {thanks(job{"customer": "77"}), 422, []string{"it needs an order"}},
		"no first one":     {thanks(job{"order": "1001", "again": "why not"}), 422, []string{`"field":"again"`}},
		"too large":        {`{"note":"` + strings.Repeat("a", 70_000) + `"}`, 413, []string{"64 KiB"}},
		"deep":             {strings.Repeat("[", 60_000), 400, nil},
		"NUL":              {thanks(job{"order": "10\x0001"}), 404, nil},
		"odd bytes":        {`{"journey":"thank_you","reason":"` + "\xff\xfe" + `","order":"1001"}`, 422, []string{"reason"}},
	} {
		c.is(name, c.ask("owner", "POST /jobs", x.body), x.status, x.words...)
	}
	if a := c.send("POST", "/api/v1/shops/"+c.shopID+"/jobs", http.Header{"Authorization": {"Bearer " + c.tokens["owner"]},
		"Content-Type": {"application/x-www-form-urlencoded"}}, strings.NewReader("journey=thank_you&order=1001&reason=x")); a.status != http.StatusUnsupportedMediaType {
		t.Errorf("a form: %d %s", a.status, a.body)
	}
	c.is("another method", c.ask("owner", "DELETE /jobs", nil), http.StatusMethodNotAllowed)
	c.is("another route", c.ask("owner", "GET /jobs/1", nil), http.StatusNotFound)
	if all := c.messages(); len(all) != 0 {
		t.Errorf("%+v", all)
	}
}

func (j job) with(more job) job {
	for k, v := range more {
		j[k] = v
	}
	return j
}

// The yes comes from somebody else than who asked, and once.
func TestApproveMessage(t *testing.T) {
	c := newCounter(t)
	c.buys("1001", "77")
	c.set(func(s *crm.Shop) { s.Rules = crm.Values{"approval_limit": "1.00"} })
	apology := because(job{"journey": "apology", "order": "1001", "offer": "code"})
	a := c.ask("manager", "POST /jobs", apology)
	c.is("above the limit", a, http.StatusAccepted, `"decision":"defer"`, `"reason":"needs_approval"`, "It would wait. The gift is above the limit")
	var made jobAnswer
	c.into(a, &made)
	yes := "POST /messages/" + made.Message.ID + "/approve"
	c.is("who asked", c.ask("manager", yes, nil), http.StatusForbidden, "somebody else than who asked for it must say yes")
	c.is("support", c.ask("support", yes, nil), http.StatusForbidden)
	c.is("the owner", c.ask("owner", yes, nil), http.StatusOK, `"approval":"owner"`)
	c.sent(made.Message.ID)
	c.is("too late", c.ask("owner", yes, nil), http.StatusConflict, made.Message.ID)
	c.is("none", c.ask("owner", "POST /messages/msg_none/approve", nil), http.StatusNotFound)
}

func TestTasks(t *testing.T) {
	c := newCounter(t)
	c.is("none", c.ask("viewer", "GET /tasks", nil), http.StatusOK, `{"tasks":[]}`)
	if err := c.store.OpenTask(t.Context(), crm.Task{ShopID: c.shopID, Kind: crm.TaskLowRating, Source: "review:1", Detail: "two stars"}); err != nil {
		t.Fatal(err)
	}
	var list struct{ Tasks []crm.Task }
	c.into(c.ask("viewer", "GET /tasks?limit=1", nil), &list)
	if len(list.Tasks) != 1 || list.Tasks[0].Detail != "two stars" {
		t.Fatalf("%+v", list)
	}
	done := "POST /tasks/" + list.Tasks[0].ID + "/done"
	c.is("without how", c.ask("support", done, job{"how": " "}), http.StatusUnprocessableEntity, `"field":"how"`)
	c.is("done", c.ask("support", done, job{"how": "called her"}), http.StatusNoContent)
	c.is("twice", c.ask("support", done, job{"how": "called her"}), http.StatusNotFound, "there is no open task")
	c.is("nothing left", c.ask("viewer", "GET /tasks", nil), http.StatusOK, `{"tasks":[]}`)
	c.is("with what is done", c.ask("viewer", "GET /tasks?done=true", nil), http.StatusOK, `"done_by":"support: called her"`)
	c.is("a limit", c.ask("viewer", "GET /tasks?limit=0", nil), http.StatusUnprocessableEntity, `"field":"query.limit"`)
}

// Without the database nobody is told that something was done.
func TestAPIWithoutTheDatabase(t *testing.T) {
	c := newCounter(t)
	c.closeStore()
	for _, where := range []string{"GET /tasks", "POST /jobs"} {
		a := c.ask("owner", where, because(job{"journey": "thank_you", "order": "1"}))
		c.is(where, a, http.StatusServiceUnavailable, "try again")
		if a.header.Get("Retry-After") == "" {
			t.Errorf("%s: no Retry-After", where)
		}
	}
	c.store = c.open()
}
