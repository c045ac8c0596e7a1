package cards

import (
	"encoding/binary"
	"sync"
)

// has tells whether the font has a letter. What the layout does not shape, it
// must not print: of the font's scripts only those count whose letters stand one
// beside the other, from left to right.
func has(r rune) bool {
	if r >= 0x0590 && r < 0x0900 { // Hebrew, Arabic and what is written as they are
		return false
	}
	return r == ' ' || r == '\n' || r == '\t' || r <= 0xffff && glyphs()[uint16(r)]
}

// glyphs are the letters of the font, by its own table: "cmap", format 4, of the
// Unicode plane that all of ours are in (OpenType 1.9, 5.2).
var glyphs = sync.OnceValue(func() map[uint16]bool {
	word := func(at int) int { return int(binary.BigEndian.Uint16(serif[at:])) }
	long := func(at int) int { return int(binary.BigEndian.Uint32(serif[at:])) }
	all := map[uint16]bool{}
	for table := range word(4) {
		entry := 12 + 16*table
		if string(serif[entry:entry+4]) != "cmap" {
			continue
		}
		cmap := long(entry + 8)
		for sub := range word(cmap + 2) {
			record := cmap + 4 + 8*sub
			at := cmap + long(record+4)
			if word(record) != 3 || word(record+2) != 1 || word(at) != 4 {
				continue
			}
			twice := word(at + 6)
			for i := 0; i < twice; i += 2 {
				last, first := word(at+14+i), word(at+16+twice+i)
				delta, offset := word(at+16+2*twice+i), at+16+3*twice+i
				for r := first; r <= last && r < 0xffff; r++ {
					glyph := r + delta
					if o := word(offset); o != 0 {
						if glyph = word(offset + o + 2*(r-first)); glyph != 0 {
							glyph += delta
						}
					}
					if glyph&0xffff != 0 {
						all[uint16(r)] = true
					}
				}
			}
		}
	}
	return all
})
