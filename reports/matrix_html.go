package reports

import (
	_ "embed" // the page
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"

	"bascule/harness/analysis"
	"bascule/harness/history"
)

//go:embed matrix.html.tmpl
var matrixSource string

// matrixPage is a matrix in words: the template decides nothing but the order.
type matrixPage struct {
	Lang, Name, Feature, Title, Brand   string
	Style                               template.CSS
	Verdict                             verdict
	Line, Coverage, Worst, WorstHref    string
	Share, Corner, Legend, Source       string
	BadTitle, LeftTitle, SourceTitle    string
	AgainTitle, MatrixTitle, TimesTitle string
	Reasons                             []string
	Facts, Times                        []pair
	Faults                              []string
	Groups                              []matrixGroup
	Bad                                 []matrixBad
	Left                                []matrixLeft
}

// matrixGroup is the lines of one phase, or of one instance.
type matrixGroup struct {
	Title string
	Rows  []matrixRow
}

type matrixRow struct {
	Side, Same, Title string
	Cells             []matrixView
}

type matrixView struct {
	Verdict                    verdict
	Mark                       string
	Fault, Recovery, Loss, Key string
	Href                       string
	Worst                      bool
}

type matrixBad struct {
	Verdict             verdict
	Mark, Name, Command string
	Measures, Href      string
	Reasons             []string
}

type matrixLeft struct{ Why, What, Count string }

// MatrixHTML writes sweep.html: one file, with links to the timelines of the
// cells beside it.
func MatrixHTML(w io.Writer, m Matrix) error {
	page, err := template.New("matrix").Parse(matrixSource)
	if err != nil {
		return fmt.Errorf("html: the matrix's template: %w", err)
	}
	return page.Execute(w, newTongue(m.Language).matrix(m))
}

// pick is a sentence of ours in the document's language, well set once it is
// whole: before, a verb would look like a percent sign.
func (t tongue) pick(fr, en string, args ...any) string {
	return typeset(t.lang, fmt.Sprintf(history.Text{FR: fr, EN: en}.In(t.lang), args...))
}

func (t tongue) notPlayed() string { return t.pick("non jouée", "not played") }

func (t tongue) matrix(m Matrix) matrixPage {
	p := matrixPage{Lang: t.lang, Name: m.Name, Feature: fmt.Sprintf("%s:%d", m.Feature, m.Line), Style: template.CSS(pageStyle), Verdict: t.sign(m.Verdict),
		Facts: t.runFacts(m.Run), Source: m.Source, Brand: t.pick("Balayage d’un déploiement", "Sweep of a deployment"),
		Corner: t.pick("La panne survient…", "The fault strikes…"), MatrixTitle: t.pick("Chaque panne, à chaque étape", "Every fault, at every step"),
		LeftTitle: t.pick("Ce qui n’est pas couvert, et pourquoi", "What is not covered, and why"), BadTitle: t.pick("Cellules à examiner, la plus défavorable d’abord", "Cells to look into, the worst first"),
		AgainTitle: t.pick("Rejouer cette cellule seule :", "Play this cell alone:"), SourceTitle: t.W.Source, TimesTitle: t.pick("Où passe le temps", "Where the time goes"),
		Legend: t.pick("Dans chaque cellule : le verdict, la reprise constatée depuis la panne, les écritures acquittées perdues. Chaque cellule ouvre sa chronologie.",
			"In each cell: the verdict, the recovery time measured from the fault on, the acknowledged writes lost. Each cell opens its timeline.")}
	p.Title = p.Verdict.Word + " · " + m.Name
	p.Line = t.matrixLine(m.Verdict)
	p.Coverage = t.coverage(m)
	for _, r := range m.Reasons {
		p.Reasons = append(p.Reasons, t.text(r))
	}
	for _, f := range m.Faults {
		p.Faults = append(p.Faults, t.capital(t.text(f.Title)))
	}
	t.rows(m, &p)
	for i, id := range m.Worst {
		c := m.cell(id)
		v := t.cell(c)
		if i == 0 {
			p.WorstHref = c.Report
			p.Worst = t.pick("Cellule la plus défavorable : %s.", "Worst cell: %s.", joinParts(t.text(c.Name), v.Verdict.Word, v.Recovery, v.Loss))
		}
		if c.Verdict == analysis.Pass {
			continue
		}
		bad := matrixBad{Verdict: v.Verdict, Mark: v.Mark, Name: t.text(c.Name), Command: c.Command, Href: c.Report, Measures: joinParts(v.Recovery, v.Loss)}
		for _, r := range c.Reasons {
			bad.Reasons = append(bad.Reasons, t.text(r))
		}
		p.Bad = append(p.Bad, bad)
	}
	p.Left = t.leftOut(m)
	t.shares(m, &p)
	return p
}

func (t tongue) matrixLine(v analysis.Verdict) string {
	switch known(v) {
	case analysis.Pass:
		return t.pick("Le service a tenu ses objectifs à chaque étape du déploiement, pour chaque panne jouée.", "The service held its targets at every step of the deployment, for every fault played.")
	case analysis.Fail:
		return t.pick("À une étape au moins, le service n’a pas tenu ses objectifs.", "At one step at least, the service did not hold its targets.")
	}
	return t.pick("Une cellule au moins n’a pas pu être jugée : rien n’est démontré pour elle.", "One cell at least could not be judged: nothing is proved for it.")
}

// coverage is what was played of what could be.
func (t tongue) coverage(m Matrix) string {
	c := m.Coverage
	return t.pick("%s sur %s demandées, sur %s possibles (toutes les étapes de ce déploiement, toutes les pannes du catalogue) : %s, %s.",
		"%s of %s asked for, of %s possible (every step of this deployment, every fault of the catalogue): %s, %s.",
		t.count(c.Played, t.pick("cellule jouée", "cell played"), t.pick("cellules jouées", "cells played")), t.number(c.Chosen), t.number(c.Possible),
		t.count(len(m.Moments), t.pick("moment", "moment"), t.pick("moments", "moments")), t.count(len(m.Faults), t.pick("panne", "fault"), t.pick("pannes", "faults")))
}

// rows lays the cells out, the moments of a phase together.
func (t tongue) rows(m Matrix, p *matrixPage) {
	for _, mo := range m.Moments {
		title := t.capital(t.text(mo.Of))
		if n := len(p.Groups); n == 0 || p.Groups[n-1].Title != title {
			p.Groups = append(p.Groups, matrixGroup{Title: title})
		}
		r := matrixRow{Side: t.capital(t.text(mo.Side)), Title: t.capital(t.text(mo.Title))}
		if mo.Same.FR != "" {
			r.Same = t.pick("c’est aussi %s", "that is %s, too", t.text(mo.Same))
		}
		for i, f := range m.Faults {
			v := matrixView{Verdict: verdict{Class: "skipped", Word: t.pick("hors balayage", "not in this sweep")}, Mark: "–"}
			if c, ok := m.at(mo.ID, f.ID); ok {
				v = t.cell(c)
				v.Worst = len(m.Worst) > 0 && c.ID == m.Worst[0]
			}
			v.Fault = p.Faults[i]
			r.Cells = append(r.Cells, v)
		}
		g := &p.Groups[len(p.Groups)-1]
		g.Rows = append(g.Rows, r)
	}
}

func (t tongue) cell(c MatrixCell) matrixView {
	if c.Verdict == "" {
		return matrixView{Verdict: verdict{Class: "skipped", Word: t.notPlayed()}, Mark: "–", Key: c.Key}
	}
	v := matrixView{Verdict: t.sign(c.Verdict), Mark: mark(c.Verdict), Href: c.Report, Key: c.Key}
	switch {
	case !c.Interrupted:
		v.Recovery = t.W.NotInterrupted
	case !c.Recovered:
		v.Recovery = t.W.NotRecovered
	default:
		value, plusMinus := t.measured(c.Recovery, c.Error)
		v.Recovery = strings.TrimSpace(value + " " + plusMinus)
	}
	switch {
	case !c.LossKnown:
		v.Loss = t.pick("perte non mesurée", "loss not measured")
	case c.Lost == 0:
		v.Loss = t.pick("aucune perte", "nothing lost")
	default:
		v.Loss = t.count(c.Lost, t.pick("écriture perdue", "write lost"), t.pick("écritures perdues", "writes lost"))
	}
	return v
}

// leftOut tells what is not covered; faults by the names of the catalogue.
func (t tongue) leftOut(m Matrix) []matrixLeft {
	var out []matrixLeft
	for _, l := range m.Coverage.LeftOut {
		what := append(append([]string{}, l.Faults...), l.Points...)
		out = append(out, matrixLeft{Why: t.capital(t.text(l.Why)), What: strings.Join(what, ", "),
			Count: t.count(l.Cells, t.pick("cellule", "cell"), t.pick("cellules", "cells"))})
	}
	return out
}

// shares tells where the time of the cells went, and how much of it is the
// harness's own.
func (t tongue) shares(m Matrix, p *matrixPage) {
	total := m.Times.Total()
	if total <= 0 || m.Counts.Total == 0 {
		return
	}
	p.Share = t.pick("Part du banc d’essai dans la durée des cellules (montée, état stable, relecture, démontage) : %s ; une cellule dure %s en moyenne.",
		"The harness's own share of the cells' time (raising, steady state, reading back, removing): %s; a cell takes %s on average.",
		t.percent(m.Share), t.span(total/time.Duration(m.Counts.Total)))
	for _, part := range []struct {
		fr, en string
		of     time.Duration
	}{
		{"montée de la plateforme", "raising the stage", m.Times.Raise},
		{"état stable avant le déploiement", "steady state before the deployment", m.Times.Baseline},
		{"exercice : déploiement, panne, bascule, retour au calme", "exercise: deployment, fault, failover, settling", m.Times.Exercise},
		{"relecture des données", "reading data back", m.Times.ReadBack},
		{"démontage", "removing the stage", m.Times.Down},
	} {
		p.Times = append(p.Times, pair{Name: t.capital(t.pick(part.fr, part.en)),
			Value: t.span(part.of/time.Duration(m.Counts.Total)) + " (" + t.share(float64(part.of)/float64(total)) + ")"})
	}
}
