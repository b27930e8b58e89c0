package fault

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bascule/harness/plan"
)

// dying is a plane whose member dies a moment after its disk is whole again.
type dying struct {
	*body
	after time.Duration

	undone time.Time
	starts atomic.Int32
}

func (p *dying) EndAct(ctx context.Context, id string) error {
	p.undone = time.Now()
	return p.body.EndAct(ctx, id)
}

func (p *dying) State(context.Context, Member) (MemberState, error) {
	return MemberState{Running: p.undone.IsZero() || p.starts.Load() > 0 || time.Since(p.undone) < p.after}, nil
}

func (p *dying) Start(context.Context, Member) error {
	p.starts.Add(1)
	return nil
}

// The engine tells of a death a moment late: the undo of a disk's fault waits for it.
func TestTheUndoStartsWhatDiesWithIt(t *testing.T) {
	p := &dying{body: newBody(), after: 400 * time.Millisecond}
	i, err := New("f1", plan.Fault{Kind: plan.DiskFull, Site: "paris", Service: "db", Instance: 1}, p, &notes{})
	if err != nil {
		t.Fatal(err)
	}
	if err := i.Inject(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := i.Undo(t.Context()); err != nil || p.starts.Load() == 0 || i.State() != Recovered {
		t.Errorf("started %d times, %s: %v", p.starts.Load(), i.State(), err)
	}
}

// What somebody stopped on purpose meanwhile is left alone; what died is not.
func TestReviving(t *testing.T) {
	for name, c := range map[string]struct {
		state MemberState
		err   error
		want  int // of the two members
	}{
		"died":           {MemberState{}, nil, 2},
		"stopped":        {MemberState{Stopped: true}, nil, 0},
		"runs":           {MemberState{Running: true}, nil, 0},
		"being replaced": {MemberState{}, ErrAbsent, 0},
	} {
		p := &stated{body: newBody(), state: MemberState{Running: true}}
		i, err := New("f1", plan.Fault{Kind: plan.DiskReadOnly, Site: "paris", Service: "db", Instance: 1}, p, &notes{})
		if err != nil {
			t.Fatal(err)
		}
		if err := i.Inject(t.Context()); err != nil {
			t.Fatal(err)
		}
		p.state, p.err = c.state, c.err
		if err := i.injector.(reviving).Revive(t.Context()); err != nil || int(p.starts.Load()) != c.want {
			t.Errorf("%s: started %d times, want %d: %v", name, p.starts.Load(), c.want, err)
		}
	}
}

// stated is a plane of which each member is as it is told to be.
type stated struct {
	*body
	state  MemberState
	err    error
	starts atomic.Int32
}

func (p *stated) State(context.Context, Member) (MemberState, error) { return p.state, p.err }

func (p *stated) Start(context.Context, Member) error {
	p.starts.Add(1)
	return nil
}

// A freeze that failed on what another one has frozen leaves that one in force.
func TestAFailedFreezeThawsNothingOfAnothers(t *testing.T) {
	p := newPlane()
	f := plan.Fault{Kind: plan.Freeze, Site: "paris", Service: "db"}
	first, err := New("f1", f, p, &notes{})
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Inject(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.fail = "freeze"
	second, err := New("f2", f, p, &notes{})
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Inject(t.Context()); err == nil || len(p.frozen) != 2 {
		t.Errorf("%v, %d frozen", err, len(p.frozen))
	}
	if err := first.Undo(t.Context()); err != nil || len(p.frozen) != 0 {
		t.Errorf("%v, %d frozen", err, len(p.frozen))
	}
}

// A timer and the step that repairs may undo at once: the second waits.
func TestASecondUndoWaitsForTheFirst(t *testing.T) {
	p := &slow{fakePlane: newPlane()}
	i, err := New("f1", plan.Fault{Kind: plan.Freeze, Site: "paris", Service: "db"}, p, &notes{})
	if err != nil {
		t.Fatal(err)
	}
	if err := i.Inject(t.Context()); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	errs := make([]error, 3)
	for k := range errs {
		wg.Go(func() {
			errs[k] = i.Undo(context.Background())
			if i.State() != Recovered {
				errs[k] = errors.Join(errs[k], errors.New("it is not undone"))
			}
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Error(err)
	}
}

type slow struct{ *fakePlane }

func (p *slow) Thaw(ctx context.Context, m Member) error {
	time.Sleep(50 * time.Millisecond)
	return p.fakePlane.Thaw(ctx, m)
}
