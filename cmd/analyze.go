package cmd

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"bascule/harness/analysis"
)

func newAnalyzeCommand() *cobra.Command {
	var format string
	var check bool
	c := &cobra.Command{
		Use:   "analyze RUN",
		Short: "Judge the histories of a run again, offline",
		Long: `Replay the histories of a run (its folder, the folder of one scenario, or a
history.jsonl) and judge them again: no engine is needed, nothing is started, and
the same history gives the same verdict to the byte.

The exit code tells the worst verdict. With --check it tells whether the stored
verdicts are what the histories say: 0 if so, 1 if one differs.`,
		Example: "  bascule analyze runs/20260314-031500-a1b2c3\n  bascule analyze runs/20260314-031500-a1b2c3 --check",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if format != "text" && format != "json" {
				return unknownFormat(format, "text, json")
			}
			paths, err := findHistories(tongueOf(c), args[0])
			if err != nil {
				return err
			}
			if check {
				return checkVerdicts(c, paths)
			}
			return analyzeAll(c.OutOrStdout(), paths, format)
		},
	}
	c.Flags().StringVar(&format, "format", "text", "text, or json: what verdict.json holds")
	c.Flags().BoolVar(&check, "check", false, "compare with the stored verdict.json, byte for byte")
	return c
}

func analyzeAll(w io.Writer, paths []string, format string) error {
	worst := analysis.Pass
	for i, path := range paths {
		r, err := analyzeFile(path)
		if err != nil {
			return err
		}
		if r.Verdict == analysis.Fail || worst == analysis.Pass {
			worst = r.Verdict
		}
		if format == "json" {
			b, err := analysis.MarshalResult(r)
			if err != nil {
				return fmt.Errorf("analyze %s: %w", path, err)
			}
			if _, err := w.Write(b); err != nil {
				return err
			}
			continue
		}
		if i > 0 {
			fmt.Fprintln(w)
		}
		printResult(w, r)
	}
	return verdictError(worst)
}

// checkVerdicts compares each stored verdict with what its history says.
func checkVerdicts(c *cobra.Command, paths []string) error {
	t := tongueOf(c)
	differ := 0
	for _, path := range paths {
		r, err := analyzeFile(path)
		if err != nil {
			return err
		}
		got, err := analysis.MarshalResult(r)
		if err != nil {
			return fmt.Errorf("analyze %s: %w", path, err)
		}
		stored := filepath.Join(filepath.Dir(path), verdictFile)
		want, err := os.ReadFile(stored)
		if err != nil {
			return exitError(exitInput, errors.New(t.say("aucun verdict à comparer : %v", "no verdict to compare with: %v", err)))
		}
		if bytes.Equal(got, want) {
			fmt.Fprintln(c.OutOrStdout(), t.say("%s : identique", "%s: the same", stored))
			continue
		}
		differ++
		line, a, b := firstDifference(want, got)
		fmt.Fprintln(c.OutOrStdout(), t.say("%[1]s:%[2]d : différent\n  enregistré : %[3]s\n  rejoué :     %[4]s", "%[1]s:%[2]d: differs\n  stored:   %[3]s\n  replayed: %[4]s", stored, line, a, b))
	}
	if differ > 0 {
		return exitError(exitFailure, nil)
	}
	return nil
}

// firstDifference is the first line, from 1, in which two texts differ.
func firstDifference(a, b []byte) (line int, inA, inB string) {
	x, y := strings.Split(string(a), "\n"), strings.Split(string(b), "\n")
	for i := range max(len(x), len(y)) {
		inA, inB = "(end)", "(end)"
		if i < len(x) {
			inA = strings.TrimSpace(x[i])
		}
		if i < len(y) {
			inB = strings.TrimSpace(y[i])
		}
		if inA != inB {
			return i + 1, inA, inB
		}
	}
	return 1, "", ""
}

// printResult is a verdict for people, in the language of its feature.
func printResult(w io.Writer, r analysis.Result) {
	lang := r.Header.Language
	t := tongue(lang)
	fmt.Fprintf(w, "%s %s  %s\n", mark(r.Verdict), strings.ToUpper(verdictWord(r.Verdict, lang)), r.Header.Name)
	fmt.Fprintf(w, "  %s:%d\n", r.Header.Feature, r.Header.Line)
	for _, reason := range r.Reasons {
		fmt.Fprintf(w, "  %s\n", wrap(reason.In(lang), columns-2, "    "))
	}
	for _, e := range r.Expectations {
		fmt.Fprintf(w, "  %s %s\n", mark(e.Verdict), wrap(e.Text, columns-4, "    "))
		if measured := e.Measured.In(lang); measured != "" {
			fmt.Fprintf(w, "      %s\n", wrap(t.say("constaté : ", "measured: ")+measured, columns-6, "      "))
		}
	}
	for _, p := range r.Preconditions {
		if !p.OK {
			fmt.Fprintf(w, "  ? %s\n", wrap(p.Name.In(lang)+t.say(" : ", ": ")+p.Detail.In(lang), columns-4, "    "))
		}
	}
	for _, f := range r.Findings {
		fmt.Fprintf(w, "  ! %s\n", wrap(f.Text.In(lang), columns-4, "    "))
	}
}
