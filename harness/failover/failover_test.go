package failover

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"bascule/harness/history"
	"bascule/harness/plan"
	"bascule/harness/stage"
)

type fakeSites struct {
	did    []string
	fail   string
	refuse int // execs that fail before one works
}

func (f *fakeSites) do(s string) error {
	f.did = append(f.did, s)
	if s == f.fail {
		return errors.New("it broke")
	}
	return nil
}
func (f *fakeSites) Fence(_ context.Context, s string) error   { return f.do("fence " + s) }
func (f *fakeSites) Unfence(_ context.Context, s string) error { return f.do("unfence " + s) }
func (f *fakeSites) Exec(_ context.Context, s, v string, c []string) error {
	if f.refuse > 0 {
		f.refuse--
		return errors.New("not yet")
	}
	return f.do(fmt.Sprintf("exec %s/%s %s", s, v, strings.Join(c, " ")))
}
func (f *fakeSites) StartService(_ context.Context, s, v string) error {
	return f.do("start " + s + "/" + v)
}
func (f *fakeSites) StopService(_ context.Context, s, v string) error {
	return f.do("stop " + s + "/" + v)
}
func (f *fakeSites) RestartService(_ context.Context, s, v string) error {
	return f.do("restart " + s + "/" + v)
}
func (f *fakeSites) SwitchEntry(_ context.Context, s string) error { return f.do("entry " + s) }
func (f *fakeSites) SwitchName(_ context.Context, n, to string) error {
	return f.do("name " + n + " -> " + to)
}
func (f *fakeSites) Recreate(_ context.Context, s, v, r string, env map[string]string, wipe []string) error {
	return f.do(fmt.Sprintf("recreate %s/%s %v %v", s, v, env, wipe))
}
func (f *fakeSites) VerifyFunction(_ context.Context, fn string) error { return f.do("verify " + fn) }

type outcomes []string

func (o *outcomes) Event(k history.Kind, subject string, kv ...string) {
	if k != history.StepFinished && k != history.RunbookFinished {
		return
	}
	for i := 0; i+1 < len(kv); i += 2 {
		if kv[i] == "outcome" {
			*o = append(*o, subject+" "+kv[i+1])
		}
	}
}

func runbook() stage.Runbook {
	return stage.Runbook{ID: "PRA-07", Purpose: "failover", Steps: []stage.RunbookStep{
		{ID: "fence", Action: "fence", Site: "paris"},
		{ID: "promote", Action: "exec", Site: "lyon", Service: "db", Command: []string{"promote"}},
		{ID: "wait", Action: "wait_for", Site: "lyon", Service: "db", Command: []string{"ready"}},
		{ID: "entry", Action: "switch_entry", Site: "lyon"},
		{ID: "name", Action: "switch_name", Name: "orders.db", To: "lyon/db"},
		{ID: "verify", Action: "verify", Function: "orders"},
	}}
}

func TestStepsInOrder(t *testing.T) {
	s, o := &fakeSites{}, &outcomes{}
	if err := Follow(t.Context(), runbook(), s, o, nil); err != nil {
		t.Fatal(err)
	}
	want := []string{"fence paris", "exec lyon/db promote", "exec lyon/db ready", "entry lyon", "name orders.db -> lyon/db", "verify orders"}
	if !slices.Equal(s.did, want) {
		t.Errorf("did %v, want %v", s.did, want)
	}
}

// A promotion that fails must not be followed by sending clients there.
func TestAFailedStepSkipsTheRest(t *testing.T) {
	s, o := &fakeSites{fail: "exec lyon/db promote"}, &outcomes{}
	err := Follow(t.Context(), runbook(), s, o, nil)
	if err == nil || !strings.Contains(err.Error(), "PRA-07") {
		t.Fatalf("error %v does not name the runbook", err)
	}
	if slices.Contains(s.did, "entry lyon") {
		t.Error("clients were sent to a site whose database was not promoted")
	}
	want := outcomes{"PRA-07/fence done", "PRA-07/promote failed", "PRA-07/wait skipped", "PRA-07/entry skipped", "PRA-07/name skipped", "PRA-07/verify skipped", "PRA-07 failed"}
	if !slices.Equal(*o, want) {
		t.Errorf("recorded %v", *o)
	}
}

func TestWaitForRepeats(t *testing.T) {
	s := &fakeSites{refuse: 2}
	rb := stage.Runbook{Steps: runbook().Steps[2:3]}
	if err := Follow(t.Context(), rb, s, &outcomes{}, nil); err != nil {
		t.Errorf("gave up after %v: %v", s.did, err)
	}
}

func TestWaitForIsBounded(t *testing.T) {
	s := &fakeSites{refuse: 1 << 30}
	rb := stage.Runbook{Steps: runbook().Steps[2:3]}
	rb.Steps[0].Timeout = 300 * time.Millisecond
	began := time.Now()
	err := Follow(t.Context(), rb, s, &outcomes{}, nil)
	if err == nil || time.Since(began) > 5*time.Second {
		t.Fatalf("error %v after %s", err, time.Since(began))
	}
	if !strings.Contains(err.Error(), "not yet") {
		t.Errorf("error %q does not hold the last answer", err)
	}
}

// told keeps what the record says of a step that failed.
type told map[string]string

func (m told) Event(k history.Kind, _ string, kv ...string) {
	if k != history.StepFinished {
		return
	}
	for i := 0; i+1 < len(kv); i += 2 {
		m[kv[i]] = kv[i+1]
	}
}

// Those who wrote the runbook are told in their language that its time was up.
func TestAStepWhoseTimeIsUpIsToldInWords(t *testing.T) {
	for action, want := range map[string]history.Text{
		"verify":   {FR: "l’opération de contrôle n’a pas abouti en 100\u00a0ms", EN: "the control operation did not succeed within 100 ms"},
		"wait_for": {FR: "ce qui était attendu ne s’est pas produit en 100\u00a0ms\u00a0; dernière réponse\u00a0: not yet", EN: "what was waited for did not come about within 100 ms; last answer: not yet"},
		"exec":     {},
	} {
		m := told{}
		step := stage.RunbookStep{ID: "s", Action: action, Site: "lyon", Service: "db", Command: []string{"ready"}, Timeout: 100 * time.Millisecond}
		err := Follow(t.Context(), stage.Runbook{ID: "PRA-01", Steps: []stage.RunbookStep{step}}, slowSites{&fakeSites{refuse: 1 << 30}, action}, m, nil)
		if err == nil || m["outcome"] != "failed" || m["err"] == "" || m["err_fr"] != want.FR || m["err_en"] != want.EN {
			t.Errorf("%s: %v, told %q", action, err, m)
		}
	}
	m := told{}
	s := &fakeSites{fail: "verify orders"} // it failed at once
	if err := Follow(t.Context(), stage.Runbook{Steps: runbook().Steps[5:]}, s, m, nil); err == nil || m["err_fr"] != "" {
		t.Errorf("%v, told %q", err, m)
	}
}

// slowSites end a step only with its time.
type slowSites struct {
	*fakeSites
	action string
}

func (s slowSites) VerifyFunction(ctx context.Context, _ string) error {
	<-ctx.Done()
	return fmt.Errorf("control operation: %w", context.Cause(ctx))
}

func (s slowSites) Exec(ctx context.Context, site, service string, command []string) error {
	if s.action == "exec" {
		<-ctx.Done()
		return ctx.Err()
	}
	return s.fakeSites.Exec(ctx, site, service, command)
}

// points is what a runbook went through, each with what was done by then.
func points(t *testing.T, rb stage.Runbook, s *fakeSites) (out []string) {
	t.Helper()
	// Its error is in the outcomes that other tests look at.
	_ = Follow(t.Context(), rb, s, &outcomes{}, func(_ context.Context, p Point) {
		out = append(out, fmt.Sprintf("%s %s %s, %d done", p.Moment, p.Runbook, p.Step, len(s.did)))
	})
	return out
}

func TestEachStepHasAPointBeforeWithinAndAfter(t *testing.T) {
	rb := stage.Runbook{ID: "R", Steps: []stage.RunbookStep{{ID: "a", Action: "fence", Site: "paris"}, {ID: "b", Action: "switch_entry", Site: "lyon"}}}
	want := []string{"before R a, 0 done", "during R a, 0 done", "after R a, 1 done", "before R b, 1 done", "during R b, 1 done", "after R b, 2 done"}
	if got := points(t, rb, &fakeSites{}); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestAStepThatFailsHasNoPointAfterIt(t *testing.T) {
	rb := stage.Runbook{ID: "R", Steps: []stage.RunbookStep{{ID: "a", Action: "fence", Site: "paris"}, {ID: "b", Action: "switch_entry", Site: "lyon"}}}
	if got, want := points(t, rb, &fakeSites{fail: "fence paris"}), []string{"before R a, 0 done", "during R a, 0 done"}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestWhatHangsOnAPointOfARunbook(t *testing.T) {
	at := plan.Trigger{On: plan.OnRunbook, Runbook: "R", Step: "b", Moment: plan.During}
	first := plan.Trigger{On: plan.OnRunbook, Runbook: "R", Moment: plan.During}
	for _, c := range []struct {
		p    Point
		t    plan.Trigger
		want bool
	}{
		{Point{Runbook: "R", Step: "b", Moment: plan.During}, at, true},
		{Point{Runbook: "R", Step: "b", Moment: plan.After}, at, false},
		{Point{Runbook: "R", Step: "c", Moment: plan.During}, at, false},
		{Point{Runbook: "S", Step: "b", Moment: plan.During}, at, false},
		{Point{Runbook: "R", Step: "a", First: true, Moment: plan.During}, first, true},
		{Point{Runbook: "R", Step: "b", Moment: plan.During}, first, false},
		{Point{Runbook: "R", Step: "b", Moment: plan.During}, plan.Trigger{On: plan.OnPhase, Moment: plan.During}, false},
	} {
		if c.p.Matches(c.t) != c.want {
			t.Errorf("%+v on %+v: %v", c.t, c.p, !c.want)
		}
	}
}
