package shopify_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/shopify"
	"grazie/integrations/shopify/admin"
	"grazie/internal/needs"
)

type appTOML struct {
	Name     string
	ClientID string `toml:"client_id"`
	URL      string `toml:"application_url"`
	Embedded bool
	Access   struct{ Scopes string } `toml:"access_scopes"`
	Auth     struct {
		Redirects []string `toml:"redirect_urls"`
	}
	Webhooks struct {
		Version       string `toml:"api_version"`
		Subscriptions []struct {
			Topics     []string
			Compliance []string `toml:"compliance_topics"`
			URI        string
		}
	}
}

func readManifest(t *testing.T, m shopify.Manifest) (got appTOML, topics, compliance []string) {
	t.Helper()
	meta, err := toml.Decode(m.TOML(), &got)
	if err != nil || len(meta.Undecoded()) > 0 {
		t.Fatalf("%v, nobody reads %v in\n%s", err, meta.Undecoded(), m.TOML())
	}
	for _, s := range got.Webhooks.Subscriptions {
		if s.URI != m.URL+"/webhooks/shopify" {
			t.Errorf("subscribed at %s", s.URI)
		}
		topics, compliance = append(topics, s.Topics...), append(compliance, s.Compliance...)
	}
	slices.Sort(topics)
	return got, topics, compliance
}

func TestManifest(t *testing.T) {
	got, topics, compliance := readManifest(t, shopify.Manifest{ClientID: appID, URL: "https://grazie.example"})
	if got.Name == "" || got.ClientID != appID || got.URL != "https://grazie.example/app/shopify" || !got.Embedded ||
		!slices.Equal(got.Auth.Redirects, []string{callback}) || got.Webhooks.Version != admin.Version || got.Access.Scopes != strings.Join(shopify.ScopesFor(), ",") {
		t.Errorf("it says %+v", got)
	}
	if !slices.Equal(topics, shopify.Topics()) || !slices.Equal(compliance, []string{"customers/data_request", "customers/redact", "shop/redact"}) {
		t.Errorf("subscribes to %v and %v", topics, compliance)
	}
	if got, _, _ := readManifest(t, shopify.Manifest{URL: "https://grazie.example", AllOrders: true}); !strings.HasSuffix(got.Access.Scopes, ",read_all_orders") {
		t.Errorf("asks for %s", got.Access.Scopes)
	}
}

// TestManifestOnly: whoever wants one gesture asks merchants for no more than
// that needs, and subscribes to nothing that it would be refused.
func TestManifestOnly(t *testing.T) {
	got, topics, compliance := readManifest(t, shopify.Manifest{URL: "https://grazie.example", Gestures: []string{"thank_you"}})
	if got.Access.Scopes != "read_orders,read_customers" || len(compliance) != 3 {
		t.Errorf("asks for %s, compliance %v", got.Access.Scopes, compliance)
	}
	for _, topic := range []string{"orders/paid", "customers/update", "app/uninstalled", "app/scopes_update"} {
		if !slices.Contains(topics, topic) {
			t.Errorf("%s is missing", topic)
		}
	}
	for _, topic := range topics {
		if strings.HasPrefix(topic, "returns/") || strings.HasPrefix(topic, "fulfillment") {
			t.Errorf("%s is subscribed to without its scope", topic)
		}
	}
	_, topics, _ = readManifest(t, shopify.Manifest{URL: "https://grazie.example", Gestures: []string{"return_upgrade", "thank_you"}})
	if !slices.Contains(topics, "returns/request") {
		t.Error("a return upgrade hears of no returns")
	}
}

// TestEveryTopic reads what the manifest subscribes to: each is known here.
func TestEveryTopic(t *testing.T) {
	for _, topic := range slices.Concat(shopify.Topics(), shopify.Compliance) {
		events, err := shopify.New().ParseWebhook(integrations.Envelope{Topic: topic, Domain: someShop}, []byte("[]"))
		if _, ok := errors.AsType[*crm.Invalid](err); !ok || events != nil { // a topic of no interest is no error
			t.Errorf("%s: %v, %v", topic, events, err)
		}
	}
}

// TestScopesAllow holds the scopes to Shopify's own tables: of every topic that
// is subscribed to, and of every operation that is called.
func TestScopesAllow(t *testing.T) {
	folder := filepath.Join(needs.Contracts(t), "shopify")
	load := func(file string, into any) {
		raw, err := os.ReadFile(filepath.Join(folder, file))
		if err == nil {
			err = json.Unmarshal(raw, into)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	var topics []struct {
		Topic string
		Any   []string `json:"access_scopes_any_of"`
		On    []string `json:"available_on"`
	}
	load("webhook-topics-2026-07.json", &topics)
	left := slices.Concat(shopify.Topics(), shopify.Compliance)
	for _, topic := range topics {
		at := slices.Index(left, topic.Topic)
		if at < 0 {
			continue
		}
		left = slices.Delete(left, at, at+1)
		allowed := func(scope string) bool { return shopify.Covers(shopify.ScopesFor(), "read_"+scope) }
		if len(topic.Any) > 0 && !slices.ContainsFunc(topic.Any, allowed) || !slices.Contains(topic.On, "toml") {
			t.Errorf("%s needs one of %v and can be subscribed to on %v", topic.Topic, topic.Any, topic.On)
		}
		if (len(topic.Any) > 0) != (shopify.TopicScope(topic.Topic) != "") {
			t.Errorf("%s needs one of %v, we say %q", topic.Topic, topic.Any, shopify.TopicScope(topic.Topic))
		}
	}
	if len(left) > 0 {
		t.Errorf("Shopify has no topics %v", left)
	}

	var access struct {
		Roots map[string]map[string]struct{ OfflineScopes []string }
	}
	load("access-2026-10.json", &access)
	files, err := filepath.Glob("admin/operations/*.graphql")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := parser.ParseQuery(&ast.Source{Name: file, Input: string(raw)})
		if err != nil {
			t.Fatal(err)
		}
		for _, op := range doc.Operations {
			kind := map[ast.Operation]string{ast.Query: "QueryRoot", ast.Mutation: "Mutation"}[op.Operation]
			for _, s := range op.SelectionSet {
				field := s.(*ast.Field).Name
				root, ok := access.Roots[kind][field]
				if !ok && field != "__typename" {
					t.Errorf("%s: %s is no %s", file, field, kind)
				}
				allowed := func(scope string) bool { return shopify.Covers(shopify.ScopesFor(), scope) }
				if len(root.OfflineScopes) > 0 && !slices.ContainsFunc(root.OfflineScopes, allowed) {
					t.Errorf("%s: %s needs one of %v: put it into Scopes with its reason", file, field, root.OfflineScopes)
				}
			}
		}
	}
}

// TestCheckScopes: a custom app that may do too little is told of; a merchant
// who installed the app keeps what she did not allow.
func TestCheckScopes(t *testing.T) {
	o := newOffice(t)
	o.answer = `{"data":{"shop":{"id":"gid://shopify/Shop/1","name":"A","myshopifyDomain":"a","currencyCode":"EUR","ianaTimezone":"Europe/Rome","plan":{"publicDisplayName":"Basic"}},` +
		`"currentAppInstallation":{"accessScopes":[{"handle":"read_orders"},{"handle":"write_customers"}]}}}`
	p := shopify.Connected(o.Client(), at(start), o.app())
	c := integrations.Connection{Domain: someShop, Settings: crm.Values{shopify.SettingToken: "t", shopify.SettingAdminURL: o.URL}}
	if err := p.Check(t.Context(), c); integrations.KindOf(err) != integrations.Unauthorized || !strings.Contains(err.Error(), "give it write_discounts, write_returns, write_draft_orders, read_products") {
		t.Errorf("a custom app: %v", err)
	}
	c.Settings[shopify.SettingClientID] = appID
	if err := p.Check(t.Context(), c); err != nil {
		t.Errorf("installed: %v", err)
	}
}
