// Package lab raises a fabric with peers in the place of services: what the
// fabric's own tests and the benchmark of its links work on.
package lab

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"

	"bascule/harness/engine"
	"bascule/harness/fabric"
	"bascule/harness/fabric/internal/echo"
)

// Ports that peers answer on.
const (
	EchoPort     = echo.EchoPort
	StreamPort   = echo.StreamPort
	PulsePort    = echo.PulsePort
	PagePort     = echo.PagePort
	FarewellPort = echo.FarewellPort
)

// Report is what came of a peer's call.
type Report = echo.Report

// EntryPort is the fabric's port that leads to one site at a time; it ends at
// the echo of that site's provider.
const EntryPort = 8080

// firstDoor and the peer's index make the door to its control; echoDoor and the
// index that to its echo.
const (
	firstDoor = 15000
	echoDoor  = 16000
)

// Config is what to raise. Member indexes are the places of Peers, from 1.
type Config struct {
	Run    string
	Sites  []string
	Peers  []PeerConfig
	Names  []fabric.Name
	Entry  map[string]int // site -> member index; empty: none
	Target int            // port of the member that the entry leads to; 0: EchoPort
	Shaped []fabric.Pair
}

// PeerConfig is a peer. Without a site it stands on an ordinary bridge, with no
// fabric between it and its like.
type PeerConfig struct{ Name, Site string }

// Lab is a raised fabric.
type Lab struct {
	Client   *fabric.Client
	Topology fabric.Topology
	Peers    []*Peer // by member index less 1

	eng     *engine.Engine
	scope   engine.Scope
	control engine.Network
	agent   string // container id
}

// Peer is a running peer.
type Peer struct {
	echo.Client // tells it what to call
	Index       int
	Name        string
	Site        engine.Network
	IP          netip.Addr
	ID          string // of its container
}

// Raise builds the two programs and starts everything. What it made carries the
// run's label, for Lower or any sweep.
func Raise(ctx context.Context, eng *engine.Engine, c Config) (*Lab, error) {
	l := &Lab{eng: eng, scope: engine.Scope{Run: c.Run, Owner: engine.Owner()}}
	agent, peer, err := l.images(ctx)
	if err != nil {
		return l, err
	}
	if l.control, err = eng.CreateControlNetwork(ctx, l.scope, c.Run+"-control"); err != nil {
		return l, err
	}
	l.Topology = fabric.Topology{Run: c.Run, Stage: "lab", Names: c.Names, Shaped: c.Shaped,
		Entry: fabric.Entry{Port: EntryPort, Target: cmp.Or(c.Target, EchoPort), Providers: c.Entry}}
	sites := map[string]engine.Network{}
	for _, s := range c.Sites {
		n, err := eng.CreateSiteNetwork(ctx, l.scope, c.Run+"-"+s)
		if err != nil {
			return l, err
		}
		sites[s] = n
		l.Topology.Sites = append(l.Topology.Sites, fabric.Site{ID: s, Subnet: n.Subnet.String(), Fabric: n.At(2).String(), Gateway: n.Gateway.String()})
		if l.Topology.Entry.Site == "" && c.Entry[s] != 0 {
			l.Topology.Entry.Site = s
		}
	}
	for i, p := range c.Peers {
		if err := l.create(ctx, peer, i+1, p, sites[p.Site]); err != nil {
			return l, err
		}
	}
	if err := l.startAgent(ctx, agent, sites); err != nil {
		return l, err
	}
	return l, l.startPeers(ctx)
}

// Lower removes everything, and tells what it could not.
func (l *Lab) Lower(ctx context.Context) error {
	left, err := l.eng.Sweep(ctx, engine.LabelRun+"="+l.scope.Run)
	if left.Count() > 0 {
		err = errors.Join(err, fmt.Errorf("lab: left behind: %s", left))
	}
	return err
}

// images builds the static programs, and an image of each.
func (l *Lab) images(ctx context.Context) (agent, peer string, err error) {
	dir, err := os.MkdirTemp("", "bascule-lab-")
	if err != nil {
		return "", "", fmt.Errorf("lab: %w", err)
	}
	defer os.RemoveAll(dir)
	tags := map[string]string{}
	for _, program := range []string{"agentmain", "peer"} {
		bin := filepath.Join(dir, program)
		cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", bin, "bascule/harness/fabric/internal/"+program)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux")
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", "", fmt.Errorf("lab: build %s: %w\n%s", program, err, out)
		}
		tags[program] = "bascule-lab-" + program + ":" + l.scope.Run
		if err := l.eng.BuildScratch(ctx, tags[program], bin, l.scope.Labels(nil)); err != nil {
			return "", "", err
		}
	}
	return tags["agentmain"], tags["peer"], nil
}

// create makes a peer's container; one of a site is a member of the topology.
func (l *Lab) create(ctx context.Context, image string, index int, p PeerConfig, site engine.Network) (err error) {
	peer := &Peer{Index: index, Name: p.Name, Site: site}
	spec := engine.Spec{Name: l.scope.Run + "-" + p.Name, Image: image, Network: l.control, Labels: l.scope.Labels(nil),
		Config: func(c *container.Config) { c.Cmd = []string{p.Name} }}
	if p.Site != "" {
		peer.IP = site.At(9 + index)
		spec.Network, spec.IP = site, peer.IP
		spec.Host = func(h *container.HostConfig) {
			h.DNS, h.DNSSearch = []netip.Addr{site.Gateway}, []string{"."}
		}
		l.Topology.Members = append(l.Topology.Members, fabric.Member{Index: index, Site: p.Site, Service: p.Name, Instance: 1, IP: peer.IP.String()})
		l.Topology.Doors = append(l.Topology.Doors, fabric.Door{Port: firstDoor + index, Member: index, Target: echo.ControlPort},
			fabric.Door{Port: echoDoor + index, Member: index, Target: echo.EchoPort})
	} else {
		spec.Config = func(c *container.Config) {
			c.Cmd = []string{p.Name}
			c.ExposedPorts, _ = published(echo.ControlPort)
		}
		spec.Host = func(h *container.HostConfig) { _, h.PortBindings = published(echo.ControlPort) }
	}
	peer.ID, err = l.eng.Create(ctx, spec)
	l.Peers = append(l.Peers, peer)
	return err
}

// published exposes ports on the host's loopback, for engines whose networks
// this process is not on.
func published(ports ...int) (network.PortSet, network.PortMap) {
	set, bindings := network.PortSet{}, network.PortMap{}
	for _, p := range ports {
		port, _ := network.PortFrom(uint16(p), network.TCP)
		set[port] = struct{}{}
		bindings[port] = []network.PortBinding{{HostIP: netip.MustParseAddr("127.0.0.1")}}
	}
	return set, bindings
}

// startAgent raises the fabric as a stage's is raised.
func (l *Lab) startAgent(ctx context.Context, image string, sites map[string]engine.Network) (err error) {
	ports := []int{fabric.APIPort, EntryPort}
	for _, d := range l.Topology.Doors {
		ports = append(ports, d.Port)
	}
	set, bindings := published(ports...)
	l.agent, err = l.eng.Create(ctx, engine.Spec{Name: l.scope.Run + "-fabric", Image: image, Network: l.control, Labels: l.scope.Labels(nil),
		Config: func(c *container.Config) { c.ExposedPorts = set },
		Host: func(h *container.HostConfig) {
			h.CapAdd = []string{"NET_ADMIN", "NET_RAW"}
			h.PortBindings = bindings
			h.Sysctls = map[string]string{
				"net.ipv4.ip_forward":                  "1",
				"net.ipv4.conf.all.rp_filter":          "0",
				"net.ipv4.conf.default.rp_filter":      "0",
				"net.ipv4.conf.all.send_redirects":     "0",
				"net.ipv4.conf.default.send_redirects": "0",
			}
		}})
	if err != nil {
		return err
	}
	for _, s := range l.Topology.Sites {
		if err := l.eng.Connect(ctx, sites[s.ID], l.agent, netip.MustParseAddr(s.Fabric)); err != nil {
			return err
		}
	}
	if err := l.eng.Start(ctx, l.agent); err != nil {
		return err
	}
	if err := l.meetAgent(ctx); err != nil {
		return err
	}
	if _, err := l.Client.PutTopology(ctx, l.Topology); err != nil {
		return fmt.Errorf("lab: %w", err)
	}
	return nil
}

// meetAgent waits for the agent and finds its address.
func (l *Lab) meetAgent(ctx context.Context) error {
	if err := l.await(ctx, l.agent, fabric.APIPort); err != nil {
		return err
	}
	addr, err := l.addr(ctx, l.agent, fabric.APIPort)
	if err != nil {
		return err
	}
	l.Client = fabric.NewClient("http://" + addr)
	return nil
}

// KillAgent ends the fabric as somebody's mistake does, and starts it again: it
// knows nothing then, until it is told.
func (l *Lab) KillAgent(ctx context.Context) error {
	if err := l.eng.Kill(ctx, l.agent); err != nil {
		return err
	}
	if err := l.eng.Start(ctx, l.agent); err != nil {
		return err
	}
	return l.meetAgent(ctx)
}

// MeetPeers finds the addresses of peers anew, after a fabric was restored.
func (l *Lab) MeetPeers(ctx context.Context) error { return l.startPeers(ctx) }

func (l *Lab) startPeers(ctx context.Context) error {
	for _, p := range l.Peers {
		if err := l.StartPeer(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// StartPeer starts a peer, for the first time or after it was killed, and
// returns when it answers.
func (l *Lab) StartPeer(ctx context.Context, p *Peer) error {
	if err := l.eng.Start(ctx, p.ID); err != nil {
		return err
	}
	id, port := l.agent, firstDoor+p.Index
	if !p.IP.IsValid() {
		id, port = p.ID, echo.ControlPort
	}
	if err := l.await(ctx, id, port); err != nil {
		return fmt.Errorf("peer %s: %w; its last lines:\n%s", p.Name, err, l.eng.Tail(context.WithoutCancel(ctx), p.ID, 10))
	}
	addr, err := l.addr(ctx, id, port)
	if err != nil {
		return err
	}
	p.Base = "http://" + addr
	if !p.IP.IsValid() {
		s, err := l.eng.Inspect(ctx, p.ID)
		p.IP = s.IPs[l.control.Name]
		return err
	}
	return nil
}

// KillPeer ends a peer as a crash does.
func (l *Lab) KillPeer(ctx context.Context, p *Peer) error { return l.eng.Kill(ctx, p.ID) }

// FreezePeer stops a peer where it is: it takes no data any more, and keeps its
// connections. ThawPeer lets it go on.
func (l *Lab) FreezePeer(ctx context.Context, p *Peer) error { return l.eng.Pause(ctx, p.ID) }

// ThawPeer ends a freeze.
func (l *Lab) ThawPeer(ctx context.Context, p *Peer) error { return l.eng.Unpause(ctx, p.ID) }

// Entry is the entry's address, as this process reaches it.
func (l *Lab) Entry(ctx context.Context) (string, error) { return l.addr(ctx, l.agent, EntryPort) }

// Door is the address of the door to a peer's echo.
func (l *Lab) Door(ctx context.Context, p *Peer) (string, error) {
	return l.addr(ctx, l.agent, echoDoor+p.Index)
}

// addr is a container's port as this process reaches it: straight where the
// control network is this host's, through the published port elsewhere.
func (l *Lab) addr(ctx context.Context, id string, port int) (string, error) {
	s, err := l.eng.Inspect(ctx, id)
	if err != nil {
		return "", err
	}
	ip := s.IPs[l.control.Name].String()
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return "", fmt.Errorf("lab: %w", err)
	}
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil && p.Masked().Contains(netip.MustParseAddr(ip)) {
			return net.JoinHostPort(ip, strconv.Itoa(port)), nil
		}
	}
	return s.Ports[fmt.Sprintf("%d/tcp", port)], nil
}

// await waits until something answers at a port, 20 s at most. The agent and
// the control of peers speak HTTP: any answer will do.
func (l *Lab) await(ctx context.Context, id string, port int) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		addr, err := l.addr(ctx, id, port)
		if err == nil {
			if err = echo.Answers(ctx, "http://"+addr); err == nil {
				return nil
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("lab: nothing answers at port %d: %w; its last lines:\n%s", port, err, l.eng.Tail(context.WithoutCancel(ctx), id, 10))
		}
	}
}
