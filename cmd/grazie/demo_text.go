package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/sys/unix"
)

// account tells the day to a person at a terminal.
type account struct {
	out    io.Writer
	width  int
	colour bool
}

// Styles, as numbers of ECMA-48.
const (
	styleBold   = "1"
	styleFaint  = "2"
	styleRed    = "31"
	styleGreen  = "32"
	styleYellow = "33"
)

// newAccount asks the terminal for its width. Elsewhere nobody wraps lines.
func newAccount(out io.Writer) *account {
	a := &account{out: out, width: 100}
	if f, ok := out.(*os.File); ok && isTerminal(f) {
		if size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ); err == nil && size.Col > 0 {
			a.width = min(max(int(size.Col), 40), 120)
		}
		a.colour = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	}
	return a
}

func (a *account) paint(style, text string) string {
	if !a.colour || style == "" {
		return text
	}
	return "\x1b[" + style + "m" + text + "\x1b[0m"
}

func (a *account) line(style, text string) { fmt.Fprintln(a.out, a.paint(style, text)) }

// piece is a part of a line that is not broken while it fits into one.
type piece struct{ style, text string }

// pieces sets pieces side by side, as many as fit.
func (a *account) pieces(all []piece) {
	const indent = "  "
	line, used := indent, len(indent)
	for _, p := range all {
		n := utf8.RuneCountInString(p.text)
		if used > len(indent) && used+3+n > a.width {
			fmt.Fprintln(a.out, line)
			line, used = indent, len(indent)
		}
		switch {
		case used > len(indent):
			line, used = line+a.paint(styleFaint, " · "), used+3
		case n > a.width-len(indent):
			a.wrapped(indent, p.style, p.text)
			continue
		}
		line, used = line+a.paint(p.style, p.text), used+n
	}
	if used > len(indent) {
		fmt.Fprintln(a.out, line)
	}
}

// row is a line of the summary.
func (a *account) row(label, text string) {
	const indent = 12
	for i, l := range wrapText(text, a.width-indent) {
		if i > 0 {
			label = ""
		}
		fmt.Fprintln(a.out, a.paint(styleFaint, fmt.Sprintf("  %-*s", indent-2, label))+l)
	}
}

func (a *account) wrapped(indent, style, text string) {
	for _, l := range wrapText(text, a.width-len(indent)) {
		fmt.Fprintln(a.out, indent+a.paint(style, l))
	}
}

// wrapText breaks a text at its spaces. An empty text is one empty line.
func wrapText(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width:
			lines, line = append(lines, line), word
		default:
			line += " " + word
		}
	}
	return append(lines, line)
}
