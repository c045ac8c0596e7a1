package config

import (
	"crypto/tls"
	"log/slog"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// Redis is the queue's doorbell. The zero value is the embedded one, which
// serves a single process.
type Redis struct {
	address address
	master  string // Sentinel's name for the master
	cluster bool
	db      int
}

// Embedded tells whether no server was named.
func (r Redis) Embedded() bool { return r.address.scheme == "" }

// UnmarshalText reads
//
//	redis://[[user]:password@]host[:6379][/db]
//	redis-sentinel://[[user]:password@]host[:26379],host.../master[?db=0][&sentinel_username=u][&sentinel_password=p]
//	redis-cluster://[[user]:password@]host[:6379],host...
//
// and the same with rediss for TLS. go-redis has parsers of its own; asynq's
// drops the Sentinel's database number (libraries.md, 2.5), and none reads all three.
func (r *Redis) UnmarshalText(text []byte) error {
	a, err := parseAddress(string(text))
	kind, known := strings.CutPrefix(a.scheme, "rediss")
	if !known {
		kind, known = strings.CutPrefix(a.scheme, "redis")
	}
	if !known || kind != "" && kind != "-sentinel" && kind != "-cluster" {
		return hidden("start with redis://, redis-sentinel:// or redis-cluster:// (rediss... for TLS), or leave it out to use the embedded one")
	}
	if err != nil {
		return err
	}
	if len(a.hosts) == 0 {
		return hidden("name a host")
	}
	parsed := Redis{address: a, cluster: kind == "-cluster"}
	path := strings.TrimPrefix(a.path, "/")
	db := a.query.Get("db")
	switch kind {
	case "":
		if len(a.hosts) > 1 {
			return hidden("several hosts: say redis-sentinel:// or redis-cluster://")
		}
		if path != "" && db != "" {
			return hidden("the database is named twice: as path and as db")
		}
		if path != "" {
			db = path
		}
	case "-sentinel":
		if parsed.master = path; path == "" || strings.Contains(path, "/") {
			return hidden("name the master that Sentinel watches as path: redis-sentinel://host:26379,host2:26379/mymaster")
		}
	case "-cluster":
		if path != "" || db != "" && db != "0" {
			return hidden("a cluster has one database only: leave path and db out")
		}
	}
	if db != "" {
		if parsed.db, err = strconv.Atoi(db); err != nil || parsed.db < 0 {
			return hidden("the database is a whole number from 0")
		}
	}
	allowed := []string{"db"}
	if kind == "-sentinel" {
		allowed = append(allowed, "sentinel_username", "sentinel_password")
	}
	if name := a.stray(allowed...); name != "" {
		return hidden("knows these parameters only: " + strings.Join(allowed, ", "))
	}
	*r = parsed
	return nil
}

// Options are what redis.NewUniversalClient wants, with room for poolSize
// connections: asynq needs its concurrency and some more (libraries.md, 2.5).
// They mean nothing when Redis is Embedded.
func (r Redis) Options(poolSize int) *redis.UniversalOptions {
	a := r.address
	port := "6379"
	if r.master != "" {
		port = "26379"
	}
	o := &redis.UniversalOptions{
		Username:         a.user,
		Password:         a.password,
		DB:               r.db,
		MasterName:       r.master,
		SentinelUsername: a.query.Get("sentinel_username"),
		SentinelPassword: a.query.Get("sentinel_password"),
		IsClusterMode:    r.cluster,
		PoolSize:         poolSize,
		// Redis Enterprise's maintenance notices: others answer with noise (libraries.md, 9).
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}
	for _, host := range a.hosts {
		o.Addrs = append(o.Addrs, hostPort(host, port))
	}
	if strings.HasPrefix(a.scheme, "rediss") {
		o.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12} // the name to verify is each node's own
	}
	return o
}

// String shows which Redis it is, without its credentials.
func (r Redis) String() string {
	if r.Embedded() {
		return "embedded"
	}
	return r.address.String()
}

// GoString and LogValue hide what String hides.
func (r Redis) GoString() string     { return r.String() }
func (r Redis) LogValue() slog.Value { return slog.StringValue(r.String()) }
