package jobs

import (
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2/server"
	"github.com/redis/go-redis/v9"

	"grazie/internal/needs"
)

// saying is a server that speaks Redis and answers INFO as told; empty: it
// refuses the question, as hosted ones do.
func saying(t *testing.T, info string) redis.UniversalClient {
	t.Helper()
	s, err := server.NewServer("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	for name, say := range map[string]server.Cmd{
		"PING": func(c *server.Peer, _ string, _ []string) { c.WriteInline("PONG") },
		"INFO": func(c *server.Peer, _ string, _ []string) {
			if info == "" {
				c.WriteError("NOPERM this user has no permissions to run the 'info' command")
				return
			}
			c.WriteBulk(info)
		},
	} {
		if err := s.Register(name, say); err != nil {
			t.Fatal(err)
		}
	}
	r := redis.NewClient(&redis.Options{Addr: s.Addr().String(), MaxRetries: -1})
	t.Cleanup(func() { r.Close() })
	return r
}

func TestCheckRedis(t *testing.T) {
	info := func(version, policy string) string {
		return strings.ReplaceAll("# Server\nredis_version:"+version+"\nredis_mode:standalone\n\n# Memory\nused_memory:1\nmaxmemory:0\nmaxmemory_policy:"+policy+"\n", "\n", "\r\n")
	}
	for name, c := range map[string]struct {
		info string
		want []string
	}{
		"good":           {info("7.0.15", "noeviction"), nil},
		"oldest":         {info("6.2.0", "noeviction"), nil},
		"of tomorrow":    {info("10.0.0", "noeviction"), nil},
		"throws away":    {info("7.2.4", "allkeys-lru"), []string{"maxmemory-policy is allkeys-lru", "noeviction"}},
		"old":            {info("6.0.16", "noeviction"), []string{"Redis 6.0 is too old"}},
		"very old":       {info("5.0.7", "volatile-ttl"), []string{"Redis 5.0 is too old", "volatile-ttl"}},
		"refuses":        {"", nil},
		"says nothing":   {"\r\n", nil},
		"other sections": {"# Stats\r\ntotal:1\r\n", nil},
	} {
		err := CheckRedis(t.Context(), saying(t, c.info))
		if (err == nil) != (c.want == nil) {
			t.Errorf("%s: %v", name, err)
		}
		for _, want := range c.want {
			if err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v does not tell %q", name, err, want)
			}
		}
	}
	embedded, stop := Embedded()
	defer stop()
	if err := CheckRedis(t.Context(), embedded); err != nil {
		t.Errorf("embedded: %v", err)
	}
	away := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", MaxRetries: -1})
	defer away.Close()
	if err := CheckRedis(t.Context(), away); err == nil {
		t.Error("a Redis that is away is called good")
	}
}

func TestCheckRealRedis(t *testing.T) {
	o, err := redis.ParseURL(needs.Redis(t))
	if err != nil {
		t.Fatal(err)
	}
	r := redis.NewClient(o)
	defer r.Close()
	is, err := r.InfoMap(t.Context(), "server", "memory").Result()
	if err != nil {
		t.Fatal(err)
	}
	// What is asked for is there under these names.
	if is["Server"]["redis_version"] == "" || is["Memory"]["maxmemory_policy"] == "" {
		t.Errorf("%v", is)
	}
	if err := CheckRedis(t.Context(), r); (err == nil) != (is["Memory"]["maxmemory_policy"] == "noeviction") {
		t.Error(err)
	}
}
