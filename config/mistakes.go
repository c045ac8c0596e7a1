package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"reflect"
	"strconv"
	"strings"

	"github.com/caarlos0/env/v11"
)

// Mistake is one variable that cannot be used, and what to do about it.
type Mistake struct {
	Variable string
	Value    string // as set, or its harmless part; empty when not set
	Advice   string
}

func (m *Mistake) Error() string {
	if m.Value == "" {
		return m.Variable + ": " + m.Advice
	}
	return fmt.Sprintf("%s=%q: %s", m.Variable, m.Value, m.Advice)
}

// mistakes collects what is wrong, in the order of the struct.
type mistakes []error

func (ms *mistakes) add(variable, value, advice string) {
	*ms = append(*ms, &Mistake{Variable: variable, Value: value, Advice: advice})
}

func (ms mistakes) err() error { return errors.Join(ms...) }

// refusal is what a type in this package says of a text that it cannot read.
type refusal struct {
	advice string
	secret bool // the text may hold a secret: show no more of it than its scheme
}

func (r *refusal) Error() string { return r.advice }

// shown and hidden refuse a text that may, or must not, be shown again.
func shown(advice string) error  { return &refusal{advice: advice} }
func hidden(advice string) error { return &refusal{advice: advice, secret: true} }

// parsed turns what env reports per field into mistakes per variable.
func (ms *mistakes) parsed(err error, environ map[string]string) {
	var all env.AggregateError
	if !errors.As(err, &all) {
		return // env fails with nothing else: the struct is fine
	}
	for _, err := range all.Errors {
		var field env.ParseError
		if !errors.As(err, &field) {
			*ms = append(*ms, err)
			continue
		}
		at, _ := reflect.TypeFor[Config]().FieldByName(field.Name)
		variable := at.Tag.Get("env")
		value := environ[variable]
		why := &refusal{advice: "write debug, info, warn or error"} // slog.Level words its own error otherwise
		if errors.As(field.Err, &why) && why.secret {
			value = harmless(value)
		}
		ms.add(variable, value, why.advice)
	}
}

// parsers read the plain kinds, to say in words what env would say in Go.
var parsers = map[reflect.Type]env.ParserFunc{
	reflect.TypeFor[bool](): func(text string) (any, error) {
		b, err := strconv.ParseBool(text)
		if err != nil {
			return nil, shown("write true or false")
		}
		return b, nil
	},
	reflect.TypeFor[int](): func(text string) (any, error) {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > 10_000 {
			return nil, shown("write a whole number from 1 to 10000")
		}
		return n, nil
	},
}

// address checks host:port to listen on. Port 0 lets the system choose.
func (ms *mistakes) address(variable, value, example string) string {
	_, port, err := net.SplitHostPort(value)
	if _, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil {
		ms.add(variable, value, "write host:port, such as "+example+" or :"+example[strings.LastIndex(example, ":")+1:])
	}
	return value
}

// publicURL checks where customers reach Grazie; by default, where it listens.
func (ms *mistakes) publicURL(value, addr string) string {
	if value == "" {
		return browsable(addr)
	}
	u, err := url.Parse(value)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		ms.add("GRAZIE_PUBLIC_URL", "", "write the address that customers open, such as https://grazie.example.com")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "":
		ms.add("GRAZIE_PUBLIC_URL", u.Scheme+"://"+u.Host, "write scheme and host only: Grazie answers at the root of its host")
	}
	return strings.TrimRight(value, "/")
}
