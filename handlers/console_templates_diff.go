package handlers

import (
	"strings"

	"grazie/crm"
)

// changedPart is what is different in one part of a text.
type changedPart struct {
	Part  string // "subject", "html", "text"
	Lines []diffLine
	Same  bool
}

// diffLine is a line of either text or of both. Number counts the lines of the
// later text, of a line that is gone those of the earlier.
type diffLine struct {
	Mark   string // "+", "-", or a space; "…": lines in between that are the same
	Text   string
	Number int
}

// changesOf compares two texts part by part.
func changesOf(from, to crm.Template) []changedPart {
	var all []changedPart
	for _, part := range []struct{ name, from, to string }{{"subject", from.Subject, to.Subject}, {"html", from.HTML, to.HTML}, {"text", from.Text, to.Text}} {
		all = append(all, changedPart{part.name, diff(part.from, part.to), part.from == part.to})
	}
	return all
}

// Bounds of a comparison: around a change so many lines are shown that are the
// same, and two texts whose changed parts are longer than this are told as one gone
// and one come.
const (
	diffAround = 3
	diffCells  = 4_000_000
)

// diff is what lines of a text became in another: the longest sequence of lines
// that both have stays.
func diff(from, to string) []diffLine {
	a, b := textLines(from), textLines(to)
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	var all []diffLine
	for i := range head {
		all = append(all, diffLine{" ", b[i], i + 1})
	}
	all = append(all, changed(a[head:len(a)-tail], b[head:len(b)-tail], head)...)
	for i := len(b) - tail; i < len(b); i++ {
		all = append(all, diffLine{" ", b[i], i + 1})
	}
	return folded(all)
}

func textLines(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(s, "\n"), "\n")
}

// changed compares what lies between the lines that both begin and end with.
func changed(a, b []string, before int) (all []diffLine) {
	if len(a)*len(b) > diffCells {
		for i, line := range a {
			all = append(all, diffLine{"-", line, before + i + 1})
		}
		for i, line := range b {
			all = append(all, diffLine{"+", line, before + i + 1})
		}
		return all
	}
	longest := make([][]int32, len(a)+1) // of a[i:] and b[j:]
	for i := range longest {
		longest[i] = make([]int32, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				longest[i][j] = longest[i+1][j+1] + 1
			} else {
				longest[i][j] = max(longest[i+1][j], longest[i][j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			all = append(all, diffLine{" ", b[j], before + j + 1})
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && longest[i+1][j] >= longest[i][j+1]:
			all = append(all, diffLine{"-", a[i], before + i + 1})
			i++
		default:
			all = append(all, diffLine{"+", b[j], before + j + 1})
			j++
		}
	}
	return all
}

// folded leaves out lines that are the same and far from any change.
func folded(all []diffLine) (short []diffLine) {
	near := make([]bool, len(all))
	for i, l := range all {
		if l.Mark == " " {
			continue
		}
		for k := max(0, i-diffAround); k <= min(len(all)-1, i+diffAround); k++ {
			near[k] = true
		}
	}
	for i, l := range all {
		switch {
		case near[i]:
			short = append(short, l)
		case i > 0 && near[i-1], i == 0:
			short = append(short, diffLine{Mark: "…"})
		}
	}
	return short
}
