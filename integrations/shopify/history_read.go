package shopify

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"grazie/crm"
	"grazie/integrations"
)

// export is the file of a bulk operation while it is read: JSONL, each thing a
// line, followed by its children, which name their parent.
type export struct {
	phase
	at      *place // behind what was handed over
	each    func(integrations.Portion) error
	objects int64 // that the file must hold
	size    int64 // bytes; 0: not told
	total   int64 // things of all phases so far

	pos, line int64      // bytes and lines read
	root      thing      // whose children may still come; nil: none
	rootAt    place      // where it begins
	children  []lineNode // of it
	tooMany   bool       // of them
	things    int64      // told, and not handed over yet
	events    []crm.Event
	skipped   []string
}

// thing is what stands in a line of its own, and becomes events together with
// the lines that name it as their parent. What is wrong with these is told.
type thing interface {
	tell(r *reader, children []lineNode) (events []crm.Event, wrong string)
}

// errFewer says that a file was read to its end, and is not what was promised.
var errFewer = errors.New("its file holds less than it promised")

// readExport reads a file from where the cursor stands, and hands it over
// portion by portion. A file that breaks off is Temporary: what came is kept,
// but for the last thing, whose children may be missing.
func (p *Platform) readExport(ctx context.Context, address string, f *export) error {
	file, err := p.api.Download(ctx, address, f.at.Byte)
	if err != nil {
		return err
	}
	defer file.Close()
	for left := f.at.Byte - file.From; left > 0; { // a server that begins at the beginning only
		n, err := io.CopyN(io.Discard, file, min(left, aliveEvery))
		if err != nil {
			return f.broken(err)
		}
		if left -= n; left == 0 {
			break
		}
		if err := f.each(f.at.told(f.total)); err != nil { // a sign of life
			return err
		}
	}
	f.pos, f.line = f.at.Byte, f.at.Line
	lines := &lines{r: bufio.NewReaderSize(file, 64<<10)}
	for {
		begin := place{Byte: f.pos, Line: f.line}
		line, long, err := lines.next()
		f.pos += lines.took
		if err != nil && err != io.EOF {
			return f.broken(err)
		}
		if lines.took > 0 {
			// The last line may lack its end only where the file's size says that it is the last.
			if err == io.EOF && f.pos != f.size {
				return f.broken(io.ErrUnexpectedEOF)
			}
			f.line++
			if err := f.take(line, long, begin); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return f.end()
		}
	}
}

// take reads one line.
func (f *export) take(line []byte, long bool, begin place) error {
	child := bytes.Contains(line, []byte(`"__parentId"`)) // no text holds it: its quotes would be escaped
	switch {
	case long:
		f.skip(f.line, fmt.Sprintf("is longer than %d bytes", maxLine))
	case len(bytes.TrimSpace(line)) == 0:
		f.line-- // nothing
	case !child:
		r := &reader{}
		root := f.read(r, line)
		if r.err != nil {
			f.skip(f.line, r.err.Error())
			break
		}
		f.tell()
		f.root, f.rootAt = root, begin
		if len(f.events) >= portion || f.things >= portion {
			return f.hand(f.rootAt)
		}
	case len(f.children) == maxChildren:
		if !f.tooMany {
			f.skip(f.line, fmt.Sprintf("is one of more than %d lines of one thing", maxChildren))
		}
		f.tooMany = true
	default:
		var n lineNode
		r := &reader{}
		if r.decode(line, &n); r.err != nil {
			f.skip(f.line, r.err.Error())
			break
		}
		f.children = append(f.children, n)
	}
	return nil
}

// tell turns the last thing, which is whole now, into events.
func (f *export) tell() {
	if f.root != nil {
		r := &reader{}
		events, wrong := f.root.tell(r, f.children)
		f.things++
		if r.err != nil {
			f.skip(f.rootAt.Line+1, r.err.Error())
		} else {
			f.events = append(f.events, events...)
		}
		if wrong != "" {
			f.skip(f.rootAt.Line+1, wrong)
		}
	} else if len(f.children) > 0 {
		f.skip(f.line, "and those before it belong to nothing that could be read")
	}
	clear(f.children)
	f.root, f.children, f.tooMany = nil, f.children[:0], false
}

// hand hands over what was read before a place.
func (f *export) hand(before place) error {
	next := *f.at
	next.Byte, next.Line, next.Things = before.Byte, before.Line, next.Things+f.things
	told := next.told(f.total)
	told.Events, told.Skipped = f.events, f.skipped
	if err := f.each(told); err != nil {
		return err
	}
	*f.at, f.things, f.events, f.skipped = next, 0, nil, nil
	return nil
}

// end is the end of the file, if it is the true one.
func (f *export) end() error {
	if f.size > 0 && f.pos < f.size {
		return f.broken(io.ErrUnexpectedEOF)
	}
	if f.line < f.objects {
		if f.size > 0 {
			return errFewer
		}
		return f.broken(io.ErrUnexpectedEOF)
	}
	if f.tell(); f.pos == f.at.Byte { // handed over before
		return nil
	}
	return f.hand(place{Byte: f.pos, Line: f.line})
}

// broken keeps what came whole of a file that broke off.
func (f *export) broken(err error) error {
	if f.things > 0 && f.root != nil {
		if err := f.hand(f.rootAt); err != nil {
			return err
		}
	}
	e := fail(integrations.Temporary, fmt.Sprintf("the file of the shop's %s broke off behind line %d; it is read on from there", f.name, f.at.Line))
	e.Err = integrations.Redact(err)
	return e
}

func (f *export) skip(line int64, why string) {
	if len(f.skipped) < maxSkipped {
		f.skipped = append(f.skipped, fmt.Sprintf("%s, line %d %s", f.name, line, why))
	}
}

// maxSkipped bounds what is told of one portion's lines that cannot be read.
const maxSkipped = 100

func (n *customerNode) tell(r *reader, _ []lineNode) ([]crm.Event, string) {
	return r.tellCustomerNode(integrations.Envelope{}, n), ""
}

func (n *orderNode) tell(r *reader, children []lineNode) ([]crm.Event, string) {
	strangers := 0
	for _, l := range children {
		if l.Parent == n.ID {
			n.Lines.Nodes = append(n.Lines.Nodes, l)
		} else {
			strangers++
		}
	}
	wrong := ""
	if strangers > 0 {
		wrong = fmt.Sprintf("is followed by %d lines of another thing", strangers)
	}
	return r.tellOrderNode(integrations.Envelope{}, n), wrong
}

func readOrderLine(r *reader, line []byte) thing {
	n := &orderNode{}
	r.decode(line, n)
	return n
}

func readCustomerLine(r *reader, line []byte) thing {
	n := &customerNode{}
	r.decode(line, n)
	return n
}

// lines reads a file line by line, in a buffer that grows no further than the
// longest line that is read.
type lines struct {
	r    *bufio.Reader
	buf  []byte
	took int64 // bytes of the last line, with its end
}

// next is the next line, until the one after it is asked for. Of one that is
// too long nothing is kept. With io.EOF comes a line that has no end.
func (l *lines) next() (line []byte, long bool, err error) {
	l.buf, l.took = l.buf[:0], 0
	for {
		part, err := l.r.ReadSlice('\n')
		l.took += int64(len(part))
		if long = long || len(l.buf)+len(part) > maxLine; !long {
			l.buf = append(l.buf, part...)
		}
		if err != bufio.ErrBufferFull {
			return l.buf, long, err
		}
	}
}
