// Command mutate breaks the analysis on purpose, a small mistake at a time, and
// tells which mistakes its tests notice: a comparison flipped, an interval
// shifted, an outcome mistaken, a condition turned round, a line left out.
//
//	go run ./harness/bench/mutate            150 mistakes, chosen by a seed
//	go run ./harness/bench/mutate -n 0       all of them (hours)
//	go run ./harness/bench/mutate -file loss.go -n 0
//
// It ends with exit code 1 where one survived that is not on the list of those
// that change nothing (equivalent.txt).
package main

import (
	"bascule/harness/bench/exercise"
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// settings say which mistakes are made.
type settings struct {
	dir   string
	file  string
	n     int
	seed  uint64
	out   string
	quiet bool
}

func main() {
	var s settings
	flag.StringVar(&s.dir, "dir", "harness/analysis", "folder of the package that is broken")
	flag.StringVar(&s.file, "file", "", "only mistakes in this file")
	flag.IntVar(&s.n, "n", 150, "how many mistakes are tried; 0 for all")
	flag.Uint64Var(&s.seed, "seed", 1, "chooses the mistakes")
	flag.StringVar(&s.out, "json", "", "file that takes the outcome as JSON")
	flag.BoolVar(&s.quiet, "quiet", false, "print no progress")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	score, err := mutate(ctx, s)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	score.print(os.Stdout)
	if s.out != "" {
		if err := exercise.WriteJSON(s.out, score); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
	}
	if len(score.Survivors) > 0 {
		os.Exit(1)
	}
}

// mutate tries the mistakes one after another.
func mutate(ctx context.Context, s settings) (*score, error) {
	dir, err := filepath.Abs(s.dir)
	if err != nil {
		return nil, fmt.Errorf("mutate: %w", err)
	}
	list, err := excuses(equivalents)
	if err != nil {
		return nil, err
	}
	all, err := mutants(dir)
	if err != nil {
		return nil, err
	}
	chosen := choose(all, s)
	scratch, err := os.MkdirTemp("", "mutate-")
	if err != nil {
		return nil, fmt.Errorf("mutate: %w", err)
	}
	defer os.RemoveAll(scratch)
	lab := laboratory{pkg: "./" + filepath.ToSlash(s.dir), timeout: 30 * time.Second, bound: 3 * time.Minute, scratch: scratch}
	if filepath.IsAbs(s.dir) {
		lab.pkg = s.dir
	}
	if err := lab.sound(ctx); err != nil {
		return nil, err
	}
	out := &score{Package: s.dir, Seed: s.seed, Possible: len(all), Fates: map[fate]int{}, Kinds: map[string]map[fate]int{}}
	began := time.Now()
	for i, m := range chosen {
		f, err := lab.try(ctx, m)
		if err != nil {
			return nil, err
		}
		if reason, ok := excuseOf(list, m); ok && f == survived {
			f = excused
			out.Excused = append(out.Excused, survivor{m.name(), m.before, m.after, reason})
		}
		out.add(m, f)
		if !s.quiet {
			fmt.Fprintf(os.Stderr, "%4d/%d %-20s %s\n", i+1, len(chosen), f, m.name())
		}
	}
	out.Took = time.Since(began).Round(time.Second).String()
	return out, nil
}

// choose picks the mistakes that are tried, the same for the same seed, and
// puts them in the order of the source.
func choose(all []mutant, s settings) []mutant {
	list := slices.DeleteFunc(slices.Clone(all), func(m mutant) bool { return s.file != "" && filepath.Base(m.file) != s.file })
	if s.n == 0 || len(list) <= s.n {
		return list
	}
	rng := rand.New(rand.NewPCG(s.seed, 1))
	rng.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	list = list[:s.n]
	slices.SortFunc(list, func(a, b mutant) int {
		if a.file != b.file {
			return strings.Compare(a.file, b.file)
		}
		return a.from - b.from
	})
	return list
}

// score is what became of the mutants.
type score struct {
	Package   string                  `json:"package"`
	Seed      uint64                  `json:"seed"`
	Possible  int                     `json:"possible"`
	Fates     map[fate]int            `json:"fates"`
	Kinds     map[string]map[fate]int `json:"kinds"`
	Survivors []survivor              `json:"survivors"`
	Excused   []survivor              `json:"equivalent"`
	Took      string                  `json:"took"`
}

type survivor struct {
	Where  string `json:"where"`
	Before string `json:"before"`
	After  string `json:"after"`
	Reason string `json:"reason,omitempty"`
}

func (s *score) add(m mutant, f fate) {
	s.Fates[f]++
	if s.Kinds[m.kind] == nil {
		s.Kinds[m.kind] = map[fate]int{}
	}
	s.Kinds[m.kind][f]++
	if f == survived {
		s.Survivors = append(s.Survivors, survivor{Where: m.name(), Before: m.before, After: m.after})
	}
}

func (s *score) print(w *os.File) {
	for _, v := range s.Survivors {
		fmt.Fprintf(w, "%s\n  - %s\n  + %s\n", v.Where, v.Before, v.After)
	}
	kinds := make([]string, 0, len(s.Kinds))
	for k := range s.Kinds {
		kinds = append(kinds, k)
	}
	slices.Sort(kinds)
	fmt.Fprintf(w, "\n%-12s %7s %9s %11s %12s\n", "mistake", "caught", "survived", "equivalent", "not compiled")
	for _, k := range kinds {
		f := s.Kinds[k]
		fmt.Fprintf(w, "%-12s %7d %9d %11d %12d\n", k, f[caught]+f[hung], f[survived], f[excused], f[broken])
	}
	c, live := s.Fates[caught]+s.Fates[hung], s.Fates[survived]
	share := 100.0
	if c+live > 0 {
		share = 100 * float64(c) / float64(c+live)
	}
	fmt.Fprintf(w, "\n%d of %d caught (%.1f%%), %d of these by a test that did not end; %d equivalent, %d did not compile; %d possible, seed %d, %s\n",
		c, c+live, share, s.Fates[hung], s.Fates[excused], s.Fates[broken], s.Possible, s.Seed, s.Took)
}
