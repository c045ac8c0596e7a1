package handlers

import (
	"errors"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"grazie/crm"
	"grazie/store"
	"grazie/templates/console"
)

func (d desktop) auditRoutes() []ConsoleRoute {
	return []ConsoleRoute{
		page("/audit", store.Manager, "audit", "audit.title", (*seat).listAudit),
		act("/audit/check", store.Manager, "audit", "audit.check", (*seat).checkAudit),
	}
}

// auditRows is how many lines a page of the log has.
const auditRows = 50

type auditPage struct {
	Who, Action, Day string // what is looked for
	Actions          []console.Option
	People           []string
	Lines            []auditLine
	Next             string
	Checked          *auditCheck
}

type auditLine struct {
	store.Entry
	Link string // to what it was done to; empty: there is no page of it
}

// auditCheck is whether the log is whole.
type auditCheck struct {
	Lines  int64
	Head   string // hash of the last line
	Broken int64  // first line that was tampered with; 0: none
	What   string
}

func (v *seat) listAudit() error {
	p, err := v.audit()
	if err != nil {
		return v.again("audit", p, err)
	}
	return v.show("audit", p)
}

// checkAudit reads the whole log of the shop. That somebody did stands in it too.
func (v *seat) checkAudit() error {
	if err := v.Store.Record(v.ctx(), v.act); err != nil {
		return err
	}
	var c auditCheck
	var err error
	var broken *store.Broken
	if c.Lines, c.Head, err = v.Store.VerifyAudit(v.ctx(), v.shop.ID, ""); errors.As(err, &broken) {
		c.Broken, c.What = broken.Seq, broken.What
		v.Log.Error("an audit log was tampered with", "shop", v.shop.ID, "line", broken.Seq, "what", broken.What)
	} else if err != nil {
		return err
	}
	p, err := v.audit()
	p.Checked = &c
	v.page.Address, v.page.Title = v.path("audit"), "audit.title"
	if err != nil {
		return err
	}
	return v.show("audit", p)
}

// audit is the list as its address asks for it.
func (v *seat) audit() (auditPage, error) {
	p := auditPage{Who: strings.TrimSpace(v.QueryParam("who")), Action: v.QueryParam("action"), Day: v.QueryParam("day"), Actions: v.actions()}
	f := store.AuditFilter{By: p.Who, Action: p.Action, Limit: auditRows + 1}
	f.Before, _ = strconv.ParseInt(v.QueryParam("after"), 10, 64)
	if p.Day != "" {
		day, err := time.ParseInLocation(time.DateOnly, p.Day, v.page.Zone)
		if err != nil {
			return p, &crm.Invalid{Field: "day", Message: v.say("audit.wrong.day")}
		}
		f.Since, f.Until = day, day.AddDate(0, 0, 1)
	}
	lines, err := v.Store.SearchAudit(v.ctx(), v.shop.ID, f)
	if err != nil {
		return p, err
	}
	if len(lines) > auditRows {
		lines = lines[:auditRows]
		p.Next = strconv.FormatInt(lines[auditRows-1].Seq, 10)
	}
	people := map[string]bool{}
	for _, e := range lines {
		p.Lines = append(p.Lines, auditLine{e, v.pageOf(e)})
		people[e.By] = true
	}
	p.People = slices.Sorted(maps.Keys(people))
	return p, nil
}

// actions are all that the log may tell of, by their names in her language.
func (v *seat) actions() (all []console.Option) {
	for action := range v.acts() {
		if console.Has(v.page.Lang, action) {
			all = append(all, console.Option{Value: action, Label: v.say(action)})
		}
	}
	slices.SortFunc(all, func(a, b console.Option) int { return strings.Compare(a.Label+a.Value, b.Label+b.Value) })
	return all
}

// acts are the paths of all that is written down, by their names: what is done, and
// the looks at customers.
func (v *seat) acts() map[string]string {
	all := map[string]string{"embedded.joined": ""}
	for _, r := range v.routes() {
		if r.Method == http.MethodPost || r.Looks {
			all[r.Title] = r.Path
		}
	}
	for _, r := range (api{v.Options}).routes() {
		if r.acts() {
			all[r.action()] = braces.ReplaceAllString(strings.TrimPrefix(r.op.Path, shopPath), ":$1")
		}
	}
	return all
}

var braces = regexp.MustCompile(`\{(\w+)\}`)

// pageOf is the page of what something was done to: the longest address of a page
// that the address of the act begins with, up to what it names. Empty: none, or not
// for her.
func (v *seat) pageOf(e store.Entry) string {
	path, known := v.acts()[e.Action]
	names := strings.Fields(e.Target)
	if !known || strings.Count(path, ":") != len(names) {
		return ""
	}
	named := strings.Split(path, "/")
	for len(named) > 1 && !strings.HasPrefix(named[len(named)-1], ":") {
		named = named[:len(named)-1]
	}
	path = strings.Join(named, "/")
	best := ""
	for _, r := range v.routes() {
		if r.Method == http.MethodGet && strings.Contains(r.Path, ":") && v.may(r.Least) && strings.HasPrefix(path+"/", r.Path+"/") && len(r.Path) > len(best) {
			best = r.Path
		}
	}
	if best == "" {
		return ""
	}
	var parts []any
	for part := range strings.SplitSeq(strings.TrimPrefix(best, "/"), "/") {
		if strings.HasPrefix(part, ":") {
			part, names = names[0], names[1:]
		}
		parts = append(parts, part)
	}
	return v.path(parts...)
}
