package handlers_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"grazie/crm"
)

// stageBulks puts something on each page of its area.
func stageBulks(s *scene) {
	var targets []string
	for i, name := range byHandNames {
		o := s.handBuyer("710"+string(rune('1'+i)), name[0], name[1])
		targets = append(targets, "order:"+o.ID)
	}
	targets = append(targets, "order:9999999", `email:"<img src=x onerror=alert(1)>"@posta.example`)
	for i := range 70 {
		targets = append(targets, fmt.Sprint("customer:none", i))
	}
	for _, state := range []crm.BulkState{crm.BulkCounted, crm.BulkPaused, crm.BulkRunning} {
		b, err := s.store.CreateBulk(s.t.Context(), crm.Bulk{ShopID: s.shopID, Journey: "apology", PerMinute: 60,
			Ask: crm.Ask{By: "Kim manager", Reason: "The carrier's strike in November, and all who waited for their parcels for more than two weeks because of it", Offer: crm.OfferNone, Note: "We are sorry."}}, targets)
		if err != nil {
			s.t.Fatal(err)
		}
		if state == crm.BulkCounted {
			continue
		}
		if err := s.store.TurnBulk(s.t.Context(), s.shopID, b.ID, state, crm.BulkCounted); err != nil {
			s.t.Fatal(err)
		}
		if state == crm.BulkRunning {
			if _, err := s.options.Desk.Next(s.t.Context(), s.shop, b, 20); err != nil {
				s.t.Fatal(err)
			}
			s.ids["bulk"] = b.ID
		}
	}
}

// sendList posts a form with a file in it.
func (s *scene) sendList(who, path string, values url.Values, file string) answer {
	s.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for k, all := range values {
		for _, v := range all {
			_ = w.WriteField(k, v)
		}
	}
	if file != "" {
		part, err := w.CreateFormFile("file", "targets.txt")
		if err != nil {
			s.t.Fatal(err)
		}
		_, _ = part.Write([]byte(file))
	}
	w.Close()
	header := s.as(who)
	header.Set("Content-Type", w.FormDataContentType())
	header.Set("Sec-Fetch-Site", "same-origin")
	return s.send(http.MethodPost, s.at(path), header, &b)
}

func strike(more url.Values) url.Values {
	v := url.Values{"journey": {"thank_you"}, "mean": {"list"}, "reason": {"the strike"}, "per_minute": {"30"}}
	for k, all := range more {
		v[k] = all
	}
	return v
}

// A bulk job is counted first, then started, paused and ended by hand; its page
// tells how far it is, and its result can be saved.
func TestConsoleBulks(t *testing.T) {
	s := newScene(t)
	s.handBuyer("7101", "Ada", "Rossi")
	s.handBuyer("7102", "Bea", "Rossi")
	s.shows(s.see("viewer", "/bulks"), "There is no bulk job yet.")
	if a := s.see("support", "/bulks/new"); a.status != http.StatusForbidden {
		t.Errorf("support: %d", a.status)
	}
	s.shows(s.see("manager", "/bulks/new"), "A new bulk job")
	made := s.post("manager", "/bulks", strike(url.Values{"targets": {"order:7101\norder:7102\n# and\norder:7101\norder:9\n"}}))
	s.leads(made, "/bulks/blk_")
	page := strings.TrimPrefix(strings.SplitN(made.header.Get("Location"), "?", 2)[0], "/console/"+s.shopID)
	id := strings.TrimPrefix(page, "/bulks/")
	b, err := s.store.Bulk(t.Context(), s.shopID, id)
	if err != nil || b.Total != 3 || b.PerMinute != 30 || b.Ask.By != "Kim manager" || b.Ask.Staff != s.staff["manager"].ID || b.State != crm.BulkCounted {
		t.Fatalf("%+v, %v", b, err)
	}
	s.shows(s.see("viewer", page), "0 of 3 are through.", "Nothing has run yet.")
	s.shows(s.see("manager", page), "Start it for 3 targets", "order:7102")
	turn := func(how, seen string, status int) {
		t.Helper()
		if a := s.post("manager", page+"/"+how, url.Values{"seen": {seen}}); a.status != status {
			t.Errorf("%s: %d %s", how, a.status, a.body)
		}
	}
	turn("pause", "counted", http.StatusConflict)
	turn("start", "paused", http.StatusConflict) // a stale page
	if a := s.post("support", page+"/start", url.Values{"seen": {"counted"}}); a.status != http.StatusForbidden {
		t.Errorf("support: %d", a.status)
	}
	turn("start", "counted", http.StatusSeeOther)
	if l := s.logged(); l.Action != "bulks.start" || l.Target != id || l.Detail != "counted → running" {
		t.Errorf("%+v", l)
	}
	turn("start", "counted", http.StatusConflict)
	turn("pause", "running", http.StatusSeeOther)
	turn("resume", "paused", http.StatusSeeOther)
	if _, err := s.options.Desk.Next(t.Context(), s.shop, b, 100); err != nil {
		t.Fatal(err)
	}
	header := s.as("viewer")
	header.Set("HX-Request", "true")
	part := s.send(http.MethodGet, s.at(page+"/progress"), header, nil)
	s.shows(part, "3 of 3 are through. 1 of them was refused.", `hx-trigger="every 2s"`, `value="3"`)
	if strings.Contains(part.body, "<html") {
		t.Error("a part is a whole page")
	}
	s.leads(s.see("viewer", page+"/progress"), page)
	s.shows(s.see("viewer", page+"?state=refused"), "order:9", "there is no order")
	if a := s.see("viewer", page+"?state=refused"); strings.Contains(a.body, "order:7101") {
		t.Error("the filter narrows nothing")
	}
	turn("cancel", "running", http.StatusSeeOther)
	if p := s.send(http.MethodGet, s.at(page+"/progress"), header, nil); strings.Contains(p.body, "hx-trigger") {
		t.Error("what is over is asked about for ever")
	}

	result := s.see("viewer", page+"/result")
	rows, err := csv.NewReader(strings.NewReader(result.body)).ReadAll()
	if err != nil || len(rows) != 4 || result.header.Get("Content-Disposition") != `attachment; filename="`+id+`.csv"` || !strings.HasPrefix(result.header.Get("Content-Type"), "text/csv") {
		t.Errorf("%v %v %v", rows, err, result.header)
	}
	if l := s.logged(); l.Action != "bulks.result" {
		t.Errorf("%+v", l)
	}
	for _, where := range []string{"/bulks/blk_none", "/bulks/blk_none/result", "/bulks/blk_none/progress"} {
		if a := s.see("viewer", where); a.status != http.StatusNotFound {
			t.Errorf("%s: %d", where, a.status)
		}
	}
}

// A segment is counted; a file is read; what is wrong with either is told by its
// place, and what was typed stays.
func TestConsoleBulkInput(t *testing.T) {
	s := newScene(t)
	s.handBuyer("7101", "Ada", "Rossi")
	s.leads(s.post("manager", "/bulks", strike(url.Values{"mean": {"orders"}, "country": {"it"}})), "/bulks/blk_")
	s.leads(s.sendList("manager", "/bulks", strike(nil), "\ufefforder:7101\r\ncustomer:7101\r\n"), "/bulks/blk_")
	all, err := s.store.Bulks(t.Context(), s.shopID, 10)
	if err != nil || len(all) != 2 || all[0].Total != 2 || all[1].Total != 1 {
		t.Fatalf("%+v, %v", all, err)
	}
	for name, c := range map[string]struct {
		form url.Values
		file string
		says []string
	}{
		"lines":         {strike(url.Values{"targets": {"order:1\nwhat\n\n=1+1"}}), "", []string{"Line 2: write order:1001", "Line 4: write", "what\n\n=1&#43;1</textarea>"}},
		"a file":        {strike(nil), "target\norder:1\n<script>", []string{"Line 1: write", "Line 3: write", "&lt;script&gt;</textarea>"}},
		"nothing":       {strike(nil), "", []string{"There is no target in it"}},
		"nobody":        {strike(url.Values{"mean": {"customers"}, "country": {"SE"}}), "", []string{"Nobody is in it."}},
		"a country":     {strike(url.Values{"mean": {"customers"}, "country": {"Italy"}}), "", []string{"Two letters, such as IT.", `value="Italy"`}},
		"a day":         {strike(url.Values{"mean": {"customers"}, "since": {"yesterday"}}), "", []string{"A day such as 2027-01-31."}},
		"orders":        {strike(url.Values{"mean": {"customers"}, "min_orders": {"-1"}}), "", []string{"A whole number."}},
		"pace":          {strike(url.Values{"targets": {"order:7101"}, "per_minute": {"0"}}), "", []string{"from 1 to 6000", `value="0"`}},
		"no reason":     {strike(url.Values{"targets": {"order:7101"}, "reason": {""}}), "", []string{"Say why", "order:7101</textarea>"}},
		"no gesture":    {strike(url.Values{"journey": {""}, "targets": {"order:7101"}}), "", []string{"Choose a gesture.", "order:7101</textarea>"}},
		"several":       {strike(url.Values{"reason": {""}, "per_minute": {"x"}, "targets": {"?"}}), "", []string{"Say why", "from 1 to 6000", "Line 1: write"}},
		"a whole novel": {strike(nil), strings.Repeat("It was a dark and stormy night.\n", 9000), []string{"Line 20: write", "the rest was not read"}},
	} {
		a := s.sendList("manager", "/bulks", c.form, c.file)
		if a.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
		for _, says := range c.says {
			if !strings.Contains(a.body, says) {
				t.Errorf("%s is not told %q: %s", name, says, clipped(a.body))
			}
		}
	}
	if a := s.sendList("manager", "/bulks", strike(nil), strings.Repeat("x", 9<<20)); a.status != http.StatusRequestEntityTooLarge {
		t.Errorf("a huge file: %d", a.status)
	}
	if again, err := s.store.Bulks(t.Context(), s.shopID, 10); err != nil || len(again) != 2 {
		t.Error("something was made", err)
	}
}

func clipped(s string) string { return s[:min(len(s), 9000)] }
