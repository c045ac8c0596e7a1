package main

import (
	"cmp"
	"context"
	"reflect"
	"regexp"

	"github.com/alecthomas/kong"

	"grazie/crm"
	"grazie/store"
)

// programs run for long, or on databases of their own; what they do is nobody's
// act.
var programs = map[string]bool{"demo": true, "serve": true, "migrate": true, "simulate": true, "bench": true, "version": true, "doctor": true}

// acting is the context of a command: the first transaction that it makes in the
// database writes a line into the audit log as well. So no command that changes
// anything can forget it, and one that only reads writes none.
func acting(ctx context.Context, k *kong.Context, vars map[string]string) context.Context {
	node := k.Selected()
	if node == nil {
		return ctx
	}
	action, first := "", node
	for n := node; n.Parent != nil; n = n.Parent {
		action, first = " "+n.Name+action, n
	}
	if programs[first.Name] {
		return ctx
	}
	act := &store.Act{By: "command line", Action: k.Model.Name + action}
	user := cmp.Or(vars["USER"], vars["LOGNAME"])
	for _, f := range node.Flags {
		switch said := f.Target; {
		case said.Kind() != reflect.String || said.String() == "":
		case f.Name == "by":
			user = said.String()
		case f.Name == "reason" || f.Name == "how":
			act.Why = line(said.String())
		}
	}
	if user != "" {
		act.By += " (" + line(user) + ")"
	}
	for _, p := range node.Positional {
		if p.Target.Kind() == reflect.String && nameless.MatchString(p.Target.String()) && act.Target == "" {
			act.Target = p.Target.String()
		}
	}
	return context.WithValue(store.Acting(ctx, act), actKey{}, act)
}

// nameless is what an argument looks like that is an id or a key of ours: no
// address, and no name of a customer.
var nameless = regexp.MustCompile(`^[a-z]+_[a-z0-9_]{1,60}$`)

// line is a text as it stands in a line of the log.
func line(s string) string {
	r := []rune(crm.Clean(s))
	return string(r[:min(len(r), 200)])
}

type actKey struct{}

// actIn says which shop's log the command's line belongs to. A command that names
// none is about the installation.
func actIn(ctx context.Context, shopID string) {
	if act, ok := ctx.Value(actKey{}).(*store.Act); ok {
		act.ShopID = shopID
	}
}

// actOn says what the command's line is about, by its id.
func actOn(ctx context.Context, id string) {
	if act, ok := ctx.Value(actKey{}).(*store.Act); ok {
		act.Target = id
	}
}

// look writes down that the command shows what is known of a customer, before it
// does. Whom nobody knows yet has no id.
func look(ctx context.Context, s *store.Store, shopID, customerID string) error {
	act, ok := ctx.Value(actKey{}).(*store.Act)
	if !ok || act.Written() {
		return nil
	}
	act.ShopID, act.Target = shopID, customerID
	return s.Record(ctx, act)
}
