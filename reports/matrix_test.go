package reports

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"bascule/harness/analysis"
)

// plannedSample is two faults at three moments, none played yet.
func plannedSample() Matrix {
	run, _ := sampleRun()
	m := Matrix{Run: run, Name: "Quelle que soit l’étape, le site de secours reprend", Language: "fr",
		Feature: "features/certification/balayage-migration.feature", Line: 8, Source: "  Scénario: <b>quelle que soit l'étape</b>\n", Release: "1.5.0",
		Moments: []MatrixMoment{
			{ID: "migrate-before", Of: text("la migration du schéma", "schema migration"), Side: text("avant", "before"),
				Title: text("avant la migration du schéma", "before schema migration"), Same: text("après la préparation", "after preparation")},
			{ID: "migrate-during", Of: text("la migration du schéma", "schema migration"), Side: text("pendant", "during"), Title: text("pendant la migration du schéma", "during schema migration")},
			{ID: "verify-during", Of: text("la vérification", "verification"), Side: text("pendant", "during"), Title: text("pendant la vérification", "during verification")},
		},
		Faults: []MatrixFault{
			{ID: "crash", Kind: "crash", Spec: "crash", Title: text("arrêt brutal : la base de Paris", "crash: the database in Paris")},
			{ID: "latency-400ms", Kind: "latency", Spec: "latency:latency=400ms", Title: text("latence : liaisons vers la base de Paris", "latency: links to the database in Paris")},
		},
		Coverage: Coverage{Possible: 60, LeftOut: []LeftOut{{Why: text("impossible sur ce moteur : ce noyau n'a pas netem", "not possible on this engine: no netem"), Faults: []string{"udp-delay"}, Cells: 3}}}}
	for i, at := range [][2]int{{1, 0}, {0, 0}, {2, 0}, {1, 1}, {2, 1}} {
		mo, f := m.Moments[at[0]], m.Faults[at[1]]
		key := mo.ID + "-" + f.ID
		m.Cells = append(m.Cells, MatrixCell{ID: fmt.Sprintf("c%03d-%s", i+1, key), Key: key, Moment: mo.ID, Fault: f.ID,
			Name: text("Arrêt brutal : la base de Paris, "+mo.Title.FR, "Crash: the database in Paris, "+mo.Title.EN), Command: "bascule sweep F --seed 42 --only " + key})
	}
	return m
}

// sampleMatrix has the scenarios of the sample run in its first three cells, the
// first of them again in the fourth; the last one was not played.
func sampleMatrix() Matrix {
	m := plannedSample()
	_, results := sampleRun()
	played := map[string]Played{}
	for i, r := range append(results, migrationPasses()) {
		id := m.Cells[i].ID
		r.Header.Scenario = id
		played[id] = Played{Result: r, Report: id + "/report.html",
			Times: analysis.Times{Raise: 6 * time.Second, Baseline: 3 * time.Second, Exercise: 14 * time.Second, Down: 2 * time.Second}}
	}
	return BuildMatrix(m, played)
}

func writtenMatrix(t *testing.T, format string, m Matrix) string {
	t.Helper()
	for _, w := range MatrixWriters() {
		if w.Format == format {
			var b bytes.Buffer
			if err := w.Write(&b, m); err != nil {
				t.Fatal(err)
			}
			return b.String()
		}
	}
	t.Fatalf("no format %s", format)
	return ""
}

func TestMatrixGolden(t *testing.T) {
	for _, format := range []string{"json", "junit", "markdown"} {
		got := writtenMatrix(t, format, sampleMatrix())
		path := filepath.Join("testdata", "matrix."+format+".golden")
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s differs from %s; run with -update if that is meant", format, path)
		}
	}
}

func TestTheWorstCellComesFirst(t *testing.T) {
	m := sampleMatrix()
	if m.Verdict != analysis.Fail || len(m.Worst) != 2 {
		t.Fatalf("verdict %s, worst %v: want the failed cell and the inconclusive one", m.Verdict, m.Worst)
	}
	if m.cell(m.Worst[0]).Verdict != analysis.Fail || m.cell(m.Worst[1]).Verdict != analysis.Inconclusive {
		t.Errorf("worst %v is not in the order of severity", m.Worst)
	}
	page := writtenMatrix(t, "html", m)
	named, table := strings.Index(page, "Cellule la plus défavorable"), strings.Index(page, `<table class="matrix"`)
	if named < 0 || table < 0 || named > table {
		t.Error("the page does not name the worst cell before the matrix")
	}
}

func TestWhatWasNotPlayedIsNeverGreen(t *testing.T) {
	planned := plannedSample()
	all := map[string]Played{}
	for _, c := range planned.Cells {
		r := migrationPasses()
		r.Header.Scenario = c.ID
		all[c.ID] = Played{Result: r}
	}
	if m := BuildMatrix(planned, all); m.Verdict != analysis.Pass || len(m.Reasons) != 0 {
		t.Fatalf("every cell passed, and the sweep is %s: %v", m.Verdict, m.Reasons)
	}
	delete(all, planned.Cells[2].ID)
	m := BuildMatrix(planned, all)
	if m.Verdict != analysis.Inconclusive || m.Coverage.Played != 4 || m.Coverage.Chosen != 5 {
		t.Errorf("a cell is missing: verdict %s, coverage %+v", m.Verdict, m.Coverage)
	}
	var x struct {
		Tests  int `xml:"tests,attr"`
		Errors int `xml:"errors,attr"`
	}
	if err := xml.Unmarshal([]byte(writtenMatrix(t, "junit", m)), &x); err != nil || x.Tests != 5 || x.Errors != 1 {
		t.Errorf("JUnit: %+v, %v: want five cases, the missing one in error", x, err)
	}
	if none := BuildMatrix(Matrix{Language: "en"}, nil); none.Verdict == analysis.Pass {
		t.Error("a sweep of no cell passed")
	}
}

func TestEachCellSaysInWordsWhatItsColourSays(t *testing.T) {
	page := writtenMatrix(t, "html", sampleMatrix())
	body := page[strings.Index(page, "<tbody"):]
	cells := regexp.MustCompile(`(?s)<td class="(\w+)[^"]*">(.*?)</td>`).FindAllStringSubmatch(body[:strings.Index(body, "</table>")], -1)
	if len(cells) != 6 {
		t.Fatalf("%d cells in the page, want 3 moments by 2 faults", len(cells))
	}
	words := map[string]string{"pass": "Conforme", "fail": "Non conforme", "inconclusive": "Non concluant", "skipped": ""}
	links, skipped := 0, map[string]int{}
	for _, c := range cells {
		if !strings.Contains(c[2], words[c[1]]) || !strings.Contains(c[2], "#g-"+c[1]) {
			t.Errorf("a %s cell without its word and sign: %s", c[1], c[2])
		}
		if strings.Contains(c[2], `<a href="c0`) {
			links++
		}
		for _, w := range []string{"non jouée", "hors balayage"} {
			if strings.Contains(c[2], w) {
				skipped[w]++
			}
		}
	}
	if links != 4 || skipped["non jouée"] != 1 || skipped["hors balayage"] != 1 {
		t.Errorf("%d cells open a timeline, %v are told apart: want 4, one not played, one not in the sweep", links, skipped)
	}
}

func TestTheMatrixPageIsSafeAndWellSet(t *testing.T) {
	page := writtenMatrix(t, "html", sampleMatrix())
	if strings.Contains(page, "<b>quelle que soit") {
		t.Error("what an author wrote became a part of the page")
	}
	if i := strings.Index(page, "Arrêt brutal :"); i >= 0 {
		t.Errorf("an ordinary space before a colon: %q", page[i:i+30])
	}
	if !strings.Contains(page, "Arrêt brutal"+nbsp+": la base de Paris") {
		t.Error("the fault is not named as French sets it")
	}
	for _, want := range []string{"c’est aussi après la préparation", "bascule sweep F --seed 42 --only migrate-before-crash", "udp-delay", "44" + narrow + "%"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

func TestTheMatrixAsJSONHasListsAndItsVersion(t *testing.T) {
	var m map[string]any
	if err := json.Unmarshal([]byte(writtenMatrix(t, "json", BuildMatrix(Matrix{}, nil))), &m); err != nil {
		t.Fatal(err)
	}
	if m["format"] != float64(MatrixFormat) {
		t.Errorf("format %v", m["format"])
	}
	for _, list := range []string{"moments", "faults", "cells", "worst", "reasons"} {
		if _, ok := m[list].([]any); !ok {
			t.Errorf("%s is %v, want a list", list, m[list])
		}
	}
}
