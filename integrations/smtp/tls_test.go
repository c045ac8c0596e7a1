package smtp

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/mailertest"
)

func TestTLS(t *testing.T) {
	cert, roots := authority(t)
	secure := &tls.Config{Certificates: []tls.Certificate{cert}}
	for _, tt := range []struct {
		name, mode string
		offers     bool
		trusted    bool
		kind       integrations.Kind // empty: sent
	}{
		{"required and there", "starttls", true, true, ""},
		{"required by default", "", true, true, ""},
		{"required and not there", "starttls", false, true, integrations.Temporary},
		{"required and not to be trusted", "starttls", true, false, integrations.Temporary},
		{"taken when there", "opportunistic", true, true, ""},
		{"not there", "opportunistic", false, true, ""}, // the password may be said to the loopback
		{"none", "none", true, true, ""},
		{"implicit where it is not", "implicit", true, true, integrations.Temporary},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := start(t, func(r *rig) {
				if tt.offers {
					r.sink.TLS = secure
				}
				if tt.trusted {
					r.smtp.tls.RootCAs = roots
				}
				r.sink.Username, r.sink.Password = "grazie", password
				r.to.Settings = crm.Values{"username": "grazie", "password": password, "tls": tt.mode}
			})
			err := r.send(t, "msg_1")
			if tt.kind == "" && err != nil || tt.kind != "" && integrations.KindOf(err) != tt.kind {
				t.Errorf("%v, want %q", err, tt.kind)
			}
		})
	}
}

// Without encryption a password is not said to anybody, unless that is asked for.
func TestPasswordStaysHere(t *testing.T) {
	for mode, want := range map[string]integrations.Kind{"opportunistic": integrations.Unauthorized, "none": ""} {
		r := start(t, func(r *rig) {
			r.sink.Username, r.sink.Password = "grazie", password
			r.to.Settings = crm.Values{"username": "grazie", "password": password, "tls": mode}
		})
		at := net.JoinHostPort(r.to.Settings["host"], r.to.Settings["port"])
		plain := r.smtp.dial
		r.smtp.dial = func(ctx context.Context, network, _ string) (net.Conn, error) { return plain(ctx, network, at) }
		r.to.Settings["host"] = "mail.example" // anything but the loopback
		if err := r.send(t, "msg_1"); want == "" && err != nil || want != "" && integrations.KindOf(err) != want {
			t.Errorf("%s: %v, want %q", mode, err, want)
		}
	}
}

func TestImplicitTLS(t *testing.T) {
	cert, roots := authority(t)
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{cert}})
	if err != nil {
		t.Fatal(err)
	}
	sink := &mailertest.SMTP{Username: "grazie", Password: password}
	host, port, err := sink.Serve(listener)
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Close()
	s := New(integrations.Dialer(true), fixed)
	s.tls.RootCAs = roots
	defer s.Close()
	c := integrations.Connection{Settings: crm.Values{"host": host, "port": port, "tls": "implicit", "username": "grazie", "password": password}}
	if err := s.Check(t.Context(), c); err != nil {
		t.Error(err)
	}
	if _, err := s.Send(t.Context(), c, mailertest.Letter("msg_1")); err != nil || sink.Total() != 1 {
		t.Errorf("%v, %d taken", err, sink.Total())
	}
}

// authority makes a certificate for the loopback and the pool that trusts it.
func authority(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	root, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(root)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}
