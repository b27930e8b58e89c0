package fabric

import "net/netip"

// The fabric's own addresses: those of links, and all of them.
var (
	vips = netip.MustParsePrefix("198.18.0.0/16")
	own  = netip.MustParsePrefix("198.18.0.0/15")
)

// VIP is the virtual address of the link from one member to another: what the
// consumer gets when it asks for the provider's name.
func VIP(from, to int) netip.Addr { return netip.AddrFrom4([4]byte{198, 18, byte(from), byte(to)}) }

// Identity is the address under which providers see a member; that of Outside
// stands for clients and the harness.
func Identity(member int) netip.Addr {
	return netip.AddrFrom4([4]byte{198, 19, 0, byte(member)})
}
