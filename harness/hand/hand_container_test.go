package hand_test

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"

	"bascule/harness/engine"
	"bascule/harness/fabric"
	"bascule/harness/fabric/lab"
	"bascule/harness/hand"
	"bascule/harness/hand/disk"
)

// Members of the stage that the tests of this file share.
const (
	asker = 1 + iota // whose network canaries speak from
	web
	starved // is left without descriptors
	hungry  // runs out of memory
)

// rig is a fabric with peers, and a hand beside it.
type rig struct {
	*lab.Lab
	*engine.Engine
	scope  engine.Scope
	hand   *hand.Client
	handID string
}

// TestHand raises one stage and reaches into its containers.
func TestHand(t *testing.T) {
	r := raise(t)
	h, err := r.hand.Health(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, can := range []string{"probe", "descriptors", "memory"} {
		if why, told := h.Capabilities[can]; why != "" || !told {
			t.Fatalf("%s: %q, told %v", can, why, told)
		}
	}
	for _, part := range []struct {
		name string
		test func(*testing.T, *rig)
	}{
		{"canaries see a provider that is frozen and killed", providerFails},
		{"canaries see a resolver that is frozen", resolverFails},
		{"a guard lets go what is frozen", guardActs},
		{"descriptors", descriptorsRunOut},
		{"descriptors of children", childrenHaveNoDescriptors},
		{"memory needs a limit", memoryNeedsALimit},
		{"memory", memoryRunsOut},
		{"canaries of a container that is gone", askerIsGone},
	} {
		t.Run(part.name, func(t *testing.T) {
			t.Cleanup(func() {
				if err := r.hand.UndoAll(context.WithoutCancel(t.Context())); err != nil {
					t.Error(err)
				}
			})
			part.test(t, r)
		})
	}
}

func raise(t *testing.T) *rig {
	t.Helper()
	if testing.Short() {
		t.Skip("plays on real containers: not with -short")
	}
	eng, err := engine.Connect(t.Context())
	if err != nil {
		t.Skipf("NOT TESTED: the hand in its container: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	t.Cleanup(cancel)
	run := fmt.Sprintf("hand-test-%d-%d", os.Getpid(), time.Now().UnixNano())
	l, err := lab.Raise(ctx, eng, lab.Config{
		Run: run, Sites: []string{"paris"},
		Peers: []lab.PeerConfig{{Name: "asker", Site: "paris"}, {Name: "web", Site: "paris"}, {Name: "starved", Site: "paris"}, {Name: "hungry", Site: "paris"}},
		Names: []fabric.Name{
			{Name: "web", Consumers: []int{asker}, Providers: []int{web}},
			{Name: "starved", Consumers: []int{asker}, Providers: []int{starved}},
		},
	})
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := l.Lower(ctx); err != nil {
			t.Error(err)
		}
		if err := eng.Close(); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{Lab: l, Engine: eng, scope: engine.Scope{Run: run, Owner: engine.Owner()}}
	r.raiseHand(ctx, t)
	return r
}

// raiseHand starts the hand with the rights that a stage gives it.
func (r *rig) raiseHand(ctx context.Context, t *testing.T) {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "hand")
	c := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", bin, "bascule/harness/hand/internal/handmain")
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	image := "bascule-test-hand:" + r.scope.Run
	if err := r.BuildScratch(ctx, image, bin, r.scope.Labels(nil)); err != nil {
		t.Fatal(err)
	}
	net0, err := r.CreateControlNetwork(ctx, r.scope, r.scope.Run+"-hands")
	if err != nil {
		t.Fatal(err)
	}
	port, _ := network.PortFrom(hand.APIPort, network.TCP)
	r.handID, err = r.Create(ctx, engine.Spec{Name: r.scope.Run + "-hand", Image: image, Network: net0,
		Labels: r.scope.Labels(map[string]string{engine.LabelTidy: "agent --tidy"}),
		Config: func(c *container.Config) {
			c.Cmd = []string{"agent", "--hand"}
			c.ExposedPorts = network.PortSet{port: struct{}{}}
		},
		Host: func(h *container.HostConfig) {
			disk.Needs(h)
			h.CapAdd = append(h.CapAdd, "SETUID", "SETGID", "KILL")
			h.CgroupnsMode = container.CgroupnsModeHost
			h.PortBindings = network.PortMap{port: []network.PortBinding{{HostIP: netip.MustParseAddr("127.0.0.1")}}}
		}})
	if err == nil {
		err = r.Start(ctx, r.handID)
	}
	if err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		s, err := r.Inspect(ctx, r.handID)
		if err != nil {
			t.Fatal(err)
		}
		for _, addr := range []string{net.JoinHostPort(s.IPs[net0.Name].String(), strconv.Itoa(hand.APIPort)), s.Ports[fmt.Sprintf("%d/tcp", hand.APIPort)]} {
			try, cancel := context.WithTimeout(ctx, time.Second)
			r.hand = hand.NewClient("http://" + addr)
			_, err = r.hand.Health(try)
			cancel()
			if err == nil {
				return
			}
		}
		if time.Now().After(end) {
			t.Fatalf("the hand does not answer: %v; its last lines:\n%s", err, r.Tail(ctx, r.handID, 15))
		}
	}
}

func (r *rig) peer(member int) *lab.Peer { return r.Peers[member-1] }

func (r *rig) pid(t *testing.T, id string) int {
	t.Helper()
	s, err := r.Inspect(t.Context(), id)
	if err != nil || s.Pid == 0 {
		t.Fatalf("no first process: %+v, %v", s, err)
	}
	return s.Pid
}

// start begins a canary; it ends with the test.
func (r *rig) start(t *testing.T, p hand.Probe) {
	t.Helper()
	p.Every, p.Timeout = 50*time.Millisecond, 300*time.Millisecond
	if err := r.hand.StartProbe(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.hand.StopProbe(context.WithoutCancel(t.Context()), p.ID); err != nil {
			t.Error(err)
		}
	})
}

// becomes waits until three answers in a row are of one of some classes, and
// fails when they are not within 10 s.
func (r *rig) becomes(t *testing.T, when, id string, classes ...string) {
	t.Helper()
	const wanted = 3
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(30 * time.Millisecond) {
		all, err := r.hand.Answers(t.Context(), id, 0)
		if err != nil {
			t.Fatal(err)
		}
		last := all[max(0, len(all)-wanted):]
		wrong := slices.ContainsFunc(last, func(a hand.Answer) bool { return !slices.Contains(classes, a.Err) })
		if len(last) == wanted && !wrong {
			return
		}
		if time.Now().After(end) {
			t.Errorf("%s: %s: the last answers are %+v, want %q", when, id, last, classes)
			return
		}
	}
}

// providerFails: every kind of canary, over the life of who it asks.
func providerFails(t *testing.T, r *rig) {
	from := r.pid(t, r.peer(asker).ID)
	echo := fmt.Sprintf("web:%d", lab.EchoPort)
	kinds := []hand.Probe{
		{ID: "http", Kind: hand.HTTP, Target: fmt.Sprintf("web:%d", lab.PagePort)},
		{ID: "postgres", Kind: hand.Postgres, Target: echo},
		{ID: "tcp", Kind: hand.TCP, Target: echo},
		{ID: "udp", Kind: hand.UDP, Target: echo},
	}
	for i := range kinds {
		kinds[i].Pid = from
		r.start(t, kinds[i])
	}
	all := func(when string, classes ...string) {
		t.Helper()
		for _, p := range kinds {
			r.becomes(t, when, p.ID, classes...)
		}
	}
	all("before", "")
	if err := r.FreezePeer(t.Context(), r.peer(web)); err != nil {
		t.Fatal(err)
	}
	all("frozen", "timeout")
	if err := r.ThawPeer(t.Context(), r.peer(web)); err != nil {
		t.Fatal(err)
	}
	all("thawed", "")
	if err := r.KillPeer(t.Context(), r.peer(web)); err != nil {
		t.Fatal(err)
	}
	all("killed", "timeout", "unreachable")
	if err := r.StartPeer(t.Context(), r.peer(web)); err != nil {
		t.Fatal(err)
	}
	all("started again", "")
}

// guardActs: whoever froze a container and is gone since leaves it to the guard;
// the engine is told nothing of it, and unpauses it all the same.
func guardActs(t *testing.T, r *rig) {
	frozen := r.peer(web)
	pid := r.pid(t, frozen.ID)
	r.start(t, hand.Probe{ID: "guarded", Kind: hand.TCP, Target: fmt.Sprintf("web:%d", lab.EchoPort), Pid: r.pid(t, r.peer(asker).ID)})
	r.becomes(t, "before", "guarded", "")
	if err := r.hand.SetGuard(t.Context(), hand.Guard{Pid: pid, After: 2 * time.Second}); err != nil {
		t.Fatal(err)
	}
	if err := r.FreezePeer(t.Context(), frozen); err != nil {
		t.Fatal(err)
	}
	r.becomes(t, "frozen", "guarded", "timeout")
	r.becomes(t, "after the guard's time", "guarded", "")
	s, err := r.Inspect(t.Context(), frozen.ID)
	if err != nil || !s.Paused {
		t.Errorf("the engine says %+v, %v", s, err)
	}
	if err := r.ThawPeer(t.Context(), frozen); err != nil {
		t.Fatal(err)
	}
	r.becomes(t, "thawed", "guarded", "")
}

// resolverFails: a lookup asks the container's own resolver, which is the fabric.
func resolverFails(t *testing.T, r *rig) {
	found, err := r.Containers(t.Context(), engine.LabelRun+"="+r.scope.Run)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(found, func(f engine.Found) bool { return strings.HasSuffix(f.Name, "-fabric") })
	if i < 0 {
		t.Fatalf("no fabric among %+v", found)
	}
	pid := r.pid(t, r.peer(asker).ID)
	r.start(t, hand.Probe{ID: "lookup", Kind: hand.Lookup, Target: "web", Pid: pid})
	r.start(t, hand.Probe{ID: "nobody", Kind: hand.Lookup, Target: "nobody", Pid: pid})
	r.becomes(t, "before", "lookup", "")
	r.becomes(t, "before", "nobody", "nxdomain")
	if err := r.Pause(t.Context(), found[i].ID); err != nil {
		t.Fatal(err)
	}
	r.becomes(t, "frozen", "lookup", "timeout")
	if err := r.Unpause(t.Context(), found[i].ID); err != nil {
		t.Fatal(err)
	}
	r.becomes(t, "thawed", "lookup", "")
}

// askerIsGone: nothing is asked in the place of a container that ended.
func askerIsGone(t *testing.T, r *rig) {
	pid := r.pid(t, r.peer(asker).ID)
	r.start(t, hand.Probe{ID: "gone", Kind: hand.TCP, Target: fmt.Sprintf("web:%d", lab.EchoPort), Pid: pid})
	r.becomes(t, "before", "gone", "")
	if err := r.KillPeer(t.Context(), r.peer(asker)); err != nil {
		t.Fatal(err)
	}
	r.becomes(t, "killed", "gone", "gone")
}
