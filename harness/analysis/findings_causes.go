package analysis

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"bascule/harness/history"
)

// causeFindings tells what the run shows of why a function was down, or wrong:
// verdicts say that it was not back in time; these say what was in the way.
func (j *judge) causeFindings() (out []Finding) {
	for fn, f := range j.functions {
		out = slices.Concat(out, j.staleReads(fn, f), j.notBackFindings(fn, f), j.flapping(fn, f), j.brokenByDeployment(fn, f))
	}
	return slices.Concat(out, j.needsLostSite())
}

// staleReads: reads ask for rows that were acknowledged. One that was not found
// although the store has it was answered by somebody who does not know it.
func (j *judge) staleReads(fn int, f Function) []Finding {
	w := j.watches[fn]
	n := 0
	for k := range w.len() {
		if i := w.i(k); w.ops.Kind(i) == history.Read && notFound(w.ops.At(i).Status) {
			n++
		}
	}
	if n == 0 || !f.Loss.Known || f.Loss.Lost > 0 {
		return nil // of rows that are lost, it is the loss that counts
	}
	return []Finding{{Severity: serious, Code: "stale-reads", Text: say("Fonction « %s » : %s, alors que rien n'est perdu : une copie en retard répond",
		"Function “%s”: %s, although nothing is lost: a copy that is behind answers", f.Name,
		some(n, "lecture n'a pas trouvé une écriture acquittée", "lectures n'ont pas trouvé une écriture acquittée", "read did not find an acknowledged write", "reads did not find an acknowledged write"))}}
}

func notFound(status uint16) bool { return status == 404 || status == 410 }

// notBackFindings tells what had been done, to no effect, of a function that
// stayed down: the fault was repaired, or every step of a runbook said done. What
// was back and went again is no failure of either.
func (j *judge) notBackFindings(fn int, f Function) (out []Finding) {
	w := j.watches[fn]
	for i, r := range j.recoveries[fn] {
		last := append([]recovery{r}, r.later...)[len(r.later)]
		x := j.injected()[i]
		if !last.Interrupted || last.Recovered || x.probe != "" { // how a probe's own loss is borne stands in its table
			continue
		}
		if x.undone && last.beganAt <= x.undoneAt && w.end()-x.undoneAt > w.stability {
			out = append(out, Finding{Severity: serious, Code: "repaired-not-back", Text: say("Fonction « %s » : la panne « %s » est réparée depuis %s, et le service n'est pas revenu",
				"Function “%s”: fault “%s” has been repaired for %s, and service is not back", f.Name, x.title, span(w.end()-x.undoneAt))})
		}
		for _, b := range j.runbooks {
			if b.start >= x.injecting && b.ended && b.outcome == "done" && b.purpose != "procedure" && last.beganAt <= b.end && w.end()-b.end > w.stability {
				out = append(out, Finding{Severity: serious, Code: "runbook-without-effect", Text: say("Fonction « %s » : chaque étape de la procédure %s s'est dite faite, et %s plus tard le service n'est pas revenu",
					"Function “%s”: every step of runbook %s said that it was done, and %s later service is not back", f.Name, b.id, span(w.end()-b.end))})
			}
		}
	}
	return out
}

// flapping tells of a service that came back several times before it stayed.
func (j *judge) flapping(fn int, f Function) (out []Finding) {
	for _, o := range j.watches[fn].outages {
		if o.returns >= 2 {
			out = append(out, Finding{Severity: minor, Code: "flapping", Text: say("Fonction « %s » : le service est revenu puis retombé %s au cours de l'interruption commencée %s",
				"Function “%s”: service came back and went again %s in the interruption that began %s", f.Name, times(o.returns), at(o.fromAt))})
		}
	}
	return out
}

// brokenByDeployment tells interruptions that no fault explains and that began
// in a phase of a deployment, or after one had been stopped.
func (j *judge) brokenByDeployment(fn int, f Function) (out []Finding) {
	for _, i := range f.Interruptions {
		if slices.ContainsFunc(j.faults, func(x fault) bool { return x.injecting <= i.From }) {
			continue
		}
		for _, d := range slices.Concat(j.deploys, j.rollbacks) {
			if d.ended && d.outcome == "stopped" && i.From >= d.end {
				out = append(out, Finding{Severity: serious, Code: "deployment-goes-on", Text: say("Fonction « %s » : interrompue pendant %s, %s après l'arrêt du déploiement de %s, sans panne : il continue",
					"Function “%s”: interrupted for %s, %s after the deployment of %s was stopped, without a fault: it goes on", f.Name, span(i.To-i.From), span(i.From-d.end), d.release)})
			}
			for _, p := range d.phases {
				if i.From < p.start || i.From >= j.until(p.end, p.ended) {
					continue
				}
				out = append(out, Finding{Severity: minor, Code: "interrupted-by-deployment", Text: say("Fonction « %s » : interrompue pendant %s au cours du déploiement (%s)",
					"Function “%s”: interrupted for %s in phase “%s” of the deployment", f.Name, span(i.To-i.From), phaseTitle(p))})
			}
		}
	}
	return out
}

// afterSwitch is how long after clients were sent elsewhere a lookup may still
// stem from before.
const afterSwitch = time.Second

// needsLostSite tells members of the site that took over which go on looking
// for a provider elsewhere, at the site that is lost or fenced. Names of a
// site's own services are left out: what is left are names of flows between
// sites, and a member that has such flows to that site only.
func (j *judge) needsLostSite() (out []Finding) {
	if j.needed.Measured {
		return nil // the use of links tells it better, and dependencyFindings do
	}
	gone := j.gone()
	first, last := map[string]int{}, map[string]int{}
	var order []string
	for _, e := range j.of(history.Observed) {
		site, service, ok := member(e.Subject)
		if !ok || e.Attrs["what"] != "dns" || e.Attrs["answer"] != "NOERROR" || j.serviceName(e.Attrs["name"]) {
			continue
		}
		lost, all := j.flowsTo(site, service, func(to string) bool {
			return to != site && slices.ContainsFunc(gone, func(g stretch) bool { return g.site == to && e.At >= g.from+afterSwitch && e.At <= g.to })
		})
		if !lost || !all || j.servesAt(e.At-afterSwitch) != site {
			continue
		}
		n, err := strconv.Atoi(e.Attrs["count"])
		if err != nil {
			continue
		}
		key := e.Subject + " → " + e.Attrs["name"]
		if _, seen := first[key]; !seen {
			first[key] = n
			order = append(order, key)
		}
		last[key] = n // counts grow
	}
	for _, key := range order {
		if last[key] > first[key] {
			out = append(out, Finding{Severity: serious, Code: "needs-lost-site", Text: say("%s cherche encore un service de l'autre site, qui n'est plus là (%s)",
				"%s still looks for a service of the other site, which is gone (%s)", key, times(last[key]))})
		}
	}
	return out
}

// gone is when which site was lost or fenced.
func (j *judge) gone() []stretch {
	return slices.DeleteFunc(j.states(), func(s stretch) bool { return s.state != "lost" && s.state != "fenced" })
}

// servesAt is the site that clients were sent to at an instant.
func (j *judge) servesAt(at time.Duration) (site string) {
	for _, s := range j.h.Header.Own() {
		if s.Role == "primary" {
			site = s.ID
		}
	}
	for _, e := range j.of(history.EntrySwitched) {
		if e.At <= at {
			site = e.Subject
		}
	}
	return site
}

// serviceName tells whether a name is one of a service within a site.
func (j *judge) serviceName(name string) bool {
	return slices.ContainsFunc(j.h.Header.Services, func(s history.Service) bool { return s.Name == name })
}

// flowsTo looks at the flows of a member's service to other sites: whether any,
// and whether all of them, lead to a site that is meant.
func (j *judge) flowsTo(site, service string, meant func(site string) bool) (some, all bool) {
	all = true
	for _, l := range j.h.Header.Links {
		to, _, ok := member(l.To + "/1")
		if l.From != site+"/"+service || !ok || to == site {
			continue
		}
		if meant(to) {
			some = true
		} else {
			all = false
		}
	}
	return some, all
}

// member cuts "site/service/instance".
func member(subject string) (site, service string, ok bool) {
	parts := strings.Split(subject, "/")
	if len(parts) != 3 {
		return "", "", false
	}
	return parts[0], parts[1], true
}
