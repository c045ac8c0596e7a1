package console

import "testing"

// A stack is as high as its value, what is little is still seen, and no stack
// leaves the drawing.
func TestChart(t *testing.T) {
	c := NewChart([]string{"sent", "failed"}, []string{"a", "b", "c", "d"}, [][]int64{{200, 0}, {50, 50}, {0, 0}, {199, 1}})
	if c.Most != 200 || c.ViewBox() != "0 0 40 100" || len(c.Bars) != 4 {
		t.Fatalf("%+v", c)
	}
	if got := c.Bars[0].Parts; len(got) != 1 || got[0] != (BarPart{"sent", 1, 0, 8, 100}) {
		t.Errorf("the highest: %+v", got)
	}
	if got := c.Bars[1].Parts; len(got) != 2 || got[0] != (BarPart{"sent", 11, 75, 8, 25}) || got[1] != (BarPart{"failed", 11, 50, 8, 25}) {
		t.Errorf("a half: %+v", got)
	}
	if len(c.Bars[2].Parts) != 0 {
		t.Errorf("nothing: %+v", c.Bars[2])
	}
	if got := c.Bars[3].Parts; len(got) != 2 || got[1].High != 1 || got[1].Y != 0 {
		t.Errorf("one of two hundred: %+v", got)
	}
	if empty := NewChart([]string{"sent"}, []string{"a"}, [][]int64{{0}}); empty.Most != 0 || len(empty.Bars) != 1 {
		t.Errorf("no day: %+v", empty)
	}
}
