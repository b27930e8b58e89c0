package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// row is a trial with its plays.
type row struct {
	Feature   string     `json:"feature"`
	System    string     `json:"system"`
	Fault     string     `json:"fault"`
	Setting   string     `json:"setting"`
	Predicted prediction `json:"predicted"`
	Defect    string     `json:"known_defect,omitempty"`
	Plays     []play     `json:"plays"`
}

// report is the table.
type report struct {
	Rows []row         `json:"rows"`
	Took time.Duration `json:"took_ns"`
}

// good tells whether every play is as predicted. A row without plays proves
// nothing.
func (r *report) good() bool {
	return len(r.Rows) > 0 && !slices.ContainsFunc(r.Rows, func(x row) bool {
		return len(x.Plays) == 0 || slices.ContainsFunc(x.Plays, func(p play) bool { return !p.agrees() })
	})
}

func (r *report) print(out io.Writer) {
	w := tabwriter.NewWriter(out, 2, 4, 2, ' ', 0)
	fmt.Fprintln(w, "system\tfault\tsetting\tback, predicted\tback, measured\tloss, documented\tloss, measured\tverdict")
	for _, x := range r.Rows {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", x.System, x.Fault, x.Setting, x.Predicted.span(), x.times(), x.Predicted.documented(), x.losses(), x.verdict())
	}
	_ = w.Flush() // to the terminal: there is nobody to tell
	fmt.Fprintln(out)
	for _, x := range r.Rows {
		fmt.Fprintf(out, "%s: %s\n", x.Feature, x.Predicted.Formula)
		if x.Defect != "" {
			fmt.Fprintf(out, "  known defect: %s\n", x.Defect)
		}
		for _, p := range x.Plays {
			for _, w := range p.Wrong {
				fmt.Fprintf(out, "  ! %s\n", w)
			}
		}
	}
	fmt.Fprintf(out, "all in %s\n", r.Took.Round(time.Second))
}

func (p prediction) documented() string {
	if p.Loss == none {
		return string(none)
	}
	return fmt.Sprintf("%s, up to %s", p.Loss, seconds(p.Within))
}

// times are the recovery times of the plays that were measured.
func (x row) times() string {
	var out []string
	for _, p := range x.Plays {
		switch {
		case !p.measured():
			out = append(out, "?")
		case x.Predicted.Unhurt:
			out = append(out, "served on")
		case !p.Recovered:
			out = append(out, "never")
		default:
			out = append(out, fmt.Sprintf("%.1f±%.1f", p.Time.Seconds(), p.Error.Seconds()))
		}
	}
	return strings.Join(slices.Compact(out), ", ")
}

func (x row) losses() string {
	var out []string
	for _, p := range x.Plays {
		switch {
		case !p.measured():
			out = append(out, "?")
		case p.Lost == 0:
			out = append(out, "0")
		default:
			out = append(out, fmt.Sprintf("%d (%s)", p.Lost, seconds(p.Span)))
		}
	}
	return strings.Join(slices.Compact(out), ", ")
}

func (x row) verdict() string {
	agree, defect, unmeasured, again := 0, 0, 0, 0
	for _, p := range x.Plays {
		switch {
		case !p.measured():
			unmeasured++
		case p.Defect:
			defect++
		case p.agrees():
			agree++
			if p.Again {
				again++
			}
		}
	}
	out := fmt.Sprintf("agrees %d/%d", agree, len(x.Plays))
	if again > 0 {
		out += fmt.Sprintf(" (%d: first vote without a winner)", again)
	}
	if defect > 0 {
		out += fmt.Sprintf(", known defect %d", defect)
	}
	if unmeasured > 0 {
		out += fmt.Sprintf(", not measured %d", unmeasured)
	}
	if n := len(x.Plays) - agree - defect - unmeasured; n > 0 {
		out += fmt.Sprintf(", DISAGREES %d", n)
	}
	return out
}

// line is a play in one line.
func (p play) line() string {
	text := fmt.Sprintf("%s, back in %.2f s ± %.2f s, %d lost of %d (%s)", p.Verdict, p.Time.Seconds(), p.Error.Seconds(), p.Lost, p.Acked, seconds(p.Span))
	if len(p.Wrong) > 0 {
		text += ": " + strings.Join(p.Wrong, "; ")
	}
	if p.Again {
		text += " (first vote without a winner)"
	}
	if p.Defect {
		text += " (known defect)"
	}
	return text
}
