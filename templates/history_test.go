package templates

import (
	"errors"
	"strings"
	"testing"

	"grazie/crm"
)

// TestWrongHistory: no mix of two customers' facts becomes a mail.
func TestWrongHistory(t *testing.T) {
	r := newRenderer(t)
	other := crm.DiscountCode{Code: "GRAZIE-AAAAA-BBBBB", CustomerID: "8", Kind: crm.FreeShipping}
	for name, c := range map[string]struct {
		journey string
		change  func(*crm.Facts)
	}{
		"message of another shop":         {thankYou, func(f *crm.Facts) { f.Message.ShopID = "shp_2" }},
		"message for another customer":    {thankYou, func(f *crm.Facts) { f.Message.CustomerID = "8" }},
		"message about another order":     {thankYou, func(f *crm.Facts) { f.Message.OrderID = "2" }},
		"order of another customer":       {thankYou, func(f *crm.Facts) { f.Order.CustomerID = "8" }},
		"same address, another account":   {thankYou, func(f *crm.Facts) { f.Order.CustomerID, f.Order.Email = "8", f.Customer.Email }},
		"order of nobody":                 {thankYou, func(f *crm.Facts) { f.Order.CustomerID = "" }},
		"guest with another address":      {thankYou, func(f *crm.Facts) { f.Order.CustomerID, f.Order.Email = "guest_x", "other@mail.example" }},
		"order in the review request":     {reviewRequest, func(f *crm.Facts) { f.Order.CustomerID = "8" }},
		"order in the apology":            {apology, func(f *crm.Facts) { f.Order.CustomerID = "8" }},
		"review of another order":         {reviewRequest, func(f *crm.Facts) { f.Review = &crm.Review{CustomerID: "7", OrderID: "2"} }},
		"review of another customer":      {reviewRequest, func(f *crm.Facts) { f.Review = &crm.Review{CustomerID: "8", OrderID: "1"} }},
		"review without an order":         {birthday, func(f *crm.Facts) { f.Review = &crm.Review{CustomerID: "7", OrderID: "1"} }},
		"return of another order":         {returnUpgrade, func(f *crm.Facts) { f.Returns[0].OrderID = "2" }},
		"return of no order":              {returnUpgrade, func(f *crm.Facts) { f.Returns[0].OrderID = "" }},
		"return of another customer":      {returnUpgrade, func(f *crm.Facts) { f.Returns[0].CustomerID = "8" }},
		"another return is astray":        {reviewRequest, func(f *crm.Facts) { f.Returns = []crm.Return{{ID: "5", OrderID: "2"}} }},
		"return of what she never bought": {returnUpgrade, func(f *crm.Facts) { f.Returns[0].Lines[0].Title = "Crystal Chandelier" }},
		"one line that she never bought": {returnUpgrade, func(f *crm.Facts) {
			f.Returns[0].Lines = append(f.Returns[0].Lines, crm.ReturnLine{Title: "Crystal Chandelier", Quantity: 1})
		}},
		"label of another return":            {returnUpgrade, func(f *crm.Facts) { f.Effects[0].Label.ReturnID = "10" }},
		"label of another customer":          {returnUpgrade, func(f *crm.Facts) { f.Effects[0].CustomerID = "8" }},
		"replacement of another return":      {returnUpgrade, func(f *crm.Facts) { f.Effects[1].Replacement.ReturnID = "10" }},
		"label of another message":           {returnUpgrade, func(f *crm.Facts) { f.Effects[0].MessageID = "msg_x" }},
		"code of another customer":           {birthday, func(f *crm.Facts) { f.Effects[0].Code = &other }},
		"code of nobody":                     {birthday, func(f *crm.Facts) { f.Effects[0].Code.CustomerID = "" }},
		"effect of another shop":             {birthday, func(f *crm.Facts) { f.Effects[0].ShopID = "shp_2" }},
		"code of another message":            {birthday, func(f *crm.Facts) { f.Effects[0].MessageID = "msg_x" }},
		"code in the apology":                {apology, func(f *crm.Facts) { f.Effects[0].Code = &other }},
		"reminder of another's birthday":     {birthday, func(f *crm.Facts) { reminds(f); f.Origin.CustomerID = "8" }},
		"reminder of another gesture":        {birthday, func(f *crm.Facts) { reminds(f); f.Origin.Journey = anniversary }},
		"reminder with another message's":    {birthday, func(f *crm.Facts) { reminds(f); f.Effects[0].MessageID = "msg_x" }},
		"thank-you beside another's effects": {thankYou, func(f *crm.Facts) { f.Effects = []crm.Effect{{CustomerID: "8"}} }},
	} {
		f := gestureFacts(c.journey, "en")
		c.change(&f)
		var wrong *WrongHistory
		if m, err := r.Mail(f, autumn); !errors.As(err, &wrong) {
			t.Errorf("%s was written (%v):\n%s", name, err, m.Text)
		} else if strings.ContainsAny(wrong.Error(), "0123456789@") {
			t.Errorf("%s: the error names somebody: %s", name, wrong)
		}
	}
}

// TestRightHistory: what belongs together in another form is written.
func TestRightHistory(t *testing.T) {
	r := newRenderer(t)
	for name, c := range map[string]struct {
		journey string
		change  func(*crm.Facts)
	}{
		"a guest by her address": {thankYou, func(f *crm.Facts) {
			f.Customer.ID, f.Message.CustomerID, f.Order.CustomerID, f.Order.Email = "guest_x", "guest_x", "", "Customer@Mail.example "
		}},
		"a guest who has an account now": {thankYou, func(f *crm.Facts) {
			f.Customer.ID, f.Message.CustomerID, f.Order.Email = "guest_x", "guest_x", f.Customer.Email
		}},
		"an order with another address": {thankYou, func(f *crm.Facts) { f.Order.Email = "work@mail.example" }},
		"a variant in the title": {returnUpgrade, func(f *crm.Facts) {
			f.Order.Items[1].Variant, f.Returns[0].Lines[0].Title = "Blue / M", "blue linen apron - Blue / M"
		}},
		"goods taken off the order since": {returnUpgrade, func(f *crm.Facts) { f.Order.Items[1].Removed = true }},
		"a thin line":                     {returnUpgrade, func(f *crm.Facts) { f.Returns[0].Lines[0].Title = "" }},
	} {
		f := gestureFacts(c.journey, "en")
		c.change(&f)
		if _, err := r.Mail(f, autumn); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	f := gestureFacts(returnUpgrade, "en")
	f.Order.Items[1].Removed = true
	if m, err := r.Mail(f, autumn); err != nil || strings.Contains(m.Text, "Apron") {
		t.Errorf("%v: it names what is off the order:\n%s", err, m.Text)
	}
}

// TestMissing: what a mail needs and does not have is an error, not a mail
// with a hole.
func TestMissing(t *testing.T) {
	r := newRenderer(t)
	for name, c := range map[string]struct {
		journey string
		change  func(*crm.Facts)
	}{
		"no code":                    {birthday, func(f *crm.Facts) { f.Effects = nil }},
		"a planned code":             {birthday, func(f *crm.Facts) { f.Effects[0].State = crm.EffectPlanned }},
		"a revoked code":             {birthday, func(f *crm.Facts) { f.Effects[0].State = crm.EffectUndone }},
		"an ended code":              {anniversary, func(f *crm.Facts) { f.Effects[0].Code.Ended = crm.CodeRevoked }},
		"a code past its day":        {anniversary, func(f *crm.Facts) { f.Effects[0].Code.EndsAt = autumn.Add(-1) }},
		"a used code":                {birthday, func(f *crm.Facts) { f.Effects[0].Code.Uses = []crm.CodeUse{{OrderID: "1"}} }},
		"a code of 0 percent":        {birthday, func(f *crm.Facts) { f.Effects[0].Code.Percent = 0 }},
		"a code of an unknown kind":  {birthday, func(f *crm.Facts) { f.Effects[0].Code.Kind = "gift" }},
		"a code without amount":      {birthday, func(f *crm.Facts) { f.Effects[0].Code.Kind = crm.FixedAmount }},
		"a code without its product": {birthday, func(f *crm.Facts) { f.Effects[0].Code.Kind = crm.FreeProduct }},
		"a code with a space":        {birthday, func(f *crm.Facts) { f.Effects[0].Code.Code = "A B" }},
		"no day":                     {birthday, func(f *crm.Facts) { f.Message.Subject = "birthday:7" }},
		"no first order":             {anniversary, func(f *crm.Facts) { f.FirstOrder = autumn.AddDate(0, -5, 0) }},
		"an apology's code":          {apology, func(f *crm.Facts) { f.Effects, f.Message.Ask.Offer = nil, crm.OfferCode }},
		"no label":                   {returnUpgrade, func(f *crm.Facts) { f.Effects = nil }},
		"a label that failed":        {returnUpgrade, func(f *crm.Facts) { f.Effects[0].State = crm.EffectFailed }},
		"a label without a link":     {returnUpgrade, func(f *crm.Facts) { f.Effects[0].Label.URL = "" }},
		"a label that is a script":   {returnUpgrade, func(f *crm.Facts) { f.Effects[0].Label.URL = "javascript:alert(1)" }},
		"a replacement that failed":  {returnUpgrade, func(f *crm.Facts) { f.Effects[1].State = crm.EffectFailed }},
		"no return":                  {returnUpgrade, func(f *crm.Facts) { f.Returns = nil }},
		"no review page":             {reviewRequest, func(f *crm.Facts) { f.Links.Review = "" }},
		"a review page that is none": {reviewRequest, func(f *crm.Facts) { f.Settings = crm.Values{settingReviewURL: "reviews.example"} }},
		"no order":                   {reviewRequest, func(f *crm.Facts) { f.Order = nil }},
		"no way out":                 {birthday, func(f *crm.Facts) { f.Links.Unsubscribe = "" }},
		"a way out that is none":     {reviewRequest, func(f *crm.Facts) { f.Links.Unsubscribe = "/u/token" }},
		"a way out with a break":     {birthday, func(f *crm.Facts) { f.Links.Unsubscribe += "\r\nBcc: x" }},
		"no legal name":              {birthday, func(f *crm.Facts) { f.Shop.LegalName = " " }},
		"no postal address":          {anniversary, func(f *crm.Facts) { f.Shop.PostalAddress = "" }},
		"no purpose":                 {thankYou, func(f *crm.Facts) { f.Message.Purpose = "" }},
		"marketing that says it is not": {birthday, func(f *crm.Facts) {
			f.Message.Purpose = crm.Transactional
		}},
	} {
		f := gestureFacts(c.journey, "de")
		c.change(&f)
		var wrong *WrongHistory
		if m, err := r.Mail(f, autumn); err == nil || errors.As(err, &wrong) {
			t.Errorf("%s: %v\n%s", name, err, m.Text)
		}
	}
}
