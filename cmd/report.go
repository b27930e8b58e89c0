package cmd

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"bascule/harness/analysis"
	"bascule/harness/sweep"
	"bascule/reports"
)

func newReportCommand() *cobra.Command {
	var format string
	c := &cobra.Command{
		Use:   "report RUN",
		Short: "Write the reports of a run again, from its histories",
		Long: `Judge the histories of a run again and rewrite its reports: report.html,
report.json, junit.xml, summary.md; of a sweep its matrix: sweep.html, sweep.json,
junit.xml, summary.md, and the report of each cell. With --format, print one of
them instead and leave the folder as it is.

The exit code tells whether the reports were written, not the verdict (see
analyze).`,
		Example: "  bascule report runs/20260314-031500-a1b2c3\n  bascule report runs/20260314-031500-a1b2c3 --format markdown",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if exists(filepath.Join(args[0], sweep.FileName)) {
				return reportSweep(c, args[0], format)
			}
			m, err := modelOf(c, args[0])
			if err != nil {
				return err
			}
			if format != "" {
				return printReport(c, format, m)
			}
			paths, err := reports.WriteAll(args[0], m)
			for _, p := range paths {
				fmt.Fprintln(c.OutOrStdout(), p)
			}
			if err != nil {
				return exitError(exitInconclusive, err)
			}
			return nil
		},
	}
	c.Flags().StringVar(&format, "format", "", "print one: html, json, junit or markdown")
	return c
}

// modelOf is the report of the run in dir, from its histories alone.
func modelOf(c *cobra.Command, dir string) (reports.Model, error) {
	t := tongueOf(c)
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return reports.Model{}, exitError(exitInput, errors.New(t.say("« %s » n’est pas le dossier d’un exercice", "\"%s\" is not the folder of a run", dir)))
	}
	paths, err := findHistories(t, dir)
	if err != nil {
		return reports.Model{}, err
	}
	results := make([]analysis.Result, 0, len(paths))
	for _, path := range paths {
		r, err := analyzeFile(path)
		if err != nil {
			return reports.Model{}, err
		}
		results = append(results, r)
	}
	run, err := readRun(dir, results)
	if err != nil {
		return reports.Model{}, err
	}
	return reports.Build(run, results), nil
}

// formats names the files of the reports as --format does.
func formats() map[string]string {
	return map[string]string{"html": "report.html", "json": "report.json", "junit": "junit.xml", "markdown": "summary.md"}
}

func printReport(c *cobra.Command, format string, m reports.Model) error {
	name, ok := formats()[strings.ToLower(format)]
	all := reports.Writers()
	i := slices.IndexFunc(all, func(w reports.Writer) bool { return w.Name() == name })
	if !ok || i < 0 {
		return unknownFormat(format, "html, json, junit, markdown")
	}
	if err := all[i].Write(c.OutOrStdout(), m); err != nil {
		return fmt.Errorf("report as %s: %w", format, err)
	}
	return nil
}
