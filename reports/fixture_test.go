package reports

import (
	"fmt"
	"math"
	"strings"
	"time"

	"bascule/harness/analysis"
	"bascule/harness/history"
)

const second = time.Second

func at(seconds float64) time.Duration { return time.Duration(seconds * float64(time.Second)) }

func text(fr, en string) history.Text { return history.Text{FR: fr, EN: en} }

// sampleRun is a night of three scenarios: one passes, one fails, one proves
// nothing.
func sampleRun() (Run, []analysis.Result) {
	run := Run{ID: "2026-11-22T21-04-10Z-7f3a", Version: "0.1.0", Seed: 424242, Started: time.Date(2026, 11, 22, 21, 4, 10, 0, time.UTC),
		Duration: 5*time.Minute + 48*time.Second, Command: "bascule run features/nightly --seed 424242",
		Engine: "Docker Engine 20.10.24, API 1.41, Linux 6.18.5"}
	return run, []analysis.Result{migrationPasses(), siteLostFails(), slowLinkInconclusive()}
}

func sampleModel() Model { return Build(sampleRun()) }

const migrationSource = `  Scénario: La base primaire tombe pendant la migration du schéma
    Étant donné que le site nominal "Paris" est actif et que le site de secours "Lyon" est en veille
    Et que la version "1.4.0" est en production sur les deux sites
    Quand le déploiement de la version "1.5.0" démarre
    Et que la base primaire tombe pendant la migration du schéma
    Et qu'on bascule sur le site de secours en suivant la procédure "PRA-07"
    Alors la fonction "Commandes" est rétablie en moins de 30 secondes
    Et aucune opération acquittée n'est perdue
    Et aucune opération n'est passée en double
    Et un seul site est actif à tout instant
`

func header(id, name, feature, lang string) history.Header {
	h := history.Header{Format: history.Format, Run: "2026-11-22T21-04-10Z-7f3a", Scenario: id, Name: name, Feature: feature, Line: 7,
		Language: lang, SHA256: strings.Repeat("9c1f04ab", 8), Stage: "orders", StageName: text("Prise de commandes", "Order taking"),
		Live: "1.4.0", Target: "1.5.0", Started: time.Date(2026, 11, 22, 21, 4, 31, 0, time.UTC), Seed: 424242, Prefix: "b7f3a1",
		Stability: 2 * second, Sites: []history.Site{{ID: "paris", Title: "Paris", Role: "primary"}, {ID: "lyon", Title: "Lyon", Role: "standby"}},
		Functions: []history.Function{function()}, NotRun: []string{"paris/gateway: ports", "lyon/gateway: ports"}}
	for _, site := range []string{"paris", "lyon"} {
		h.Services = append(h.Services, history.Service{Site: site, Name: "gateway", Instance: 1, Entry: true},
			history.Service{Site: site, Name: "orders", Instance: 1}, history.Service{Site: site, Name: "orders", Instance: 2},
			history.Service{Site: site, Name: "stock", Instance: 1}, history.Service{Site: site, Name: "db", Instance: 1, Store: true})
		for _, l := range [][2]string{{"gateway", "orders"}, {"orders", "stock"}, {"orders", "db"}} {
			h.Links = append(h.Links, history.Link{From: site + "/" + l[0], To: site + "/" + l[1]})
		}
	}
	h.Links = append(h.Links, history.Link{From: "lyon/db", To: "paris/db"}, history.Link{From: "paris/db", To: "lyon/db"})
	return h
}

func function() history.Function {
	return history.Function{ID: "orders", Name: text("Commandes", "Orders"), Owner: text("direction commerciale", "head of sales"),
		Services: []string{"gateway", "orders", "stock", "db"}, RTO: 30 * second, RPOSet: true, MTPD: 10 * time.Minute, Rate: 100}
}

// series makes buckets of half a second at 100 op/s, with outages in which
// operations are rejected, or left without an answer at their start.
func series(from, to float64, outages ...[2]float64) []analysis.Bucket {
	var out []analysis.Bucket
	for s := from; s < to; s += 0.5 {
		wave := 1 + 0.35*math.Sin(s*1.7) + 0.2*math.Sin(s*5.3)
		b := analysis.Bucket{At: at(s), Acked: 50, P50: time.Duration(2.1e6 * wave), P95: time.Duration(5.5e6 * wave), P99: time.Duration(11e6 * wave * wave)}
		for _, o := range outages {
			switch {
			case s < o[0]-0.4 || s >= o[1]:
			case s < o[0]+2:
				b = analysis.Bucket{At: at(s), Acked: 6, Unknown: 44, P50: at(0.02), P95: at(1.1), P99: at(1.9)}
			case s+0.5 > o[1]:
				b = analysis.Bucket{At: at(s), Acked: 24, Rejected: 26, P50: at(0.012), P95: at(0.31), P99: at(0.84)}
			default:
				b = analysis.Bucket{At: at(s), Rejected: 50}
			}
		}
		out = append(out, b)
	}
	return out
}

func span(from, to float64, kind, fr, en string) analysis.Span {
	return analysis.Span{From: at(from), To: at(to), Kind: kind, Label: text(fr, en)}
}

func pra07(start float64) (analysis.RunbookRecord, []analysis.Span) {
	rb := analysis.RunbookRecord{Subject: "PRA-07", Purpose: "failover", Version: "3", SHA256: strings.Repeat("41d2c7ee", 8),
		Title: text("Bascule de Paris vers Lyon", "Failover from Paris to Lyon"), From: at(start), To: at(start + 12.9), Outcome: "done"}
	var spans []analysis.Span
	now := start
	for _, s := range []struct {
		id, fr, en, whoFR, whoEN, action string
		took, bound                      float64
	}{{"fence", "Isoler le site de Paris", "Fence the Paris site", "astreinte réseau", "network on-call", "fence", 0.4, 10},
		{"promote", "Promouvoir la base de Lyon", "Promote the database in Lyon", "administrateur de bases", "database administrator", "exec", 3.1, 30},
		{"repoint", "Redémarrer le service de commandes", "Restart the order service", "exploitation", "operations", "restart", 6.8, 30},
		{"entry", "Diriger les clients vers Lyon", "Send clients to Lyon", "astreinte réseau", "network on-call", "switch_entry", 0.2, 10},
		{"verify", "Passer une commande de contrôle", "Place a control order", "direction commerciale", "head of sales", "verify", 2.4, 30}} {
		rb.Steps = append(rb.Steps, analysis.StepRecord{Subject: "PRA-07/" + s.id, Title: text(s.fr, s.en), Owner: text(s.whoFR, s.whoEN),
			Action: s.action, Planned: at(s.bound), From: at(now), To: at(now + s.took), Outcome: "done"})
		sp := span(now, now+s.took, "step", s.fr, s.en)
		sp.Detail = text(s.whoFR, s.whoEN)
		spans = append(spans, sp)
		now += s.took
	}
	return rb, spans
}

func checks(rateOK bool) []analysis.Check {
	rate := analysis.Check{ID: "rate", Name: text("La charge a tenu son débit", "The load kept its rate"), OK: rateOK,
		Detail: text("100 op/s prévues, 100 op/s envoyées, retard p99 de 1,8 ms", "100 op/s intended, 100 op/s sent, p99 lag 1.8 ms")}
	if !rateOK {
		rate.Detail = text("100 op/s prévues, 61 op/s envoyées", "100 op/s intended, 61 op/s sent")
	}
	return []analysis.Check{{ID: "baseline", Name: text("Le service était sain avant l’exercice", "The service was healthy beforehand"), OK: true,
		Detail: text("20 écritures et lectures réussies d’affilée", "20 writes and reads succeeded in a row")}, rate,
		{ID: "bite", Name: text("Chaque panne a produit son effet", "Every fault bit"), OK: true, Detail: text("f1 : connexion refusée par paris/db", "f1: connection refused by paris/db")},
		{ID: "cleanup", Name: text("Il ne reste rien de la plateforme", "Nothing is left of the stage"), OK: true, Detail: text("0 objet", "0 objects")}}
}

func judgedAs(kind history.Expect, v analysis.Verdict, sentence, fr, en string) analysis.Judged {
	return analysis.Judged{Expectation: history.Expectation{Kind: kind, Text: sentence, Line: 14}, Verdict: v, Measured: text(fr, en)}
}

// migrationPasses is the main job: the database dies while the schema migrates,
// the standby takes over in 18 s, nothing is lost.
func migrationPasses() analysis.Result {
	h := header("base-pendant-migration", "La base primaire tombe pendant la migration du schéma", "features/nightly/base-pendant-migration.feature", "fr")
	h.Source = migrationSource
	rb, steps := pra07(27.3)
	r := analysis.Result{Header: h, Verdict: analysis.Pass, Preconditions: checks(true), Duration: at(72.4), Complete: true, BucketWidth: at(0.5),
		Series: series(9, 64, [2]float64{22.4, 40.62})}
	loss := analysis.Loss{Known: true, Acked: 3012, UnknownIn: 3, UnknownOut: 141, Sources: []string{"service orders", "store orders-db"}}
	r.Functions = []analysis.Function{{Function: function(), Loss: loss, Availability: 66.84,
		Recoveries: []analysis.Recovery{{Fault: "f1", Interrupted: true, Recovered: true, FaultAt: at(22.4), DetectedAt: at(25.1), DecidedAt: at(27.3),
			ActedAt: at(37.8), FirstAt: at(40.624), StableAt: at(42.63), Time: at(18.224), Error: at(0.018)}},
		Interruptions: []analysis.Interruption{{From: at(22.4), To: at(40.62), Failed: 1823}}}}
	r.Ledger = analysis.Ledger{Intended: 5500, Acked: 3677, Rejected: 1612, Unknown: 211, Writes: 4396, Reads: 1104, Loss: loss}
	r.Expectations = []analysis.Judged{
		judgedAs(history.ExpectRestored, analysis.Pass, `la fonction "Commandes" est rétablie en moins de 30 secondes`, "18,22 s ± 0,02 s", "18.22 s ± 0.02 s"),
		judgedAs(history.ExpectNothingLost, analysis.Pass, "aucune opération acquittée n'est perdue", "0 perdue sur 3 012", "0 lost of 3,012"),
		judgedAs(history.ExpectNothingTwice, analysis.Pass, "aucune opération n'est passée en double", "0 en double", "0 twice"),
		judgedAs(history.ExpectOneActive, analysis.Pass, "un seul site est actif à tout instant", "jamais deux sites à la fois", "never two sites at once")}
	r.Findings = []analysis.Finding{{Severity: "minor", Code: "undeclared-flow",
		Text: text("Le service « stock » de Lyon a cherché le nom « audit », que rien ne déclare : 3 fois.", "Service \"stock\" in Lyon looked up \"audit\", which nothing declares: 3 times.")}}
	r.Record = analysis.Record{Faults: []analysis.FaultRecord{{Subject: "f1", Fault: "crash", Target: "paris/db",
		Title: text("La base primaire tombe", "The primary database fails"), InjectedAt: at(22.4), BitAt: at(22.6), RecoveredAt: at(66.2),
		Proof: text("connexion refusée par paris/db", "connection refused by paris/db"),
		Canary: &analysis.Canary{
			Before: &analysis.CanaryStretch{What: text("PostgreSQL de paris/orders/1 à paris/db/1", "PostgreSQL from paris/orders/1 to paris/db/1"), Sent: 12, OK: 12, Median: 2 * time.Millisecond},
			During: &analysis.CanaryStretch{What: text("PostgreSQL de paris/orders/1 à paris/db/1", "PostgreSQL from paris/orders/1 to paris/db/1"), Sent: 430, Err: "refused"},
			After:  &analysis.CanaryStretch{What: text("PostgreSQL de paris/orders/1 à paris/db/1", "PostgreSQL from paris/orders/1 to paris/db/1"), Sent: 6, OK: 5, Median: 2 * time.Millisecond, Err: "refused"},
		}}},
		Decisions: []analysis.DecisionRecord{{Subject: "d1", Decision: "failover", Owner: text("directeur de crise", "crisis director"),
			Deputy: text("astreinte N2", "N2 on-call"), By: text("directeur de crise", "crisis director"), Role: "owner", Simulated: true,
			Deadline: 15 * time.Minute, RequestedAt: at(25.1), MadeAt: at(27.3)}},
		Runbooks: []analysis.RunbookRecord{rb}}
	failed := span(19.2, 24.9, "phase", "migration", "migrate")
	failed.Bad = true
	r.Timeline = analysis.Timeline{End: at(72.4), Lanes: []analysis.Lane{
		{ID: "deployment", Name: text("Déploiement", "Deployment"), Spans: []analysis.Span{span(18.6, 19.2, "phase", "préparation", "prepare"), failed}},
		{ID: "faults", Name: text("Pannes", "Faults"), Spans: []analysis.Span{span(22.4, 66.2, "fault", "La base primaire tombe", "The primary database fails"),
			span(22.6, 66.2, "biting", "effet constaté", "effect seen")}},
		{ID: "decisions", Name: text("Décisions", "Decisions"), Spans: []analysis.Span{span(25.1, 27.3, "decision", "bascule : directeur de crise", "failover: crisis director")}},
		{ID: "runbook", Name: text("Procédure", "Runbook"), Spans: steps},
		{ID: "site:paris", Name: text("Site de Paris", "Paris site"), Spans: []analysis.Span{span(6, 27.7, "active", "actif", "active"),
			span(27.7, 66.5, "fenced", "isolé", "fenced"), span(6, 22.4, "writable", "accepte les écritures", "accepts writes")}},
		{ID: "site:lyon", Name: text("Site de Lyon", "Lyon site"), Spans: []analysis.Span{span(6, 37.8, "standby", "en veille", "standby"),
			span(37.8, 72.4, "active", "actif", "active"), span(30.9, 72.4, "writable", "accepte les écritures", "accepts writes")}},
		{ID: "service:orders", Name: text("Fonction « Commandes »", "Function \"Orders\""), Spans: []analysis.Span{span(22.4, 40.62, "outage", "interruption", "outage")}}}}
	r.Phases = []analysis.PhaseStats{
		{Phase: "before", From: at(9), To: at(18.6), Intended: 960, Acked: 960, Availability: 100, P50: at(.0021), P95: at(.0056), P99: at(.0112), Max: at(.0193), Rate: 100},
		{Phase: "deploying", From: at(18.6), To: at(22.4), Intended: 380, Acked: 380, Availability: 100, P50: at(.0024), P95: at(.0071), P99: at(.0149), Max: at(.0302), Rate: 100},
		{Phase: "failing", From: at(22.4), To: at(40.624), Intended: 1823, Acked: 0, Availability: 0, Rate: 100},
		{Phase: "recovered", From: at(40.624), To: at(64), Intended: 2337, Acked: 2337, Availability: 100, P50: at(.0019), P95: at(.0052), P99: at(.0108), Max: at(.0271), Rate: 100},
		{Phase: "all", From: at(9), To: at(64), Intended: 5500, Acked: 3677, Availability: 66.84, P50: at(.0021), P95: at(.0061), P99: at(1.21), Max: at(2), Rate: 100}}
	return r
}

// siteLostFails: the site is lost while instances are replaced, replication is
// asynchronous, and the runbook breaks at the promotion.
func siteLostFails() analysis.Result {
	r := migrationPasses()
	h := header("site-lost", "The primary site is lost while instances are being replaced", "features/nightly/site-lost.feature", "en")
	h.Source, h.Stage, h.StageName = strings.Replace(migrationSource, "Scénario", "Scenario", 1), "orders/async", text("Prise de commandes, réplication asynchrone", "Order taking, asynchronous replication")
	r.Header, r.Verdict = h, analysis.Fail
	r.Reasons = []history.Text{text("La procédure PRA-07 a échoué à l’étape « Promouvoir la base de Lyon » : the server is not a standby.",
		"Runbook PRA-07 failed at step \"Promote the database in Lyon\": the server is not a standby."),
		text("Fonction « Commandes » non rétablie, attendu 30 s.", "Function \"Orders\" was not restored; 30 s was expected."),
		text("12 écritures acquittées sont perdues.", "12 acknowledged writes are lost.")}
	r.Series = series(9, 64, [2]float64{31.2, 99})
	loss := analysis.Loss{Known: true, Acked: 1790, Lost: 12, Duplicated: 1, Resurrected: 2, UnknownIn: 1, UnknownOut: 160, Span: at(0.31),
		ByPhase: map[string]int{"deploying": 12}, Examples: []uint64{2204, 2205, 2207, 2209}, Sources: []string{"store orders-db"}, Disagree: true}
	r.Functions = []analysis.Function{{Function: function(), Loss: loss, Availability: 40.36,
		Recoveries:    []analysis.Recovery{{Fault: "f1", Interrupted: true, FaultAt: at(31.2), DetectedAt: at(33.9), DecidedAt: at(36.1), ActedAt: at(36.5)}},
		Interruptions: []analysis.Interruption{{From: at(31.2), To: at(64), Failed: 3280, Open: true}}}}
	r.Ledger.Loss = loss
	r.Expectations = []analysis.Judged{
		judgedAs(history.ExpectRestored, analysis.Fail, `function "Orders" is restored within 30 seconds`, "non rétablie", "not restored"),
		judgedAs(history.ExpectNothingLost, analysis.Fail, "no acknowledged operation is lost", "12 perdues", "12 lost"),
		judgedAs(history.ExpectNothingTwice, analysis.Fail, "no operation is applied twice", "1 en double", "1 twice"),
		judgedAs(history.ExpectOneActive, analysis.Pass, "only one site is active at any time", "jamais deux", "never two")}
	r.Expectations[0].Reason = text("La charge s’est arrêtée avant le retour du service.", "The load stopped before the service came back.")
	r.Findings = []analysis.Finding{{Severity: "serious", Code: "resurrected", Text: text("2 écritures refusées sont présentes.", "2 rejected writes are present.")}}
	rb := &r.Record.Runbooks[0]
	rb.From, rb.To, rb.Outcome, rb.Err = at(36.1), at(40), "failed", `runbook PRA-07, step "Promote the database in Lyon": exit code 1`
	for i := range rb.Steps {
		s := &rb.Steps[i]
		s.From, s.To = s.From+at(8.8), s.To+at(8.8)
		switch {
		case i == 1:
			s.Outcome, s.Err = "failed", "exit code 1: pg_ctl: cannot promote server; server is not in standby mode"
		case i > 1:
			s.Outcome, s.To = "skipped", s.From
		}
	}
	r.Record.Faults[0] = analysis.FaultRecord{Subject: "f1", Fault: "site-lost", Target: "paris", Title: text("Le site nominal est perdu", "The primary site is lost"),
		InjectedAt: at(31.2), BitAt: at(31.3), Proof: text("plus aucune réponse de paris", "no more answers from paris")}
	bad := span(36.5, 40, "step", "Promouvoir la base de Lyon", "Promote the database in Lyon")
	bad.Bad = true
	l := r.Timeline.Lanes
	l[0].Spans = []analysis.Span{span(18.6, 19.2, "phase", "préparation", "prepare"), span(19.2, 24.5, "phase", "migration", "migrate"),
		span(24.5, 28.8, "phase", "remplacement orders 1/2", "replace orders 1/2"), span(28.8, 31.9, "phase", "remplacement orders 2/2", "replace orders 2/2")}
	l[0].Spans[3].Bad = true
	l[1].Spans = []analysis.Span{span(31.2, 72.4, "fault", "Le site nominal est perdu", "The primary site is lost")}
	l[2].Spans = []analysis.Span{span(33.9, 36.1, "decision", "bascule : directeur de crise", "failover: crisis director")}
	l[3].Spans = []analysis.Span{span(36.1, 36.5, "step", "Isoler le site de Paris", "Fence the Paris site"), bad}
	l[4].Spans = []analysis.Span{span(6, 31.2, "active", "actif", "active"), span(31.2, 72.4, "lost", "perdu", "lost")}
	l[5].Spans = []analysis.Span{span(6, 72.4, "standby", "en veille", "standby")}
	l[6].Spans = []analysis.Span{span(31.2, 64, "outage", "interruption", "outage")}
	return r
}

// slowLinkInconclusive: the load did not reach its rate, and a link fault hit
// the path to the database.
func slowLinkInconclusive() analysis.Result {
	r := migrationPasses()
	h := header("lien-lent", "Le lien vers la base devient lent pendant le déploiement", "features/nightly/lien-lent.feature", "fr")
	h.Source = migrationSource
	r.Header, r.Verdict, r.Preconditions = h, analysis.Inconclusive, checks(false)
	r.Reasons = []history.Text{text("La charge n’a pas tenu son débit : 61 op/s envoyées, 100 op/s prévues.", "The load did not keep its rate: 61 op/s sent, 100 op/s intended.")}
	r.Series = series(9, 64)
	for i := range r.Series {
		if b := &r.Series[i]; b.At > at(28) && b.At < at(49) {
			b.Acked, b.Unknown, b.P50, b.P95, b.P99 = 27, 4, b.P50+at(.21), b.P95+at(.42), b.P99+at(.9)
		}
	}
	f := analysis.Function{Function: function(), Availability: 93.2, Recoveries: []analysis.Recovery{{Fault: "f1", FaultAt: at(28)}}}
	r.Functions, r.Ledger.Loss, r.Findings = []analysis.Function{f}, analysis.Loss{}, nil
	r.Expectations = []analysis.Judged{judgedAs(history.ExpectStopped, analysis.Inconclusive,
		`le "responsable de mise en production" prononce l'arrêt du déploiement dans les 15 minutes`, "non mesuré", "not measured")}
	r.Record.Runbooks = nil
	r.Record.Faults = []analysis.FaultRecord{{Subject: "f1", Fault: "latency", Target: "paris/orders -> paris/db", Params: "latency 200ms ± 50ms",
		Title: text("Le lien vers la base devient lent", "The link to the database turns slow"), InjectedAt: at(28), BitAt: at(28.2), RecoveredAt: at(49)}}
	r.Record.Decisions[0].Decision, r.Record.Decisions[0].Missed, r.Record.Decisions[0].MadeAt = "stop", true, 0
	l := r.Timeline.Lanes
	l[1].Spans = []analysis.Span{span(28, 49, "fault", "Le lien vers la base devient lent", "The link to the database turns slow")}
	l[2].Spans = []analysis.Span{span(30, 30, "decision", "arrêt demandé", "stop requested")}
	l[4].Spans = []analysis.Span{span(6, 72.4, "active", "actif", "active")}
	l[5].Spans = []analysis.Span{span(6, 72.4, "standby", "en veille", "standby")}
	r.Timeline.Lanes = []analysis.Lane{l[0], l[1], l[2], l[4], l[5], {ID: "service:orders", Name: l[6].Name}}
	return r
}

// long is an hour at 100 op/s with forty phases of half a second and an outage
// of a few seconds: everything interesting is narrow.
func long() analysis.Result {
	r := migrationPasses()
	r.Duration, r.Timeline.End = time.Hour, time.Hour
	r.Series = series(5, 3590, [2]float64{1800, 1803})
	r.Functions[0].Recoveries = []analysis.Recovery{{Fault: "f1", Interrupted: true, Recovered: true, FaultAt: at(1800), FirstAt: at(1803), StableAt: at(1805), Time: at(3), Error: at(.01)}}
	r.Functions[0].Interruptions = []analysis.Interruption{{From: at(1800), To: at(1803), Failed: 300}}
	r.Record.Faults[0].InjectedAt = at(1800)
	r.Record.Runbooks = nil
	var spans []analysis.Span
	for i := range 40 {
		spans = append(spans, span(1790+float64(i)/2, 1790.5+float64(i)/2, "phase", fmt.Sprintf("remplacement orders %d/40", i+1), fmt.Sprintf("replace orders %d/40", i+1)))
	}
	r.Timeline.Lanes[0].Spans = spans
	return r
}
