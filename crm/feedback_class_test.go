package crm_test

import (
	"testing"

	"grazie/crm"
)

func TestClassOf(t *testing.T) {
	for _, c := range []struct {
		code, text string
		blocked    bool
		want       crm.BounceClass
	}{
		// The table of codes.
		{"5.1.0", "", false, crm.BounceInvalid},
		{"5.1.1", "550 5.1.1 The email account that you tried to reach does not exist.", false, crm.BounceInvalid},
		{"5.1.2", "unable to get mx info", false, crm.BounceInvalid},
		{"5.1.3", "", false, crm.BounceInvalid},
		{"5.1.6", "", false, crm.BounceInvalid},
		{"5.1.10", "", false, crm.BounceInvalid},
		{"5.2.0", "", false, crm.BounceInactive},
		{"5.2.1", "550 5.2.1 The account is disabled", false, crm.BounceInactive},
		{"4.2.2", "", false, crm.BounceFull},
		{"5.2.2", "552 5.2.2 The recipient's inbox is out of storage space and inactive.", false, crm.BounceFull},
		{"", "552 mailbox exceeded", false, crm.BounceFull},
		{"5.3.4", "552 5.3.4 Message size exceeds fixed limit", false, crm.BounceTooBig},
		{"4.4.1", "Message expired: unable to deliver in 72 hours", true, crm.BounceNetwork},
		{"5.4.1", "", false, crm.BounceNetwork},
		{"5.4.4", "", false, crm.BounceInvalid},
		{"", "556 the domain takes no mail", false, crm.BounceInvalid},
		{"5.7.1", "554 5.7.1 Message rejected due to content restrictions", true, crm.BounceContent},
		{"5.7.0", "552 5.7.0 looks like spam", false, crm.BounceContent},
		{"5.7.1", "550 5.7.1 Relay access denied", false, crm.BounceReputation},
		{"5.7.9", "", false, crm.BounceReputation},
		{"5.7.26", "", true, crm.BounceReputation},
		{"5.7.515", "550 5.7.515 Access denied, sending domain demo-shop.example does not meet the required authentication level.", true, crm.BounceReputation},
		{"4.7.0", "421 4.7.0 looks like spam", true, crm.BounceReputation},
		{"4.7.28", "421 4.7.28 Gmail has detected an unusual rate of unsolicited email", false, crm.BounceRate},
		{"4.2.1", "450 4.2.1 receiving mail at a rate", false, crm.BounceRate},
		{"", "421 4.7.0 [TSS04] Messages temporarily deferred", false, crm.BounceRate},
		{"5.0.0", "Delayed Bounce - Unable to Parse Server Reason", false, crm.BounceUnclassified},

		// The words go before a code that servers use for two things.
		{"4.2.2", "452 4.2.2 Too many recipients received this hour (throttled)", true, crm.BounceRate},
		{"", "Email was deferred due to the following reason(s): [IPs were throttled by recipient server]", true, crm.BounceRate},

		// The code stands in the text alone, or says nothing.
		{"", "550 5.1.1 <x>: Recipient address rejected: User unknown", false, crm.BounceInvalid},
		{"5.0.0", "550 5.2.1 mailbox disabled", false, crm.BounceInactive},
		{"5.0.0", "500 unknown recipient", false, crm.BounceInvalid},
		{"", "550 no such user here", false, crm.BounceInvalid},
		{"", "551 user not local", false, crm.BounceInvalid},
		{"", "553 mailbox name not allowed", false, crm.BounceInvalid},
		{"", "550 blocked by our policy", false, crm.BounceReputation},
		{"", "550 this looks like spam", false, crm.BounceContent},
		{"", "554 transaction failed", false, crm.BounceUnclassified},
		{"", "451 try again later", false, crm.BounceNetwork},
		{"", "", false, crm.BounceUnclassified},

		// The address of the sender is not the customer's fault.
		{"5.1.7", "", false, crm.BounceReputation},
		{"5.1.8", "553 5.1.8 sender's domain does not exist", false, crm.BounceReputation},

		// Blocked never says anything about the address.
		{"5.1.1", "550 5.1.1 user unknown", true, crm.BounceUnclassified},
		{"5.0.0", "500 unknown recipient", true, crm.BounceUnclassified},
	} {
		if got := crm.ClassOf(c.code, c.text, c.blocked); got != c.want {
			t.Errorf("%q %q blocked=%v: got %s, want %s", c.code, c.text, c.blocked, got, c.want)
		}
	}
}

func TestOnlyDeadMailboxesSuppress(t *testing.T) {
	for _, declared := range constants(t, "feedback.go", "BounceClass") {
		class := crm.BounceClass(declared)
		if got, want := class.Suppresses(), class == crm.BounceInvalid || class == crm.BounceInactive; got != want {
			t.Errorf("%s suppresses: %v", class, got)
		}
	}
}
