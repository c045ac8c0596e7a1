// Package outbox is the mailer that sends nothing: it writes each mail into a
// folder, where the console shows it. It is what runs until a real mailer is set.
package outbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"grazie/crm"
	"grazie/integrations"
)

// Mailer writes mails as <dir>/<message id>.json.
type Mailer struct {
	dir string
	now func() time.Time

	mu     sync.Mutex // guards what Mails remembers
	times  map[string]time.Time
	sorted []string // the keys of times, newest first
}

// New makes a mailer that writes into dir. The folder is made when the first
// mail comes; it belongs to whoever runs Grazie, so no connection can name it.
func New(dir string, now func() time.Time) *Mailer {
	return &Mailer{dir: dir, now: now}
}

func (o *Mailer) Name() string            { return "outbox" }
func (o *Mailer) Settings() []crm.Setting { return nil }

// Send writes one mail. A whole file appears or none. A message id that has its
// file already is the same mail tried again: the first stays.
//
// The file is not forced to disk: a power cut may lose the newest mails of a
// folder that nobody but staff looks into, and a busy demo stays quick.
func (o *Mailer) Send(ctx context.Context, _ integrations.Connection, m crm.Mail) (crm.Receipt, error) {
	if err := ctx.Err(); err != nil {
		return crm.Receipt{}, o.fail(integrations.Temporary, "", err)
	}
	if err := integrations.CheckMail(m); err != nil {
		return crm.Receipt{}, o.fail(integrations.Rejected, err.Error(), nil)
	}
	if !valid(m.MessageID) {
		return crm.Receipt{}, o.fail(integrations.Rejected, "the message id cannot be a file name", nil)
	}
	path := o.path(m.MessageID)
	if info, err := os.Stat(path); err == nil {
		return o.receipt(m.MessageID, info.ModTime()), nil
	}
	at := o.now()
	if err := o.write(path, mailOf(m, at)); err != nil {
		return crm.Receipt{}, o.fail(integrations.Temporary, "the folder cannot be written", err)
	}
	return o.receipt(m.MessageID, at), nil
}

// Check tells whether the folder can be written.
func (o *Mailer) Check(context.Context, integrations.Connection) error {
	draft, err := o.draft()
	if err != nil {
		return err
	}
	return errors.Join(draft.Close(), os.Remove(draft.Name()))
}

func (o *Mailer) write(path string, m Mail) error {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(m); err != nil {
		return err
	}
	draft, err := o.draft()
	if err != nil {
		return err
	}
	_, err = draft.Write(text.Bytes())
	if err = errors.Join(err, draft.Close()); err == nil {
		err = os.Chtimes(draft.Name(), m.At, m.At) // what Mails sorts by
	}
	if err == nil {
		err = os.Rename(draft.Name(), path)
	}
	if err != nil {
		os.Remove(draft.Name())
	}
	return err
}

// draft opens a file beside the mails that Mails does not see. Mails are
// personal: folder and files are the owner's alone.
func (o *Mailer) draft() (*os.File, error) {
	f, err := os.CreateTemp(o.dir, draftPrefix+"*")
	if errors.Is(err, fs.ErrNotExist) {
		if err = os.MkdirAll(o.dir, 0o700); err == nil {
			f, err = os.CreateTemp(o.dir, draftPrefix+"*")
		}
	}
	return f, err
}

func (o *Mailer) path(id string) string { return filepath.Join(o.dir, id+suffix) }

// valid tells whether id is one that Grazie could have made, and so a file name
// that leads nowhere else.
func valid(id string) bool {
	for i := range len(id) {
		switch c := id[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '_', c == '-':
		default:
			return false
		}
	}
	return 0 < len(id) && len(id) <= 128
}

func (o *Mailer) receipt(id string, at time.Time) crm.Receipt {
	return crm.Receipt{By: o.Name(), ID: id + suffix, At: at}
}

func (o *Mailer) fail(kind integrations.Kind, detail string, err error) error {
	return &integrations.Error{Kind: kind, Service: o.Name(), Detail: detail, Err: err}
}
