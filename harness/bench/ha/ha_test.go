package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bascule/harness/analysis"
	"bascule/harness/bench/exercise"
	"bascule/harness/history"
)

const root = "../../../"

// TestEachTrialHasItsFeature: and no feature is there that nobody plays. A
// feature plays the stage that the prediction is made from, and cuts for as long.
func TestEachTrialHasItsFeature(t *testing.T) {
	var names []string
	for _, x := range trials() {
		names = append(names, x.feature)
		b, err := os.ReadFile(root + "features/ha/" + x.feature + ".feature")
		if err != nil {
			t.Error(err)
			continue
		}
		text := string(b)
		folder, variant, _ := strings.Cut(x.stage, "/")
		if !strings.Contains(text, `"`+folder+`"`) || strings.Contains(text, "variant") != (variant != "") || variant != "" && !strings.Contains(text, `"`+variant+`"`) {
			t.Errorf("%s plays another stage than %s", x.feature, x.stage)
		}
		if strings.Contains(x.feature, "site-cut-off") {
			for0 := map[string][]string{"patroni": {"for 35 seconds", "pendant 35 secondes"}, "sentinel": {"for 20 seconds", "pendant 20 secondes"}}[folder]
			if !strings.Contains(text, for0[0]) && !strings.Contains(text, for0[1]) {
				t.Errorf("%s cuts for another time than is predicted with", x.feature)
			}
		}
		if tagged := strings.Contains(text, "@known-defect") || strings.Contains(text, "@defaut-connu"); tagged != (x.defect != "") {
			t.Errorf("%s: a known defect in the feature %v, in the trial %q", x.feature, tagged, x.defect)
		}
	}
	if patroniCut != 35*time.Second || sentinelCut != 20*time.Second {
		t.Error("the features cut for 35 s and 20 s")
	}
	files, err := filepath.Glob(root + "features/ha/*.feature")
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	for i, f := range files {
		files[i] = strings.TrimSuffix(filepath.Base(f), ".feature")
	}
	if !slices.Equal(names, files) {
		t.Errorf("trials  %v\nfeatures %v", names, files)
	}
}

// TestPredictions: from the settings of the stages as they are.
func TestPredictions(t *testing.T) {
	s := func(least, most float64) [2]float64 { return [2]float64{least, most} }
	for _, c := range []struct {
		feature, setting string
		range0           [2]float64
		loss             lost
		within           float64
	}{
		{"patroni-leader-lost", "ttl 20s, loop_wait 2s, synchronous", s(16.5, 29), none, 0},
		{"patroni-unhurried", "ttl 30s, loop_wait 10s, synchronous", s(18.5, 39), none, 0},
		{"patroni-site-cut-off", "ttl 20s, loop_wait 2s, synchronous", s(35, 39.5), none, 0},
		{"patroni-async-lost", "ttl 20s, loop_wait 2s, asynchronous", s(16.5, 29), possible, 20},
		{"patroni-async-lagging", "ttl 20s, loop_wait 2s, asynchronous", s(16.5, 29), some, 20},
		{"sentinel-master-lost", "down-after 5s", s(4, 11.5), possible, 1},
		{"sentinel-site-cut-off", "down-after 5s", s(20, 41), some, 41},
		{"sentinel-min-replicas-site-cut-off", "down-after 5s, min-replicas-to-write 1, max-lag 3s", s(20, 42.5), some, 5},
		{"sentinel-wait-site-cut-off", "down-after 5s, WAIT 1", s(20, 42.5), possible, 1},
	} {
		list, err := choose(c.feature)
		if err != nil {
			t.Fatal(err)
		}
		p, text, err := list[0].predicted(root + "scenarios")
		if err != nil {
			t.Errorf("%s: %v", c.feature, err)
			continue
		}
		near := func(d time.Duration, want float64) bool { return max(d.Seconds()-want, want-d.Seconds()) < 1 }
		if text != c.setting || p.Loss != c.loss || p.Within.Seconds() != c.within || !near(p.Least, c.range0[0]) || !near(p.Most, c.range0[1]) {
			t.Errorf("%s: %s, %v to %v, loss %s within %v\n%s", c.feature, text, p.Least, p.Most, p.Loss, p.Within, p.Formula)
		}
	}
	for _, x := range trials() {
		if _, _, err := x.predicted(root + "scenarios"); err != nil {
			t.Error(err)
		}
	}
	if _, _, err := (trial{stage: "patroni/none"}).predicted(root + "scenarios"); err == nil {
		t.Error("a variant that does not exist predicts")
	}
	wrong := trial{stage: "sentinel", predict: underPatroni("", patroni.sync, patroni.gone)}
	if _, _, err := wrong.predicted(root + "scenarios"); err == nil || !strings.Contains(err.Error(), "TTL") {
		t.Errorf("settings that a stage has not: %v", err)
	}
}

func result(change func(*analysis.Result)) analysis.Result {
	r := analysis.Result{Verdict: analysis.Pass, Functions: []analysis.Function{{
		Recoveries: []analysis.Recovery{{Recovered: true, Time: 21 * time.Second, Error: 100 * time.Millisecond}},
		Loss:       analysis.Loss{Known: true, Acked: 100},
	}}, Expectations: []analysis.Judged{{Expectation: history.Expectation{Kind: history.ExpectNothingLost}, Verdict: analysis.Pass}}}
	change(&r)
	return r
}

// TestAgreeing: a time outside the range, or a loss that is not as documented,
// is told; the error of the measurement counts for it.
func TestAgreeing(t *testing.T) {
	sound := prediction{Least: 15 * time.Second, Most: 25 * time.Second, Loss: none}
	lossy := prediction{Least: 15 * time.Second, Most: 25 * time.Second, Loss: some, Within: 5 * time.Second}
	maybe := prediction{Least: 15 * time.Second, Most: 25 * time.Second, Loss: possible, Within: 5 * time.Second}
	unhurt := prediction{Least: 40 * time.Second, Most: 50 * time.Second, Loss: possible, Within: 5 * time.Second, Unhurt: true}
	back := func(d time.Duration) func(*analysis.Result) {
		return func(r *analysis.Result) { r.Functions[0].Recoveries[0].Time = d }
	}
	loses := func(n int, span time.Duration) func(*analysis.Result) {
		return func(r *analysis.Result) { r.Functions[0].Loss.Lost, r.Functions[0].Loss.Span = n, span }
	}
	for name, c := range map[string]struct {
		predicted prediction
		change    func(*analysis.Result)
		wrong     string // "" agrees
	}{
		"as predicted":             {sound, func(*analysis.Result) {}, ""},
		"too soon":                 {sound, back(14 * time.Second), "back in 14.0 s, predicted 15.0 to 25.0 s"},
		"within its error":         {sound, back(25*time.Second + 50*time.Millisecond), ""},
		"too late":                 {sound, back(26 * time.Second), "back in 26.0 s"},
		"never":                    {sound, func(r *analysis.Result) { r.Functions[0].Recoveries[0].Recovered = false }, "did not come back"},
		"served on":                {unhurt, back(time.Second), ""},
		"a loss, none documented":  {sound, loses(3, time.Second), "3 of 100 acknowledged writes lost"},
		"a loss, as documented":    {lossy, loses(3, time.Second), ""},
		"none, and some wanted":    {lossy, func(*analysis.Result) {}, "nothing lost"},
		"none, and possible":       {maybe, func(*analysis.Result) {}, ""},
		"longer than documented":   {maybe, loses(3, 6*time.Second), "6.0 s of writes lost"},
		"not read back":            {maybe, func(r *analysis.Result) { r.Functions[0].Loss.Known = false }, "not known"},
		"nothing was acknowledged": {maybe, func(r *analysis.Result) { r.Functions[0].Loss.Acked = 0 }, "not known"},
		"no fault":                 {sound, func(r *analysis.Result) { r.Functions[0].Recoveries = nil }, "no fault"},
		"a sentence of its own failed": {sound, func(r *analysis.Result) {
			r.Expectations[0] = analysis.Judged{Expectation: history.Expectation{Kind: history.ExpectNothingTwice}, Verdict: analysis.Fail}
		}, "failed"},
		"not measured": {sound, func(r *analysis.Result) {
			r.Verdict, r.Reasons = analysis.Inconclusive, []history.Text{{EN: "load\u00a0late"}}
		}, "load late"},
	} {
		p := trial{}.judge(c.predicted, result(c.change))
		if p.agrees() != (c.wrong == "") || !strings.Contains(strings.Join(p.Wrong, "; "), c.wrong) {
			t.Errorf("%s: agrees %v, %q", name, p.agrees(), p.Wrong)
		}
	}
}

// TestAVoteWithoutAWinner: sentinels vote again, after twice failover-timeout;
// where a cut is over before, nobody was promoted and nothing is lost.
func TestAVoteWithoutAWinner(t *testing.T) {
	back := prediction{Least: 4 * time.Second, Most: 11 * time.Second, Loss: possible, Within: time.Second, Retry: 20 * time.Second}
	cut := prediction{Least: 20 * time.Second, Most: 42 * time.Second, Loss: some, Within: 5 * time.Second, Retry: 20 * time.Second}
	at := func(d time.Duration, site string) analysis.Result {
		return result(func(r *analysis.Result) {
			r.Header.Sites = []history.Site{{ID: "paris", Role: "primary"}, {ID: "lyon", Role: "standby"}}
			r.Functions[0].Recoveries[0].Time = d
			r.Functions[0].Loss.Sources = []string{"service orders @ paris", "store redis @ " + site}
		})
	}
	for name, c := range map[string]struct {
		predicted     prediction
		result        analysis.Result
		agrees, again bool
	}{
		"at the first vote":             {back, at(7*time.Second, "lyon"), true, false},
		"at the second":                 {back, at(28*time.Second, "lyon"), true, true},
		"later than that":               {back, at(32*time.Second, "lyon"), false, false},
		"the cut was over before":       {cut, at(22*time.Second, "paris"), true, true},
		"promoted, and nothing is lost": {cut, at(31*time.Second, "lyon"), false, false},
	} {
		if p := (trial{}).judge(c.predicted, c.result); p.agrees() != c.agrees || p.Again != c.again {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

// TestAKnownDefectExplainsWhatItDoes: a loss, and that one is promoted anew first
// where the lock changes hands once more; not a time beyond that, nor a write that was
// applied twice.
func TestAKnownDefectExplainsWhatItDoes(t *testing.T) {
	known := trial{defect: "it loses"}
	sound := prediction{Least: 15 * time.Second, Most: 25 * time.Second, Loss: none}
	loses := func(r *analysis.Result) {
		r.Verdict, r.Functions[0].Loss.Lost = analysis.Fail, 5
		r.Expectations[0].Verdict = analysis.Fail
	}
	if p := known.judge(sound, result(loses)); !p.Defect || !p.agrees() {
		t.Errorf("the loss of the defect: %+v", p)
	}
	if p := (trial{}).judge(sound, result(loses)); p.Defect || p.agrees() {
		t.Errorf("the same of a sound system: %+v", p)
	}
	if p := known.judge(sound, result(func(*analysis.Result) {})); p.Defect || !p.agrees() {
		t.Errorf("it did not show: %+v", p)
	}
	sound.Taken = 6 * time.Second
	at := func(d time.Duration, leaders int, also ...func(*analysis.Result)) analysis.Result {
		return result(func(r *analysis.Result) {
			r.Functions[0].Recoveries[0].Time = d
			for range leaders {
				r.Timeline.Lanes = append(r.Timeline.Lanes, analysis.Lane{Spans: []analysis.Span{{Kind: "active"}, {Kind: "writable"}}})
			}
			for _, change := range also {
				change(r)
			}
		})
	}
	unknown := func(r *analysis.Result) { r.Functions[0].Loss.Known = false }
	for name, c := range map[string]struct {
		trial          trial
		result         analysis.Result
		agrees, defect bool
	}{
		"promoted anew":                    {known, at(30*time.Second, 3), true, true},
		"promoted anew, and what was lost": {known, at(30*time.Second, 3, loses), true, true},
		"later than that":                  {known, at(32*time.Second, 3), false, false},
		"as late, but only taken over":     {known, at(30*time.Second, 2), false, false},
		"as late, and no defect is known":  {trial{}, at(30*time.Second, 3), false, false},
		"as late, and the loss unknown":    {known, at(30*time.Second, 3, unknown), false, false},
		"too early":                        {known, at(5*time.Second, 3), false, false},
		"in time":                          {known, at(24*time.Second, 3), true, false},
	} {
		if p := c.trial.judge(sound, c.result); p.agrees() != c.agrees || p.Defect != c.defect {
			t.Errorf("%s: %+v", name, p)
		}
	}
	for name, also := range map[string]func(*analysis.Result){
		"late":  func(r *analysis.Result) { r.Functions[0].Recoveries[0].Time = time.Minute },
		"twice": func(r *analysis.Result) { r.Expectations[0].Kind = history.ExpectNothingTwice },
	} {
		if p := known.judge(sound, result(func(r *analysis.Result) { loses(r); also(r) })); p.Defect || p.agrees() {
			t.Errorf("%s, too: %+v", name, p)
		}
	}
}

// TestTheTable: one play that disagrees, or was not measured, and it is no success.
func TestTheTable(t *testing.T) {
	predicted := prediction{Least: 15 * time.Second, Most: 25 * time.Second, Loss: none, Formula: "ttl 20s"}
	good := play{Verdict: analysis.Pass, Recovered: true, Time: 21 * time.Second, Error: 100 * time.Millisecond, Acked: 10}
	r := report{Rows: []row{{Feature: "f", System: "s", Predicted: predicted, Plays: []play{good, good}}}}
	var out bytes.Buffer
	r.print(&out)
	for _, want := range []string{"15.0 to 25.0 s", "21.0±0.1", "agrees 2/2", "ttl 20s"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	if !r.good() || (&report{}).good() || (&report{Rows: []row{{}}}).good() {
		t.Error("good is not good, or nothing is")
	}
	for want, p := range map[string]play{
		"DISAGREES 1":    {Verdict: analysis.Fail, Recovered: true, Wrong: []string{"x"}},
		"not measured 1": {Verdict: analysis.Inconclusive, Wrong: []string{"x"}},
		"known defect 1": {Verdict: analysis.Fail, Lost: 2, Wrong: []string{"x"}, Defect: true},
		"never":          {Verdict: analysis.Fail, Wrong: []string{"x"}},
	} {
		r.Rows[0].Plays = []play{good, p}
		out.Reset()
		r.print(&out)
		if r.good() != p.Defect || !strings.Contains(out.String(), want) {
			t.Errorf("%s: good %v\n%s", want, r.good(), out.String())
		}
	}
}

func TestChoosing(t *testing.T) {
	if list, err := choose("patroni-unhurried,sentinel-master-lost"); err != nil || len(list) != 2 || list[0].stage != "patroni/unhurried" {
		t.Errorf("%v, %v", list, err)
	}
	if _, err := choose("nothing"); err == nil {
		t.Error("a feature that does not exist can be chosen")
	}
	if _, err := compare(context.Background(), options{Settings: exercise.Settings{Only: "nothing"}}, io.Discard); err == nil {
		t.Error("nothing is compared")
	}
}

// TestWhatWasPlayedIsTold: also where the program breaks in the middle.
func TestWhatWasPlayedIsTold(t *testing.T) {
	o := options{repeat: 1, scenarios: root + "scenarios", Settings: exercise.Settings{Only: "sentinel-master-lost", Bascule: filepath.Join(t.TempDir(), "none"), Features: root + "features/ha", Runs: t.TempDir()}}
	rep, err := compare(t.Context(), o, io.Discard)
	if err == nil || rep == nil || len(rep.Rows) != 1 || rep.good() {
		t.Errorf("%+v, %v", rep, err)
	}
	if err := exercise.WriteJSON(filepath.Join(t.TempDir(), "sub", "ha.json"), rep); err != nil {
		t.Error(err)
	}
}
