package config

import (
	"log/slog"
	"reflect"
	"strings"
)

// String shows an address without user name, password and parameters: enough to
// know which server is meant, nothing to log in with.
func (a address) String() string {
	s := a.scheme + "://"
	if a.user != "" || a.password != "" {
		s += "***@"
	}
	s += strings.Join(a.hosts, ",") + a.path
	if len(a.query) > 0 {
		s += "?***"
	}
	return s
}

// LogValue is the whole configuration without its secrets, one attribute per
// variable.
func (c Config) LogValue() slog.Value {
	var attrs []slog.Attr
	for field, value := range reflect.ValueOf(c).Fields() {
		if name := field.Tag.Get("env"); name != "-" {
			attrs = append(attrs, slog.Any(name, value.Interface()))
		}
	}
	return slog.GroupValue(attrs...)
}

// String shows what LogValue shows, a line each.
func (c Config) String() string {
	var b strings.Builder
	for _, attr := range c.LogValue().Group() {
		b.WriteString(attr.Key + "=" + attr.Value.Resolve().String() + "\n")
	}
	return b.String()
}

// GoString hides what String hides.
func (c Config) GoString() string { return c.String() }
