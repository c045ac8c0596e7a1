package handlers_test

import (
	"encoding/csv"
	"net/http"
	"strings"
	"testing"

	"grazie/crm"
)

type bulkAnswer struct {
	crm.Bulk
	Waiting, Planned, Refused int
	Sentence                  string
}

// A bulk job is counted first, and turned by staff; a worker does it.
func TestBulks(t *testing.T) {
	c := newCounter(t)
	c.buys("1001", "77")
	c.buys("1002", "78")
	c.is("none", c.ask("viewer", "GET /bulks", nil), http.StatusOK, `{"bulks":[]}`)
	a := c.ask("manager", "POST /bulks", because(job{"journey": "thank_you", "targets": []string{"order:1001", "order:#1002", "order:1001", "order:9"}, "per_minute": 30}))
	c.is("counted", a, http.StatusCreated, "Counted: 3 targets, which take about a minute. Nothing runs before it is started.")
	var b bulkAnswer
	c.into(a, &b)
	where := "/bulks/" + b.ID
	if a.header.Get("Location") != "/api/v1/shops/"+c.shopID+where || b.State != crm.BulkCounted || b.Waiting != 3 || b.Total != 3 || b.PerMinute != 30 || b.Ask.By != "manager" {
		t.Errorf("%+v", b)
	}
	if len(c.messages()) != 0 {
		t.Error("something runs")
	}
	turn := func(how string, status int, words ...string) {
		t.Helper()
		c.is(how, c.ask("manager", "POST "+where+"/"+how, nil), status, words...)
	}
	turn("pause", http.StatusConflict, b.ID+" is counted")
	turn("resume", http.StatusConflict)
	turn("start", http.StatusOK, `"state":"running"`)
	turn("start", http.StatusConflict, "is running: that cannot be done with it now")
	turn("pause", http.StatusOK, "Nothing more runs before it is resumed.")
	turn("resume", http.StatusOK, `"state":"running"`)
	stored, err := c.store.Bulk(t.Context(), c.shopID, b.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.options.Desk.Next(t.Context(), c.shop, stored, 100); err != nil {
		t.Fatal(err)
	}
	c.is("how far", c.ask("viewer", "GET "+where, nil), http.StatusOK, `"planned":2`, `"refused":1`, "3 of 3 targets are through, 1 of them refused")
	c.is("in the list", c.ask("viewer", "GET /bulks", nil), http.StatusOK, b.ID, `"refused":1`)
	turn("cancel", http.StatusOK, "What was planned stays planned.")
	turn("cancel", http.StatusConflict)

	a = c.ask("viewer", "GET "+where+"/result", nil)
	if lines := strings.Split(strings.TrimSpace(a.body), "\n"); a.status != http.StatusOK || a.header.Get("Content-Type") != "application/jsonl" || len(lines) != 3 ||
		!strings.Contains(lines[2], `"target":"order:9","state":"refused","detail":"there is no order`) {
		t.Errorf("%+v", a)
	}
	a = c.ask("viewer", "GET "+where+"/result?format=csv", nil)
	rows, err := csv.NewReader(strings.NewReader(a.body)).ReadAll()
	if err != nil || len(rows) != 4 || rows[1][0] != "order:1001" || rows[1][2] != c.messages()[1].ID || !strings.Contains(a.header.Get("Content-Disposition"), b.ID+".csv") {
		t.Errorf("%v %v %+v", rows, err, a.header)
	}
	c.is("another format", c.ask("viewer", "GET "+where+"/result?format=xlsx", nil), http.StatusUnprocessableEntity)
	for _, none := range []string{"GET /bulks/blk_none", "GET /bulks/blk_none/result", "POST /bulks/blk_none/start"} {
		c.is(none, c.ask("owner", none, nil), http.StatusNotFound, `there is no bulk job \"blk_none\"`)
	}
}

// Another shop's bulk job looks like one that is not there.
func TestBulkOfAnotherShop(t *testing.T) {
	c := newCounter(t)
	other := c.connect("other.myshopify.com", crm.Values{"secret": "another secret"})
	b, err := c.store.CreateBulk(t.Context(), crm.Bulk{ShopID: other, Journey: "thank_you", PerMinute: 1}, []string{"order:1"})
	if err != nil {
		t.Fatal(err)
	}
	for _, where := range []string{"GET /bulks/" + b.ID, "GET /bulks/" + b.ID + "/result", "POST /bulks/" + b.ID + "/cancel"} {
		c.is(where, c.ask("owner", where, nil), http.StatusNotFound)
	}
}

func TestBulkTargets(t *testing.T) {
	c := newCounter(t)
	c.buys("1001", "77")
	c.buys("1002", "78")
	many := make([]string, 20_001)
	for i := range many {
		many[i] = "order:1001"
	}
	for name, x := range map[string]struct {
		body   job
		status int
		words  []string
	}{
		"segment":      {job{"segment": job{}}, 201, []string{`"total":2`}},
		"orders since": {job{"segment": job{"orders": true, "since": "2020-01-31", "country": "it", "min_orders": 1}}, 201, []string{`"total":2`}},
		"nobody":       {job{"segment": job{"country": "FR"}}, 422, []string{`"field":"segment"`, "nobody is in it"}},
		"neither":      {nil, 422, []string{"name either targets or a segment"}},
		"both":         {job{"segment": job{}, "targets": []string{"order:1001"}}, 422, []string{"name either"}},
		"none":         {job{"targets": []string{}}, 422, []string{"name either"}},
		"wrong ones":   {job{"targets": []string{"order:1001", "x", "y"}}, 422, []string{`"field":"targets[1]"`, `"field":"targets[2]"`}},
		"too many":     {job{"targets": many}, 422, []string{`"field":"targets"`}},
		"no such day":  {job{"segment": job{"since": "2027-02-31"}}, 422, []string{"since"}},
		"a pace":       {job{"segment": job{}, "per_minute": 6001}, 422, []string{`"field":"per_minute"`}},
		"too large":    {job{"targets": []string{strings.Repeat("x", 5<<20)}}, 413, []string{"4096 KiB"}},
		"a line break": {job{"targets": []string{"order:1\norder:2"}}, 201, []string{`"total":1`}},
	} {
		c.is(name, c.ask("manager", "POST /bulks", because(job{"journey": "thank_you"}).with(x.body)), x.status, x.words...)
	}
}
