package outbox_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/mailertest"
	"grazie/integrations/outbox"
)

var now = time.Date(2027, 3, 5, 9, 0, 0, 0, time.UTC)

func fixed() time.Time { return now }

func TestConformance(t *testing.T) {
	mailertest.Run(t, func(t *testing.T) *mailertest.Harness {
		dir := filepath.Join(t.TempDir(), "outbox")
		o := outbox.New(dir, fixed)
		return &mailertest.Harness{
			Mailer: o, Now: now, UTF8: true,
			Arrived: func(t *testing.T) []mailertest.Arrived { return arrived(t, o) },
			Down: func() { // a file where the folder should be
				if err := os.WriteFile(dir, nil, 0o600); err != nil {
					t.Fatal(err)
				}
			},
		}
	})
}

// arrived pages through the whole outbox, so that the conformance cases look at
// paging too.
func arrived(t *testing.T, o *outbox.Mailer) []mailertest.Arrived {
	t.Helper()
	var all []mailertest.Arrived
	for after := ""; ; {
		page, err := o.Mails(after, 30)
		if errors.Is(err, os.ErrNotExist) || err != nil && strings.Contains(err.Error(), "not a directory") {
			return nil
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range page.Mails {
			all = append(all, mailertest.Arrived{
				ID: m.ID, From: m.From, To: m.To, ReplyTo: m.ReplyTo, Subject: m.Subject,
				Parts:  []mailertest.Part{{Type: "text/plain", Text: lf(m.Text)}, {Type: "text/html", Text: lf(m.HTML)}},
				Header: func(name string) string { return m.Headers[name] },
			})
		}
		if after = page.Next; after == "" {
			return all
		}
	}
}

func lf(text string) string { return strings.ReplaceAll(text, "\r\n", "\n") }

// The ids of files come from the address bar of a browser.
func TestNoWayOutOfTheFolder(t *testing.T) {
	parent := t.TempDir()
	if err := os.WriteFile(filepath.Join(parent, "other.json"), []byte(`{"subject":"not yours"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	o := outbox.New(filepath.Join(parent, "outbox"), fixed)
	for _, id := range []string{"../other", "..", ".", "", "a/b", `a\b`, "other.json", "a\x00", "/etc/passwd", ".draft-1", strings.Repeat("a", 200)} {
		if m, err := o.Mail(id); !errors.Is(err, crm.ErrNotFound) {
			t.Errorf("%q: %+v, %v", id, m, err)
		}
		mail := mailertest.Letter("msg_1")
		mail.MessageID = id
		if _, err := o.Send(t.Context(), integrations.Connection{}, mail); integrations.KindOf(err) != integrations.Rejected {
			t.Errorf("%q: %v", id, err)
		}
	}
	if files, _ := os.ReadDir(parent); len(files) != 1 {
		t.Errorf("written beside the folder: %v", files)
	}
}

func TestTheFirstStays(t *testing.T) {
	clock := now
	o := outbox.New(t.TempDir(), func() time.Time { return clock })
	m := mailertest.Letter("msg_1")
	first, err := o.Send(t.Context(), integrations.Connection{}, m)
	if err != nil {
		t.Fatal(err)
	}
	clock = now.Add(time.Hour)
	m.Subject = "changed meanwhile"
	again, err := o.Send(t.Context(), integrations.Connection{}, m)
	if err != nil || again.ID != first.ID || !again.At.Equal(first.At) {
		t.Errorf("%+v then %+v, %v", first, again, err)
	}
	if kept, err := o.Mail("msg_1"); err != nil || kept.Subject == m.Subject || !kept.At.Equal(now) {
		t.Errorf("%+v, %v", kept, err)
	}
}

func TestMails(t *testing.T) {
	dir := t.TempDir()
	clock := now
	o := outbox.New(dir, func() time.Time { clock = clock.Add(time.Second); return clock })
	for _, i := range []int{3, 1, 2} { // the order of time is not the order of ids
		if _, err := o.Send(t.Context(), integrations.Connection{}, mailertest.Letter(fmt.Sprintf("msg_%d", i))); err != nil {
			t.Fatal(err)
		}
	}
	ids := func(p outbox.Page, err error) string {
		t.Helper()
		if err != nil || p.Total != 3 {
			t.Fatalf("%+v, %v", p, err)
		}
		var all []string
		for _, m := range p.Mails {
			all = append(all, m.ID)
		}
		return strings.Join(all, " ") + " next " + p.Next
	}
	for _, tt := range []struct {
		after string
		limit int
		want  string
	}{
		{"", 2, "msg_2 msg_1 next msg_1"},
		{"msg_1", 2, "msg_3 next "},
		{"msg_3", 2, " next "},
		{"", 3, "msg_2 msg_1 msg_3 next "},
		{"gone", 1, "msg_2 next msg_2"},
		{"", -1, "msg_2 next msg_2"},
		{"", 1 << 40, "msg_2 msg_1 msg_3 next "},
	} {
		if got := ids(o.Mails(tt.after, tt.limit)); got != tt.want {
			t.Errorf("after %q: %s, want %s", tt.after, got, tt.want)
		}
	}

	// A file that cannot be read is shown, and hides no other.
	if err := os.WriteFile(filepath.Join(dir, "msg_1.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Mail("msg_1"); err == nil || errors.Is(err, crm.ErrNotFound) {
		t.Errorf("a damaged file: %v", err)
	}
	if p, err := o.Mails("", 9); err != nil || len(p.Mails) != 3 {
		t.Errorf("%+v, %v", p, err)
	}
	// One that was taken away is gone.
	if err := os.Remove(filepath.Join(dir, "msg_2.json")); err != nil {
		t.Fatal(err)
	}
	if p, err := o.Mails("", 9); err != nil || p.Total != 2 {
		t.Errorf("%+v, %v", p, err)
	}
}

// Mails are personal: they belong to the owner of the process alone.
func TestOnlyTheOwnerReads(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "outbox")
	o := outbox.New(dir, fixed)
	if _, err := o.Send(t.Context(), integrations.Connection{}, mailertest.Letter("msg_1")); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, "msg_1.json"): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
}

// A full outbox costs no more to send into, and a page of it stays quick.
func BenchmarkOutbox(b *testing.B) {
	for _, files := range []int{0, 20_000} {
		o := outbox.New(b.TempDir(), time.Now)
		for i := range files {
			if _, err := o.Send(b.Context(), integrations.Connection{}, mailertest.Letter(fmt.Sprintf("msg_old%05d", i))); err != nil {
				b.Fatal(err)
			}
		}
		b.Run(fmt.Sprintf("Mails/%d", files), func(b *testing.B) {
			for b.Loop() {
				if _, err := o.Mails("", 50); err != nil {
					b.Fatal(err)
				}
			}
		})
		n := 0
		b.Run(fmt.Sprintf("Send/%d", files), func(b *testing.B) {
			for b.Loop() {
				n++
				if _, err := o.Send(b.Context(), integrations.Connection{}, mailertest.Letter(fmt.Sprintf("msg_new%d", n))); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
