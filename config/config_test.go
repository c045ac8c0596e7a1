package config

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDefaults(t *testing.T) {
	c, err := Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.Addr != "127.0.0.1:8080" || c.PublicURL != "http://127.0.0.1:8080" || c.MetricsAddr != "" || c.DataDir != "./grazie-data" ||
		c.Database.Postgres() || c.Database.Path != "grazie-data/grazie.db" || !c.Redis.Embedded() ||
		c.Mail.Kind != "outbox" || c.Mail.Settings["dir"] != "grazie-data/outbox" ||
		c.AllowPrivateHosts || c.Sending != 64 || c.LogLevel != slog.LevelInfo || len(c.Unknown) != 0 {
		t.Errorf("%+v", c)
	}
	if !c.Log.Text(true) || c.Log.Text(false) {
		t.Error("lines are text on a terminal and JSON elsewhere")
	}
}

func TestEmptyCountsAsUnset(t *testing.T) {
	c, err := Load(map[string]string{"MAIL_URL": "", "GRAZIE_ADDR": " ", "GRAZIE_SENDING": "", "REDIS_URL": "", "DATABASE_URL": "", "GRAZIE_SECRET_KEY": ""})
	if err != nil || c.Mail.Kind != "outbox" || c.Addr != "127.0.0.1:8080" || c.Sending != 64 {
		t.Errorf("%v %v", c, err)
	}
}

func TestPublicURL(t *testing.T) {
	for _, tt := range []struct{ addr, url, want string }{
		{":8080", "", "http://127.0.0.1:8080"},
		{"0.0.0.0:80", "", "http://127.0.0.1:80"},
		{"[::]:80", "", "http://127.0.0.1:80"},
		{"[::1]:80", "", "http://[::1]:80"},
		{"shop.example:80", "", "http://shop.example:80"},
		{":80", "https://grazie.example.com/", "https://grazie.example.com"},
	} {
		c, err := Load(map[string]string{"GRAZIE_ADDR": tt.addr, "GRAZIE_PUBLIC_URL": tt.url})
		if err != nil || c.PublicURL != tt.want {
			t.Errorf("%s %s: %s, %v", tt.addr, tt.url, c.PublicURL, err)
		}
	}
}

// What is wrong is told all at once, a line per variable, and never with a secret.
func TestMistakes(t *testing.T) {
	environ := map[string]string{
		"GRAZIE_ADDR":                "nowhere",
		"GRAZIE_METRICS_ADDR":        "host:99999",
		"GRAZIE_PUBLIC_URL":          "https://me:hunter2@grazie.example.com/app",
		"GRAZIE_SECRET_KEY":          "long-enough-to-pass,hunter2",
		"DATABASE_URL":               "postgres://grazie:hun/ter2@db/grazie",
		"REDIS_URL":                  "redis://:hunter2@a:6379,b:6379",
		"MAIL_URL":                   "smtp://user:hunter2@mail.example.com?tls=maybe",
		"GRAZIE_ALLOW_PRIVATE_HOSTS": "perhaps",
		"GRAZIE_LOG":                 "xml",
		"GRAZIE_LOG_LEVEL":           "loud",
		"GRAZIE_SENDING":             "-1",
	}
	_, err := Load(environ)
	if err == nil {
		t.Fatal("nothing was found wrong")
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != len(environ) {
		t.Errorf("%d mistakes told, %d made", len(lines), len(environ))
	}
	for variable := range environ {
		if !strings.Contains("\n"+err.Error(), "\n"+variable) {
			t.Errorf("nothing is said about %s", variable)
		}
	}
	if strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "ter2") {
		t.Error("a secret is shown")
	}
	var m *Mistake
	if !errors.As(err, &m) || m.Advice == "" {
		t.Error("a mistake must say what to do")
	}
	t.Log("\n" + err.Error())
}

func TestPostgresNeedsAKey(t *testing.T) {
	environ := map[string]string{"DATABASE_URL": "postgres://db/grazie"}
	if _, err := Load(environ); err == nil || !strings.HasPrefix(err.Error(), "GRAZIE_SECRET_KEY: ") {
		t.Errorf("%v", err)
	}
	environ["GRAZIE_SECRET_KEY"] = "0123456789abcdef"
	if _, err := Load(environ); err != nil {
		t.Error(err)
	}
}

// However it is printed, a configuration shows no secret.
func TestSecretsAreMasked(t *testing.T) {
	c, err := Load(map[string]string{
		"GRAZIE_SECRET_KEY": "hunter2-hunter2-1,hunter2-hunter2-2",
		"DATABASE_URL":      "postgres://grazie:hunter2@db/grazie?sslpassword=hunter2",
		"REDIS_URL":         "redis-sentinel://u:hunter2@a,b/master?sentinel_password=hunter2",
		"MAIL_URL":          "sendgrid://SG.hunter2@api.sendgrid.com",
	})
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	for _, h := range []slog.Handler{slog.NewJSONHandler(&log, nil), slog.NewTextHandler(&log, nil)} {
		slog.New(h).Info("start", "config", c, "database", c.Database, "redis", c.Redis, "mail", c.Mail, "keys", c.SecretKeys)
	}
	for _, v := range []any{c, &c, c.Database, c.Redis, c.Mail, c.SecretKeys} {
		fmt.Fprintf(&log, "%v %+v %#v %s\n", v, v, v, v)
	}
	if strings.Contains(log.String(), "hunter2") {
		t.Errorf("a secret is shown:\n%s", log.String())
	}
	for _, want := range []string{"***@db/grazie", "a,b/master", "***@api.sendgrid.com", "2 keys"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("%q is not shown", want)
		}
	}
}

func TestUnknownVariables(t *testing.T) {
	c, err := Load(map[string]string{"GRAZIE_ADRESS": "x", "GRAZIE_TEST_REDIS": "x", "HOME": "x"})
	if err != nil || len(c.Unknown) != 1 || c.Unknown[0] != "GRAZIE_ADRESS" {
		t.Errorf("%v, %v", c.Unknown, err)
	}
}

func TestKeys(t *testing.T) {
	set := Config{SecretKeys: SecretKeys{"0123456789abcdef", "fedcba9876543210"}}
	if keys, err := set.Keys(); err != nil || len(keys) != 2 {
		t.Errorf("%v, %v", len(keys), err)
	}

	c := Config{DataDir: filepath.Join(t.TempDir(), "data")}
	first, err := c.Keys()
	if err != nil || len(first) != 1 || len(first[0]) != 44 {
		t.Fatalf("%d keys, %v", len(first), err)
	}
	path := filepath.Join(c.DataDir, "secret.key")
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if again, err := c.Keys(); err != nil || again[0] != first[0] {
		t.Errorf("another key at the second start: %v", err)
	}
	if files, _ := os.ReadDir(c.DataDir); len(files) != 1 {
		t.Errorf("left over: %v", files)
	}
	if err := os.WriteFile(path, []byte("short\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Keys(); err == nil || strings.Contains(err.Error(), "short") {
		t.Errorf("a damaged file: %v", err)
	}
}

// Two processes that start together must end with the same key.
func TestKeysAtOnce(t *testing.T) {
	c := Config{DataDir: filepath.Join(t.TempDir(), "data")}
	keys := make(chan string)
	for range 8 {
		go func() {
			k, err := c.Keys()
			if err != nil {
				keys <- err.Error()
				return
			}
			keys <- k[0]
		}()
	}
	first := <-keys
	for range 7 {
		if k := <-keys; k != first {
			t.Errorf("%q and %q", k, first)
		}
	}
}
