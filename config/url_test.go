package config

import (
	"maps"
	"reflect"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

func TestDatabase(t *testing.T) {
	for text, want := range map[string]Database{
		"postgres://db/grazie":                             {URL: "postgres://db/grazie"},
		"postgresql://u:p%40ss@db:5433/grazie?sslmode=off": {URL: "postgresql://u:p%40ss@db:5433/grazie?sslmode=off"},
		"postgres://u:p@a:5432,b:5432/grazie":              {URL: "postgres://u:p@a:5432,b:5432/grazie"},
		"postgres://u:p@[2001:db8::1]:5432/grazie":         {URL: "postgres://u:p@[2001:db8::1]:5432/grazie"},
		"postgres:///grazie?host=/var/run/postgresql":      {URL: "postgres:///grazie?host=/var/run/postgresql"},
		"sqlite:/var/lib/grazie/grazie.db":                 {Path: "/var/lib/grazie/grazie.db"},
		"sqlite:///var/lib/grazie/grazie.db":               {Path: "/var/lib/grazie/grazie.db"},
		"sqlite:grazie.db":                                 {Path: "grazie.db"},
		"sqlite:with space.db":                             {Path: "with space.db"},
		"sqlite:":                                          {},
		"sqlite::memory:":                                  {},
		"sqlite:x?mode=ro":                                 {},
		"mysql://u:hunter2@db/grazie":                      {},
		"postgres:db/grazie":                               {},
		"postgres:///grazie":                               {},
		"postgres://u:hun ter2@db/grazie":                  {},
		"postgres://u:hunter2/@db/grazie":                  {},
		"postgres://u:hunter2@db:port/grazie":              {},
		"postgres://u:hunter2@::1/grazie":                  {},
		"postgres://u:hunter2%@db/grazie":                  {},
		"hunter2":                                          {},
	} {
		var d Database
		err := d.UnmarshalText([]byte(text))
		if d != want || (err == nil) != (want != Database{}) {
			t.Errorf("%s: %#v, %v", text, d, err)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestRedis(t *testing.T) {
	quiet := &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	for text, want := range map[string]redis.UniversalOptions{
		"redis://localhost":                  {Addrs: []string{"localhost:6379"}},
		"redis://localhost:6380/3":           {Addrs: []string{"localhost:6380"}, DB: 3},
		"redis://localhost/?db=4":            {Addrs: []string{"localhost:6379"}, DB: 4},
		"redis://:p%40s%2Fs%3A%23@localhost": {Addrs: []string{"localhost:6379"}, Password: "p@s/s:#"},
		"redis://user:a:b@localhost":         {Addrs: []string{"localhost:6379"}, Username: "user", Password: "a:b"},
		"redis://user@localhost":             {Addrs: []string{"localhost:6379"}, Username: "user"},
		"redis://a@b@localhost":              {Addrs: []string{"localhost:6379"}, Username: "a@b"},
		"redis://[::1]:6380":                 {Addrs: []string{"[::1]:6380"}},
		"redis://[fe80::1%25eth0]":           {},
		"redis://[::1]":                      {Addrs: []string{"[::1]:6379"}},
		"redis-sentinel://s1,s2:26380/main":  {Addrs: []string{"s1:26379", "s2:26380"}, MasterName: "main"},
		"redis-sentinel://:p@s1/main?db=2":   {Addrs: []string{"s1:26379"}, MasterName: "main", Password: "p", DB: 2},
		"redis-sentinel://u:p@s1/main?sentinel_username=su&sentinel_password=s%26p": {Addrs: []string{"s1:26379"}, MasterName: "main", Username: "u", Password: "p", SentinelUsername: "su", SentinelPassword: "s&p"},
		"redis-cluster://c1":                  {Addrs: []string{"c1:6379"}, IsClusterMode: true},
		"redis-cluster://:p@c1:7000,c2:7001,": {},
		"redis-cluster://:p@c1:7000,c2:7001":  {Addrs: []string{"c1:7000", "c2:7001"}, IsClusterMode: true, Password: "p"},
		"redis://":                            {},
		"redis:///0":                          {},
		"redis://host/one":                    {},
		"redis://host/-1":                     {},
		"redis://host/1?db=1":                 {},
		"redis://host?hunter2=1":              {},
		"redis://host:0":                      {},
		"redis://host:65536":                  {},
		"redis://a,b":                         {},
		"redis-sentinel://s1":                 {},
		"redis-sentinel://s1/a/b":             {},
		"redis-cluster://c1/1":                {},
		"redis-cluster://c1?db=1":             {},
		"redis-other://c1":                    {},
		"redisx://c1":                         {},
		"localhost:6379":                      {},
		"hunter2":                             {},
	} {
		var r Redis
		err := r.UnmarshalText([]byte(text))
		if ok := len(want.Addrs) > 0; (err == nil) != ok {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if err != nil {
			if !r.Embedded() || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%s: %v %v", text, r, err)
			}
			continue
		}
		want.PoolSize, want.MaintNotificationsConfig = 20, quiet
		if got := r.Options(20); !reflect.DeepEqual(got, &want) {
			t.Errorf("%s:\n%+v\n%+v", text, got, want)
		}
	}
}

// TLS verifies the name of each node, so none is fixed here.
func TestRedisTLS(t *testing.T) {
	for _, text := range []string{"rediss://a", "rediss-sentinel://a,b/main", "rediss-cluster://a,b"} {
		var r Redis
		if err := r.UnmarshalText([]byte(text)); err != nil {
			t.Error(err)
		} else if o := r.Options(1); o.TLSConfig == nil || o.TLSConfig.ServerName != "" || o.TLSConfig.InsecureSkipVerify {
			t.Errorf("%s: %+v", text, o.TLSConfig)
		}
	}
}

// Options make the client that the URL names: go-redis chooses by them.
func TestRedisClients(t *testing.T) {
	for text, want := range map[string]redis.UniversalClient{
		"redis://127.0.0.1:1":               (*redis.Client)(nil),
		"redis-sentinel://127.0.0.1:1/main": (*redis.Client)(nil),
		"redis-cluster://127.0.0.1:1":       (*redis.ClusterClient)(nil),
	} {
		var r Redis
		if err := r.UnmarshalText([]byte(text)); err != nil {
			t.Fatal(err)
		}
		c := redis.NewUniversalClient(r.Options(1))
		if reflect.TypeOf(c) != reflect.TypeOf(want) {
			t.Errorf("%s makes a %T", text, c)
		}
		c.Close()
	}
}

func TestMail(t *testing.T) {
	smtp := func(host, port, username, password, tls string) Mail {
		return Mail{Kind: "smtp", Settings: map[string]string{"host": host, "port": port, "username": username, "password": password, "tls": tls}}
	}
	grid := func(key, base string) Mail {
		return Mail{Kind: "sendgrid", Settings: map[string]string{"key": key, "base_url": base}}
	}
	for text, want := range map[string]Mail{
		"outbox:":                        {Kind: "outbox", Settings: map[string]string{"dir": ""}},
		"outbox:/var/mail":               {Kind: "outbox", Settings: map[string]string{"dir": "/var/mail"}},
		"outbox:///var/mail":             {Kind: "outbox", Settings: map[string]string{"dir": "/var/mail"}},
		"smtp://mail.example.com":        smtp("mail.example.com", "587", "", "", "starttls"),
		"smtp://u:p@mail.example.com:25": smtp("mail.example.com", "25", "u", "p", "starttls"),
		"smtp://me%40x.example:p%2Fw@mail.example.com?tls=opportunistic": smtp("mail.example.com", "587", "me@x.example", "p/w", "opportunistic"),
		"smtp://me@x.example:p:w@mail.example.com/":                      smtp("mail.example.com", "587", "me@x.example", "p:w", "starttls"),
		"smtp://127.0.0.1:1025?tls=none":                                 smtp("127.0.0.1", "1025", "", "", "none"),
		"smtp://[::1]:1025":                                              smtp("::1", "1025", "", "", "starttls"),
		"smtps://u:p@mail.example.com":                                   smtp("mail.example.com", "465", "u", "p", "implicit"),
		"sendgrid://SG.a-b_c.d@api.sendgrid.com":                         grid("SG.a-b_c.d", "https://api.sendgrid.com"),
		"sendgrid://SG.x@api.eu.sendgrid.com/":                           grid("SG.x", "https://api.eu.sendgrid.com"),
		"sendgrid+http://k@127.0.0.1:8025":                               grid("k", "http://127.0.0.1:8025"),
		"sendgrid+http://k@[::1]:8025":                                   grid("k", "http://[::1]:8025"),
		"smtp://":                                                        {},
		"smtp://u@mail.example.com":                                      {},
		"smtp://:hunter2@mail.example.com":                               {},
		"smtp://u:hunter2@a,b":                                           {},
		"smtp://u:hunter2@a/path":                                        {},
		"smtp://u:hun/ter2@a":                                            {},
		"smtp://u:hunter2@a?tls=yes":                                     {},
		"smtp://u:hunter2@a?key=x":                                       {},
		"smtps://u:hunter2@a?tls=none":                                   {},
		"smtpx://a":                                                      {},
		"sendgrid://api.sendgrid.com":                                    {},
		"sendgrid://SG.hunter2":                                          {},
		"sendgrid://apikey:hunter2@api.sendgrid.com":                     {},
		"sendgrid://hunter2@api.sendgrid.com?x=y":                        {},
		"sendgrid:hunter2":                                               {},
		"SG.hunter2":                                                     {},
		"":                                                               {},
	} {
		var m Mail
		err := m.UnmarshalText([]byte(text))
		if m.Kind != want.Kind || !maps.Equal(m.Settings, want.Settings) || (err == nil) != (want.Kind != "") {
			t.Errorf("%s: %v %v, %v", text, m.Kind, m.Settings, err)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestHarmless(t *testing.T) {
	for text, want := range map[string]string{
		"postgres://u:p@h": "postgres:***", "hunter2": "***", "hunter2:x": "***", "SG.x:y": "***", "": "***",
	} {
		if got := harmless(text); got != want {
			t.Errorf("%q: %s", text, got)
		}
	}
}

// Whatever stands in a variable: no panic, and what is accepted can be printed
// without its secrets, while what is refused is not repeated.
func FuzzURLs(f *testing.F) {
	for _, seed := range []string{
		"redis://u:hunter2@h:1/2?db=3", "redis-sentinel://:hunter2@a,b:2/m?db=0", "rediss-cluster://[::1]:7,b",
		"postgres://u:hunter2@a:1,b:2/n?sslmode=off", "sqlite:/x", "smtp://u:hunter2@h?tls=none", "sendgrid+http://hunter2@h:1", "outbox:/x",
		"smtp://u:hunter2@[::1%25x]:1", "redis://%68unter2:hunter2@h",
	} {
		f.Add(seed)
	}
	const secret = "hunter2"
	f.Fuzz(func(t *testing.T, text string) {
		if a, err := parseAddress(text); err == nil && a.password == secret && !strings.Contains(strings.Join(a.hosts, "")+a.path+a.scheme, secret) {
			if strings.Contains(a.String(), secret) {
				t.Errorf("%q prints as %s", text, a)
			}
		}
		c, err := Load(map[string]string{"DATABASE_URL": text, "REDIS_URL": text, "MAIL_URL": text})
		if err == nil && len(text) > 0 && strings.TrimSpace(text) != "" {
			t.Errorf("%q is a database, a Redis and a mailer at once", text)
		}
		if err != nil && strings.Contains(err.Error(), secret) && !strings.HasPrefix(strings.TrimSpace(text), "sqlite:") {
			t.Errorf("%q: %v", text, err)
		}
		_ = c.String()
		for _, host := range c.Redis.Options(1).Addrs {
			if host == "" || strings.ContainsAny(host, "@/ \n") {
				t.Errorf("%q leads to %q", text, host)
			}
		}
	})
}
