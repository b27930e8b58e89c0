package fabric

import (
	"fmt"
	"testing"
)

func TestEqualObservationsAreSummed(t *testing.T) {
	n := newNotebook()
	a, b := Observation{What: "dns", Consumer: 1, Name: "db"}, Observation{What: "dns", Consumer: 2, Name: "db"}
	n.note(a)
	n.note(b)
	n.note(a)
	all := n.since(0)
	if len(all) != 2 || all[1].Consumer != 1 || all[1].Count != 2 || all[0].Count != 1 {
		t.Errorf("want b once, then a twice: %+v", all)
	}
	if all[1].First > all[1].Last || all[1].First == 0 {
		t.Errorf("seen from %d to %d", all[1].First, all[1].Last)
	}
	if fresh := n.since(all[1].Seq); len(fresh) != 0 {
		t.Errorf("nothing is new: %+v", fresh)
	}
	n.note(b)
	if fresh := n.since(all[1].Seq); len(fresh) != 1 || fresh[0].Consumer != 2 || fresh[0].Count != 2 {
		t.Errorf("b alone is new, its second: %+v", fresh)
	}
}

// The kernel counts by itself: the same total again is no change.
func TestTotalsAreNotAddedTwice(t *testing.T) {
	n := newNotebook()
	o := Observation{What: "flow", Consumer: 1, Dst: "10.160.1.10", Port: 80, Proto: "tcp"}
	n.total(o, 3)
	seq := n.since(0)[0].Seq
	n.total(o, 3)
	if fresh := n.since(seq); len(fresh) != 0 {
		t.Errorf("nothing happened: %+v", fresh)
	}
	n.total(o, 5)
	if fresh := n.since(seq); len(fresh) != 1 || fresh[0].Count != 5 {
		t.Errorf("want 5 in all: %+v", fresh)
	}
}

func TestEverNewNamesDoNotFillTheMemory(t *testing.T) {
	n := newNotebook()
	const more = 50
	for i := range maxNoted + more {
		n.note(Observation{What: "dns", Consumer: 1, Name: fmt.Sprintf("host-%d", i), Type: "A"})
	}
	all := n.since(0)
	if len(all) != maxNoted+1 {
		t.Fatalf("%d are told apart, want %d and one for the others", len(all), maxNoted)
	}
	if last := all[len(all)-1]; last.Name != Others || last.Count != more {
		t.Errorf("the rest in one: %+v", last)
	}
	n.note(Observation{What: "dns", Consumer: 1, Name: "host-3", Type: "A"})
	if all := n.since(all[len(all)-1].Seq); len(all) != 1 || all[0].Name != "host-3" || all[0].Count != 2 {
		t.Errorf("a name that is known stays known: %+v", all)
	}
}
