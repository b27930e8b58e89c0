package containers

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"

	"bascule/harness/engine"
	"bascule/harness/fabric"
	"bascule/harness/history"
	"bascule/harness/target"
)

// Ports of the fabric on the control network. Doors follow firstDoor in the
// order of sites and stores.
const (
	entryPort = 8080
	firstDoor = 15000
)

type door struct {
	port  int
	site  string
	store string
	to    *member
	at    int // port at the member

	certificate string // that is served there, for a door to one
}

func (t *Target) doors() ([]door, error) {
	var out []door
	for _, s := range t.sites {
		if !s.Own() {
			continue
		}
		for _, st := range t.Stage.Stores {
			m, err := t.one(s.ID, st.Service)
			if err != nil {
				return nil, fmt.Errorf("store %s: %w", st.ID, err)
			}
			out = append(out, door{port: firstDoor + len(out), site: s.ID, store: st.ID, to: m, at: st.Port})
		}
	}
	// A client's way to each member that serves a declared certificate.
	for _, c := range t.Stage.Certs {
		for _, m := range t.members {
			if m.Service == c.Service {
				out = append(out, door{port: firstDoor + len(out), site: m.Site, to: m, at: c.Port, certificate: c.ID})
			}
		}
	}
	return out, nil
}

// raiseFabric starts the fabric's container, attached to every network before
// it starts, and gives it the topology.
func (t *Target) raiseFabric(ctx context.Context) error {
	doors, err := t.doors()
	if err != nil {
		return err
	}
	ports := []int{fabric.APIPort, entryPort}
	for _, d := range doors {
		ports = append(ports, d.port)
	}
	if err := t.startFabric(ctx, ports); err != nil {
		return err
	}
	top, err := t.topology(doors)
	if err != nil {
		return err
	}
	health, err := t.client.PutTopology(ctx, top)
	if err != nil {
		return fmt.Errorf("the fabric refuses the topology: %w", err)
	}
	t.mu.Lock()
	t.naming.topology = top
	t.mu.Unlock()
	t.caps = capabilities(health.Capabilities)
	t.caps[target.CanSecret], t.caps[target.CanStore] = history.Text{}, t.noStore()
	return nil
}

// startFabric starts its container and waits until it answers.
func (t *Target) startFabric(ctx context.Context, ports []int) (err error) {
	exposed, bindings := network.PortSet{}, network.PortMap{}
	for _, p := range ports {
		port, ok := network.PortFrom(uint16(p), network.TCP)
		if !ok {
			return fmt.Errorf("fabric: port %d", p)
		}
		exposed[port] = struct{}{}
		bindings[port] = []network.PortBinding{{HostIP: netip.MustParseAddr("127.0.0.1"), HostPort: ""}}
	}
	t.fabricID, err = t.Engine.Create(ctx, engine.Spec{
		Name: t.Short + "-fabric", Image: t.AgentImage, Network: t.control, Labels: t.Scope.Labels(map[string]string{engine.LabelPart: PartFabric}),
		Config: func(c *container.Config) {
			c.Cmd = []string{"agent"}
			c.ExposedPorts = exposed
		},
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
		},
	})
	if err != nil {
		return err
	}
	for _, s := range t.sites {
		if err := t.Engine.Connect(ctx, s.net, t.fabricID, s.net.At(fabricHost)); err != nil {
			return err
		}
	}
	if err := t.Engine.Start(ctx, t.fabricID); err != nil {
		return err
	}
	if err := t.reach(ctx); err != nil {
		return fmt.Errorf("the fabric does not answer: %w; its last lines:\n%s", err, t.Engine.Tail(context.WithoutCancel(ctx), t.fabricID, 15))
	}
	return nil
}

// reach finds out how this process gets to the control network: straight to
// the container's address (a Linux host that runs the engine itself, a CI
// container on the same bridge), or through the published port (a laptop whose
// engine lives in a virtual machine). A completed request decides, not a guess.
func (t *Target) reach(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	var last error
	for {
		state, err := t.Engine.Inspect(ctx, t.fabricID)
		switch {
		case err != nil:
			last = err
		case !state.Running:
			return fmt.Errorf("it ended with code %d", state.ExitCode)
		default:
			direct := state.IPs[t.control.Name].String()
			if last = t.try(ctx, net.JoinHostPort(direct, strconv.Itoa(fabric.APIPort))); last == nil {
				t.base = direct
				return nil
			}
			published := state.Ports[fmt.Sprintf("%d/tcp", fabric.APIPort)]
			if err := t.try(ctx, published); err == nil {
				t.ports = state.Ports
				return nil
			} else {
				last = errors.Join(last, err)
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return last
		}
	}
}

// try asks the agent for its health at an address.
func (t *Target) try(ctx context.Context, addr string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	c := fabric.NewClient("http://" + addr)
	if _, err := c.Health(ctx); err != nil {
		return err
	}
	t.client = c
	return nil
}

// addr is a port of the control address as this process reaches it.
func (t *Target) addr(port int) string {
	if t.ports != nil {
		return t.ports[fmt.Sprintf("%d/tcp", port)]
	}
	return net.JoinHostPort(t.base, strconv.Itoa(port))
}

// EntryURL is the clients' address of the stage.
func (t *Target) EntryURL() string { return "http://" + t.addr(entryPort) }

// StoreAddr is the door of a store.
func (t *Target) StoreAddr(site, store string) (string, bool) {
	doors, err := t.doors()
	if err != nil {
		return "", false
	}
	for _, d := range doors {
		if d.site == site && d.store == store && d.certificate == "" {
			return t.addr(d.port), true
		}
	}
	return "", false
}

func (t *Target) topology(doors []door) (fabric.Topology, error) {
	top := fabric.Topology{Run: t.Scope.Run, Stage: t.Stage.ID,
		Entry: fabric.Entry{Port: entryPort, Target: t.Stage.Entry.Port, Providers: map[string]int{}, Site: t.EntrySite()}}
	for _, s := range t.sites {
		top.Sites = append(top.Sites, fabric.Site{ID: s.ID, Subnet: s.net.Subnet.String(), Fabric: s.net.At(fabricHost).String(), Gateway: s.net.Gateway.String()})
		if !s.Own() {
			continue
		}
		gw, err := t.one(s.ID, t.Stage.Entry.Service)
		if err != nil {
			return top, fmt.Errorf("entry: %w", err)
		}
		top.Entry.Providers[s.ID] = gw.index
	}
	for _, m := range t.members {
		top.Members = append(top.Members, fabric.Member{Index: m.index, Site: m.Site, Service: m.Service, Instance: m.Instance, IP: m.ip.String()})
	}
	// Within a site every service may find every other, as with Compose.
	for _, s := range t.sites {
		inside := t.indexes(func(m *member) bool { return m.site == s })
		for _, name := range s.Project.ServiceNames() {
			top.Names = append(top.Names, fabric.Name{Name: name, Consumers: inside,
				Providers: t.indexes(func(m *member) bool { return m.site == s && m.Service == name })})
		}
	}
	for _, f := range t.Stage.Flows {
		from, to := t.selectMembers(f.From), t.selectMembers(f.To)
		top.Names = append(top.Names, fabric.Name{Name: f.Name, Consumers: from, Providers: to})
	}
	for _, d := range doors {
		top.Doors = append(top.Doors, fabric.Door{Port: d.port, Member: d.to.index, Target: d.at})
	}
	for _, f := range t.Config.Faults {
		if f.Kind.Shapes() {
			top.Shaped = append(top.Shaped, t.pairs(f.From, f.To)...)
		}
	}
	return top, nil
}

func (t *Target) indexes(keep func(*member) bool) []int {
	var out []int
	for _, m := range t.members {
		if keep(m) {
			out = append(out, m.index)
		}
	}
	return out
}

// selectMembers resolves "paris", "paris/db" and "" (all).
func (t *Target) selectMembers(selector string) []int {
	site, service, _ := strings.Cut(selector, "/")
	return t.indexes(func(m *member) bool {
		return (site == "" || m.Site == site) && (service == "" || m.Service == service)
	})
}

// pairs are the links between two selections. Between whole sites both
// directions are meant; between services the consumer's side alone, since
// answers travel on the same link. From a service to itself means every link of
// that service, those on which it is asked and those on which it asks; from a
// site to itself, every link that crosses its border.
func (t *Target) pairs(from, to string) []fabric.Pair {
	var out []fabric.Pair
	cross := func(a, b []int) {
		for _, x := range a {
			for _, y := range b {
				if x != y {
					out = append(out, fabric.Pair{From: x, To: y})
				}
			}
		}
	}
	a, b := t.selectMembers(from), t.selectMembers(to)
	if from == to && from != "" {
		others := slices.DeleteFunc(t.selectMembers(""), func(i int) bool { return slices.Contains(a, i) })
		if !wholeSite(from) {
			cross(a, a)
		}
		cross(a, others)
		cross(others, a)
		return out
	}
	cross(a, b)
	if wholeSite(from) && wholeSite(to) {
		cross(b, a)
	}
	return out
}

func capabilities(have map[string]bool) target.Capabilities {
	c := target.Capabilities{target.CanKill: {}, target.CanFreeze: {}, target.CanDeploy: {}, target.CanThrottle: {}}
	need := func(ability, feature, fr, en string) {
		c[ability] = history.Text{}
		if !have[feature] {
			c[ability] = history.Text{FR: fr, EN: en}
		}
	}
	need(target.CanCut, "nft", "le noyau n’a pas nftables", "the kernel has no nftables")
	need(target.CanRefuse, "reject", "le noyau ne sait pas refuser de connexions (nft_reject)", "the kernel cannot reject (nft_reject)")
	need(target.CanShape, "toxiproxy", "le routeur n’a pas de relais", "the fabric runs no proxy")
	need(target.CanLose, "loss", "le noyau ne sait pas perdre de paquets au hasard (nft_numgen)", "the kernel cannot lose packets at random (nft_numgen)")
	need(target.CanDelay, "netem", "le noyau ne sait pas retarder de datagrammes : il n’a pas netem (sch_netem)", "the kernel cannot delay datagrams: it has no netem (sch_netem)")
	need(target.CanName, "names", "le routeur ne résout pas les noms", "the fabric resolves no names")
	need(target.CanAnswer, "http", "le routeur ne répond pas aux requêtes", "the fabric answers no requests")
	return c
}
