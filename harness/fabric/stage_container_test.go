package fabric_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"bascule/harness/engine"
	"bascule/harness/fabric"
	"bascule/harness/fabric/lab"
)

// Members of the stage that the tests of this folder share: two in Paris, two
// in Lyon.
const (
	paris1 = 1 + iota
	paris2
	lyon1
	lyon2 // paris1 reaches it by a shaped link, under the name "slow"
)

// TestFabric raises one fabric and looks at it from inside and outside. The
// order does not matter: each part heals what it breaks.
func TestFabric(t *testing.T) {
	s := raise(t)
	for _, part := range []struct {
		name string
		test func(*testing.T, *rig)
	}{
		{"names lead to providers, who see the consumer", providersSeeTheConsumer},
		{"resolver", resolverAnswers},
		{"links carry UDP", linksCarryUDP},
		{"undeclared flows are dropped and seen", undeclaredFlows},
		{"nobody uses the link of another", linksBelongToTheirConsumer},
		{"entry", entry},
		{"doors", doors},
		{"cut", cut},
		{"cut one way", cutOneWay},
		{"cut of the way back", cutTheWayBack},
		{"cut towards a member", cutTowardsAMember},
		{"cut off a site", cutOffASite},
		{"cut a site one way", cutASiteOneWay},
		{"refuse", refuse},
		{"refuse in the place of a dead provider", refuseForTheDead},
		{"a lost host is silent or unreachable", hostLost},
		{"faults count what they meet", counters},
		{"the same fault twice is one", sameFaultTwice},
		{"overlapping faults", overlappingFaults},
		{"a fault expires", expiry},
		{"wrong faults are refused", wrongFaults},
		{"latency", latency},
		{"bandwidth", bandwidth},
		{"flap", flap},
		{"loss", loss},
		{"delay of datagrams", delayOfDatagrams},
		{"slices", sliced},
		{"slow close", slowClose},
		{"limit of data", limitData},
		{"error pages", errorPages},
		{"wrong names", wrongNames},
		{"moved names", movedNames},
		{"slow names", slowNames},
		{"reset", resetIdle},
		{"cut of a shaped link", cutShaped},
		{"refusal of a shaped link", refuseShaped},
		{"a dead provider behind a shaped link", deadBehindShaped},
		{"a frozen consumer holds up no healing", frozenConsumer},
		{"the agent is out of reach of members", agentOutOfReach},
		{"the use of links is counted", linksAreCounted},
		{"what came of connections", outcomesAreCounted},
		{"the topology stands", topologyStands},
		{"a fabric that was killed is restored", restored},
	} {
		t.Run(part.name, func(t *testing.T) {
			t.Cleanup(func() { s.healAll(t) })
			part.test(t, s)
		})
	}
}

// rig is the raised stage with short words for the tests.
type rig struct{ *lab.Lab }

func raise(t *testing.T) *rig {
	t.Helper()
	eng, err := engine.Connect(t.Context())
	if err != nil {
		t.Skipf("NOT TESTED: the fabric in its container: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	t.Cleanup(cancel)
	l, err := lab.Raise(ctx, eng, lab.Config{
		Run:   fmt.Sprintf("fabric-test-%d-%d", os.Getpid(), time.Now().UnixNano()),
		Sites: []string{"paris", "lyon"},
		Peers: []lab.PeerConfig{{Name: "paris1", Site: "paris"}, {Name: "paris2", Site: "paris"}, {Name: "lyon1", Site: "lyon"}, {Name: "lyon2", Site: "lyon"}},
		Names: []fabric.Name{
			{Name: "mate", Consumers: []int{paris1}, Providers: []int{paris2}},
			{Name: "mate", Consumers: []int{paris2}, Providers: []int{paris1}},
			{Name: "mate", Consumers: []int{lyon1}, Providers: []int{lyon2}},
			{Name: "standby", Consumers: []int{paris1, paris2}, Providers: []int{lyon1}},
			{Name: "primary", Consumers: []int{lyon1, lyon2}, Providers: []int{paris1}},
			{Name: "slow", Consumers: []int{paris1}, Providers: []int{lyon2}},
			{Name: "both", Consumers: []int{paris1}, Providers: []int{paris2, lyon1}},
			{Name: "self", Consumers: []int{paris1}, Providers: []int{paris1}},
		},
		Entry:  map[string]int{"paris": paris1, "lyon": lyon1},
		Shaped: []fabric.Pair{{From: paris1, To: lyon2}},
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
	return &rig{l}
}

func (s *rig) peer(member int) *lab.Peer { return s.Peers[member-1] }

// short is how long a test waits to call something silent.
const short = 500 * time.Millisecond

func echoOf(name string) string { return net.JoinHostPort(name, strconv.Itoa(lab.EchoPort)) }

// reached fails the test when the peer itself could not be told.
func reached(t *testing.T) func(lab.Report, error) lab.Report {
	return func(r lab.Report, err error) lab.Report {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
}

func (s *rig) dial(t *testing.T, from int, to string, within time.Duration) lab.Report {
	t.Helper()
	return reached(t)(s.peer(from).Dial(t.Context(), "tcp4", to, within))
}

// fine wants a new connection to work.
func (s *rig) fine(t *testing.T, from int, name string) {
	t.Helper()
	// The first packet may have met the end of a fault: it comes again in 1 s.
	if r := s.dial(t, from, echoOf(name), 4*time.Second); !r.OK {
		t.Errorf("%s does not reach %s: %s", s.peer(from).Name, name, r.Error)
	}
}

// fails wants a new connection to fail in one of some ways, "silent refused".
func (s *rig) fails(t *testing.T, from int, to, how string, within time.Duration) lab.Report {
	t.Helper()
	r := s.dial(t, from, to, within)
	if !slices.Contains(strings.Fields(how), r.Fault) {
		t.Errorf("%s calls %s: %q (%s) after %s, want %s", s.peer(from).Name, to, r.Fault, r.Error, r.Took, how)
	}
	return r
}

func (s *rig) hold(t *testing.T, from int, to string) int {
	t.Helper()
	r := reached(t)(s.peer(from).Hold(t.Context(), to))
	if !r.OK {
		t.Fatalf("%s does not reach %s: %s", s.peer(from).Name, to, r.Error)
	}
	return r.ID
}

// drop closes a held connection.
func (s *rig) drop(t *testing.T, from, id int) {
	t.Helper()
	if r := reached(t)(s.peer(from).Drop(t.Context(), id)); !r.OK {
		t.Errorf("%s does not leave connection %d: %s", s.peer(from).Name, id, r.Error)
	}
}

// ping wants a held connection to answer ("") or to fail in a way.
func (s *rig) ping(t *testing.T, from, id int, how string, within time.Duration) lab.Report {
	t.Helper()
	r := reached(t)(s.peer(from).Ping(t.Context(), id, within))
	if r.Fault != how {
		t.Errorf("held connection of %s: %q (%s) after %s, want %q", s.peer(from).Name, r.Fault, r.Error, r.Took, how)
	}
	return r
}

func (s *rig) inject(t *testing.T, f fabric.Fault) fabric.FaultState {
	t.Helper()
	if f.ID == "" {
		f.ID = t.Name()
	}
	state, err := s.Client.Inject(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	return state
}

func (s *rig) heal(t *testing.T, id string) fabric.FaultState {
	t.Helper()
	state, err := s.Client.Heal(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if state.HealedAt == 0 {
		t.Errorf("%s is healed, and the agent does not say when", id)
	}
	return state
}

func (s *rig) state(t *testing.T, id string) fabric.FaultState {
	t.Helper()
	list, err := s.Client.Faults(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(list, func(f fabric.FaultState) bool { return f.ID == id })
	if i < 0 {
		t.Fatalf("the agent does not list fault %s", id)
	}
	return list[i]
}

func (s *rig) healAll(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := s.Client.HealAll(ctx); err != nil {
		t.Error(err)
	}
}

func pair(from, to int) []fabric.Pair { return []fabric.Pair{{From: from, To: to}} }
