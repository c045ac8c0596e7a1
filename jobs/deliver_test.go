package jobs

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/mailertest"
)

// After a 429 no mail goes out before the time that the provider named, and
// then each once.
func TestMailerAsksForSilence(t *testing.T) {
	f := newFloor(t, 1)
	reset := f.Now().Add(time.Minute).Truncate(time.Second)
	var asked atomic.Int64
	f.mails.Fault = func(string) mailertest.Fault {
		if asked.Add(1) == 1 {
			return mailertest.Fault{Status: http.StatusTooManyRequests, Header: http.Header{"X-Ratelimit-Reset": {strconv.FormatInt(reset.Unix(), 10)}}}
		}
		return mailertest.Fault{}
	}
	ids := f.planned(f.order("giulia"), f.order("imogen"), f.order("reka"))
	f.deliverAll(ids...)
	for i, id := range ids {
		m := f.is(id, crm.Planned, crm.ReasonMailerBusy)
		if attempts := []int{1, 0, 0}; !m.DueAt.Equal(reset) || m.Attempt != attempts[i] {
			t.Errorf("due at %s after %d tries, want %s", m.DueAt, m.Attempt, reset)
		}
	}
	// Neither they nor newcomers go out before.
	f.pass(reset.Sub(f.Now()) - time.Millisecond)
	ids = append(ids, f.planned(f.order("neza"))...)
	f.deliverAll(ids...)
	if n := asked.Load(); n != 1 {
		t.Fatalf("the provider was asked %d times", n)
	}
	f.pass(time.Millisecond)
	f.deliverAll(ids...)
	for _, id := range ids {
		f.is(id, crm.Sent, "")
		if n := f.mails.Count(id); n != 1 {
			t.Errorf("%s went out %d times", id, n)
		}
	}
}

// While the credentials are refused each message says so, and all go out soon
// after staff mended them.
func TestCredentialsAreMended(t *testing.T) {
	f := newFloor(t, 1)
	f.Connection.Settings["key"] = "wrong"
	ids := f.planned(f.order("giulia"), f.order("imogen"))
	f.deliverAll(ids...)
	for _, id := range ids {
		f.is(id, crm.Planned, crm.ReasonMailerAuth)
	}
	f.Connection.Settings["key"] = "key"
	f.pass(2 * time.Minute)
	f.deliverAll(ids...)
	for _, id := range ids {
		f.is(id, crm.Sent, "")
	}
}

// Fault test 23: what is wrong with one mail is told in its row, and the others
// go out.
func TestFaultOfOneTemplate(t *testing.T) {
	for name, text := range map[string]string{
		"broken":        "Hello\n{{ customer.first_name | no_such_filter }}",
		"never ends":    `{% for i in (1..1000000000) %}{% for j in (1..1000000000) %}x{% endfor %}{% endfor %}`,
		"reads files":   `{% include "/etc/passwd" %}`,
		"unclosed":      `{% if true %}`,
		"a long riddle": strings.Repeat("{{ nothing.of.that.kind }}", 200),
	} {
		t.Run(name, func(t *testing.T) {
			f := newFloor(t, 4)
			if _, err := f.Store.SaveTemplate(t.Context(), f.shopID, crm.Template{Journey: "thank_you", Locale: "en", Text: text}); err != nil {
				t.Fatal(err)
			}
			ids := f.planned(f.order("giulia"), f.order("imogen"), f.order("reka")) // the second one's language is English
			began := time.Now()
			f.deliverAll(ids...)
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("took %s", took)
			}
			f.is(ids[0], crm.Sent, "")
			f.is(ids[2], crm.Sent, "")
			m := f.is(ids[1], crm.Failed, crm.ReasonTemplate)
			if n := len([]rune(m.Detail)); n == 0 || n > 301 || m.Attempt != 0 || f.mails.Count(m.ID) != 0 {
				t.Errorf("%d tries, told: %q", m.Attempt, m.Detail)
			}
			// A second bell changes nothing; once the text is mended staff sends it by hand.
			f.deliverAll(ids...)
			f.is(ids[1], crm.Failed, crm.ReasonTemplate)
		})
	}
}

// clumsy is a mailer with a fault of its own.
type clumsy struct {
	integrations.Mailer
	with string // message
}

func (c clumsy) Send(ctx context.Context, to integrations.Connection, m crm.Mail) (crm.Receipt, error) {
	if m.MessageID == c.with {
		panic("a fault in the mailer")
	}
	return c.Mailer.Send(ctx, to, m)
}

// A panic is the end of one message, not of the program.
func TestPanicIsTheEndOfOneMessage(t *testing.T) {
	f := newFloor(t, 4)
	ids := f.planned(f.order("giulia"), f.order("imogen"), f.order("reka"))
	f.Mailer = clumsy{f.Mailer, ids[1]}
	f.deliverAll(ids...)
	f.is(ids[0], crm.Sent, "")
	f.is(ids[1], crm.Unknown, crm.ReasonWorkerLost) // it may be out
	f.is(ids[2], crm.Sent, "")

	ids = f.planned(f.order("neza"))
	f.AtStep = func(step string) {
		if step == "mail written" {
			panic("a fault in a template")
		}
	}
	f.deliverAll(ids...)
	f.is(ids[0], crm.Failed, crm.ReasonTemplate) // it is not
	if text := f.log.String(); !strings.Contains(text, "a fault in the mailer") || !strings.Contains(text, "deliver_test.go") {
		t.Errorf("the log does not tell where: %s", text)
	}
}

// A task that is stopped leaves the mails that it has not begun as they were.
// The one in the air is brought to its end all the same, and written down.
func TestStoppedTaskFinishesWhatIsInTheAir(t *testing.T) {
	f := newFloor(t, 1)
	ids := f.planned(f.order("giulia"), f.order("imogen"))
	ctx, cancel := context.WithCancel(t.Context())
	reached, release, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	f.AtStep = func(step string) {
		if step == "mail sent" {
			close(reached)
			<-release
		}
	}
	go func() { ended <- f.deliverMessages(ctx, f.shopID, ids) }()
	<-reached
	cancel()
	if err := <-ended; err == nil {
		t.Error("a stopped task is told to be done")
	}
	close(release)
	f.flying.Wait()
	f.is(ids[0], crm.Sent, "")
	f.is(ids[1], crm.Planned, crm.ReasonDelay)
}

// Bells may come twice, late, and for what is not there.
func TestBellsForNothing(t *testing.T) {
	f := newFloor(t, 4)
	ids := f.planned(f.order("giulia"))
	f.deliverAll(slices.Concat(ids, ids, []string{"msg_none", ""})...)
	f.deliverAll(ids...)
	if n := f.mails.Count(ids[0]); n != 1 {
		t.Errorf("went out %d times", n)
	}
	if err := f.deliverMessages(t.Context(), "shp_none", ids); err != nil {
		t.Error(err)
	}
	if err := f.processWebhooks(t.Context(), "shp_none", []string{"whk_none"}); err != nil {
		t.Error(err)
	}
}
