package main

import (
	"testing"

	"bascule/harness/analysis"
	"bascule/harness/bench/exercise"
	"bascule/harness/crosscheck"
)

// TestKeptPlays: real plays are judged by the analysis as it is now, and the
// ledgers hold: a failover without loss, a split whose loss is as documented, one
// that a setting bounds, and a defect that Debian's Patroni really has.
func TestKeptPlays(t *testing.T) {
	for name, lost := range map[string]int{
		"patroni-leader-lost":                0,
		"patroni-etcd3-site-cut-off":         1,
		"sentinel-site-cut-off":              1,
		"sentinel-min-replicas-site-cut-off": 1,
	} {
		list, err := choose(name)
		if err != nil {
			t.Fatal(err)
		}
		h, err := exercise.Kept("testdata", name)
		if err != nil {
			t.Errorf("%v: play it with -only %s -save harness/bench/ha/testdata", err, name)
			continue
		}
		predicted, _, err := list[0].predicted(root + "scenarios")
		if err != nil {
			t.Fatal(err)
		}
		r := analysis.Analyze(h)
		p := list[0].judge(predicted, r)
		if !p.agrees() || min(p.Lost, 1) != lost || p.Defect != (list[0].defect != "") {
			t.Errorf("%s: %s", name, p.line())
		}
		if err := crosscheck.Agree(h, r); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
