package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bascule/harness/analysis"
	"bascule/harness/bench/exercise"
	"bascule/harness/crosscheck"
	"bascule/harness/history"
	"bascule/harness/stage"
)

const root = "../../../"

// TestEachDefectHasItsVariantAndItsFeature: a defect that is planted, but that
// nobody plays, would count for nothing; so would one that is played without
// being planted.
func TestEachDefectHasItsVariantAndItsFeature(t *testing.T) {
	var names []string
	for _, s := range specimens() {
		names = append(names, s.name)
		if len(s.fails) == 0 || len(s.says) == 0 {
			t.Errorf("%s: no reason is expected: anything would do", s.name)
		}
		text, err := os.ReadFile(root + "features/zoo/" + s.name + ".feature")
		if err != nil {
			t.Error(err)
			continue
		}
		if !strings.Contains(string(text), `"`+s.name+`"`) {
			t.Errorf("features/zoo/%s.feature plays another variant", s.name)
		}
		st, err := stage.Load(root+"scenarios/zoo", s.name)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, site := range st.Sites {
			for service, c := range site.Project.Services {
				if v := c.Environment["DEFECT"]; v == nil || *v != s.name {
					t.Errorf("variant %s does not plant its defect in %s/%s", s.name, site.ID, service)
				}
			}
		}
	}
	slices.Sort(names)
	var variants []string
	for _, id := range stage.Stages(root + "scenarios") {
		if folder, variant := stage.Split(id); folder == "zoo" && variant != "" {
			variants = append(variants, variant)
		}
	}
	if !slices.Equal(names, variants) {
		t.Errorf("specimens %v, variants %v", names, variants)
	}
	features, err := filepath.Glob(root + "features/zoo/*.feature")
	if err != nil || len(features) != len(names) {
		t.Errorf("%d features of %d defects, %v", len(features), len(names), err)
	}
}

// TestTheTwinIsTheSameScenarioWithoutTheDefect: one line differs, and the stage
// that it names has nothing planted.
func TestTheTwinIsTheSameScenarioWithoutTheDefect(t *testing.T) {
	for _, s := range specimens() {
		feature := root + "features/zoo/" + s.name + ".feature"
		path, err := twinOf(feature, t.TempDir())
		if err != nil {
			t.Error(err)
			continue
		}
		a, errA := os.ReadFile(feature)
		b, errB := os.ReadFile(path)
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		bad, sound := strings.Split(string(a), "\n"), strings.Split(string(b), "\n")
		differ := 0
		for i := range bad {
			if i < len(sound) && bad[i] != sound[i] {
				differ++
				if !strings.HasSuffix(sound[i], `"zoo"`) {
					t.Errorf("%s: the twin plays on %q", s.name, sound[i])
				}
			}
		}
		if len(bad) != len(sound) || differ != 1 {
			t.Errorf("%s: %d lines differ, want one", s.name, differ)
		}
	}
	plainFeature := filepath.Join(t.TempDir(), "x.feature")
	if err := os.WriteFile(plainFeature, []byte("Feature: x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := twinOf(plainFeature, t.TempDir()); err == nil {
		t.Error("a feature that names no variant has a twin")
	}
}

// TestTheRightReason: a failure for another reason is no catch.
func TestTheRightReason(t *testing.T) {
	s := specimen{name: "x", fails: []history.Expect{history.ExpectNothingLost}, says: []string{"acknowledged write"}, finding: "split-brain", tells: "both took"}
	result := func(change func(*analysis.Result)) catch {
		r := analysis.Result{Verdict: analysis.Fail, Reasons: []history.Text{{EN: "1\u00a0acknowledged write lost"}},
			Expectations: []analysis.Judged{
				{Expectation: history.Expectation{Kind: history.ExpectNothingLost}, Verdict: analysis.Fail},
				{Expectation: history.Expectation{Kind: history.ExpectRestored}, Verdict: analysis.Pass},
			}, Findings: []analysis.Finding{{Code: "split-brain", Text: history.Text{EN: "Both sites both took writes"}}}}
		change(&r)
		return s.judge(r)
	}
	if c := result(func(*analysis.Result) {}); !c.Caught || !c.Right {
		t.Errorf("as it should be: %+v", c)
	}
	for name, change := range map[string]func(*analysis.Result){
		"not failed":               func(r *analysis.Result) { r.Verdict = analysis.Inconclusive },
		"other words":              func(r *analysis.Result) { r.Reasons[0].EN = "the engine broke" },
		"another failure, too":     func(r *analysis.Result) { r.Expectations[1].Verdict = analysis.Fail },
		"the failure is not there": func(r *analysis.Result) { r.Expectations[0].Verdict = analysis.Pass },
		"finding missing":          func(r *analysis.Result) { r.Findings = nil },
		"finding of another thing": func(r *analysis.Result) { r.Findings[0].Text.EN = "nothing of the kind" },
	} {
		if c := result(change); c.Right || c.Wrong == "" && c.Caught {
			t.Errorf("%s: %+v", name, c)
		}
	}
}

// TestKeptPlays: each defect is caught for the right reason from the history of
// a real play, by the analysis as it is now, and the ledgers hold.
func TestKeptPlays(t *testing.T) {
	for _, s := range specimens() {
		h, err := exercise.Kept("testdata", s.name)
		if err != nil {
			t.Errorf("%v: play it with -only %s -save harness/bench/zoo/testdata", err, s.name)
			continue
		}
		r := analysis.Analyze(h)
		if c := s.judge(r); !c.Right {
			t.Errorf("%s: %s: %s", s.name, c.Verdict, c.Wrong)
		}
		if err := crosscheck.Agree(h, r); err != nil {
			t.Errorf("%s: %v", s.name, err)
		}
	}
}

// TestWhatWasPlayedIsJudgedAgain: bad and sound plays of each, in their columns; a
// play that was cut short counts for neither, and one that is not there is missed.
func TestWhatWasPlayedIsJudgedAgain(t *testing.T) {
	runs := t.TempDir()
	write := func(n, feature, on string, torn bool) {
		h, err := exercise.Kept("testdata", feature)
		if err != nil {
			t.Fatal(err)
		}
		head := h.Header
		head.Stage = on
		dir := filepath.Join(runs, "run-1", "r", n)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		w, err := history.Create(filepath.Join(dir, "history.jsonl"), head, func() time.Duration { return 0 })
		if err != nil {
			t.Fatal(err)
		}
		for i := range h.Ops.Len() {
			w.Operation(h.Ops.At(i))
		}
		for _, e := range h.Events {
			if torn && e.Kind == history.RunFinished {
				continue
			}
			var kv []string
			for k, v := range e.Attrs {
				kv = append(kv, k, v)
			}
			w.EventAt(e.At, e.Kind, e.Subject, kv...)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	write("01", "migration-locks", "zoo/migration-locks", false)
	write("02", "migration-locks", "zoo/migration-locks", true)
	write("03", "migration-locks", "zoo", false) // a twin that is called bad
	rep, err := visit(t.Context(), settings{judge: true, Settings: exercise.Settings{Only: "migration-locks", Runs: runs}}, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	if caught, right, alarms := rep.Rows[0].tally(); caught != 1 || right != 1 || alarms != 1 || len(rep.Rows[0].Catches) != 1 {
		t.Errorf("%+v", rep.Rows[0])
	}
	if _, err := recorded(runs, specimens()); err == nil || !strings.Contains(err.Error(), "was not played") {
		t.Errorf("all others: %v", err)
	}
	if _, err := recorded(t.TempDir(), specimens()); err == nil {
		t.Error("a table of nothing")
	}
}

// TestTheTable: one miss, or one false alarm, and the visit was no success.
func TestTheTable(t *testing.T) {
	good := catch{Verdict: analysis.Fail, Caught: true, Right: true, Reasons: []string{"because"}}
	sound := catch{Verdict: analysis.Pass}
	r := report{Rows: []row{{Defect: "a", Catches: []catch{good, good}, Twins: []catch{sound}}, {Defect: "b", Catches: []catch{good}}}}
	if !r.good() {
		t.Error("all is well, and it is not good")
	}
	var out bytes.Buffer
	r.print(&out)
	if !strings.Contains(out.String(), "3/3") || !strings.Contains(out.String(), "0/1") || !strings.Contains(out.String(), "because") {
		t.Errorf("%s", out.String())
	}
	for name, spoil := range map[string]catch{
		"MISSED (pass): nothing":  {Verdict: analysis.Pass, Wrong: "nothing"},
		"wrong reason: elsewhere": {Verdict: analysis.Fail, Caught: true, Wrong: "elsewhere"},
	} {
		r.Rows[1].Catches = []catch{spoil}
		out.Reset()
		r.print(&out)
		if r.good() || !strings.Contains(out.String(), name) {
			t.Errorf("%s: good %v\n%s", name, r.good(), out.String())
		}
	}
	r.Rows[1].Catches = []catch{good}
	r.Rows[0].Twins = append(r.Rows[0].Twins, catch{Verdict: analysis.Inconclusive, Reasons: []string{"late"}})
	out.Reset()
	r.print(&out)
	if r.good() || !strings.Contains(out.String(), "FALSE ALARM (inconclusive): late") {
		t.Errorf("a sound twin that was not passed: good %v\n%s", r.good(), out.String())
	}
}

func TestChoosing(t *testing.T) {
	if list, err := choose("stale-reads,recovery-flaps"); err != nil || len(list) != 2 || list[0].name != "stale-reads" {
		t.Errorf("%v, %v", list, err)
	}
	if _, err := choose("stale-reads,nothing"); err == nil {
		t.Error("a defect that does not exist can be chosen")
	}
	if _, err := visit(context.Background(), settings{Settings: exercise.Settings{Only: "nothing"}}, os.Stderr); err == nil {
		t.Error("a visit to nothing")
	}
}
