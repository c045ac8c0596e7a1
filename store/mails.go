package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"

	"grazie/crm"
)

// SentMail is a mail as it was handed to the mailer, whatever came of it. Its
// links are the customer's own: see crm.Inert before anybody else may click.
type SentMail struct {
	MessageID string    `json:"message_id"`
	Attempt   int       `json:"attempt"` // 1, 2, ...: which try it was; the newest is kept
	At        time.Time `json:"at"`      // when a worker took it
	Mail      crm.Mail  `json:"-"`
}

// kept is what is stored of a mail; the rest stands in its message.
type kept struct {
	From    crm.Mailbox       `json:"from"`
	ReplyTo string            `json:"reply_to,omitempty"`
	To      crm.Mailbox       `json:"to"`
	Subject string            `json:"subject"`
	HTML    string            `json:"html"`
	Text    string            `json:"text"`
	Headers map[string]string `json:"headers,omitempty"`
}

// Letters are alike, line by line: the fastest level makes a fifth of them, in a
// tenth of a millisecond.
var mailPacker = sync.OnceValue(func() *zstd.Encoder {
	w, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		panic(err) // of its options alone
	}
	return w
})

var mailReader = sync.OnceValue(func() *zstd.Decoder {
	r, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(64<<20))
	if err != nil {
		panic(err)
	}
	return r
})

// packMail is a mail as it is stored.
func packMail(m crm.Mail) []byte {
	return mailPacker().EncodeAll([]byte(document(kept{m.From, m.ReplyTo, m.To, m.Subject, m.HTML, m.Text, m.Headers})), nil)
}

// keepMails stores the mails of the messages that were claimed, in the claim's own
// transaction: before any mailer hears of them.
func (s *Store) keepMails(ctx context.Context, tx querier, batch []try, won map[string]bool) error {
	b := newBulk("text", "text", "bigint", "bigint", "bigint", "text", "bytea")
	at := micros(s.now())
	added := map[string]bool{}
	for _, k := range batch {
		if k.mail == nil || !won[k.id] || added[k.id] {
			continue
		}
		added[k.id] = true
		b.add(k.shopID, k.id, int64(k.attempt)+1, at, int64(k.template), k.locale, k.mail)
	}
	if b.rows == 0 {
		return nil
	}
	var p params
	_, err := tx.ExecContext(ctx, `insert into mails (shop_id, message_id, attempt, at, template_version, locale, data) `+s.table(&p, b)+`
		on conflict (shop_id, message_id) do update set attempt = excluded.attempt, at = excluded.at, template_version = excluded.template_version,
			locale = excluded.locale, data = excluded.data`, p...)
	return err
}

const mailColumns = `shop_id, message_id, attempt, at, template_version, locale, data`

func scanMail(r *sql.Rows) (m SentMail, err error) {
	var at int64
	var packed []byte
	if err := r.Scan(&m.Mail.ShopID, &m.MessageID, &m.Attempt, &at, &m.Mail.Template, &m.Mail.Locale, &packed); err != nil {
		return m, err
	}
	m.At, m.Mail.MessageID = instant(at), m.MessageID
	text, err := mailReader().DecodeAll(packed, nil)
	if err != nil {
		return m, err
	}
	var k kept
	err = json.Unmarshal(text, &k)
	m.Mail.From, m.Mail.ReplyTo, m.Mail.To = k.From, k.ReplyTo, k.To
	m.Mail.Subject, m.Mail.HTML, m.Mail.Text, m.Mail.Headers = k.Subject, k.HTML, k.Text, k.Headers
	return m, err
}

// MailOf is the mail of a message's newest try. One that was never handed to a
// mailer has none: crm.ErrNotFound.
func (s *Store) MailOf(ctx context.Context, shopID, messageID string) (SentMail, error) {
	return one(rows(ctx, s.read, scanMail, `select `+mailColumns+` from mails where shop_id = $1 and message_id = $2`, shopID, messageID))
}
