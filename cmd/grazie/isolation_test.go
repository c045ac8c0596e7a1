package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"grazie/config"
	"grazie/crm"
	"grazie/integrations/shopify"
	"grazie/internal/needs"
	"grazie/store"
)

// Two shops of one installation: commands are about the first, and name what
// belongs to the second.
const (
	firstShop  = "first.myshopify.com"
	secondShop = "only-of-the-second.myshopify.com"
	onlySecond = "only-of-the-second"
)

// abroad is how a command is run for one shop with what belongs to another.
type abroad struct {
	none string   // why it cannot name anything of a shop
	args []string // {message}, {webhook}, ... are the second shop's
	own  bool     // it works on the first shop's own all the same
}

func names(args ...string) abroad { return abroad{args: args} }
func lists(args ...string) abroad { return abroad{args: args, own: true} }

const (
	ofInstallation = "is about the installation, for whoever runs it"
	ofItself       = "names the shop and nothing beside it"
)

// abroads has a line for each command that there is.
var abroads = map[string]abroad{
	"demo": {none: ofInstallation}, "serve": {none: ofInstallation}, "migrate": {none: ofInstallation}, "doctor": {none: ofInstallation},
	"shop list": {none: ofInstallation}, "shopify app-toml": {none: ofInstallation}, "secret rotate": {none: ofInstallation},
	"token create": {none: ofInstallation}, "token list": {none: ofInstallation}, "token revoke": {none: ofInstallation},
	"staff add": {none: ofInstallation}, "staff invite": {none: ofInstallation}, "staff list": {none: ofInstallation}, "staff remove": {none: ofInstallation}, "staff reset": {none: ofInstallation},
	"audit verify": {none: "tells a line and a hash, and of whichever shop is named"},
	"privacy show": {none: ofInstallation}, "privacy done": {none: ofInstallation}, "simulate": {none: ofInstallation},
	"bench ingest": {none: ofInstallation}, "bench mails": {none: ofInstallation}, "bench child": {none: ofInstallation}, "version": {none: ofInstallation},
	"shop connect shopify": {none: ofItself}, "shop connect woocommerce": {none: ofItself}, "shop connect standard": {none: ofItself}, "shop connect bigcommerce": {none: ofItself},
	"shop show": {none: ofItself}, "shop setup": {none: ofItself}, "shop sender-check": {none: ofItself}, "shop set": {none: ofItself},
	"shop areas": {none: ofItself}, "shop chores": {none: ofItself}, "shop reconcile": {none: ofItself},
	"template variables": {none: "tells of the program"},

	"shop labels":        lists("none", "a=b"),
	"journey list":       lists(),
	"journey show":       lists("thank_you"),
	"journey set":        lists("thank_you", "delay=2h"),
	"template list":      lists(),
	"template show":      lists("thank_you", "--locale=en"),
	"template check":     lists("thank_you", "--locale=en", "--subject=Hello"),
	"template set":       lists("thank_you", "--locale=en", "--subject=Hello"),
	"template reset":     lists("thank_you", "--locale=en"),
	"template preview":   names("thank_you", "--order=2002"),
	"webhook list":       lists(),
	"webhook show":       names("{webhook}"),
	"webhook replay":     names("{webhook}"),
	"message list":       lists(),
	"message show":       names("{message}"),
	"message settle":     names("{message}", "--sent", "--reason=seen"),
	"message approve":    names("{message}"),
	"message cancel":     names("{message}", "--reason=no"),
	"customer show":      names("--id=88"),
	"customer birthdays": lists("{file}"),
	"customer why":       names("--id=88"),
	"customer export":    names("--id=88"),
	"customer erase":     names("--id=88", "--reason=she asked", "--yes"),
	"job run":            names("thank_you", "--order=2002", "--reason=she asked"),
	"bulk count":         lists("apology", "--orders", "--reason=the strike"),
	"bulk start":         names("{bulk}"),
	"bulk pause":         names("{bulk}"),
	"bulk resume":        names("{bulk}"),
	"bulk cancel":        names("{bulk}"),
	"bulk list":          lists(),
	"bulk show":          names("{bulk}"),
	"bulk result":        names("{bulk}"),
	"rule list":          lists(),
	"rule set":           lists("sends_per_day=3"),
	"code list":          lists(),
	"code revoke":        names("CODE-2", "--reason=no"),
	"code ledger":        lists("--customer=88"),
	"return list":        lists(),
	"return label":       names("r2", "--url=https://label.example/2", "--reason=no"),
	"return back":        names("r2"),
	"review list":        lists(),
	"task list":          lists("--all"),
	"task done":          names("{task}", "--how=called"),
	"suppression list":   lists("--email=bea@posta.example"),
	"suppression add":    lists("bea@posta.example", "--reason=she asked"),
	"suppression lift":   lists("bea@posta.example", "--reason=she asked"),
	"brake list":         lists(),
	"brake lift":         lists("--reason=seen"),
	"privacy list":       lists(),
	"audit list":         lists(),
}

// Whatever command runs for one shop, it neither shows nor changes what belongs
// to another. A new command needs a line above before this passes.
func TestCommandsKeepShopsApart(t *testing.T) {
	k, err := kong.New(&cli{}, everyFlagFromEnv())
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]*kong.Node{}
	for _, c := range k.Model.Leaves(false) {
		name := strings.TrimPrefix(c.Path(), k.Model.Name+" ")
		name, _, _ = strings.Cut(name, " <")
		name, _, _ = strings.Cut(name, " [")
		there[name] = c
		if _, ok := abroads[name]; !ok {
			t.Errorf("%s: say how another shop's things are named, or why they cannot be", name)
		}
	}
	dir := t.TempDir()
	environ := []string{"GRAZIE_DATA_DIR=" + dir, "USER=kim", "GRAZIE_LOG_LEVEL=error"}
	second, theirs := secondsThings(t, dir)
	before := needs.ShopRows(t, filepath.Join(dir, "grazie.db"), second)
	for name, a := range abroads {
		if there[name] == nil {
			t.Errorf("%s is listed here and does not exist", name)
			continue
		}
		if a.none != "" {
			continue
		}
		args := append(strings.Fields(name), "--shop="+firstShop)
		for _, arg := range a.args {
			args = append(args, theirs.Replace(arg))
		}
		for _, f := range there[name].Flags {
			if f.Name == "by" {
				args = append(args, "--by=kim")
			}
		}
		var out, told bytes.Buffer
		code := run(t.Context(), args, environ, &out, &told)
		said := out.String() + told.String()
		switch {
		case !a.own && code == 0:
			t.Errorf("%s found what is another shop's: %s", strings.Join(args, " "), said)
		case !a.own && !strings.Contains(said, "there is no ") && !strings.Contains(said, firstShop+" has no "):
			t.Errorf("%s does not say that nothing is there: %s", strings.Join(args, " "), said)
		}
		if strings.Contains(said, onlySecond) || strings.Contains(said, second) {
			t.Errorf("%s tells what is another shop's: %s", strings.Join(args, " "), said)
		}
		if after := needs.ShopRows(t, filepath.Join(dir, "grazie.db"), second); after != before {
			t.Errorf("%s changed\n%s\nto\n%s", strings.Join(args, " "), before, after)
			before = after
		}
	}
	// The ids are good, or all this says nothing: for the second shop they are found.
	for _, name := range []string{"webhook show", "message show", "customer why", "bulk show", "template preview"} {
		args := append(strings.Fields(name), "--shop="+secondShop)
		for _, arg := range abroads[name].args {
			args = append(args, theirs.Replace(arg))
		}
		var out, told bytes.Buffer
		if code := run(t.Context(), args, environ, &out, &told); code != 0 {
			t.Errorf("%s: %d %s", strings.Join(args, " "), code, told.String())
		}
	}
}

// secondsThings connects two shops and gives the second one rows of many kinds.
func secondsThings(t *testing.T, dir string) (shopID string, ids *strings.Replacer) {
	t.Helper()
	ctx := context.Background()
	cfg, err := config.Load(map[string]string{"GRAZIE_DATA_DIR": dir})
	if err != nil {
		t.Fatal(err)
	}
	s, err := openStore(ctx, cfg, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var shop crm.Shop
	for _, domain := range []string{firstShop, secondShop} {
		if shop, _, err = s.ConnectShop(ctx, crm.Shop{Platform: "shopify", Domain: domain, Name: strings.TrimSuffix(domain, ".myshopify.com"), Sender: crm.Mailbox{Name: "Anna", Email: "anna@shop.example"},
			LegalName: "Bottega srl", PostalAddress: "Via Roma 1, Firenze", Timezone: "Europe/Rome", Locale: "en", Currency: "EUR"}, crm.Values{shopify.SettingSecret: "hush"}); err != nil {
			t.Fatal(err)
		}
	}
	now := time.Now()
	price := crm.Money{Minor: 2500, Currency: "EUR"}
	c := crm.Customer{ID: "88", FirstName: onlySecond, Email: "bea@posta.example", EmailKey: "bea@posta.example", Locale: "en", UpdatedAt: now}
	o := crm.Order{ID: "2002", Name: "#2002", CustomerID: c.ID, Email: c.Email, EmailKey: c.EmailKey, Status: crm.Paid, Total: price, Subtotal: price,
		Items: []crm.LineItem{{ID: "1", Title: onlySecond, Quantity: 1, Price: price}}, CreatedAt: now, PaidAt: now, UpdatedAt: now}
	back := crm.Return{ID: "r2", Name: onlySecond, OrderID: o.ID, CustomerID: c.ID, Status: crm.ReturnOpen, UpdatedAt: now}
	hook, err := s.ReceiveWebhook(ctx, store.Webhook{ShopID: shop.ID, DeliveryID: "d2", Topic: "orders/paid", Headers: "{}", Body: []byte("{}")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.ApplyEvents(ctx, shop.ID, []store.Applied{{WebhookID: hook.ID, State: store.WebhookFailed, Events: []crm.Event{
		{Kind: crm.OrderPaid, At: now, Order: &o, Customer: &c}, {Kind: crm.ReturnChanged, At: now, Return: &back}}}}, nil); err != nil {
		t.Fatal(err)
	}
	m, err := s.PlanByHand(ctx, crm.Message{ShopID: shop.ID, Journey: "apology", Subject: "order:2002", CustomerID: c.ID, OrderID: o.ID, ByHand: true, Purpose: crm.Transactional,
		Ask: &crm.Ask{By: "bea", Approval: crm.ApprovalWanted}})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.PlanEffects(ctx, m, []crm.Effect{{Kind: crm.DiscountCodeMade, Code: &crm.DiscountCode{Code: "CODE-2", CustomerID: c.ID}}}, crm.Limits{}); err != nil {
		t.Fatal(err)
	}
	b, err := s.CreateBulk(ctx, crm.Bulk{ShopID: shop.ID, Journey: "apology"}, []string{"order:2002"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.OpenTask(ctx, crm.Task{ShopID: shop.ID, Kind: crm.TaskLowRating, Source: "review:1", OrderID: o.ID, Detail: onlySecond}); err != nil {
		t.Fatal(err)
	}
	if err := s.Suppress(ctx, shop.ID, c.EmailKey, crm.ScopeAll, "asked", time.Time{}); err != nil {
		t.Fatal(err)
	}
	tasks, err := s.Tasks(ctx, shop.ID, false, 1)
	if err != nil || len(tasks) != 1 {
		t.Fatal(tasks, err)
	}
	file := filepath.Join(dir, "birthdays.csv")
	if err := os.WriteFile(file, []byte("email,birthday\nbea@posta.example,1990-03-05\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return shop.ID, strings.NewReplacer("{webhook}", hook.ID, "{message}", m.ID, "{bulk}", b.ID, "{task}", tasks[0].ID, "{file}", file)
}
