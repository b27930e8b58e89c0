package main

import (
	"bascule/harness/bench/exercise"
	"fmt"
	"io"
	"runtime"
	"text/tabwriter"
)

// Row is one line of the table "Numbers to reach".
type Row struct {
	What            string  `json:"what"`
	Goal            string  `json:"goal"`
	Unit            string  `json:"unit"`
	Measured        float64 `json:"measured"`
	Alternative     float64 `json:"alternative"` // of the next best way, measured in the same run; 0: none was
	AlternativeName string  `json:"alternative_name,omitempty"`
	Ratio           float64 `json:"ratio"` // measured to alternative
	Limit           string  `json:"limit"` // what bounds it
	Met             bool    `json:"met"`
	Note            string  `json:"note,omitempty"` // what the figure rests on
}

// results is bench/results.json.
type results struct {
	Format int    `json:"format"`
	CPUs   int    `json:"cpus"`
	Go     string `json:"go"`
	System string `json:"system"`
	Quick  bool   `json:"quick"` // a short run: figures are coarser
	Rows   []Row  `json:"rows"`
}

// print writes the table for people.
func print(out io.Writer, rows []Row) error {
	w := tabwriter.NewWriter(out, 2, 4, 2, ' ', 0)
	fmt.Fprintln(w, "what\tgoal\tmeasured\talternative\tratio\tmet\tbounded by")
	for _, r := range rows {
		alternative, ratio := "-", "-"
		if r.Alternative != 0 {
			alternative, ratio = figure(r.Alternative, r.Unit), fmt.Sprintf("%.2f", r.Ratio)
		}
		met := "no"
		if r.Met {
			met = "yes"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.What, r.Goal, figure(r.Measured, r.Unit), alternative, ratio, met, r.Limit)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("print the table: %w", err)
	}
	for _, r := range rows {
		if r.AlternativeName != "" || r.Note != "" {
			fmt.Fprintf(out, "\n%s\n", r.What)
		}
		if r.Note != "" {
			fmt.Fprintf(out, "  rests on:    %s\n", r.Note)
		}
		if r.AlternativeName != "" {
			fmt.Fprintf(out, "  alternative: %s\n", r.AlternativeName)
		}
	}
	return nil
}

// figure is a value with its unit, with three digits that mean something.
func figure(v float64, unit string) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f %s", v, unit)
	case v >= 10:
		return fmt.Sprintf("%.1f %s", v, unit)
	}
	return fmt.Sprintf("%.2f %s", v, unit)
}

// save writes rows to path.
func save(path string, rows []Row, quick bool) error {
	return exercise.WriteJSON(path, results{
		Format: 1, CPUs: runtime.NumCPU(), Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH, Quick: quick, Rows: rows,
	})
}
