package templates

import (
	"hash/fnv"
	"slices"
	"strings"
)

// chooser picks sentences for one message: the same again for the same message,
// so that a retry sends the same letter.
type chooser struct {
	seed   string   // the message's id
	seen   []string // keys she got before, the latest last
	formal bool
	used   []string // keys chosen for this letter
	before string   // the sentence chosen last
}

// choose picks a sentence of a group: by chance of the message's id among those
// she never got; when she got all, the one that was longest ago. ok is false
// when no sentence fits the values.
func (c *chooser) choose(g group, v *values) (text string, ok bool) {
	p, ok := c.pick(g, v)
	if !ok {
		return "", false
	}
	c.used = append(c.used, p.key)
	c.before = p.in(c.formal).fill(v)
	return c.before, true
}

func (c *chooser) pick(g group, v *values) (phrase, bool) {
	var fresh, echoes [16]int // places in g
	n, m, oldest, age := 0, 0, -1, len(c.seen)
	for i, p := range g {
		if !p.in(c.formal).fits(v) {
			continue
		}
		switch last := lastIndex(c.seen, p.key); {
		case last < 0 && n+m < len(fresh):
			if echo(c.before, p.in(c.formal)) {
				echoes[m] = i
				m++
			} else {
				fresh[n] = i
				n++
			}
		case last >= 0 && last < age:
			oldest, age = i, last
		}
	}
	if n == 0 {
		fresh, n = echoes, m
	}
	if n > 0 {
		return g[fresh[c.chance(g[fresh[0]].key, n)]], true
	}
	if oldest >= 0 {
		return g[oldest], true
	}
	return phrase{}, false
}

// echo tells whether a sentence would begin like the one before it: "I hope …
// I hope …" is how machines write.
func echo(before string, w wording) bool {
	first, rest, _ := strings.Cut(before, " ")
	mine, more, _ := strings.Cut(w.pieces[0].literal, " ")
	if first == "" || first != mine {
		return false
	}
	if len(first) > 3 {
		return true
	}
	second, _, _ := strings.Cut(rest, " ")
	other, _, _ := strings.Cut(more, " ")
	return second == other
}

// fresh tells whether the group has a sentence that fits and that she never got.
func (c *chooser) fresh(g group, v *values) bool {
	return slices.ContainsFunc(g, func(p phrase) bool {
		return p.in(c.formal).fits(v) && lastIndex(c.seen, p.key) < 0
	})
}

// chance is a number below n that depends on the message and the part only.
func (c *chooser) chance(part string, n int) int {
	h := fnv.New32a()
	h.Write([]byte(c.seed))
	h.Write([]byte(part[:strings.LastIndexByte(part, '.')]))
	x := h.Sum32()
	x ^= x >> 15 // FNV's low bits follow the last letters closely
	x *= 0x2c1b3c6d
	x ^= x >> 12
	return int(x % uint32(n))
}

func lastIndex(keys []string, key string) int {
	for i := len(keys) - 1; i >= 0; i-- {
		if keys[i] == key {
			return i
		}
	}
	return -1
}
