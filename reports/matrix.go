package reports

import (
	"cmp"
	"slices"
	"time"

	"bascule/harness/analysis"
	"bascule/harness/history"
)

// MatrixFormat is the version of the matrix's JSON.
const MatrixFormat = 1

// Matrix is a sweep's report, in no format yet: the same question at every
// moment of a deployment, for every fault of a list.
//
//	a matrix as planned + a result each that was played --BuildMatrix--> Matrix --MatrixWriter--> sweep.html
//	                                                                                             sweep.json
//	                                                                                             junit.xml
//	                                                                                             summary.md
type Matrix struct {
	Format   int              `json:"format"`
	Run      Run              `json:"run"`
	Language string           `json:"language"` // fr | en, of the feature
	Name     string           `json:"name"`     // of the scenario
	Feature  string           `json:"feature"`
	Line     int              `json:"line"`
	Source   string           `json:"source"`
	Release  string           `json:"release"`
	Verdict  analysis.Verdict `json:"verdict"`
	Reasons  []history.Text   `json:"reasons"` // of the sweep as a whole; a cell has its own
	Counts   Counts           `json:"counts"`  // of the cells that were played
	Coverage Coverage         `json:"coverage"`
	Moments  []MatrixMoment   `json:"moments"` // in the order of the deployment
	Faults   []MatrixFault    `json:"faults"`
	Worst    []string         `json:"worst"`                 // ids of the cells that did not pass, the worst first; where all did, of the one that was out for longest
	Cells    []MatrixCell     `json:"cells"`                 // in the order of play
	Times    analysis.Times   `json:"times"`                 // of all cells
	Share    float64          `json:"harness_share_percent"` // of the cells' wall time that is no exercise; -1 where nothing was played
}

// Coverage says what was played of all that could be.
type Coverage struct {
	Possible int       `json:"possible"` // every moment of this deployment, every fault of the catalogue
	Chosen   int       `json:"chosen"`
	Played   int       `json:"played"`
	LeftOut  []LeftOut `json:"left_out"`
}

// LeftOut is what a sweep does not cover, and why.
type LeftOut struct {
	Why    history.Text `json:"why"`
	Faults []string     `json:"faults,omitempty"` // kinds; empty: every one
	Points []string     `json:"points,omitempty"` // ids of moments; empty: every one
	Cells  int          `json:"cells"`
}

// MatrixMoment is a line of the matrix.
type MatrixMoment struct {
	ID    string       `json:"id"`
	Of    history.Text `json:"of"`    // the phase or replacement that it belongs to
	Side  history.Text `json:"side"`  // before, during, after
	Title history.Text `json:"title"` // both
	Same  history.Text `json:"same"`  // another name of the same instant, empty for none
}

// MatrixFault is a column.
type MatrixFault struct {
	ID    string       `json:"id"`
	Kind  string       `json:"kind"`
	Spec  string       `json:"spec"` // as --faults takes it
	Title history.Text `json:"title"`
}

// MatrixCell is a fault at a moment. Recovery is that of the worst function, loss
// is summed over all.
type MatrixCell struct {
	ID          string           `json:"id"`
	Key         string           `json:"key"` // the same in every sweep of the scenario
	Moment      string           `json:"moment"`
	Fault       string           `json:"fault"`
	Name        history.Text     `json:"name"`
	Verdict     analysis.Verdict `json:"verdict"` // "" while it was not played
	Interrupted bool             `json:"interrupted"`
	Recovered   bool             `json:"recovered"`
	Recovery    time.Duration    `json:"recovery_ns"`
	Error       time.Duration    `json:"error_ns"`
	LossKnown   bool             `json:"loss_known"`
	Lost        int              `json:"lost"`
	Reasons     []history.Text   `json:"reasons"`
	Report      string           `json:"report,omitempty"` // its timeline, relative to the matrix
	Command     string           `json:"command"`          // that plays this cell alone
	Times       analysis.Times   `json:"times"`
	Duration    time.Duration    `json:"duration_ns"`
}

// Played is a cell that was played.
type Played struct {
	Result analysis.Result
	Times  analysis.Times
	Report string // relative to the matrix
}

// BuildMatrix fills a matrix as it was planned (moments, faults, cells and what is
// left out) with what was played, by the cells' ids.
func BuildMatrix(planned Matrix, played map[string]Played) Matrix {
	m := planned
	m.Format, m.Language, m.Share = MatrixFormat, language(m.Language), -1
	m.Reasons, m.Worst, m.Coverage.Chosen = []history.Text{}, []string{}, len(m.Cells)
	m.Cells = slices.Clone(m.Cells)
	for i := range m.Cells {
		c := &m.Cells[i]
		c.Reasons = []history.Text{}
		if p, ok := played[c.ID]; ok {
			c.fill(p)
			m.Counts.add(c.Verdict)
			m.Times = m.Times.Add(p.Times)
		}
	}
	m.conclude()
	return m
}

// fill takes what a cell's exercise gave.
func (c *MatrixCell) fill(p Played) {
	r := p.Result
	c.Verdict, c.Times, c.Report, c.Duration = known(r.Verdict), p.Times, p.Report, r.Duration
	c.LossKnown = len(r.Functions) > 0
	for i, f := range r.Functions {
		c.Lost += f.Loss.Lost
		c.LossKnown = c.LossKnown && f.Loss.Known
		if i > 0 && !worseFunction(f, r.Functions[0]) {
			continue
		}
		if w := worst(f); w != nil {
			c.Interrupted, c.Recovered, c.Recovery, c.Error = true, w.Recovered, w.Time, w.Error
		}
	}
	if c.Verdict != analysis.Pass {
		c.Reasons = append(c.Reasons, r.Reasons...)
	}
}

// conclude reckons the verdict, the worst cells and the harness's share. A sweep
// that was not played to its end proves nothing of what is missing.
func (m *Matrix) conclude() {
	m.Coverage.Played = m.Counts.Total
	m.Verdict = analysis.Pass
	var order []MatrixCell
	for _, c := range m.Cells {
		if c.Verdict != "" {
			m.Verdict = worse(m.Verdict, c.Verdict)
			order = append(order, c)
		}
	}
	if n := m.Coverage.Chosen - m.Coverage.Played; n > 0 || len(m.Cells) == 0 {
		m.Verdict = worse(m.Verdict, analysis.Inconclusive)
		m.Reasons = append(m.Reasons, sayCount(n, "%d cellule n’a pas été jouée : rien n’est démontré pour elle.", "%d cellules n’ont pas été jouées : rien n’est démontré pour elles.",
			"%d cell was not played: nothing is proved for it.", "%d cells were not played: nothing is proved for them."))
	}
	slices.SortStableFunc(order, worseCell)
	for i, c := range order {
		if i == 0 || c.Verdict != analysis.Pass {
			m.Worst = append(m.Worst, c.ID)
		}
	}
	if total := m.Times.Total(); total > 0 {
		m.Share = 100 * float64(total-m.Times.Exercise) / float64(total)
	}
}

// worseCell orders cells: failed, not conclusive, passed; among them by loss,
// then those that were never restored, then by recovery time.
func worseCell(a, b MatrixCell) int {
	back := func(c MatrixCell) int {
		if c.Interrupted && !c.Recovered {
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(rank(b.Verdict), rank(a.Verdict)), cmp.Compare(b.Lost, a.Lost), cmp.Compare(back(b), back(a)), cmp.Compare(b.Recovery, a.Recovery))
}

// cell finds a cell by its id.
func (m Matrix) cell(id string) MatrixCell {
	for _, c := range m.Cells {
		if c.ID == id {
			return c
		}
	}
	return MatrixCell{}
}

// at finds a cell by its moment and fault; none is there where one cell alone was
// asked for.
func (m Matrix) at(moment, fault string) (MatrixCell, bool) {
	i := slices.IndexFunc(m.Cells, func(c MatrixCell) bool { return c.Moment == moment && c.Fault == fault })
	if i < 0 {
		return MatrixCell{}, false
	}
	return m.Cells[i], true
}
