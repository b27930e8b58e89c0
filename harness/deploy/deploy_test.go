package deploy

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"bascule/harness/history"
	"bascule/harness/plan"
	"bascule/harness/stage"
)

// fakeSites notes what is done to it.
type fakeSites struct {
	mu   sync.Mutex
	did  []string
	fail string
	live map[string]string
	hang string // an action that never ends by itself
}

func (f *fakeSites) do(ctx context.Context, what string) error {
	f.mu.Lock()
	f.did = append(f.did, what)
	f.mu.Unlock()
	if what == f.hang {
		<-ctx.Done()
		return ctx.Err()
	}
	if what == f.fail {
		return errors.New("it broke")
	}
	return nil
}
func (f *fakeSites) Prepare(ctx context.Context, _ stage.Release, site string) error {
	return f.do(ctx, "prepare "+site)
}
func (f *fakeSites) Migrate(ctx context.Context, site string, r stage.Release, j stage.Job) error {
	return f.do(ctx, "migrate "+site+" "+strings.Join(j.Command, " "))
}
func (f *fakeSites) Instances(string, string) int { return 2 }
func (f *fakeSites) Replace(ctx context.Context, site, service string, k int, r stage.Release) error {
	return f.do(ctx, fmt.Sprintf("replace %s/%s/%d with %s", site, service, k, r.Version))
}
func (f *fakeSites) Verify(ctx context.Context) error { return f.do(ctx, "verify") }
func (f *fakeSites) SetLive(site, release string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.live == nil {
		f.live = map[string]string{}
	}
	f.live[site] = release
}

type events struct {
	mu   sync.Mutex
	list []string
}

func (e *events) Event(k history.Kind, subject string, kv ...string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	line := string(k) + " " + subject
	for i := 0; i+1 < len(kv); i += 2 {
		if kv[i] == "outcome" {
			line += " " + kv[i+1]
		}
	}
	e.list = append(e.list, line)
}

func deployment(s Sites, rec Recorder) *Deployment {
	return &Deployment{Sites: s, Rec: rec, How: stage.Deployment{Strategy: "rolling", Services: []string{"orders"}}, From: "1.4.0",
		Release: stage.Release{Version: "1.5.0", Migration: &stage.Job{Command: []string{"up"}}, Rollback: &stage.Job{Command: []string{"down"}}},
		At:      []string{"paris", "lyon"}}
}

func TestPhasesInOrder(t *testing.T) {
	s, rec := &fakeSites{}, &events{}
	if err := deployment(s, rec).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []string{"prepare paris", "prepare lyon", "migrate paris up",
		"replace paris/orders/1 with 1.5.0", "replace paris/orders/2 with 1.5.0", "replace lyon/orders/1 with 1.5.0", "replace lyon/orders/2 with 1.5.0", "verify"}
	if !slices.Equal(s.did, want) {
		t.Errorf("did\n %s\nwant\n %s", strings.Join(s.did, "\n "), strings.Join(want, "\n "))
	}
	if s.live["paris"] != "1.5.0" || s.live["lyon"] != "1.5.0" {
		t.Errorf("live: %v", s.live)
	}
	if last := rec.list[len(rec.list)-1]; last != "deploy.finished 1.5.0 done" {
		t.Errorf("last event %q", last)
	}
}

func TestBarriersSurroundEachPhase(t *testing.T) {
	s := &fakeSites{}
	d := deployment(s, &events{})
	var seen []string
	d.Barrier = func(_ context.Context, p Point) {
		s.mu.Lock()
		defer s.mu.Unlock()
		seen = append(seen, fmt.Sprintf("%s %s %d done=%d", p.Moment, p.Phase, p.K, len(s.did)))
	}
	if err := d.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	// What had been done when the barrier was reached tells that it stands in
	// the right place.
	for _, want := range []string{"before migrate 0 done=2", "during migrate 0 done=2", "after migrate 0 done=3",
		"before replace 0 done=3", "after replace 1 done=4", "before replace 2 done=4", "after replace 0 done=7", "after finish 0 done=8"} {
		if !slices.Contains(seen, want) {
			t.Errorf("no barrier %q in\n %s", want, strings.Join(seen, "\n "))
		}
	}
}

func TestFailedPhaseEndsTheDeployment(t *testing.T) {
	s, rec := &fakeSites{fail: "migrate paris up"}, &events{}
	err := deployment(s, rec).Run(t.Context())
	if err == nil || !strings.Contains(err.Error(), "migrate") {
		t.Fatalf("error %v does not name the phase", err)
	}
	if slices.ContainsFunc(s.did, func(x string) bool { return strings.HasPrefix(x, "replace") }) {
		t.Error("instances were replaced after the migration failed")
	}
	if last := rec.list[len(rec.list)-1]; last != "deploy.finished 1.5.0 failed" {
		t.Errorf("last event %q", last)
	}
}

func TestStopAbandonsThePhaseUnderWay(t *testing.T) {
	for cause, outcome := range map[error]string{ErrStopped: "stopped", ErrAborted: "failed"} {
		s, rec := &fakeSites{hang: "migrate paris up"}, &events{}
		d := deployment(s, rec)
		d.Barrier = func(_ context.Context, p Point) {
			if p.Phase == plan.Migrate && p.Moment == plan.During {
				go d.Stop(cause)
			}
		}
		if err := d.Run(t.Context()); !errors.Is(err, cause) {
			t.Errorf("got %v, want %v", err, cause)
		}
		if last := rec.list[len(rec.list)-1]; last != "deploy.finished 1.5.0 "+outcome {
			t.Errorf("last event %q, want outcome %s", last, outcome)
		}
	}
}

func TestStopBeforeTheStart(t *testing.T) {
	s := &fakeSites{}
	d := deployment(s, &events{})
	d.Stop(ErrStopped)
	if err := d.Run(t.Context()); !errors.Is(err, ErrStopped) || len(s.did) > 0 {
		t.Errorf("error %v, did %v: a stopped deployment must not begin", err, s.did)
	}
}

func TestRollbackReplacesBeforeItUndoesTheMigration(t *testing.T) {
	s, rec := &fakeSites{}, &events{}
	d := deployment(s, rec)
	leaving := d.Release
	d.Release = stage.Release{Version: "1.4.0"}
	if err := Rollback(t.Context(), d, leaving); err != nil {
		t.Fatal(err)
	}
	last := slices.Index(s.did, "replace lyon/orders/2 with 1.4.0")
	if undo := slices.Index(s.did, "migrate paris down"); undo < last || last < 0 {
		t.Errorf("order %v", s.did)
	}
	if s.live["paris"] != "1.4.0" {
		t.Errorf("live %v", s.live)
	}
}

func TestTriggersMatchTheirPoints(t *testing.T) {
	after1 := Point{Phase: plan.Replace, Moment: plan.After, Service: "orders", K: 1, N: 2}
	whole := Point{Phase: plan.Replace, Moment: plan.During}
	for _, c := range []struct {
		p    Point
		t    plan.Trigger
		want bool
	}{
		{after1, plan.Trigger{On: plan.OnInstance, Moment: plan.After, Service: "orders", K: 1, N: 2}, true},
		{after1, plan.Trigger{On: plan.OnInstance, Moment: plan.Before, Service: "orders", K: 1, N: 2}, false},
		{after1, plan.Trigger{On: plan.OnInstance, Moment: plan.After, Service: "orders", Site: "lyon", K: 1, N: 2}, false},
		{after1, plan.Trigger{On: plan.OnInstance, Moment: plan.After, Service: "orders", K: 2, N: 2}, false},
		{after1, plan.Trigger{On: plan.OnPhase, Phase: plan.Replace, Moment: plan.After}, false},
		{whole, plan.Trigger{On: plan.OnPhase, Phase: plan.Replace, Moment: plan.During}, true},
		{whole, plan.Trigger{On: plan.OnPhase, Phase: plan.Migrate, Moment: plan.During}, false},
		{whole, plan.Trigger{On: plan.OnNow}, false},
	} {
		if got := c.p.Matches(c.t); got != c.want {
			t.Errorf("%+v on %+v: %v", c.t, c.p, got)
		}
	}
}
