package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/desk"
	"grazie/integrations/shopify/simshop"
	"grazie/internal/needs"
	"grazie/store"
	"grazie/templates"
)

// cabin is a mall whose merchant has set up her shop, and looks at the console in
// the frame of its admin.
type cabin struct {
	*mall
	shop crm.Shop
}

func newCabin(t *testing.T, change ...func(*door)) *cabin {
	t.Helper()
	renderer, err := templates.New()
	if err != nil {
		t.Fatal(err)
	}
	c := &cabin{mall: newMall(t, append([]func(*door){func(d *door) {
		d.options.Desk = &desk.Desk{Store: d.store, Templates: renderer, PublicURL: public, Now: d.Now}
	}}, change...)...)}
	c.framed() // connects the shop
	c.finishSetUp()
	c.shop, _ = c.installed()
	return c
}

// at is the address of a page of the shop.
func (c *cabin) at(path string) string { return "/console/" + c.shop.ID + path }

// asks fetches a page as the platform's script does, for a person of the admin.
func (c *cabin) asks(who, path string) answer {
	c.t.Helper()
	return c.send(http.MethodGet, c.at(path), http.Header{"Authorization": {"Bearer " + c.fresh.IDToken(who)}}, nil)
}

// inFrame checks that an answer may be shown in the shop's admin, and there alone,
// and has nothing to do with cookies.
func (c *cabin) inFrame(name string, a answer) {
	c.t.Helper()
	a.header = a.header.Clone()
	a.header.Set("Content-Security-Policy", strings.TrimSuffix(a.header.Get("Content-Security-Policy"), " "+c.shopURL)) // of the trial
	guarded(c.t, name, a, "https://"+c.fresh.Domain+" https://admin.shopify.com")
	if len(a.header["Set-Cookie"]) > 0 || a.header.Get("X-Frame-Options") != "" {
		c.t.Errorf("%s: %v", name, a.header)
	}
	if got := policyOf(a)["script-src"]; got != "'self' https://cdn.shopify.com/shopifycloud/app-bridge.js" {
		c.t.Errorf("%s: scripts from %s", name, got)
	}
}

// role is what somebody of the admin may in the shop.
func (c *cabin) role(who string) store.Role {
	c.t.Helper()
	p, err := c.store.StaffByIdentity(c.t.Context(), "shopify", c.shop.ID+"/"+who)
	if err != nil {
		c.t.Fatal(err)
	}
	m, err := c.store.MemberOf(c.t.Context(), p.ID, c.shop.ID)
	if err != nil {
		c.t.Fatal(err)
	}
	return m.Role
}

// Who opens the app of a shop that is set up is in the console: the first as its
// owner, others as support, until the owner raises them.
func TestEmbeddedConsoleOpens(t *testing.T) {
	onEachCabin(t, func(t *testing.T, c *cabin) {
		a := c.framed()
		to, err := url.Parse(a.header.Get("Location"))
		if err != nil || a.status != http.StatusFound || to.Host != "" || to.Path != c.at("") || to.Query().Get("id_token") == "" || to.Query().Has("hmac") {
			t.Fatalf("%+v", a)
		}
		if csp := a.header.Get("Content-Security-Policy"); !strings.HasSuffix(csp, "frame-ancestors https://"+c.fresh.Domain+" https://admin.shopify.com "+c.shopURL) {
			t.Errorf("the way there: %s", csp)
		}
		a = c.get(to.String())
		says(t, a, `hx-boost:inherited="true"`, `<meta name="shopify-api-key" content="`+appOfTest+`"><script src="https://cdn.shopify.com/shopifycloud/app-bridge.js"></script>`, "Hers")
		c.inFrame("the first page", a)
		if strings.Contains(a.body, to.Query().Get("id_token")) || strings.Contains(a.body, "/console/sign-out") {
			t.Errorf("the page holds its token, or a way out: %s", a.body)
		}
		first := c.role("81234") // as simshop names who opens it
		if first != store.Owner {
			t.Errorf("the first one is %s", first)
		}
		c.inFrame("a second person", c.asks("6", ""))
		if got := c.role("6"); got != store.Support {
			t.Errorf("the second one is %s", got)
		}
		c.asks("6", "")
		all, err := c.store.SearchAudit(t.Context(), c.shop.ID, store.AuditFilter{Limit: 10, Action: "embedded.joined"})
		if err != nil || len(all) != 2 || all[0].Detail != "support" || all[1].Detail != "owner" || all[0].Staff == "" {
			t.Errorf("%+v, %v", all, err)
		}
		if a := c.asks("6", "/tokens"); a.status != http.StatusForbidden {
			t.Errorf("support may see tokens: %d", a.status)
		} else {
			c.inFrame("not with that role", a)
		}
		if a := c.asks("81234", "/tokens"); a.status != http.StatusOK {
			t.Errorf("the owner: %d %s", a.status, a.body)
		}
	})
}

func onEachCabin(t *testing.T, test func(*testing.T, *cabin)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, newCabin(t)) })
	t.Run("postgres", func(t *testing.T) { test(t, newCabin(t, onPostgres, func(d *door) { d.options.Desk.Store = d.store })) })
}

// What needs no session needs none of its guards either: a post with an ID token
// has no origin to show, and what it leads to is in the frame as well.
func TestEmbeddedPosts(t *testing.T) {
	c := newCabin(t)
	post := func(header http.Header, query string, form url.Values) answer {
		header.Set("Content-Type", "application/x-www-form-urlencoded")
		return c.send(http.MethodPost, c.at("/tokens")+query, header, strings.NewReader(form.Encode()))
	}
	token := func() http.Header { return http.Header{"Authorization": {"Bearer " + c.fresh.IDToken("5")}} }
	a := post(token(), "", url.Values{"name": {"Helpdesk"}, "role": {"viewer"}})
	says(t, a, "Helpdesk", "grz_")
	c.inFrame("made", a)
	all, err := c.store.TokensOf(t.Context(), c.shop.ID)
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	revoke := token()
	revoke.Set("Content-Type", "application/x-www-form-urlencoded")
	a = c.send(http.MethodPost, c.at("/tokens/"+all[0].ID+"/revoke"), revoke, nil)
	if a.status != http.StatusSeeOther {
		t.Errorf("%d %s", a.status, a.body)
	}
	c.inFrame("a redirect", a)

	// A token in the address is for looking alone: forms of other sites could hold it.
	for name, header := range map[string]http.Header{"from another site": {"Sec-Fetch-Site": {"cross-site"}}, "of its own": {"Sec-Fetch-Site": {"same-origin"}}, "of no origin": {}} {
		for _, query := range []string{"?id_token=" + c.fresh.IDToken("5"), "?embedded=1&id_token=" + c.fresh.IDToken("5")} {
			a := post(header.Clone(), query, url.Values{"name": {name}, "role": {"owner"}})
			if a.status != http.StatusForbidden && !strings.HasPrefix(a.header.Get("Location"), "/console/sign-in") {
				t.Errorf("%s, %s: %d %s", name, query[:10], a.status, a.body)
			}
		}
	}
	if all, err := c.store.TokensOf(t.Context(), c.shop.ID); err != nil || len(all) != 1 {
		t.Errorf("%+v, %v", all, err)
	}
}

// An ID token is good for a minute, for its own app and shop.
func TestEmbeddedRefuses(t *testing.T) {
	c := newCabin(t)
	c.asks("5", "")
	stranger := simshop.New(4, c.Now())
	stranger.Domain, stranger.ClientID, stranger.Secret = "stranger.myshopify.com", appOfTest, c.fresh.Secret // another shop with this app
	other, _, err := c.store.ConnectShop(t.Context(), crm.Shop{Platform: "shopify", Domain: stranger.Domain, Name: "Strangers"}, crm.Values{"secret": "another secret"})
	if err != nil {
		t.Fatal(err)
	}
	before := needs.ShopRows(t, c.path, c.shop.ID)
	fetch := func(path, token string) answer {
		return c.send(http.MethodGet, path, http.Header{"Authorization": {"Bearer " + token}}, nil)
	}
	// Another shop's token on this shop's pages, and the other way round: not there.
	for name, a := range map[string]answer{
		"another shop's token":              fetch(c.at(""), stranger.IDToken("5")),
		"another shop's token, in a query":  c.get(c.at("?id_token=" + stranger.IDToken("5"))),
		"this shop's token on another's":    fetch("/console/"+other.ID, c.fresh.IDToken("5")),
		"a shop that is not there":          fetch("/console/shp_none", c.fresh.IDToken("5")),
		"a page that is not there":          fetch(c.at("/none"), stranger.IDToken("5")),
		"another shop's, on what is done":   c.send(http.MethodPost, c.at("/tokens"), http.Header{"Authorization": {"Bearer " + stranger.IDToken("5")}}, nil),
		"another shop's, by the name of it": c.get(c.at("?shop=" + c.fresh.Domain + "&embedded=1&id_token=" + stranger.IDToken("5"))),
	} {
		if a.status != http.StatusNotFound || strings.Contains(a.body, "Hers") || strings.Contains(a.body, "Strangers") || strings.Contains(a.header.Get("Content-Security-Policy"), "myshopify") {
			t.Errorf("%s: %d %v %s", name, a.status, a.header, a.body)
		}
	}
	good := c.fresh.IDToken("5")
	elsewhere := simshop.New(4, c.Now())
	elsewhere.Domain, elsewhere.ClientID = c.fresh.Domain, "another-app"
	for name, token := range map[string]string{
		"another app's":  elsewhere.IDToken("5"),
		"unsigned":       strings.Join(append(strings.Split(good, ".")[:2], ""), "."),
		"without a kind": none(good),
		"changed":        good[:len(good)-8] + "AAAAAAAA",
		"no token":       "evil",
		"an API token":   "grz_" + strings.Repeat("0", 52),
	} {
		if a := fetch(c.at(""), token); a.status != http.StatusUnauthorized || a.header.Get("X-Shopify-Retry-Invalid-Session-Request") != "" || strings.Contains(a.body, "Hers") {
			t.Errorf("%s, fetched: %+v", name, a)
		}
		c.told(name, c.get(c.at("?id_token="+url.QueryEscape(token))), http.StatusBadRequest, "This did not come from your shop")
	}
	if after := needs.ShopRows(t, c.path, c.shop.ID); after != before {
		t.Errorf("changed\n%s\nto\n%s", before, after)
	}
	if after := needs.ShopRows(t, c.path, other.ID); strings.Contains(after, "embedded.joined") {
		t.Error("somebody joined the other shop")
	}
}

// A token that has ended, or none in the frame: a fetch is told to get another, a
// page gets it by itself and comes back to where it was.
func TestEmbeddedComesBack(t *testing.T) {
	c := newCabin(t)
	c.asks("5", "")
	old := c.fresh.IDToken("5")
	c.pass(2 * time.Minute)
	a := c.send(http.MethodGet, c.at("/audit"), http.Header{"Authorization": {"Bearer " + old}}, nil)
	if a.status != http.StatusUnauthorized || a.header.Get("X-Shopify-Retry-Invalid-Session-Request") != "1" {
		t.Errorf("fetched: %+v", a)
	}
	c.inFrame("fetched", a)
	host := c.fresh.Opening(true).Get("host")
	for name, ask := range map[string]struct {
		query  string
		header http.Header
	}{
		"an old token":            {"?action=tokens.create&embedded=1&host=" + host + "&id_token=" + old, http.Header{}},
		"none":                    {"?action=tokens.create&embedded=1&host=" + host + "&shop=" + c.fresh.Domain, http.Header{}},
		"none, and no parameters": {"?action=tokens.create", http.Header{"Sec-Fetch-Dest": {"iframe"}}},
	} {
		a := c.send(http.MethodGet, c.at("/audit"+ask.query), ask.header, nil)
		to, err := url.Parse(a.header.Get("Location"))
		if err != nil || a.status != http.StatusFound || to.Host != "" || to.Path != "/app/shopify/again" || to.Query().Get("shop") != c.fresh.Domain {
			t.Fatalf("%s: %+v", name, a)
		}
		c.inFrame(name, a)
		back, err := url.Parse(to.Query().Get("shopify-reload"))
		if err != nil || !strings.HasPrefix(back.String(), public+c.at("/audit")+"?") || back.Query().Has("id_token") || back.Query().Get("action") != "tokens.create" || back.Query().Get("host") != host {
			t.Errorf("%s: back to %s, want host %s", name, back, host)
		}
		a = c.get(to.String())
		c.told(name, a, http.StatusOK, "One moment, please")
		c.embedded(a)

		// With a new token the page is there, and its links are its own again.
		q := back.Query()
		q.Set("id_token", c.fresh.IDToken("5"))
		a = c.get(back.Path + "?" + q.Encode())
		c.inFrame(name+", back", a)
		if a.status != http.StatusOK || strings.Contains(a.body, "id_token") || strings.Contains(a.body, "asked=") {
			t.Errorf("%s, back: %d %s", name, a.status, a.body)
		}
		// Another that is too old is not asked for again and again: some clock is wrong.
		q.Set("id_token", old)
		c.told(name+", again", c.get(back.Path+"?"+q.Encode()), http.StatusBadRequest, "This did not come from your shop")
	}
}

// In the frame a session counts for nothing: who holds one is who the platform
// says, and nobody where it says nothing.
func TestEmbeddedIgnoresCookies(t *testing.T) {
	c := newCabin(t)
	p, err := c.store.AddStaff(t.Context(), crm.Staff{Email: "kim@staff.example", Name: "Kim"}, store.Member{ShopID: c.shop.ID, Role: store.Owner})
	if err != nil {
		t.Fatal(err)
	}
	secret, err := c.store.CreateSession(t.Context(), store.Session{StaffID: p.ID, Stage: store.StageIn, Until: c.Now().Add(time.Hour)}, "")
	if err != nil {
		t.Fatal(err)
	}
	cookie := "__Host-grazie=" + secret
	if a := c.send(http.MethodGet, c.at("/tokens"), http.Header{"Cookie": {cookie}}, nil); a.status != http.StatusOK {
		t.Fatalf("the session is none: %d", a.status)
	}
	for name, ask := range map[string]struct {
		query  string
		header http.Header
		status int
	}{
		"support's token":  {"", http.Header{"Authorization": {"Bearer " + c.fresh.IDToken("9")}}, http.StatusForbidden},
		"a forged token":   {"", http.Header{"Authorization": {"Bearer evil"}}, http.StatusUnauthorized},
		"in a query":       {"?id_token=evil", http.Header{}, http.StatusBadRequest},
		"in a frame":       {"", http.Header{"Sec-Fetch-Dest": {"iframe"}}, http.StatusFound},
		"said to be in it": {"?embedded=1", http.Header{}, http.StatusFound},
	} {
		ask.header.Set("Cookie", cookie)
		a := c.send(http.MethodGet, c.at("/tokens"+ask.query), ask.header, nil)
		if a.status != ask.status || len(a.header["Set-Cookie"]) > 0 || strings.Contains(a.body, "Kim") {
			t.Errorf("%s: %+v", name, a)
		}
	}
}

// Who was removed from the staff stays out, though the platform lets her in.
func TestEmbeddedRemoved(t *testing.T) {
	c := newCabin(t)
	c.asks("5", "")
	c.asks("6", "")
	p, err := c.store.StaffByIdentity(t.Context(), "shopify", c.shop.ID+"/6")
	if err != nil {
		t.Fatal(err)
	}
	if needs.Change(t, c.path, `delete from members where staff_id = $1`, p.ID) != 1 {
		t.Fatal("no member")
	}
	for _, how := range []string{"no member", "removed"} {
		if a := c.asks("6", ""); a.status != http.StatusNotFound || strings.Contains(a.body, "Hers") {
			t.Errorf("%s: %d %s", how, a.status, a.body)
		}
		needs.Change(t, c.path, `update staff set removed_at = 1 where id = $1`, p.ID)
	}
}

// A page that goes to get a token leads back to pages of ours alone.
func TestEmbeddedLeadsNowhereElse(t *testing.T) {
	c := newCabin(t)
	for _, to := range []string{public + "/console", public + "/consolex/", public + ".evil.example/console/x", public + "@evil.example/console/x", "//evil.example/console/x", "/console/x", "https://evil.example/" + public + "/console/"} {
		q := url.Values{"shop": {c.fresh.Domain}, "shopify-reload": {to}}
		c.told(to, c.get("/app/shopify/again?"+q.Encode()), http.StatusBadRequest, "This did not come from your shop")
	}
}

// A shop of a platform that shows no pages of ours has no frame.
func TestConsoleOfOtherPlatformsHasNoFrame(t *testing.T) {
	s := newScene(t)
	for name, header := range map[string]http.Header{"a frame": {"Sec-Fetch-Dest": {"iframe"}}, "a token": {"Authorization": {"Bearer x"}}} {
		a := s.send(http.MethodGet, s.at("?embedded=1&id_token=x"), header, nil)
		s.leads(a, "/console/sign-in")
		guarded(t, name, a, "'none'")
	}
}

// Two people who open a new shop's app at once: one of them is its first.
func TestEmbeddedFirstTwo(t *testing.T) {
	onEachCabin(t, func(t *testing.T, c *cabin) {
		done := make(chan answer)
		people := []string{"5", "6", "7", "5", "6", "7"}
		for _, who := range people {
			go func() {
				done <- c.send(http.MethodGet, c.at(""), http.Header{"Authorization": {"Bearer " + c.fresh.IDToken(who)}}, nil)
			}()
		}
		for range people {
			if a := <-done; a.status != http.StatusOK {
				t.Errorf("%d %s", a.status, a.body)
			}
		}
		roles := map[store.Role]int{}
		for _, who := range people[:3] {
			roles[c.role(who)]++
		}
		if roles[store.Owner] != 1 || roles[store.Support] != 2 {
			t.Errorf("%v", roles)
		}
		if _, _, err := c.store.VerifyAudit(t.Context(), c.shop.ID, ""); err != nil {
			t.Error(err)
		}
	})
}
