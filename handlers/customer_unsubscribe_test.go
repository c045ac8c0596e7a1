package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/store"
)

// stopped are the journeys of the mails that an unsubscription stopped.
func (o *own) stopped() map[string]int {
	o.t.Helper()
	n := map[string]int{}
	for _, m := range o.messages() {
		if m.State == crm.Cancelled && m.Reason == crm.ReasonUnsubscribed {
			n[m.Journey]++
		}
	}
	return n
}

func (o *own) chosen() store.Preferences {
	o.t.Helper()
	p, err := o.store.Preferences(o.t.Context(), o.link)
	if err != nil {
		o.t.Fatal(err)
	}
	return p
}

// Mail programs post without having read anything, in several ways.
func TestOneClick(t *testing.T) {
	for name, send := range map[string]func(*own, string) answer{
		"form": (*own).oneClick,
		"multipart": func(o *own, path string) answer {
			return o.send(http.MethodPost, path, http.Header{"Content-Type": {"multipart/form-data; boundary=b"}},
				strings.NewReader("--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n"))
		},
		"from elsewhere": func(o *own, path string) answer {
			return o.send(http.MethodPost, path, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Origin": {"https://mail.example"}, "Sec-Fetch-Site": {"cross-site"}},
				strings.NewReader("List-Unsubscribe=One-Click"))
		},
		"nothing": func(o *own, path string) answer { return o.send(http.MethodPost, path, http.Header{}, nil) },
		"nonsense": func(o *own, path string) answer {
			return o.send(http.MethodPost, path, http.Header{"Content-Type": {"multipart/form-data"}}, strings.NewReader("%zz"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOwn(t)
			for range 2 {
				a := send(o, o.path(store.LinkUnsubscribe))
				o.parse(name, a, http.StatusOK)
				says(t, a, "Done", "“Review requests” will not come any more.")
				if n := o.stopped(); n[reviewMail] != 2 || n[giftMail] != 0 {
					t.Errorf("stopped: %v", n)
				}
			}
			if c := o.chosen().Customer.Consent; c.State != crm.ConsentSubscribed {
				t.Errorf("consent: %+v", c)
			}
		})
	}
}

func TestUnsubscribePage(t *testing.T) {
	o := newOwn(t)
	a := o.get(o.path(store.LinkUnsubscribe))
	root := o.parse("page", a, http.StatusOK)
	_, buttons := all(root, "button")
	if len(buttons) != 2 || buttons[0] != "Stop “Review requests”" || buttons[1] != "Stop all offers and greetings" {
		t.Errorf("%q", buttons)
	}
	says(t, a, "Which mails from Bottega should stop?", "Via Roma 1, 00100 Roma")
	a = o.submit(o.path(store.LinkUnsubscribe), url.Values{"scope": {"all"}})
	says(t, a, "No more offers or greetings from Bottega will come.")
	if n := o.stopped(); n[reviewMail] != 2 || n[giftMail] != 1 {
		t.Errorf("stopped: %v", n)
	}
	if c := o.chosen().Customer.Consent; c.State != crm.ConsentUnsubscribed || c.Source != "customer page" || !c.At.Equal(o.Now()) {
		t.Errorf("consent: %+v", c)
	}
	// And from there she finds her preferences.
	links, _ := all(o.parse("done", a, http.StatusOK), "a")
	if len(links) != 1 {
		t.Fatalf("%d links", len(links))
	}
	href, _ := attribute(links[0], "href")
	o.parse("preferences", o.get(href), http.StatusOK)
}

// A link in a mail that is no marketing, or that is not known any more, has no
// kind of its own: it stops all marketing.
func TestUnsubscribeFromNoStream(t *testing.T) {
	o := newOwn(t)
	o.link.MessageID = "msg_forgotten"
	if _, buttons := all(o.parse("page", o.get(o.path(store.LinkUnsubscribe)), http.StatusOK), "button"); len(buttons) != 1 {
		t.Errorf("%q", buttons)
	}
	says(t, o.oneClick(o.path(store.LinkUnsubscribe)), "No more offers or greetings")
	if n := o.stopped(); n[reviewMail] != 2 || n[giftMail] != 1 {
		t.Errorf("stopped: %v", n)
	}
}

// Customers and shops who were erased are done with.
func TestUnsubscribeOfErased(t *testing.T) {
	o := newOwn(t)
	gone := store.Link{ShopID: o.shopID, CustomerID: "erased", MessageID: "msg_erased"}
	a := o.oneClick(o.pathOf(store.LinkUnsubscribe, gone))
	root := o.parse("customer", a, http.StatusOK)
	says(t, a, "Fatto")
	if links, _ := all(root, "a"); len(links) != 0 {
		t.Error("there are preferences for nobody")
	}
	a = o.oneClick(o.pathOf(store.LinkUnsubscribe, store.Link{ShopID: "shp_erased", CustomerID: "77"}))
	o.parse("shop", a, http.StatusOK)
	says(t, a, "Nothing is kept here any more")
	for _, kind := range []string{store.LinkPreferences, store.LinkReview} {
		for _, a := range []answer{o.get(o.pathOf(kind, gone)), o.submit(o.pathOf(kind, gone), url.Values{"rating": {"5"}, "do": {"save"}})} {
			o.parse(kind, a, http.StatusNotFound)
			says(t, a, "Qui non è più conservato nulla")
		}
	}
	if n := o.stopped(); len(n) != 0 {
		t.Errorf("stopped of others: %v", n)
	}
}

// Each page is in the language of the mail, or in the one that she chose since.
func TestPagesSpeakHerLanguage(t *testing.T) {
	o := newOwn(t)
	for locale, word := range map[string]string{"de": "Abmelden", "fr-CA": "Désinscription", "tl": "Mag-unsubscribe", "hu": "Leiratkozás", "es-MX": "Darse de baja", "sl": "Odjava", "it": "Disiscrizione", "xx": "Disiscrizione"} {
		ada := o.chosen().Customer
		ada.Locale, ada.UpdatedAt, ada.Told = locale, ada.UpdatedAt.AddDate(0, 0, 1), nil
		if _, err := o.store.ApplyEvents(t.Context(), o.shopID, []store.Applied{{Events: []crm.Event{{Kind: crm.CustomerChanged, Customer: &ada}}}}, nil); err != nil {
			t.Fatal(err)
		}
		says(t, o.get(o.path(store.LinkUnsubscribe)), word)
	}
}

// A page is in the language of the mail that led to it, whatever she is known
// to speak since, unless that is her own choice.
func TestPagesSpeakAsTheMail(t *testing.T) {
	o := newOwn(t)
	m, err := o.store.Message(t.Context(), o.shopID, o.link.MessageID)
	if err != nil {
		t.Fatal(err)
	}
	o.pass(2 * time.Hour)
	if won, err := o.store.ClaimMessage(t.Context(), m); !won || err != nil {
		t.Fatal(won, err)
	}
	m.State, m.Attempt = crm.Sending, 1
	if done, err := o.store.RecordOutcome(t.Context(), store.Outcome{Message: m, State: crm.Sent, SentAt: o.Now(), Locale: "it"}); !done || err != nil {
		t.Fatal(done, err)
	}
	says(t, o.get(o.path(store.LinkUnsubscribe)), "Disiscrizione")
	if _, err := o.store.SavePreferences(t.Context(), o.link, store.Choices{Locale: "sl"}, nil); err != nil {
		t.Fatal(err)
	}
	says(t, o.get(o.path(store.LinkUnsubscribe)), "Odjava")
}
