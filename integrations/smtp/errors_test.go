package smtp

import (
	"errors"
	"testing"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/mailertest"
)

// What a refusal means for the address goes with the error, and only the answer
// to the recipient can mean her address.
func TestRefusalsAreClassed(t *testing.T) {
	bare := [3]int{-1, -1, -1} // no enhanced code at all
	for _, tt := range []struct {
		step           string
		code           int
		enhanced       [3]int
		said           string
		want           crm.BounceClass
		wantCode       string
		wantSuppresses bool
	}{
		{"rcpt", 550, [3]int{5, 1, 1}, "<anna@customer.example>: nobody here", crm.BounceInvalid, "5.1.1", true},
		{"rcpt", 550, [3]int{5, 2, 1}, "mailbox disabled", crm.BounceInactive, "5.2.1", true},
		{"rcpt", 452, [3]int{4, 2, 2}, "mailbox full", crm.BounceFull, "4.2.2", false},
		{"rcpt", 450, [3]int{4, 2, 1}, "too fast", crm.BounceRate, "4.2.1", false},
		{"rcpt", 550, bare, "no such user", crm.BounceInvalid, "", true},
		{"rcpt", 550, [3]int{5, 7, 1}, "relay access denied", crm.BounceReputation, "5.7.1", false},
		{"data", 552, [3]int{5, 3, 4}, "too large", crm.BounceTooBig, "5.3.4", false},
		{"data", 554, [3]int{5, 7, 1}, "looks like spam", crm.BounceContent, "5.7.1", false},
		{"data", 550, bare, "not accepted", crm.BounceContent, "", false},
		{"data", 550, [3]int{5, 0, 0}, "not accepted", crm.BounceContent, "5.0.0", false},
		{"data", 550, [3]int{5, 1, 1}, "no such user behind the relay", crm.BounceInvalid, "5.1.1", true},
	} {
		r := start(t, nil)
		refusal := mailertest.Refusal(tt.code, tt.enhanced[0], tt.enhanced[1], tt.enhanced[2], tt.said)
		map[string]func(*error){"rcpt": func(e *error) { r.rcpt.Store(e) }, "data": func(e *error) { r.data.Store(e) }}[tt.step](&refusal)
		var e *integrations.Error
		if err := r.send(t, "msg_1"); !errors.As(err, &e) {
			t.Fatal(err)
		}
		if e.Class != tt.want || e.Code != tt.wantCode || e.Class.Suppresses() != tt.wantSuppresses {
			t.Errorf("%s %d %s: class %s, code %q, suppresses %v (%v)", tt.step, tt.code, tt.said, e.Class, e.Code, e.Class.Suppresses(), e)
		}
	}
}

// Trouble with the server says nothing about anybody's address.
func TestOtherTroubleHasNoClass(t *testing.T) {
	r := start(t, nil)
	r.lose.Store(true)
	var e *integrations.Error
	if err := r.send(t, "msg_1"); !errors.As(err, &e) || e.Class != "" || e.Code != "" {
		t.Errorf("a lost answer: %+v", e)
	}
	r.sink.Close()
	if err := r.send(t, "msg_2"); !errors.As(err, &e) || e.Class != "" {
		t.Errorf("no server: %+v", e)
	}
	r = start(t, nil)
	refusal := mailertest.Refusal(530, 5, 7, 0, "log in first")
	r.rcpt.Store(&refusal)
	if err := r.send(t, "msg_3"); !errors.As(err, &e) || e.Class != "" {
		t.Errorf("not allowed to send: %+v", e)
	}
}
