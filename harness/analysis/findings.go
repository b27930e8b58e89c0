package analysis

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"bascule/harness/history"
)

// How much a finding matters.
const (
	serious = "serious"
	minor   = "minor"
	info    = "info"
)

// findings lists what a reader must know although no sentence asked for it, the
// serious first.
func (j *judge) findings() []Finding {
	out := slices.Concat(j.conductFindings(), j.dataFindings(), j.targetFindings(), j.causeFindings(), j.dependencyFindings(), j.nameFindings(), j.noteFindings(), j.probeFindings(), j.infraFindings(), j.lossFindings(), j.vitalsFindings(), j.driftFindings(), j.configurationFindings())
	slices.SortStableFunc(out, bySeverity)
	if out == nil {
		out = []Finding{}
	}
	return out
}

func bySeverity(a, b Finding) int {
	rank := map[string]int{serious: 0, minor: 1, info: 2}
	return cmp.Compare(rank[a.Severity], rank[b.Severity])
}

func (j *judge) conductFindings() (out []Finding) {
	if len(j.split) > 0 {
		out = append(out, Finding{Severity: serious, Code: "split-brain", Text: capital(j.splitText())})
	}
	for _, t := range j.runbookFailures() {
		out = append(out, Finding{Severity: serious, Code: "runbook-failed", Text: t})
	}
	for _, d := range j.decisions {
		if d.missed {
			out = append(out, Finding{Severity: serious, Code: "decision-missed", Text: say("Personne n'a décidé avant l'échéance (%s : la décision revenait à « %s »)",
				"Nobody decided before the deadline (%s, expected of “%s”)", decisionName(d.kind), d.owner)})
		}
	}
	for _, d := range j.deploys {
		if d.ended && d.outcome == "failed" {
			out = append(out, Finding{Severity: minor, Code: "deployment-failed", Text: because(say("Le déploiement de %s a échoué", "The deployment of %s failed", d.release), d.err)})
		}
	}
	for _, d := range j.rollbacks {
		if d.ended && d.outcome == "failed" {
			out = append(out, Finding{Severity: serious, Code: "rollback-failed", Text: because(say("Le retour vers %s a échoué", "The rollback to %s failed", d.release), d.err)})
		}
	}
	return out
}

func decisionName(kind string) history.Text {
	switch kind {
	case "stop":
		return say("arrêt du déploiement", "stop of the deployment")
	case "failover":
		return say("bascule", "failover")
	case "failback":
		return say("bascule retour", "failback")
	case "rollback":
		return say("retour arrière", "rollback")
	}
	return history.Same(kind)
}

func (j *judge) dataFindings() (out []Finding) {
	asked := map[history.Expect]bool{}
	for _, e := range j.h.Header.Expect {
		asked[e.Kind] = true
	}
	for _, f := range j.functions {
		l := f.Loss
		if l.Disagree {
			out = append(out, Finding{Severity: serious, Code: "store-disagrees", Text: say("Fonction « %s » : le service et sa base ne disent pas la même chose des écritures ; la base fait foi",
				"Function “%s”: the service and its store do not tell the same of the writes; the store is believed", f.Name)})
		}
		if l.Resurrected > 0 {
			out = append(out, Finding{Severity: serious, Code: "resurrected", Text: say("Fonction « %s » : présence en base de %s", "Function “%s”: the store holds %s", f.Name,
				some(l.Resurrected, "écriture pourtant refusée au client", "écritures pourtant refusées au client", "write that the client was told was refused", "writes that the client was told were refused"))})
		}
		if l.Lost > 0 && !asked[history.ExpectNothingLost] && !asked[history.ExpectLossAtMost] {
			out = append(out, Finding{Severity: serious, Code: "lost", Text: say("Fonction « %s » : %s sur une période de %s, et aucune phrase du scénario n'en parle",
				"Function “%s”: %s, a span of %s, and no sentence of the scenario speaks of it", f.Name, lostWrites(l.Lost), span(l.Span))})
		}
		if l.Duplicated > 0 && !asked[history.ExpectNothingTwice] {
			out = append(out, Finding{Severity: serious, Code: "duplicated", Text: say("Fonction « %s » : %s", "Function “%s”: %s", f.Name, twice(l.Duplicated))})
		}
	}
	for _, e := range j.of(history.ReadbackDone) {
		if err := e.Attrs["err"]; err != "" {
			out = append(out, Finding{Severity: minor, Code: "readback-failed", Text: because(say("La relecture de « %s » a échoué", "The read-back of “%s” failed", e.Subject), err)})
		}
		if n, err := strconv.Atoi(e.Attrs["unknown_rows"]); err == nil && n > 0 {
			out = append(out, Finding{Severity: info, Code: "foreign-rows", Text: say("« %s » contient %s", "“%s” holds %s", e.Subject,
				some(n, "ligne que la charge n'a jamais envoyée", "lignes que la charge n'a jamais envoyées", "row that the load never sent", "rows that the load never sent"))})
		}
	}
	return out
}

// targetFindings compares what was measured with the functions' own targets.
func (j *judge) targetFindings() (out []Finding) {
	for fn, f := range j.functions {
		for _, r := range j.recoveries[fn] {
			if !r.Interrupted || j.ofProbe(r.Fault) {
				continue
			}
			took := r.FirstAt - r.FaultAt
			if !r.Recovered {
				took = r.lastSeen - r.FaultAt
			}
			switch {
			case f.MTPD > 0 && took > f.MTPD:
				out = append(out, Finding{Severity: serious, Code: "mtpd-exceeded", Text: say("Fonction « %s » : arrêtée pendant %s, au-delà de la DMIA de %s",
					"Function “%s”: down for %s, beyond the maximum tolerable %s", f.Name, span(took), span(f.MTPD))})
			case f.RTO > 0 && took > f.RTO && !r.Recovered:
				out = append(out, Finding{Severity: serious, Code: "rto-exceeded", Text: say("Fonction « %s » : pas rétablie %s après la panne, objectif %s",
					"Function “%s”: not restored %s after the fault, target %s", f.Name, span(took), span(f.RTO))})
			case f.RTO > 0 && took > f.RTO:
				out = append(out, Finding{Severity: serious, Code: "rto-exceeded", Text: say("Fonction « %s » : rétablie en %s, objectif %s",
					"Function “%s”: restored in %s, target %s", f.Name, span(took), span(f.RTO))})
			}
			if r.DetectedAt == 0 && took > j.watches[fn].stability { // shorter ones are over before anybody could act
				out = append(out, Finding{Severity: minor, Code: "not-detected", Text: say("Fonction « %s » : la supervision n'a rien signalé avant le retour du service (panne « %s »)",
					"Function “%s”: the monitoring raised no alarm before service was back (fault “%s”)", f.Name, r.title)})
			}
			switch n := len(r.later); {
			case n == 1:
				out = append(out, Finding{Severity: minor, Code: "interrupted-again", Text: say("Fonction « %s » : interrompue de nouveau %s après la panne « %s »",
					"Function “%s”: interrupted again %s after fault “%s”", f.Name, span(r.later[0].beganAt-r.FaultAt), r.title)})
			case n > 1:
				out = append(out, Finding{Severity: minor, Code: "interrupted-again", Text: say("Fonction « %s » : interrompue de nouveau %s après la panne « %s », la première fois au bout de %s",
					"Function “%s”: interrupted again %s after fault “%s”, the first time %s after it", f.Name, times(n), r.title, span(r.later[0].beganAt-r.FaultAt))})
			}
		}
		if f.RPOSet && f.Loss.Lost > 0 && f.Loss.Span > f.RPO {
			out = append(out, Finding{Severity: serious, Code: "rpo-exceeded", Text: say("Fonction « %s » : perte de %s, objectif %s", "Function “%s”: loss of %s, target %s", f.Name, span(f.Loss.Span), span(f.RPO))})
		}
	}
	return out
}

// ofFabric tells whether an address is one that the harness's own network gives
// to links and members; no application knows them but by name.
func ofFabric(addr string) bool {
	a, err := netip.ParseAddr(addr)
	return err == nil && netip.PrefixFrom(netip.AddrFrom4([4]byte{198, 18, 0, 0}), 15).Contains(a)
}

// toldErrors are the errors that findings of their own tell.
func (f *facts) toldErrors() (out []string) {
	for _, b := range f.runbooks {
		if b.ended && b.outcome != "done" && b.err != "" {
			out = append(out, b.err)
		}
	}
	for _, d := range slices.Concat(f.deploys, f.rollbacks) {
		if d.ended && d.outcome == "failed" && d.err != "" {
			out = append(out, d.err)
		}
	}
	return out
}

func (j *judge) noteFindings() (out []Finding) {
	told := j.toldErrors()
	for _, e := range j.of(history.Note) {
		if e.Attrs["line"] != "" && slices.ContainsFunc(told, func(err string) bool { return strings.HasSuffix(e.Attrs["text_en"], ": "+err) }) {
			continue // the step of the scenario failed of what another finding tells
		}
		out = append(out, Finding{Severity: info, Code: "note", Text: both(e, "text")})
	}
	if j.h.Truncated {
		out = append(out, Finding{Severity: minor, Code: "truncated", Text: say("La dernière ligne de l'enregistrement est incomplète", "The last line of the record is torn")})
	}
	return out
}
