package cmd

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"bascule/harness/analysis"
	"bascule/harness/history"
	"bascule/harness/plan"
	"bascule/harness/run"
	"bascule/reports"
)

// The files of a run folder.
//
//	runs/<run>/plan.json  run.json  report.html  ...
//	runs/<run>/<scenario>/history.jsonl  verdict.json
const (
	planFile    = "plan.json"
	runFile     = run.RunFile
	historyFile = "history.jsonl"
	verdictFile = "verdict.json"
)

// findHistories lists the histories at path: a history itself, the folder of a
// scenario, or the folder of a run, in the order of its plan.
func findHistories(t tongue, path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, exitError(exitInput, errors.New(t.say("« %s » n’existe pas : donner le dossier d’un exercice, ou un fichier %s",
			"\"%s\" does not exist: give the folder of a run, or a %s file", path, historyFile)))
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	if own := filepath.Join(path, historyFile); exists(own) {
		return []string{own}, nil
	}
	found, err := filepath.Glob(filepath.Join(escapeGlob(path), "*", historyFile))
	if err != nil || len(found) == 0 {
		return nil, exitError(exitInput, errors.New(t.say("aucun fichier %[2]s dans « %[1]s » : ce n’est pas le dossier d’un exercice, ou aucun scénario n’y a commencé",
			"no %[2]s in \"%[1]s\": it is not the folder of a run, or no scenario began in it", path, historyFile)))
	}
	order := planOrder(path)
	slices.SortStableFunc(found, func(a, b string) int {
		return position(order, scenarioOf(a)) - position(order, scenarioOf(b))
	})
	return found, nil
}

// scenarioOf is the id of the scenario that a history in a run folder tells of.
func scenarioOf(history string) string { return filepath.Base(filepath.Dir(history)) }

// planOrder is the ids of the plan's scenarios; empty where there is no plan to
// read, and the order of names then serves as well.
func planOrder(dir string) []string {
	content, err := os.ReadFile(filepath.Join(dir, planFile))
	if err != nil {
		return nil
	}
	var p plan.Plan
	if json.Unmarshal(content, &p) != nil {
		return nil
	}
	ids := make([]string, len(p.Scenarios))
	for i, s := range p.Scenarios {
		ids[i] = s.ID
	}
	return ids
}

// position puts what the plan does not have behind what it has.
func position(order []string, id string) int {
	if i := slices.Index(order, id); i >= 0 {
		return i
	}
	return len(order)
}

// escapeGlob keeps a folder's name from being a pattern.
func escapeGlob(path string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(path)
}

// analyzeFile replays a history.
func analyzeFile(path string) (analysis.Result, error) {
	h, err := history.ReadFile(path)
	if err != nil {
		return analysis.Result{}, exitError(exitInput, err)
	}
	return analysis.Analyze(h), nil
}

// readRun reads run.json. A run that was killed has none: what is known of it
// then comes from its histories, and it counts as interrupted.
func readRun(dir string, results []analysis.Result) (reports.Run, error) {
	path := filepath.Join(dir, runFile)
	content, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		absolute, err := filepath.Abs(dir)
		if err != nil {
			return reports.Run{}, exitError(exitInput, err)
		}
		run := reports.Run{ID: filepath.Base(absolute), Interrupted: true}
		for i, r := range results {
			if i == 0 || r.Header.Started.Before(run.Started) {
				run.Started = r.Header.Started
			}
			run.Seed = r.Header.Seed
			run.Duration += r.Duration
		}
		return run, nil
	}
	if err != nil {
		return reports.Run{}, exitError(exitInput, err)
	}
	var run reports.Run
	if err := json.Unmarshal(content, &run); err != nil {
		return reports.Run{}, exitError(exitInput, fmt.Errorf("%s: %w", path, err))
	}
	return run, nil
}
