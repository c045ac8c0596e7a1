package main

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/alecthomas/kong"

	"grazie/store"
)

type doctorCmd struct{ listing }

func (c *doctorCmd) Help() string {
	return `Looks at everything that Grazie stands on and says of each whether it is well, and what
to do where it is not. Nothing is sent. The status is 1 when something is in trouble;
notes are worth reading and stop nothing. It runs beside a running server.`
}

// verdicts of a finding.
const (
	fine    = "ok"
	note    = "note"
	trouble = "trouble"
)

// finding is one thing that was looked at.
type finding struct {
	Check    string            `json:"check"`
	State    string            `json:"state"`
	Message  string            `json:"message"`
	Settings map[string]string `json:"settings,omitempty"`
}

// checkup is one visit: what is looked at, and what was found so far.
type checkup struct {
	*globals
	store    *store.Store // nil: the database is in trouble, and what needs it is left out
	findings []finding
}

func (c *checkup) say(state, check, format string, args ...any) {
	c.findings = append(c.findings, finding{Check: check, State: state, Message: fmt.Sprintf(format, args...)})
}

func (c *doctorCmd) Run(ctx context.Context, g *globals, k *kong.Context) error {
	v := &checkup{globals: g}
	v.configuration(flagVariables(k.Kong))
	v.dataFolder()
	closeStore := v.database(ctx)
	defer closeStore()
	v.queue(ctx)
	v.zones()
	v.mailer(ctx)
	v.feedback()
	v.publicAddress(ctx)
	v.signIn(ctx)
	if v.store != nil {
		v.shops(ctx)
		v.backlog(ctx)
		v.privacy(ctx)
	}
	return v.report(c.JSON)
}

// report tells all findings, and fails when one is trouble.
func (c *checkup) report(json bool) error {
	troubles := 0
	for _, f := range c.findings {
		if f.State == trouble {
			troubles++
		}
	}
	if json {
		for _, f := range c.findings {
			if err := writeJSON(c.out, f); err != nil {
				return err
			}
		}
	} else if err := c.tell(troubles); err != nil {
		return err
	}
	if troubles > 0 {
		return exit{1}
	}
	return nil
}

func (c *checkup) tell(troubles int) error {
	t := newTable(c.out)
	for _, f := range c.findings {
		t.row(f.State, f.Check, f.Message)
		for _, name := range slices.Sorted(maps.Keys(f.Settings)) {
			fmt.Fprintf(t, "\t\t%s=%s\n", name, f.Settings[name])
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	told := "Nothing is in trouble."
	if troubles > 0 {
		told = plural(troubles, "thing is", "things are") + " in trouble."
	}
	_, err := fmt.Fprintln(c.out, "\n"+told)
	return err
}
