package fabric

import (
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
)

// inNamespace runs the named test again in a process of its own, in a network
// namespace of its own, and tells whether this is that process already.
func inNamespace(t *testing.T) bool {
	t.Helper()
	const mark = "BASCULE_TEST_NAMESPACE"
	if os.Getenv(mark) == t.Name() {
		return true
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), mark+"="+t.Name())
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	out, err := cmd.CombinedOutput()
	if cmd.Process == nil {
		t.Skipf("NOT TESTED: no network namespace can be made here (that takes root): %v", err)
	}
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("%v\n%s", err, out)
	}
	return false
}

func TestTheKernelTakesTheLargestStage(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	top := full()
	if err := top.Validate(); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	k, err := setUp(top, "lo", nil, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("254 members: %s", time.Since(began))
	began = time.Now()
	for _, f := range []Fault{
		{ID: "everything", Kind: Cut, Pairs: []Pair{{0, 0}}},
		{ID: "a site", Kind: Refuse, Site: "lyon"},
	} {
		if err := k.inject(f); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("two faults over all of it: %s", time.Since(began))
	if met, err := k.met("everything"); met != (tally{}) || err != nil {
		t.Errorf("no packet came by, and %+v is counted: %v", met, err)
	}
	for range 2 { // the second has nothing to do
		for _, id := range []string{"a site", "everything"} {
			if _, err := k.heal(id); err != nil {
				t.Fatal(err)
			}
		}
	}
	sets, err := k.conn.GetSets(k.table)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sets {
		if strings.HasPrefix(s.Name, "ways") {
			t.Errorf("set %s of a healed fault is left", s.Name)
		}
	}
}

// A second fabric process in the same container finds the rules of the first:
// it must replace them, not add to them.
func TestTheTableIsMadeAnew(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	var rules [2]int
	for i := range rules {
		k, err := setUp(twoSites(), "lo", nil, false)
		if err != nil {
			t.Fatal(err)
		}
		r, err := k.conn.GetRules(k.table, k.dnat)
		if err != nil {
			t.Fatal(err)
		}
		rules[i] = len(r)
	}
	if rules[0] == 0 || rules[0] != rules[1] {
		t.Errorf("rules of NAT: %d, then %d", rules[0], rules[1])
	}
}

func TestProbesLeaveNothing(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	have := probe()
	for _, needed := range []string{"nft", "nat", "reject", "observe", "toxiproxy"} {
		if !have[needed] {
			t.Errorf("this kernel cannot do without %s", needed)
		}
	}
	c, err := connect()
	if err != nil {
		t.Fatal(err)
	}
	tables, err := c.ListTables()
	if err != nil || len(tables) > 0 {
		t.Errorf("%d tables are left: %v", len(tables), err)
	}
}

// A switch of the entry forgets the connections of clients, and of nobody else:
// members may use the same port among themselves, and doors the same identity.
func TestOnlyTheEntrysConnectionsAreForgotten(t *testing.T) {
	flow := func(port int, repliesTo netip.Addr) *netlink.ConntrackFlow {
		f := &netlink.ConntrackFlow{}
		f.Forward.DstPort = uint16(port)
		f.Reverse.DstIP = repliesTo.AsSlice()
		return f
	}
	for name, c := range map[string]struct {
		flow *netlink.ConntrackFlow
		want bool
	}{
		"a client":                    {flow(8080, Identity(Outside)), true},
		"a member, to the same port":  {flow(8080, Identity(3)), false},
		"the harness, through a door": {flow(15000, Identity(Outside)), false},
	} {
		if got := (entryFlows{8080}).MatchConntrackFlow(c.flow); got != c.want {
			t.Errorf("%s: forgotten %v", name, got)
		}
	}
}
