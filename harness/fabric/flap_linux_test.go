package fabric

import (
	"context"
	"sync"
	"testing"
	"time"
)

// However a flap, its healing and who asks for it meet, healing ends whole, and
// the flap of a healed fault leaves its successor of the same id alone.
func TestAFlapEndsWhole(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	k, err := setUp(twoSites(), "lo", nil, false)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	rules := func() int {
		t.Helper()
		k.mu.Lock()
		defer k.mu.Unlock()
		r, err := k.tagged(faultTag("f"))
		if err != nil {
			t.Fatal(err)
		}
		return len(r)
	}
	f := Fault{ID: "f", Kind: Flap, Site: "lyon", On: MinFlap, Off: MinFlap}
	for range 20 {
		if err := k.inject(f); err != nil {
			t.Fatal(err)
		}
		if rules() == 0 {
			t.Fatal("it does not begin broken")
		}
		x := k.held("f")
		wg.Go(func() { k.flap(ctx, x) }) // on purpose not ended with its fault
		wg.Go(func() {
			if _, err := k.met("f"); err != nil {
				t.Error(err)
			}
		})
		until := time.Now().Add(30 * time.Millisecond)
		for time.Now().Before(until) {
			if _, err := k.met("f"); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := k.heal("f"); err != nil {
			t.Fatal(err)
		}
		if n := rules(); n > 0 {
			t.Fatalf("healed, and %d of its rules are left", n)
		}
	}
	f.Kind = Cut
	if err := k.inject(f); err != nil {
		t.Fatal(err)
	}
	if err := k.inject(Fault{ID: "g", Kind: Flap, Pairs: []Pair{{1, 2}}, On: MinFlap, Off: MinFlap}); err != nil {
		t.Fatal(err)
	}
	x := k.held("g")
	wg.Go(func() { k.flap(ctx, x) })
	for met := (tally{}); met.toggles < 4; {
		if met, err = k.met("g"); err != nil {
			t.Fatal(err)
		}
		if rules() == 0 {
			t.Fatal("the flaps of healed faults take away the rules of another one")
		}
	}
}
