package fabric

import "net/netip"

// The fabric's own addresses: those of links, those of
// members, and all of them.
var (
	vips       = netip.MustParsePrefix("198.18.0.0/16")
	identities = netip.MustParsePrefix("198.19.0.0/24")
	own        = netip.MustParsePrefix("198.18.0.0/15")
)

// Nobody is an address of the fabric's own that no member has: packets to it
// are dropped and are no undeclared flow.
var Nobody = netip.AddrFrom4([4]byte{198, 19, 255, 1})

// VIP is the virtual address of the link from one member to another: what the
// consumer gets when it asks for the provider's name.
func VIP(from, to int) netip.Addr { return netip.AddrFrom4([4]byte{198, 18, byte(from), byte(to)}) }

// Identity is the address under which providers see a member; that of Outside
// stands for clients and the harness.
func Identity(member int) netip.Addr {
	return netip.AddrFrom4([4]byte{198, 19, 0, byte(member)})
}
