package admin

import (
	"context"
	"embed"
	"encoding/json"
	"regexp"
	"strings"
	"sync"

	"github.com/Khan/genqlient/graphql"
)

// The operations in ./raw are sent as they are, and their answers handed on as
// they come: one reader reads what a bulk operation, a list and a single
// question tell of a thing.
//
//go:embed raw
var files embed.FS

var (
	fragment = regexp.MustCompile(`(?ms)^fragment (\w+) on \w+ \{\n(.*?)^\}\n`)
	query    = regexp.MustCompile(`(?ms)^query (\w+).*?^\}\n`)
	include  = regexp.MustCompile(`(?m)^( *\w+) @include\(if: \$(\w+)\)(.*\n)`)
	spread   = regexp.MustCompile(`\.\.\.(\w+)`)
)

// texts are the operations by name, with their fragments put in place: a bulk
// operation takes one query and nothing beside it.
var texts = sync.OnceValue(func() map[string]string {
	all := map[string]string{}
	list, _ := files.ReadDir("raw")
	for _, f := range list {
		text, _ := files.ReadFile("raw/" + f.Name())
		parts := map[string]string{}
		for _, m := range fragment.FindAllStringSubmatch(string(text), -1) {
			parts[m[1]] = strings.TrimSpace(m[2])
		}
		for _, m := range query.FindAllStringSubmatch(string(text), -1) {
			all[m[1]] = spread.ReplaceAllStringFunc(m[0], func(s string) string { return parts[s[3:]] })
		}
	}
	return all
})

// Raw is the text of an operation in ./raw; empty: there is none of this name.
func Raw(name string) string { return texts()[name] }

// Bulk is a query of ./raw as a bulk operation takes it: without a name, and
// with the fields in it that each variable includes, or without them.
func Bulk(name string, includes map[string]bool) string {
	text := include.ReplaceAllStringFunc(Raw(name), func(line string) string {
		m := include.FindStringSubmatch(line)
		if !includes[m[2]] {
			return ""
		}
		return m[1] + m[3]
	})
	return text[strings.IndexByte(text, '{'):]
}

// Ask sends an operation of ./raw and reads its data into what is given.
func Ask(ctx context.Context, shop graphql.Client, name string, variables map[string]any, data any) error {
	return shop.MakeRequest(ctx, &graphql.Request{OpName: name, Query: Raw(name), Variables: variables}, &graphql.Response{Data: data})
}

// Connection is a list of things that are read later, page by page.
type Connection struct {
	Nodes    []json.RawMessage `json:"nodes"`
	PageInfo Page              `json:"pageInfo"`
}
