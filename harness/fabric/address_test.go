package fabric

import (
	"net/netip"
	"testing"
)

func TestAddressesOfLinksAndIdentities(t *testing.T) {
	for _, c := range []struct {
		got  netip.Addr
		want string
	}{
		{VIP(1, 2), "198.18.1.2"},
		{VIP(2, 1), "198.18.2.1"},
		{VIP(254, 254), "198.18.254.254"},
		{Identity(1), "198.19.0.1"},
		{Identity(Outside), "198.19.0.255"},
	} {
		if c.got.String() != c.want {
			t.Errorf("got %s, want %s", c.got, c.want)
		}
	}
}

func TestNoTwoLinksShareAnAddress(t *testing.T) {
	seen := map[netip.Addr]bool{}
	for c := 1; c <= Outside; c++ {
		for p := 1; p <= 254; p++ {
			seen[VIP(c, p)] = true
		}
		seen[Identity(c)] = true
	}
	if want := 255*254 + 255; len(seen) != want {
		t.Errorf("%d different addresses, want %d", len(seen), want)
	}
}
