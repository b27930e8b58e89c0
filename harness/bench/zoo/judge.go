package main

import (
	"slices"
	"strings"

	"bascule/harness/analysis"
	"bascule/harness/history"
)

// catch is what the harness made of one play of a specimen.
type catch struct {
	Verdict analysis.Verdict `json:"verdict"`
	Caught  bool             `json:"caught"` // the verdict is fail
	Right   bool             `json:"right"`  // for the right reason
	Wrong   string           `json:"wrong,omitempty"`
	Reasons []string         `json:"reasons,omitempty"` // in English
}

// alarm is what came of a play of a sound twin: anything but a pass is one.
func alarm(r analysis.Result) catch { return catch{Verdict: r.Verdict, Reasons: reasons(r)} }

// judge holds a result against what the specimen's defect must lead to.
func (s specimen) judge(r analysis.Result) catch {
	c := catch{Verdict: r.Verdict, Caught: r.Verdict == analysis.Fail, Reasons: reasons(r)}
	var wrong []string
	for _, kind := range s.fails {
		if !failed(r, kind) {
			wrong = append(wrong, "“"+string(kind)+"” did not fail")
		}
	}
	for _, e := range r.Expectations {
		if e.Verdict == analysis.Fail && !slices.Contains(s.fails, e.Kind) && !slices.Contains(s.may, e.Kind) {
			wrong = append(wrong, "“"+string(e.Kind)+"” failed, too: "+plain(e.Reason.EN))
		}
	}
	all := strings.Join(c.Reasons, "; ")
	for _, words := range s.says {
		if !strings.Contains(all, words) {
			wrong = append(wrong, "no reason says “"+words+"”")
		}
	}
	if s.finding != "" && !slices.ContainsFunc(r.Findings, func(f analysis.Finding) bool {
		return f.Code == s.finding && strings.Contains(plain(f.Text.EN), s.tells)
	}) {
		wrong = append(wrong, strings.TrimSuffix("no finding “"+s.finding+"” that tells “"+s.tells+"”", " that tells “”"))
	}
	c.Wrong = strings.Join(wrong, "; ")
	c.Right = c.Caught && len(wrong) == 0
	return c
}

func failed(r analysis.Result, kind history.Expect) bool {
	return slices.ContainsFunc(r.Expectations, func(e analysis.Judged) bool { return e.Kind == kind && e.Verdict == analysis.Fail })
}

func reasons(r analysis.Result) []string {
	var out []string
	for _, t := range r.Reasons {
		out = append(out, plain(t.EN))
	}
	return out
}

// plain replaces the spaces of typography, so that words can be looked for.
func plain(s string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(s)), " ")
}
