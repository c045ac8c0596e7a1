package handlers_test

import (
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"grazie/crm"
	"grazie/integrations/outbox"
	"grazie/store"
)

// stageStaff puts something on each page of its area.
func stageStaff(s *scene) {
	s.t.Helper()
	add := func(p crm.Staff, m store.Member) crm.Staff {
		p, err := s.store.AddStaff(s.t.Context(), p, m)
		if err != nil {
			s.t.Fatal(err)
		}
		return p
	}
	long := add(crm.Staff{Email: "maximiliane.von-und-zu-hohenfels-wartenberg@filiale.bottega-di-una-volta.example", Name: "Maximiliane Antoinette von und zu Hohenfels-Wartenberg 🌻"},
		store.Member{ShopID: s.shopID, Role: store.Manager, GiftLimit: "25.00"})
	add(crm.Staff{Email: "salma@staff.example", Name: "سلمى <img src=x onerror=alert(1)>"}, store.Member{ShopID: s.shopID, Role: store.Support})
	add(crm.Staff{Email: "head@office.example", Name: "Head office"}, store.Member{Role: store.Owner})
	var i store.Invitation
	for _, who := range []string{"<script>alert(1)</script>", "Kim owner"} {
		var err error
		if i, _, err = s.store.Invite(s.t.Context(), store.Invitation{Email: "new" + string(who[0]) + "@staff.example", ShopID: s.shopID, Role: store.Viewer, By: who, Until: s.Now().Add(store.InvitationTime)}); err != nil {
			s.t.Fatal(err)
		}
	}
	s.ids["staff"], s.ids["invitation"] = long.ID, i.ID
}

// mailed are mails that were handed over, by the real outbox in a folder.
type mailed struct {
	t   *testing.T
	dir string
	box *outbox.Mailer
}

func (m *mailed) use(d *door) {
	m.t, m.dir = d.t, filepath.Join(d.t.TempDir(), "outbox")
	m.box = outbox.New(m.dir, d.Now)
	d.options.Mailer = m.box
}

func (m *mailed) sent() (all []outbox.Mail) {
	m.t.Helper()
	page, err := m.box.Mails("", 100)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		m.t.Fatal(err)
	}
	return page.Mails
}

// fail leaves no folder to write into.
func (m *mailed) fail() {
	m.t.Helper()
	if err := errors.Join(os.RemoveAll(m.dir), os.WriteFile(m.dir, nil, 0o600)); err != nil {
		m.t.Fatal(err)
	}
}

// roleOf is what somebody may in the shop; empty: nothing.
func (s *scene) roleOf(who string) store.Role {
	s.t.Helper()
	m, err := s.store.MemberOf(s.t.Context(), s.staff[who].ID, s.shopID)
	if err != nil {
		return ""
	}
	return m.Role
}

var hiddenSeen = regexp.MustCompile(`name="seen" value="([^"]*)"`)

func (s *scene) seenOn(who, path string) string {
	s.t.Helper()
	m := hiddenSeen.FindStringSubmatch(s.see(who, path).body)
	if m == nil {
		s.t.Fatalf("%s has no seen", path)
	}
	return m[1]
}

func TestStaffList(t *testing.T) {
	s := newScene(t)
	stageStaff(s)
	s.shows(s.see("owner", "/staff"), "Kim owner", "Kim viewer", "25.00 EUR", "all shops", "&lt;img src=x", "&lt;script&gt;", "password alone", "new&lt;@staff.example")
	if a := s.see("owner", "/staff"); strings.Contains(a.body, "Kim stranger") || strings.Contains(a.body, "<img src=x") {
		t.Error(a.body)
	}
	if a := s.see("manager", "/staff"); a.status != http.StatusForbidden {
		t.Errorf("a manager sees it: %d", a.status)
	}
}

func TestStaffChanges(t *testing.T) {
	s := newScene(t)
	path := "/staff/" + s.staff["support"].ID
	form := func(more ...string) url.Values {
		v := url.Values{"seen": {s.seenOn("owner", path)}, "role": {"manager"}, "limit": {""}}
		for i := 0; i < len(more); i += 2 {
			v.Set(more[i], more[i+1])
		}
		return v
	}
	stale := form()
	for field, wrong := range map[string]url.Values{"role": form("role", "boss"), "limit": form("limit", "lots")} {
		a := s.post("owner", path, wrong)
		if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, `id="f-`+field+`-wrong"`) || s.roleOf("support") != store.Support {
			t.Errorf("%s: %d %s", field, a.status, a.body)
		}
	}
	if a := s.post("owner", path, form("limit", "lots")); !strings.Contains(a.body, `value="lots"`) {
		t.Error("what was typed is gone")
	}
	s.leads(s.post("owner", path, form("limit", "12,5", "reason", "promoted")), "/staff?said=staff.said.changed")
	m, err := s.store.MemberOf(t.Context(), s.staff["support"].ID, s.shopID)
	if err != nil || m.Role != store.Manager || m.GiftLimit != "12.50" {
		t.Errorf("%+v %v", m, err)
	}
	if e := s.logged(); e.Action != "staff.change" || e.Target != s.staff["support"].ID || e.Detail != "support  -> manager 12.50" || e.Why != "promoted" || e.By != "Kim owner" {
		t.Errorf("%+v", e)
	}
	if a := s.post("owner", path, stale); a.status != http.StatusConflict {
		t.Errorf("a stale page: %d", a.status)
	}
	for _, who := range []string{"manager", "support", "viewer"} {
		if a := s.post(who, path, form()); a.status != http.StatusForbidden {
			t.Errorf("%s: %d", who, a.status)
		}
	}
}

// Nobody cuts off the branch she sits on, nor that of the whole shop.
func TestLastOwnerStays(t *testing.T) {
	s := newScene(t)
	own := "/staff/" + s.staff["owner"].ID
	seen := s.seenOn("owner", own)
	if a := s.post("owner", own, url.Values{"seen": {seen}, "role": {"viewer"}}); a.status != http.StatusUnprocessableEntity || s.roleOf("owner") != store.Owner {
		t.Errorf("she demotes herself: %d", a.status)
	}
	if a := s.post("owner", own+"/remove", url.Values{"seen": {seen}}); a.status != http.StatusUnprocessableEntity || s.roleOf("owner") != store.Owner {
		t.Errorf("she removes herself: %d", a.status)
	}
	s.leads(s.post("owner", own, url.Values{"seen": {seen}, "role": {"owner"}, "limit": {"5"}}), "/staff")
	// Somebody of all shops counts as an owner; without her, the last one stays.
	s.hire("head", store.Owner, "")
	seen = s.seenOn("head", own)
	head, err := s.store.Memberships(t.Context(), s.staff["head"].ID)
	if err != nil || len(head) != 1 {
		t.Fatal(head, err)
	}
	if a := s.post("owner", "/staff/"+s.staff["head"].ID+"/remove", url.Values{"seen": {seen}}); a.status != http.StatusNotFound {
		t.Errorf("of all shops: %d", a.status)
	}
	s.leads(s.post("head", own, url.Values{"seen": {seen}, "role": {"viewer"}}), "/staff")
	if s.roleOf("owner") != store.Viewer {
		t.Error("with another owner it could be done")
	}
}

// Who is removed is out at once, wherever she is signed in.
func TestStaffRemoved(t *testing.T) {
	s := newScene(t)
	path := "/staff/" + s.staff["manager"].ID
	s.shows(s.see("manager", ""))
	s.leads(s.post("owner", path+"/remove", url.Values{"seen": {s.seenOn("owner", path)}, "reason": {"left"}}), "/staff?said=staff.said.removed")
	s.leads(s.see("manager", ""), "/console/sign-in")
	if e := s.logged(); e.Action != "staff.remove" || e.Target != s.staff["manager"].ID || e.Why != "left" {
		t.Errorf("%+v", e)
	}
	if a := s.post("owner", path+"/remove", nil); a.status != http.StatusNotFound {
		t.Errorf("twice: %d", a.status)
	}
	if a := s.see("owner", "/staff/"+s.staff["stranger"].ID); a.status != http.StatusNotFound {
		t.Errorf("another shop's: %d", a.status)
	}
}

var welcomeLink = regexp.MustCompile(`https?://[^\s"<]*(/console/welcome/[a-z0-9]{52})`)

func TestInvite(t *testing.T) {
	mails := &mailed{}
	s := newScene(t, func(d *door) { d.options.PublicURL = "https://grazie.example"; mails.use(d) })
	s.cookies["owner"] = strings.TrimSpace(s.cookies["owner"])
	owner := s.visitor()
	owner.cookies["__Host-grazie"] = s.cookies["owner"]
	send := func(v url.Values) answer { return owner.give(s.at("/staff/invite"), v) }
	for field, wrong := range map[string]url.Values{
		"email": {"email": {"anna"}, "role": {"viewer"}}, "role": {"email": {"anna@staff.example"}}, "limit": {"email": {"anna@staff.example"}, "role": {"viewer"}, "limit": {"-1"}},
	} {
		if a := send(wrong); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, `id="f-`+field+`-wrong"`) {
			t.Errorf("%s: %d %s", field, a.status, a.body)
		}
	}
	if a := send(url.Values{"email": {strings.ToUpper(s.staff["viewer"].Email)}, "role": {"viewer"}}); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "on the staff already") {
		t.Errorf("%d %s", a.status, a.body)
	}
	if len(mails.sent()) != 0 {
		t.Fatal("a mail is out")
	}
	a := send(url.Values{"email": {"anna@staff.example"}, "role": {"support"}, "limit": {"10"}})
	owner.expect(http.StatusOK, "We sent the link to anna@staff.example")
	link := welcomeLink.FindStringSubmatch(a.body)
	sent := mails.sent()
	if link == nil || len(sent) != 1 || sent[0].To.Email != "anna@staff.example" || !strings.Contains(sent[0].Text, link[0]) || !strings.Contains(sent[0].HTML, link[0]) || sent[0].From.Email != "anna@bottega.example" ||
		!strings.Contains(sent[0].Subject, "Bottega") || !strings.Contains(sent[0].Text, "Kim owner") {
		t.Fatalf("%v %+v", link, sent)
	}
	if all, err := s.store.Messages(t.Context(), s.shopID, store.MessageFilter{Limit: 10}); err != nil || len(all) != 0 {
		t.Errorf("it counts as a message: %+v %v", all, err)
	}
	e := s.logged()
	if e.Action != "staff.invite" || e.Detail != "support 10.00" || strings.Contains(e.Target+e.Detail+e.Why, "anna") {
		t.Errorf("%+v", e)
	}
	if strings.Contains(s.log.String(), strings.TrimPrefix(link[1], "/console/welcome/")) {
		t.Error("the log has the link")
	}

	// She sets up her account.
	anna := s.visitor()
	anna.look(link[1])
	anna.expect(http.StatusOK, "Kim owner invites you to Bottega", "anna@staff.example", "Your role: Support")
	for field, wrong := range map[string]url.Values{"name": {"password": {goodPassword}}, "password": {"name": {"Anna"}, "password": {"Bottega-2026"}}} {
		anna.give(link[1], wrong)
		anna.expect(http.StatusUnprocessableEntity, `id="f-`+field+`-wrong"`)
		if strings.Contains(anna.last.body, goodPassword) {
			t.Error("a password is shown again")
		}
	}
	anna.expect(http.StatusUnprocessableEntity)
	anna.give(link[1], url.Values{"name": {"Anna"}, "email": {"other@staff.example"}, "password": {goodPassword}})
	anna.expectTo("/console/" + s.shopID)
	p, err := s.store.StaffByEmail(t.Context(), "anna@staff.example")
	if err != nil || p.Name != "Anna" {
		t.Fatal(p, err)
	}
	if m, err := s.store.MemberOf(t.Context(), p.ID, s.shopID); err != nil || m.Role != store.Support || m.GiftLimit != "10.00" {
		t.Errorf("%+v %v", m, err)
	}
	if !anna.inside() {
		t.Error("she is not in")
	}
	second := s.visitor()
	second.look(link[1])
	second.expect(http.StatusNotFound, "good no more")
	second.give(link[1], url.Values{"name": {"Mallory"}, "password": {goodPassword}})
	second.expect(http.StatusNotFound, "good no more")

	// Somebody with an account signs in and joins; nobody else can in her place.
	send(url.Values{"email": {s.staff["stranger"].Email}, "role": {"viewer"}})
	link = welcomeLink.FindStringSubmatch(owner.last.body)
	second.look(link[1])
	second.expect(http.StatusOK, "has an account already", "/console/sign-in?to=")
	second.give(link[1], url.Values{"name": {"Mallory"}, "password": {goodPassword}})
	second.expectTo(link[1])
	anna.give(link[1], nil)
	anna.expectTo(link[1])
	stranger := s.visitor()
	stranger.cookies["__Host-grazie"] = s.cookies["stranger"]
	stranger.look(link[1])
	stranger.expect(http.StatusOK, "Join the staff")
	stranger.give(link[1], nil)
	stranger.expectTo("/console/" + s.shopID)
	if s.roleOf("stranger") != store.Viewer {
		t.Error("she did not join")
	}

	// A link that was withdrawn is good no more.
	send(url.Values{"email": {"dora@staff.example"}, "role": {"viewer"}})
	link = welcomeLink.FindStringSubmatch(owner.last.body)
	waits, err := s.store.Invitations(t.Context(), s.shopID)
	if err != nil || len(waits) != 1 {
		t.Fatal(waits, err)
	}
	owner.give(s.at("/staff/invitations/"+waits[0].ID+"/withdraw"), nil)
	owner.expectTo(s.at("/staff") + "?said=staff.said.withdrawn")
	second.look(link[1])
	second.expect(http.StatusNotFound)
	mails.fail()
	send(url.Values{"email": {"dora@staff.example"}, "role": {"viewer"}})
	owner.expect(http.StatusOK, "could not be sent", "/console/welcome/")
}
