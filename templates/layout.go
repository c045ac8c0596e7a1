package templates

import (
	"embed"
	"strings"

	"grazie/crm"
)

//go:embed layouts/*
var layoutFiles embed.FS

// layout puts a built-in layout together: the sheet that all letters share,
// with the block of the gesture in it, and the way out where it is marketing. Liquid's own include is refused by the
// guard, so this is done before, with marks that only stand in our files.
func layout(part, block string, purpose crm.Purpose) (string, error) {
	var err error
	read := func(name string) string {
		data, fault := layoutFiles.ReadFile("layouts/" + name)
		if fault != nil {
			err = fault
		}
		return string(data)
	}
	var style, inside, top, foot string
	if block != "" {
		inside = read("block_"+block+"."+part+".liquid") + read("after."+part+".liquid")
		if part == partHTML {
			style = read("block.css")
		}
	}
	if purpose == crm.Marketing {
		top, foot = read("top."+part+".liquid"), read("foot."+part+".liquid")
	}
	source := strings.NewReplacer("[[style]]", style, "[[block]]", inside, "[[top]]", top, "[[foot]]", foot).Replace(read("sheet." + part + ".liquid"))
	return source, err
}
