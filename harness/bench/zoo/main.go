// Command zoo holds the harness against systems known to be bad: each defect of
// scenarios/zoo is played several times, and so is the same scenario on the
// sound twin. It prints which defects were caught, whether for the right reason,
// and how often a sound system was called bad:
//
//	go run ./harness/bench/zoo [-repeat 5] [-sound 20] [-quick] [-only NAME,NAME]
//	go run ./harness/bench/zoo -judge     what was played before, by the analysis as it is now
//
// It ends with exit code 1 where a defect was missed or caught for the wrong
// reason, or a sound twin was not passed.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"bascule/harness/analysis"
	"bascule/harness/bench/exercise"
	"bascule/harness/stage"
)

// settings say what is played.
type settings struct {
	exercise.Settings
	repeat, sound int
	judge         bool // what lies in the folder of run folders; nothing is played
}

func main() {
	var s settings
	s.Flags(flag.CommandLine, "zoo")
	quick := flag.Bool("quick", false, "each defect and each twin once")
	flag.IntVar(&s.repeat, "repeat", 5, "how often each defect is played")
	flag.IntVar(&s.sound, "sound", 20, "how many runs of the sound twins, in turn")
	flag.BoolVar(&s.judge, "judge", false, "play nothing: judge what was played into -runs, by the analysis as it is now")
	flag.Parse()
	if *quick {
		s.repeat, s.sound = 1, len(specimens())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	report, err := visit(ctx, s, os.Stderr)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	report.print(os.Stdout)
	if s.Out != "" {
		if err := exercise.WriteJSON(s.Out, report); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
	}
	if !report.good() {
		os.Exit(1)
	}
}

// row is a defect with its plays, and those of its sound twin.
type row struct {
	Defect  string  `json:"defect"`
	Catches []catch `json:"plays"`
	Twins   []catch `json:"sound"`
}

// report is the table.
type report struct {
	Rows []row         `json:"rows"`
	Took time.Duration `json:"took_ns"`
}

// choose are the specimens that only names.
func choose(only string) ([]specimen, error) {
	list, err := exercise.Choose(only, specimens(), func(s specimen) string { return s.name })
	if err != nil {
		return nil, fmt.Errorf("zoo: %w", err)
	}
	return list, nil
}

func newReport(list []specimen) *report {
	rep := &report{}
	for _, x := range list {
		rep.Rows = append(rep.Rows, row{Defect: x.name, Catches: []catch{}, Twins: []catch{}})
	}
	return rep
}

// recorded is the table of what was played into a folder before. A defect that
// was not played there is an error.
func recorded(runs string, list []specimen) (*report, error) {
	began := time.Now()
	plays, err := exercise.Recorded(runs)
	if err != nil {
		return nil, fmt.Errorf("zoo: %w", err)
	}
	rep := newReport(list)
	for _, p := range plays {
		i := slices.IndexFunc(list, func(x specimen) bool { return x.name == p.FeatureOf() })
		if i < 0 {
			continue
		}
		if _, variant := stage.Split(p.Header.Stage); variant == "" {
			rep.Rows[i].Twins = append(rep.Rows[i].Twins, alarm(p.Result))
			continue
		}
		rep.Rows[i].Catches = append(rep.Rows[i].Catches, list[i].judge(p.Result))
	}
	for _, r := range rep.Rows {
		if len(r.Catches) == 0 {
			return nil, fmt.Errorf("zoo: %s was not played into %s", r.Defect, runs)
		}
	}
	rep.Took = time.Since(began)
	return rep, nil
}

// visit plays everything.
func visit(ctx context.Context, s settings, progress io.Writer) (*report, error) {
	list, err := choose(s.Only)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	if s.judge {
		return recorded(s.Runs, list)
	}
	rep := newReport(list)
	var bad, sound []string
	dir, err := os.MkdirTemp("", "zoo-")
	if err != nil {
		return nil, fmt.Errorf("zoo: %w", err)
	}
	defer os.RemoveAll(dir)
	for _, x := range list {
		feature := s.Feature(x.name)
		twin, err := twinOf(feature, dir)
		if err != nil {
			return nil, err
		}
		bad, sound = append(bad, feature), append(sound, twin)
	}
	for n := range s.repeat {
		results, err := exercise.Play(ctx, s.Bascule, s.Runs, bad)
		if err != nil {
			return nil, err
		}
		for i, x := range list {
			r := results[x.name]
			c := x.judge(r.Result)
			rep.Rows[i].Catches = append(rep.Rows[i].Catches, c)
			if s.Save != "" && c.Right {
				if err := exercise.Keep(s.Save, x.name, r.History); err != nil {
					return nil, err
				}
			}
			fmt.Fprintf(progress, "%d/%d %-30s %s %s\n", n+1, s.repeat, x.name, c.Verdict, c.Wrong)
		}
	}
	for left := s.sound; left > 0; left -= len(list) {
		now := sound[:min(left, len(sound))]
		results, err := exercise.Play(ctx, s.Bascule, s.Runs, now)
		if err != nil {
			return nil, err
		}
		for i := range now {
			r := results[list[i].name]
			c := alarm(r.Result)
			rep.Rows[i].Twins = append(rep.Rows[i].Twins, c)
			fmt.Fprintf(progress, "sound %-30s %s %s\n", list[i].name, c.Verdict, strings.Join(c.Reasons, "; "))
		}
	}
	rep.Took = time.Since(began)
	return rep, nil
}

// tally counts what was caught, what for the right reason, and false alarms.
func (r row) tally() (caught, right, alarms int) {
	for _, c := range r.Catches {
		if c.Caught {
			caught++
		}
		if c.Right {
			right++
		}
	}
	for _, c := range r.Twins {
		if c.Verdict != analysis.Pass {
			alarms++
		}
	}
	return caught, right, alarms
}

// good tells whether every defect was caught for the right reason, every time,
// and no sound twin was called anything but sound.
func (r *report) good() bool {
	return !slices.ContainsFunc(r.Rows, func(x row) bool {
		_, right, alarms := x.tally()
		return right != len(x.Catches) || alarms > 0
	})
}

func (r *report) print(out io.Writer) {
	w := tabwriter.NewWriter(out, 2, 4, 2, ' ', 0)
	fmt.Fprintln(w, "defect\tcaught\treason right\tfalse alarms\tremark")
	var plays, caught, right, sound, alarms int
	for _, x := range r.Rows {
		c, g, a := x.tally()
		plays, caught, right, sound, alarms = plays+len(x.Catches), caught+c, right+g, sound+len(x.Twins), alarms+a
		fmt.Fprintf(w, "%s\t%d/%d\t%d/%d\t%d/%d\t%s\n", x.Defect, c, len(x.Catches), g, len(x.Catches), a, len(x.Twins), x.remark())
	}
	fmt.Fprintf(w, "all\t%d/%d\t%d/%d\t%d/%d\t%s\n", caught, plays, right, plays, alarms, sound, r.Took.Round(time.Second))
	_ = w.Flush() // to the terminal: there is nobody to tell
}

// remark tells the first thing that is not as it should be, or the reason.
func (r row) remark() string {
	for _, c := range r.Catches {
		if !c.Right {
			if !c.Caught {
				return fmt.Sprintf("MISSED (%s): %s", c.Verdict, c.Wrong)
			}
			return "wrong reason: " + c.Wrong
		}
	}
	for _, c := range r.Twins {
		if c.Verdict != analysis.Pass {
			return fmt.Sprintf("FALSE ALARM (%s): %s", c.Verdict, strings.Join(c.Reasons, "; "))
		}
	}
	for _, c := range r.Catches {
		if len(c.Reasons) > 0 {
			return c.Reasons[0]
		}
	}
	return ""
}
