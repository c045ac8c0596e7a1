package templates

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"grazie/crm"
)

// The journeys that have a mail. Their keys are those of journeys.All.
const (
	thankYou       = "thank_you"
	birthday       = "birthday_coupon"
	anniversary    = "anniversary_coupon"
	reviewRequest  = "review_request"
	returnUpgrade  = "return_upgrade"
	apology        = "apology"
	commonSections = "common" // sentences that many journeys share
)

// gesture is what the mails of one journey are made of. To add one, add its
// line to gestures, its parts to the phrase banks, and its writer.
type gesture struct {
	campaign  string          // first field of its Feedback-ID and List-Id; never changed
	marketing bool            // may go out as marketing only
	parts     map[string]rule // of its letter
	block     string          // what stands between its paragraphs: layouts/block_*; empty: nothing

	// write says what is this journey's own. What it needs and lacks is an error.
	write func(l *letter, f crm.Facts, c *chooser, now time.Time) error

	variables []Variable                         // beyond those of every journey
	vars      func(l *letter, to map[string]any) // their values
}

// gestures are the mails there are, by journey.
var gestures = map[string]gesture{
	thankYou:      {campaign: "thankyou", parts: thanksParts, write: writeThanks, variables: thanksVariables, vars: thanksVars},
	birthday:      {campaign: "birthday", marketing: true, parts: birthdayParts, block: "coupon", write: writeBirthday, variables: birthdayVariables, vars: birthdayVars},
	anniversary:   {campaign: "anniversary", marketing: true, parts: anniversaryParts, block: "coupon", write: writeAnniversary, variables: anniversaryVariables, vars: anniversaryVars},
	reviewRequest: {campaign: "review", marketing: true, parts: reviewParts, block: "review", write: writeReview, variables: reviewVariables, vars: reviewVars},
	returnUpgrade: {campaign: "return", parts: upgradeParts, block: "label", write: writeUpgrade, variables: upgradeVariables, vars: upgradeVars},
	apology:       {campaign: "apology", parts: apologyParts, block: "coupon", write: writeApology, variables: apologyVariables, vars: apologyVars},
}

// letterParts are the parts of all sections of the phrase banks.
var letterParts = func() map[string]map[string]rule {
	all := map[string]map[string]rule{commonSections: commonParts}
	for key, g := range gestures {
		all[key] = g.parts
	}
	return all
}()

// commonParts are what the letters share that are no thank-you.
var commonParts = map[string]rule{
	"reply":   {},
	"signoff": {},
}

// Journeys lists the journeys that have a built-in mail.
func (r *Renderer) Journeys() []string { return slices.Sorted(maps.Keys(r.kits)) }

// kit is a gesture ready for use: its layouts are read, and it knows which
// variables a template of it may use.
type kit struct {
	gesture
	guard   guard
	builtIn map[layoutKey]*compiled
}

// layoutKey names one built-in layout of a gesture.
type layoutKey struct {
	purpose crm.Purpose
	part    string
}

func newKit(key string) (*kit, error) {
	g := gestures[key]
	k := &kit{gesture: g, guard: newGuard(key), builtIn: map[layoutKey]*compiled{}}
	for _, purpose := range []crm.Purpose{crm.Transactional, crm.Marketing} {
		for _, part := range []string{partHTML, partText} {
			source, err := layout(part, g.block, purpose)
			if err == nil {
				k.builtIn[layoutKey{purpose, part}], err = k.guard.compile(part, source)
			}
			if err != nil {
				return nil, fmt.Errorf("templates: %s: %w", key, err)
			}
		}
	}
	return k, nil
}
