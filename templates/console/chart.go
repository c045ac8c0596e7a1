package console

import "fmt"

// Chart is bars that the server draws: a stack for each day, from the left. It is
// stretched to the place it has, so that its words stand beside it.
type Chart struct {
	Bars        []Bar
	Width, High int   // of the drawing
	Most        int64 // what the highest stack stands for
}

// Bar is the stack of one day.
type Bar struct {
	Title string // what is said of it
	Parts []BarPart
}

// BarPart is one of its parts, from below.
type BarPart struct {
	Class         string
	X, Y, W, High int
}

const (
	barPlace, barWide = 10, 8
	chartHigh         = 100
)

// NewChart draws stacks of values: classes name their parts from below. What is
// not nothing is at least a line.
func NewChart(classes []string, titles []string, values [][]int64) Chart {
	c := Chart{Width: barPlace * len(values), High: chartHigh}
	for _, day := range values {
		c.Most = max(c.Most, sum(day))
	}
	for i, day := range values {
		bar := Bar{Title: titles[i]}
		y := chartHigh
		for k, v := range day {
			if v <= 0 {
				continue
			}
			high := min(max(int(v*chartHigh/c.Most), 1), y)
			y -= high
			bar.Parts = append(bar.Parts, BarPart{Class: classes[k], X: i*barPlace + (barPlace-barWide)/2, Y: y, W: barWide, High: high})
		}
		c.Bars = append(c.Bars, bar)
	}
	return c
}

// ViewBox is the drawing's own measure.
func (c Chart) ViewBox() string { return fmt.Sprintf("0 0 %d %d", c.Width, c.High) }

func sum(values []int64) (all int64) {
	for _, v := range values {
		all += v
	}
	return all
}
