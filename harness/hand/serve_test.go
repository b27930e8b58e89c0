package hand

import (
	"context"
	"errors"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// shelf is disks without any: it notes what is asked of it.
type shelf struct {
	mu      sync.Mutex
	inForce []string
	undone  []string
	cleared int
}

func (s *shelf) Capability() string { return "" }
func (s *shelf) Put(Disk) error     { return nil }
func (s *shelf) Clear() error       { s.cleared++; return nil }
func (s *shelf) Met(string) uint64  { return 7 }

func (s *shelf) Apply(a Act) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(a.Disk) == 0 {
		return errors.New("no disk is named")
	}
	s.inForce = append(s.inForce, a.ID)
	return nil
}

func (s *shelf) Undo(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.undone = append(s.undone, id)
	s.inForce = slices.DeleteFunc(s.inForce, func(x string) bool { return x == id })
}

func (s *shelf) holds() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.inForce)
}

// talking gives a client of a hand that serves these disks.
func talking(t *testing.T, d Disks) *Client {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	return talkingTo(t, newServer(ctx, d))
}

// talkingTo gives a client of a hand.
func talkingTo(t *testing.T, s *server) *Client {
	t.Helper()
	srv := httptest.NewServer(s.handler())
	t.Cleanup(srv.Close)
	return NewClient(srv.URL)
}

func full(id string) Act { return Act{ID: id, Kind: DiskFull, Disk: []string{"data"}} }

func TestAnActSentTwiceIsOne(t *testing.T) {
	d := &shelf{}
	c := talking(t, d)
	first, err := c.Do(t.Context(), full("a"))
	if err != nil || first.AppliedAt == 0 || first.Met != 7 {
		t.Fatalf("%+v, %v", first, err)
	}
	second, err := c.Do(t.Context(), full("a"))
	if err != nil || second.AppliedAt != first.AppliedAt {
		t.Errorf("the same act again: %+v, %v; the first was %+v", second, err, first)
	}
	if got := d.holds(); len(got) != 1 {
		t.Errorf("in force: %q", got)
	}
	undone, err := c.Undo(t.Context(), "a")
	if err != nil || undone.UndoneAt == 0 || undone.Met != 7 {
		t.Errorf("undone: %+v, %v", undone, err)
	}
	again, err := c.Undo(t.Context(), "a")
	if err != nil || again.UndoneAt != undone.UndoneAt {
		t.Errorf("undone twice: %+v, %v", again, err)
	}
	if got := d.holds(); len(got) != 0 {
		t.Errorf("in force after the undo: %q", got)
	}
	// After its undo the id may be used anew, and is in force anew.
	if s, err := c.Do(t.Context(), full("a")); err != nil || s.UndoneAt != 0 || len(d.holds()) != 1 {
		t.Errorf("a second time: %+v, %v, in force %q", s, err, d.holds())
	}
	if all, err := c.Acts(t.Context()); err != nil || len(all) != 1 {
		t.Errorf("acts: %+v, %v", all, err)
	}
}

func TestWrongActsAreRefused(t *testing.T) {
	c := talking(t, &shelf{})
	for name, a := range map[string]Act{
		"an act needs an id":        {Kind: DiskFull, Disk: []string{"data"}},
		"an unknown kind":           {ID: "x", Kind: "earthquake"},
		"a disk act without a disk": {ID: "x", Kind: DiskFull},
		"no container":              {ID: "x", Kind: Descriptors},
		"no container's memory":     {ID: "x", Kind: Memory},
		"a time that has passed":    {ID: "x", Kind: DiskFull, Disk: []string{"data"}, ExpiresIn: -1},
	} {
		if s, err := c.Do(t.Context(), a); err == nil {
			t.Errorf("%s: in force: %+v", name, s)
		}
	}
	if _, err := c.Undo(t.Context(), "never seen"); !errors.Is(err, ErrUnknown) {
		t.Errorf("undo of an act that was never seen: %v", err)
	}
	if all, err := c.Acts(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("refused acts are listed: %+v, %v", all, err)
	}
}

func TestAnActExpiresByItself(t *testing.T) {
	d := &shelf{}
	c := talking(t, d)
	a := full("a")
	a.ExpiresIn = 50 * time.Millisecond
	if _, err := c.Do(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	if got := d.holds(); len(got) != 1 {
		t.Fatalf("in force: %q", got)
	}
	for end := time.Now().Add(5 * time.Second); len(d.holds()) > 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it never expired")
		}
	}
	if all, err := c.Acts(t.Context()); err != nil || len(all) != 1 || all[0].UndoneAt == 0 {
		t.Errorf("acts: %+v, %v", all, err)
	}
}

// An act that was undone and done again must not end with the first one's time.
func TestAnOldExpiryDoesNotEndANewAct(t *testing.T) {
	d := &shelf{}
	c := talking(t, d)
	a := full("a")
	a.ExpiresIn = 100 * time.Millisecond
	if _, err := c.Do(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Undo(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Do(t.Context(), full("a")); err != nil {
		t.Fatal(err)
	}
	time.Sleep(250 * time.Millisecond)
	if got := d.holds(); len(got) != 1 {
		t.Errorf("in force: %q", got)
	}
}

func TestUndoAllGoesBackwardsAndLeavesTheDisks(t *testing.T) {
	d := &shelf{}
	c := talking(t, d)
	for _, id := range []string{"a", "b", "c"} {
		if _, err := c.Do(t.Context(), full(id)); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.UndoAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(d.undone, ""); got != "cba" || d.cleared != 0 {
		t.Errorf("undone in the order %q; disks cleared %d times", got, d.cleared)
	}
	if err := c.HealAll(t.Context()); err != nil || d.cleared != 1 {
		t.Errorf("heal: %v, disks cleared %d times", err, d.cleared)
	}
}

func TestWithoutDisksTheHandSaysSo(t *testing.T) {
	c := talking(t, nil)
	h, err := c.Health(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, can := range []string{"probe", "descriptors", "memory", "disk"} {
		if _, told := h.Capabilities[can]; !told {
			t.Errorf("nothing is told of %s", can)
		}
	}
	if h.Capabilities["disk"] == "" {
		t.Error("a hand without disks claims to serve some")
	}
	if _, err := c.Do(t.Context(), full("a")); err == nil || !strings.Contains(err.Error(), "no volumes") {
		t.Errorf("a full disk: %v", err)
	}
	if err := c.PutDisk(t.Context(), Disk{Name: "data"}); err == nil {
		t.Error("a disk was served")
	}
}

// What is in force when the hand is told to end is undone before it has ended.
func TestTheHandUndoesBeforeItEnds(t *testing.T) {
	d := &shelf{}
	ctx, cancel := context.WithCancel(context.Background())
	s := newServer(ctx, d)
	if _, err := s.do(full("a")); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := s.end(); err != nil {
		t.Fatal(err)
	}
	if len(d.holds()) != 0 || d.cleared != 1 {
		t.Errorf("in force %q, cleared %d times", d.holds(), d.cleared)
	}
}

func TestNobodyIsFrozenWhoIsNotThere(t *testing.T) {
	c := talking(t, nil)
	for _, frozen := range []bool{true, false} {
		if err := c.Freezer(t.Context(), 1<<30, frozen); err == nil {
			t.Errorf("frozen %t: a process that does not exist", frozen)
		}
	}
}
