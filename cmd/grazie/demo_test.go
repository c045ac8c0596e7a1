package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"grazie/crm"
	"grazie/integrations/outbox"
	"grazie/integrations/shopify/simshop"
)

// runDemo plays a day in this process and returns what it told.
func runDemo(t *testing.T, ctx context.Context, c demoCmd, day []chapter) (string, error) {
	t.Helper()
	if c.Addr == "" {
		c.Addr = "127.0.0.1:0"
	}
	var out safeBuffer
	err := c.run(ctx, &globals{log: slog.New(slog.DiscardHandler), out: &out}, day)
	return out.String(), err
}

// safeBuffer may be read while the demo writes.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func TestDemo(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "kept")
	began := time.Now()
	told, err := runDemo(t, t.Context(), demoCmd{Exit: true, Keep: dir}, demoDay(time.Now()))
	if err != nil {
		t.Fatalf("ended with %v:\n%s", err, told)
	}
	// Alone it takes 16 s. Beside the tests of all other packages, and with the
	// race detector, it may take longer.
	if took := time.Since(began); took > time.Minute {
		t.Errorf("took %s", took)
	}
	flat := strings.Join(strings.Fields(told), " ") // wherever lines were broken
	for _, line := range []string{
		"sent in English", "sent in Italian", "sent in Slovenian", "sent in Hungarian", "sent in Filipino", "sent in German", "sent in French", "sent in Spanish",
		"orders/paid 200 seen before · no second mail", "no mail: The order was cancelled.", "no mail: The order is a test.",
		"customers/update 401 refused, nothing stored", "products/update 200 ignored", "kept, to be replayed",
		"for Chiara alone, until 20", "no second mail, no second code", "waits: The birthday was changed", "no mail: The customer did not agree",
		"a look changes nothing · staff is told", "approved, label attached", "Avec mes excuses", "her click cancels the reminder", "the ledger has it",
		"│ Subject", "22 written, in it 5, en 4, de 3, fr 3, sl 3, hu 2, es 1, fil 1",
		"thank-you 15, birthday coupon 3, anniversary coupon 1, review request 1, free-return upgrade 1, apology 1",
		"5 made at the shop, each once; 1 used", "Done (connected again): 401", "expectations held, in the database and in the mails.",
	} {
		if !strings.Contains(flat, line) {
			t.Errorf("it does not tell %q", line)
		}
	}
	if strings.ContainsAny(told, "\x1b✗") {
		t.Error("it tells of a failure, or in colour where there is no terminal")
	}
	for line := range strings.SplitSeq(told, "\n") {
		if utf8.RuneCountInString(line) > 100 && !strings.Contains(line, "http") && !strings.Contains(line, dir) {
			t.Errorf("a line is too long: %s", line)
		}
	}
	page, err := outbox.New(filepath.Join(dir, "outbox"), time.Now).Mails("", 100)
	if err != nil || page.Total != 22 {
		t.Errorf("kept %d mails, %v; want 22", page.Total, err)
	}
	if _, err := runDemo(t, t.Context(), demoCmd{Exit: true, Keep: dir}, nil); err == nil {
		t.Error("a second demo began in a folder with the data of another")
	}
}

// What does not hold must be seen: in the account, in the verdict and in the
// status. Each of these days has one expectation too many.
func TestDemoTellsWhatDoesNotHold(t *testing.T) {
	t.Parallel()
	if told, err := runDemo(t, t.Context(), demoCmd{Exit: true}, []chapter{{title: "One order", scenes: demoLanguages[:1]}}); err != nil {
		t.Errorf("a day as expected ended with %v:\n%s", err, told)
	}
	for name, spoil := range map[string]func(*want){
		"the mail is not in the language": func(w *want) { w.locale = "fr" },
		"the mail does not say it":        func(w *want) { w.says = []string{"a word that no letter has"} },
		"the door answers otherwise":      func(w *want) { w.answer = 401 },
		"there is a mail":                 func(w *want) { w.message = "skipped" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			giulia := demoLanguages[0]
			spoil(&giulia.want)
			told, err := runDemo(t, t.Context(), demoCmd{Exit: true}, []chapter{{title: "One order", scenes: []scene{giulia}}})
			if !errors.Is(err, exit{1}) {
				t.Errorf("ended with %v; want status 1", err)
			}
			if !strings.Contains(told, "✗ Giulia in Bologna") || !strings.Contains(told, "expectations did not hold.") {
				t.Errorf("it does not tell what did not hold:\n%s", told)
			}
		})
	}
}

// What is wrong with a gift must be seen as well, whether it is the code that
// the server asked for or one that the shop has beside it.
func TestDemoSeesWrongGifts(t *testing.T) {
	t.Parallel()
	now := time.Now()
	tomorrow := chiara.at(now)
	tomorrow.today = tomorrow.today.Add(1)
	for name, tt := range map[string]struct {
		spoil func(*scene)
		tells string
	}{
		"as it should be":          {func(*scene) {}, "expectations held"},
		"its last day is another":  {func(sc *scene) { sc.want.also = hasCode(tomorrow) }, "last second of the code: expected"},
		"it is somebody else's":    {func(sc *scene) { sc.want.also = hasCode(edith.at(now)) }, "expected her alone"},
		"no letter may have it":    {func(sc *scene) { sc.want.message = crm.Skipped }, "the message is: expected"},
		"the reminder is not seen": {func(sc *scene) { sc.want.more = 0 }, "messages in the database: expected"},
		"the shop has one more": {func(sc *scene) {
			tell := sc.do
			sc.do = func(s *stage) []simshop.Webhook {
				_, _, err := s.sim.AddDiscount(simshop.Discount{Code: "AGAIN", Kind: simshop.DiscountBasic, Percent: 0.1, Customers: []uint64{chiara.id}})
				s.that(err == nil, "the shop refuses a second code")
				return tell(s)
			}
		}, "codes at the shop: expected"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sc := demoBirthdays(now)[0]
			tt.spoil(&sc)
			told, err := runDemo(t, t.Context(), demoCmd{Exit: true}, []chapter{{title: "One birthday", history: history(now), scenes: []scene{sc}}})
			if wrong := name != "as it should be"; errors.Is(err, exit{1}) != wrong || !strings.Contains(told, tt.tells) {
				t.Errorf("ended with %v:\n%s", err, told)
			}
		})
	}
}

// A mail that no scene wanted must not go unseen.
func TestDemoSeesWhatNobodyWanted(t *testing.T) {
	t.Parallel()
	secret := demoLanguages[1]
	secret.about, secret.want = "", want{} // an order whose mail no scene speaks of
	told, err := runDemo(t, t.Context(), demoCmd{Exit: true}, []chapter{{scenes: []scene{secret, demoLanguages[0]}}})
	if !errors.Is(err, exit{1}) || !strings.Contains(told, "messages in the database") || !strings.Contains(told, "mails to imogen") {
		t.Errorf("ended with %v:\n%s", err, told)
	}
}

func TestDemoStopsAtAnyTime(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	dir := filepath.Join(t.TempDir(), "kept")
	for _, at := range []time.Duration{0, 150 * time.Millisecond, 600 * time.Millisecond, 1500 * time.Millisecond} {
		ctx, cancel := context.WithTimeout(t.Context(), at)
		began := time.Now()
		told, err := runDemo(t, ctx, demoCmd{Addr: taken.Addr().String()}, demoDay(time.Now()))
		cancel()
		if !errors.Is(err, exit{130}) || strings.Contains(told, "✗") || time.Since(began) > at+20*time.Second {
			t.Errorf("stopped after %s, it ended with %v %s later:\n%s", at, err, time.Since(began)-at, told)
		}
		if strings.Contains(told, "Grazie") && !strings.Contains(told, "is in use") {
			t.Errorf("it does not tell that the port is taken:\n%s", told)
		}
	}
	// At the end it stays until it is stopped, and that is no failure.
	ctx, cancel := context.WithCancel(t.Context())
	var out safeBuffer
	ended := make(chan error, 1)
	go func() {
		c := demoCmd{Addr: taken.Addr().String(), Keep: dir}
		ended <- c.run(ctx, &globals{log: slog.New(slog.DiscardHandler), out: &out}, []chapter{{scenes: demoRefusals}})
	}()
	for deadline := time.Now().Add(2 * demoPatience); !strings.Contains(out.String(), "Ctrl-C ends."); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it did not come to its end:\n%s", out.String())
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("ended with %v", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) == 0 {
		t.Errorf("nothing was kept: %v", err)
	}
}

func TestDemoWraps(t *testing.T) {
	var out bytes.Buffer
	a := &account{out: &out, width: 40}
	a.pieces([]piece{{"", "orders/paid 200 processed"}, {"", "sent in Italian"}, {"", "http://127.0.0.1:8080/1001"}, {"", "a reason that is longer than one line and so has to be broken"}})
	want := "  orders/paid 200 processed\n  sent in Italian\n  http://127.0.0.1:8080/1001\n  a reason that is longer than one line\n  and so has to be broken\n"
	if out.String() != want {
		t.Errorf("set as\n%s\nwant\n%s", out.String(), want)
	}
	if got := wrapText("", 10); !slices.Equal(got, []string{""}) {
		t.Errorf("an empty line became %q", got)
	}
	a.colour = true
	out.Reset()
	a.pieces([]piece{{styleGreen, "sent"}, {"", "here"}})
	if got := out.String(); got != "  \x1b[32msent\x1b[0m\x1b[2m · \x1b[0mhere\n" {
		t.Errorf("painted as %q", got)
	}
}
