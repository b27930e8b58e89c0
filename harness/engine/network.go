package engine

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net"
	"net/netip"
	"strings"

	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
)

// ErrNoSubnet means that every subnet of the pool collides with one in use.
var ErrNoSubnet = errors.New("no free subnet")

// Network is a bridge of ours.
type Network struct {
	ID      string
	Name    string
	Subnet  netip.Prefix // zero for a control network, whose subnet the engine chose
	Gateway netip.Addr
}

// At is the n-th address of the subnet.
func (n Network) At(i int) netip.Addr {
	a := n.Subnet.Addr().As4()
	a[3] = byte(i)
	return netip.AddrFrom4(a)
}

// pool is where site subnets come from: 10.160.0.0/11, 8192 subnets of 254
// addresses, a range that is rarely used for offices or for engines.
const (
	poolFirst = 160
	poolCount = 32
)

// CreateSiteNetwork makes a bridge whose gateway address nobody holds: the
// fabric takes it and so becomes the router of the site. It is not internal,
// since the engine's own rules would then drop what the fabric is to see.
func (e *Engine) CreateSiteNetwork(ctx context.Context, s Scope, name string) (Network, error) {
	used, err := e.subnetsInUse(ctx)
	if err != nil {
		return Network{}, err
	}
	for subnet := range freeSubnets(name, used) {
		n := Network{Name: name, Subnet: subnet}
		n.Gateway = n.At(1)
		res, err := e.api.NetworkCreate(ctx, name, client.NetworkCreateOptions{
			Driver: "bridge",
			IPAM:   &network.IPAM{Config: []network.IPAMConfig{{Subnet: subnet, Gateway: n.Gateway}}},
			Options: map[string]string{
				"com.docker.network.bridge.inhibit_ipv4":         "true",
				"com.docker.network.bridge.enable_ip_masquerade": "false",
			},
			Labels: s.Labels(nil),
		})
		if err == nil {
			n.ID = res.ID
			return n, nil
		}
		// Another stage took this one in between: the engine says so, we go on.
		if !strings.Contains(err.Error(), "overlap") {
			return Network{}, fmt.Errorf("engine: create network %s on %s: %w", name, subnet, err)
		}
	}
	return Network{}, fmt.Errorf("engine: create network %s: %w in 10.%d.0.0 to 10.%d.255.0 (%d networks in the engine): remove old networks, for example with bascule clean",
		name, ErrNoSubnet, poolFirst, poolFirst+poolCount-1, len(used))
}

// freeSubnets lists the subnets of the pool that collide with none in use,
// beginning where the name says: stages that are raised at the same instant
// seldom try the same one.
func freeSubnets(name string, used []netip.Prefix) iter.Seq[netip.Prefix] {
	return func(yield func(netip.Prefix) bool) {
		start := hash(name) % (poolCount * 256)
		for i := range poolCount * 256 {
			k := (start + i) % (poolCount * 256)
			subnet := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(poolFirst + k/256), byte(k % 256), 0}), 24)
			if !overlapsAny(subnet, used) && !yield(subnet) {
				return
			}
		}
	}
}

// CreateControlNetwork makes an ordinary bridge: the way from the host to the
// fabric's API, the entry and the doors.
func (e *Engine) CreateControlNetwork(ctx context.Context, s Scope, name string) (Network, error) {
	res, err := e.api.NetworkCreate(ctx, name, client.NetworkCreateOptions{Driver: "bridge", Labels: s.Labels(nil)})
	if err != nil {
		if strings.Contains(err.Error(), "available") { // the engine's own address pools are used up
			err = fmt.Errorf("%w: remove old networks, for example with bascule clean: %w", ErrNoSubnet, err)
		}
		return Network{}, fmt.Errorf("engine: create network %s: %w", name, err)
	}
	return Network{ID: res.ID, Name: name}, nil
}

// Connect attaches a container that has not started yet to a network, at a
// fixed address.
func (e *Engine) Connect(ctx context.Context, n Network, container string, at netip.Addr) error {
	_, err := e.api.NetworkConnect(ctx, n.ID, client.NetworkConnectOptions{
		Container:      container,
		EndpointConfig: &network.EndpointSettings{IPAMConfig: &network.EndpointIPAMConfig{IPv4Address: at}},
	})
	if err != nil {
		return fmt.Errorf("engine: connect container to network %s at %s: %w", n.Name, at, err)
	}
	return nil
}

// subnetsInUse lists what the engine's networks and this host's interfaces hold.
func (e *Engine) subnetsInUse(ctx context.Context) ([]netip.Prefix, error) {
	list, err := e.api.NetworkList(ctx, client.NetworkListOptions{})
	if err != nil {
		return nil, fmt.Errorf("engine: list networks: %w", err)
	}
	var used []netip.Prefix
	for _, n := range list.Items {
		for _, c := range n.IPAM.Config {
			if c.Subnet.IsValid() {
				used = append(used, c.Subnet)
			}
		}
	}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return nil, fmt.Errorf("engine: list this host's addresses: %w", err)
	}
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			used = append(used, p.Masked())
		}
	}
	return used, nil
}

func overlapsAny(p netip.Prefix, used []netip.Prefix) bool {
	for _, u := range used {
		if p.Overlaps(u) {
			return true
		}
	}
	return false
}

// hash spreads names over the pool (FNV-1a).
func hash(s string) int {
	h := uint32(2166136261)
	for i := range len(s) {
		h = (h ^ uint32(s[i])) * 16777619
	}
	return int(h & 0x7fffffff)
}
