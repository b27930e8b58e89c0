package cmd

import (
	"bascule/harness/sweep"
	"bascule/reports"
)

// plannedMatrix puts a sweep in the terms of its report, before anything was
// played.
func plannedMatrix(meta reports.Run, s *sweep.Sweep) reports.Matrix {
	m := reports.Matrix{Run: meta, Language: s.Language, Name: s.Scenario, Feature: s.Feature, Line: s.Line, Source: s.Source, Release: s.Release,
		Coverage: reports.Coverage{Possible: s.Possible, LeftOut: []reports.LeftOut{}}}
	for _, l := range s.LeftOut {
		m.Coverage.LeftOut = append(m.Coverage.LeftOut, reports.LeftOut(l))
	}
	for _, p := range s.Points {
		moment := reports.MatrixMoment{ID: p.ID(), Of: p.Of(), Side: sweep.MomentTitle(p.Moment), Title: p.Title()}
		if p.Same != nil {
			moment.Same = p.Same.Title()
		}
		m.Moments = append(m.Moments, moment)
	}
	for _, f := range s.Faults {
		m.Faults = append(m.Faults, reports.MatrixFault{ID: f.Slug, Kind: string(f.Fault.Kind), Spec: f.Spec, Title: f.Fault.Title})
	}
	for _, c := range s.Cells {
		m.Cells = append(m.Cells, reports.MatrixCell{ID: c.ID, Key: c.Key, Moment: m.Moments[c.Point].ID, Fault: m.Faults[c.Fault].ID,
			Name: sweep.Title(s.Points[c.Point], s.Faults[c.Fault]), Command: again(s, c)})
	}
	return m
}
