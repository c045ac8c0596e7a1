package outbox

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"grazie/crm"
)

const (
	suffix      = ".json"
	draftPrefix = ".draft-"
)

// Mail is a mail as it lies in its file: all that is needed to read it.
type Mail struct {
	ID      string            `json:"id"` // the message's
	At      time.Time         `json:"at"`
	ShopID  string            `json:"shop_id"`
	Journey string            `json:"journey"`
	Purpose crm.Purpose       `json:"purpose"`
	Locale  string            `json:"locale"`
	From    crm.Mailbox       `json:"from"`
	ReplyTo string            `json:"reply_to,omitempty"`
	To      crm.Mailbox       `json:"to"`
	Subject string            `json:"subject"`
	Headers map[string]string `json:"headers,omitempty"`
	Text    string            `json:"text"`
	HTML    string            `json:"html"`
}

func mailOf(m crm.Mail, at time.Time) Mail {
	return Mail{
		ID: m.MessageID, At: at.UTC(), ShopID: m.ShopID, Journey: m.Journey, Purpose: m.Purpose, Locale: m.Locale,
		From: m.From, ReplyTo: m.ReplyTo, To: m.To, Subject: m.Subject, Headers: m.Headers, Text: m.Text, HTML: m.HTML,
	}
}

// Page is a part of the outbox, newest mail first.
type Page struct {
	Mails []Mail
	Total int    // of all mails in the outbox
	Next  string // the id to ask for the next page after; empty on the last page
}

// maxPage is the most mails on a page: each of them is a file to read.
const maxPage = 100

// Mails reads a page of at most limit mails: those written before the mail with
// the id after, or the newest when after is empty or not there any more. A file
// that cannot be read shows with its id alone.
//
// Each call reads the names in the folder, because another process may have
// written there, but asks only for the times of those it has not seen.
func (o *Mailer) Mails(after string, limit int) (Page, error) {
	ids, err := o.newest()
	if err != nil {
		return Page{}, err
	}
	page := Page{Total: len(ids)}
	if i := slices.Index(ids, after); i >= 0 {
		ids = ids[i+1:]
	}
	if limit = min(max(limit, 1), maxPage); len(ids) > limit {
		ids = ids[:limit]
		page.Next = ids[limit-1]
	}
	for _, id := range ids {
		m, err := o.Mail(id)
		if errors.Is(err, crm.ErrNotFound) {
			continue // taken away meanwhile
		}
		if err != nil {
			m = Mail{ID: id}
		}
		page.Mails = append(page.Mails, m)
	}
	return page, nil
}

// Mail reads the mail of a message; crm.ErrNotFound when there is none.
func (o *Mailer) Mail(id string) (Mail, error) {
	if !valid(id) {
		return Mail{}, crm.ErrNotFound
	}
	text, err := os.ReadFile(o.path(id))
	if errors.Is(err, fs.ErrNotExist) {
		return Mail{}, crm.ErrNotFound
	}
	if err != nil {
		return Mail{}, err
	}
	var m Mail
	if err := json.Unmarshal(text, &m); err != nil {
		return Mail{}, fmt.Errorf("the file of %s is damaged: %w", id, err)
	}
	return m, nil
}

// newest lists the ids of all mails, newest first. The list must not be changed.
func (o *Mailer) newest() ([]string, error) {
	names, err := o.names()
	if err != nil {
		return nil, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	times := make(map[string]time.Time, len(names))
	var unseen int
	for _, name := range names {
		id, ok := strings.CutSuffix(name, suffix)
		if !ok || !valid(id) {
			continue
		}
		at, seen := o.times[id]
		if !seen {
			info, err := os.Stat(o.path(id))
			if err != nil {
				continue // taken away meanwhile
			}
			at = info.ModTime()
			unseen++
		}
		times[id] = at
	}
	if unseen > 0 || len(times) != len(o.times) {
		o.times = times
		o.sorted = slices.SortedFunc(maps.Keys(times), func(a, b string) int {
			return cmp.Or(times[b].Compare(times[a]), cmp.Compare(b, a))
		})
	}
	return o.sorted, nil
}

// names are all files of the folder, in no order.
func (o *Mailer) names() ([]string, error) {
	folder, err := os.Open(o.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	return folder.Readdirnames(-1)
}
