package mailertest

import (
	"bytes"
	"crypto/subtle"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"grazie/crm"
)

// MessageArg is the custom argument that Grazie puts its message id in.
const MessageArg = "grazie_message"

// SendGrid stands in for the API of Twilio SendGrid: an http.Handler for tests,
// the demo and load runs. It answers POST /v3/mail/send, GET /v3/scopes
// and POST /v3/recipients/erasejob as the API does (mail-and-domain.md, 2.2 and 2.6). It always counts the mails per message
// id, which costs little; it checks and keeps them only when Keep is set.
type SendGrid struct {
	Key  string // the only key that is let in; empty lets all in
	Keep bool   // check mails as the API does, and remember them
	// Fault is asked before each mail what shall go wrong; nil for nothing.
	// It is called by many goroutines.
	Fault func(messageID string) Fault

	mu     sync.Mutex
	count  map[string]int
	mails  []SendGridMail
	total  int64
	erased []string
}

// Fault is how one request fails. The zero value is no fault.
type Fault struct {
	Delay  time.Duration // before anything else
	Accept bool          // take the mail all the same
	Reset  bool          // break the connection instead of an answer
	Status int           // answer this
	Header http.Header
	Body   string
}

// SendGridMail is a mail as the API reads it.
type SendGridMail struct {
	Personalizations []struct {
		To []crm.Mailbox `json:"to"`
	} `json:"personalizations"`
	From    crm.Mailbox  `json:"from"`
	ReplyTo *crm.Mailbox `json:"reply_to"`
	Subject string       `json:"subject"`
	Content []struct {
		Type  string `json:"type"`
		Value string `json:"value"`
	} `json:"content"`
	Headers    map[string]string `json:"headers"`
	Categories []string          `json:"categories"`
	CustomArgs map[string]string `json:"custom_args"`
	Raw        []byte            `json:"-"`
}

// Total is how many mails were taken; Count how many of them had this id.
func (s *SendGrid) Total() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.total
}

func (s *SendGrid) Count(messageID string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count[messageID]
}

// Counts is how many mails were taken per message id.
func (s *SendGrid) Counts() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make(map[string]int, len(s.count))
	for id, n := range s.count {
		all[id] = n
	}
	return all
}

// Mails are those kept so far.
func (s *SendGrid) Mails() []SendGridMail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]SendGridMail(nil), s.mails...)
}

func (s *SendGrid) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.authorized(r.Header.Get("Authorization")) {
		refuse(w, http.StatusUnauthorized, "authorization required", "")
		return
	}
	switch r.Method + " " + r.URL.Path {
	case "POST /v3/mail/send":
		s.send(w, r)
	case "GET /v3/scopes":
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"scopes":["mail.send","sender_verification_eligible"]}`)
	case "POST /v3/recipients/erasejob":
		s.eraseJob(w, r)
	default:
		refuse(w, http.StatusNotFound, "not found", "")
	}
}

func (s *SendGrid) authorized(header string) bool {
	return s.Key == "" || subtle.ConstantTimeCompare([]byte(header), []byte("Bearer "+s.Key)) == 1
}

// maxBody is the API's limit for a request.
const maxBody = 30 << 20

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func (s *SendGrid) send(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Content-Type") != "application/json" {
		refuse(w, http.StatusUnsupportedMediaType, "Content-Type should be application/json.", "")
		return
	}
	body := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(body)
	body.Reset()
	if _, err := body.ReadFrom(http.MaxBytesReader(w, r.Body, maxBody)); err != nil {
		refuse(w, http.StatusRequestEntityTooLarge, "content too large", "")
		return
	}
	id := argument(body.Bytes())
	var fault Fault
	if s.Fault != nil {
		fault = s.Fault(id)
	}
	if fault.Delay > 0 && !wait(r, fault.Delay) {
		return
	}
	var m SendGridMail
	if s.Keep {
		if why, field := read(body.Bytes(), &m); why != "" {
			refuse(w, http.StatusBadRequest, why, field)
			return
		}
	}
	refused := fault.Status != 0 || fault.Reset
	var n int64
	if !refused || fault.Accept {
		n = s.take(id, m)
	}
	switch {
	case fault.Reset:
		reset(w)
	case fault.Status != 0:
		for name, values := range fault.Header {
			w.Header()[name] = values
		}
		w.WriteHeader(fault.Status)
		io.WriteString(w, fault.Body)
	default:
		w.Header().Set("X-Message-Id", "standin-"+strconv.FormatInt(n, 10))
		w.WriteHeader(http.StatusAccepted)
	}
}

func (s *SendGrid) take(id string, m SendGridMail) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.count == nil {
		s.count = make(map[string]int)
	}
	s.total++
	s.count[id]++
	if s.Keep {
		s.mails = append(s.mails, m)
	}
	return s.total
}

// argument finds our message id without decoding the body: in valid JSON the
// quotes within a text are escaped, so this pattern is only ever the key.
func argument(body []byte) string {
	const key = `"` + MessageArg + `":"`
	at := bytes.LastIndex(body, []byte(key)) // the arguments come after the parts
	if at < 0 {
		return ""
	}
	value := body[at+len(key):]
	return string(value[:max(bytes.IndexByte(value, '"'), 0)])
}

// read decodes a mail and says what the API would refuse in it.
func read(body []byte, m *SendGridMail) (why, field string) {
	if err := json.Unmarshal(body, m); err != nil {
		return "Bad Request", ""
	}
	m.Raw = bytes.Clone(body)
	switch {
	case len(m.Personalizations) != 1 || len(m.Personalizations[0].To) == 0:
		return "The to array is required for all personalization objects, and must have at least one email object.", "personalizations.0.to"
	case m.From.Email == "":
		return "The from object must be provided for every email send.", "from.email"
	case m.Subject == "":
		return "The subject is required.", "subject"
	case len(m.Content) == 0:
		return "Unless a valid template_id is provided, the content parameter is required.", "content"
	}
	for _, to := range m.Personalizations[0].To {
		if bytes.ContainsAny([]byte(to.Name), ";,") {
			return "The name parameter contains invalid characters.", "personalizations.0.to.0.name"
		}
	}
	for i, c := range m.Content {
		if c.Value == "" {
			return "The content value must be a string at least one character in length.", "content." + strconv.Itoa(i) + ".value"
		}
		if c.Type == "text/plain" && i > 0 {
			return "If present, text/plain must be first.", "content"
		}
	}
	return "", ""
}

// refuse answers as the API words its errors.
func refuse(w http.ResponseWriter, status int, message, field string) {
	type wording struct {
		Message string  `json:"message"`
		Field   *string `json:"field"`
		Help    any     `json:"help"`
	}
	said := wording{Message: message}
	if field != "" {
		said.Field = &field
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string][]wording{"errors": {said}})
}

// wait is false when the caller went away meanwhile.
func wait(r *http.Request, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

// reset breaks the connection, as a crash or a cut cable does.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	conn.Close()
}
