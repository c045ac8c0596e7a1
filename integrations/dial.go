package integrations

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"
	"time"
)

// ErrPrivateHost says that a connection was not made because its address is
// not a public one. It is wrapped in the error of the dial.
var ErrPrivateHost = errors.New("not a public address")

// Dialer makes all connections to the outside, whatever the protocol. Shops and
// merchants name hosts, so unless allowPrivate is set it refuses every address
// that is not public: otherwise a merchant could make Grazie talk to the
// machines beside it. It looks at the address after name resolution, at each
// connection, so a name that changes its mind does not get past it.
func Dialer(allowPrivate bool) *net.Dialer {
	d := &net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}
	if !allowPrivate {
		d.Control = publicOnly
	}
	return d
}

func publicOnly(network, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil || !public(at.Addr()) {
		return fmt.Errorf("%w: %s %s; set GRAZIE_ALLOW_PRIVATE_HOSTS=true to allow it", ErrPrivateHost, network, address)
	}
	return nil
}

// reserved are the networks that net/netip has no word for, from the IANA
// registries of special-purpose addresses (RFC 6890).
var reserved = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),       // this network
	netip.MustParsePrefix("100.64.0.0/10"),   // carrier-grade NAT
	netip.MustParsePrefix("192.0.0.0/24"),    // protocol assignments
	netip.MustParsePrefix("192.0.2.0/24"),    // documentation
	netip.MustParsePrefix("198.18.0.0/15"),   // benchmarks
	netip.MustParsePrefix("198.51.100.0/24"), // documentation
	netip.MustParsePrefix("203.0.113.0/24"),  // documentation
	netip.MustParsePrefix("240.0.0.0/4"),     // reserved, and broadcast
	netip.MustParsePrefix("2001:db8::/32"),   // documentation
}

// unicast is all of IPv6 that is handed out for the Internet (RFC 4291).
var unicast = netip.MustParsePrefix("2000::/3")

// Networks whose addresses hold an IPv4 address that the packet may end at.
var (
	nat64  = netip.MustParsePrefix("64:ff9b::/96") // in the last four bytes
	sixTo4 = netip.MustParsePrefix("2002::/16")    // after the first two bytes
	teredo = netip.MustParsePrefix("2001::/32")    // in the last four bytes, inverted
)

func public(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	if !ip.IsGlobalUnicast() || ip.IsPrivate() {
		return false // unspecified, loopback, link-local, multicast; RFC 1918 and fc00::/7
	}
	for _, net := range reserved {
		if net.Contains(ip) {
			return false
		}
	}
	b := ip.As16()
	switch {
	case nat64.Contains(ip):
		return public(netip.AddrFrom4([4]byte(b[12:])))
	case sixTo4.Contains(ip):
		return public(netip.AddrFrom4([4]byte(b[2:6])))
	case teredo.Contains(ip):
		return public(netip.AddrFrom4([4]byte{^b[12], ^b[13], ^b[14], ^b[15]}))
	}
	return ip.Is4() || unicast.Contains(ip)
}
