package main

import (
	"os"
	"strings"

	"github.com/alecthomas/kong"
)

// everyFlagFromEnv lets every flag be set by a variable too, named after its
// command: GRAZIE_SHOP_CONNECT_SHOPIFY_NAME. A flag that names its own keeps it.
func everyFlagFromEnv() kong.Option {
	return kong.PostBuild(func(k *kong.Kong) error {
		return kong.Visit(k.Model, func(n kong.Visitable, next kong.Next) error {
			if command, ok := n.(*kong.Node); ok && command.Type == kong.CommandNode {
				for _, f := range command.Flags {
					if len(f.Envs) == 0 && f.Name != "help" {
						f.Envs = []string{variable(command, f)}
						f.Tag.Envs = f.Envs // what --help reads
					}
				}
			}
			return next(nil)
		})
	})
}

// forgetEmpty makes a variable that is set to nothing one that is not set, for
// flags as the configuration does it for settings.
func forgetEmpty() {
	for _, e := range os.Environ() {
		if name, value, _ := strings.Cut(e, "="); value == "" && strings.HasPrefix(name, "GRAZIE_") {
			os.Unsetenv(name)
		}
	}
}

func variable(command *kong.Node, f *kong.Flag) string {
	words := f.Name
	for n := command; n.Parent != nil; n = n.Parent {
		words = n.Name + " " + words
	}
	return "GRAZIE_" + strings.ToUpper(strings.NewReplacer(" ", "_", "-", "_").Replace(words))
}

// flagVariables are all variables that flags read.
func flagVariables(k *kong.Kong) map[string]bool {
	all := map[string]bool{}
	_ = kong.Visit(k.Model, func(n kong.Visitable, next kong.Next) error {
		if f, ok := n.(*kong.Flag); ok {
			for _, name := range f.Envs {
				all[name] = true
			}
		}
		return next(nil)
	})
	return all
}
