package analysis

import (
	"slices"
	"strconv"
	"strings"

	"bascule/harness/history"
)

// probeFindings names what the critical functions cannot do without, and what
// keeps them from coming back.
func (j *judge) probeFindings() (out []Finding) {
	if j.resilience == nil {
		return nil
	}
	for _, l := range j.resilience.Lines {
		for _, c := range l.Cells {
			i := slices.IndexFunc(j.h.Header.Functions, func(f history.Function) bool { return f.ID == c.Function })
			f := j.h.Header.Functions[i]
			switch {
			case c.Return == ReturnNot:
				out = append(out, j.stuck(l, c, f))
			case c.Effect == Down && f.RTO > 0 && c.Time-c.Error > f.RTO:
				out = append(out, Finding{Severity: serious, Code: "cannot-bear-loss", Subject: l.Target, Owner: l.Owner,
					Text: say("Fonction « %s » : à l'arrêt pendant %s après la perte de %s, objectif %s", "Function “%s”: down for %s after the loss of %s, target %s",
						f.Name, interval(c.Time, c.Error), arrow(l.Target), span(f.RTO))})
			}
		}
	}
	return out
}

// stuck is a function that did not come back. Where the thing that was lost
// answers again, it is whoever calls it that does not: a connection that is never
// made again. Whoever calls the caller may be the one, too: that is said.
func (j *judge) stuck(l LossLine, c Bearing, f history.Function) Finding {
	out := Finding{Severity: serious, Code: "does-not-return", Subject: l.Target, Owner: l.Owner}
	lead := say("Fonction « %s » : pas revenue %s après la perte de %s", "Function “%s”: not back %s after the loss of %s", f.Name, span(c.Watched), arrow(l.Target))
	site := j.servesAt(j.injectionOf(l.Fault).injecting)
	caller, provider, link := strings.Cut(l.Target, " -> ")
	callers := []string{caller}
	if !link {
		provider = servicePath(l.Target)
		callers = j.callersOf(provider, site, f)
	}
	names := strings.Join(callers, ", ")
	switch {
	case len(callers) == 0 || !link && !j.answersAgain(l.Fault):
		out.Text = say("%s, pourtant remise en service", "%s, although it was put back in service", lead)
		return out
	case !link:
		out.Subject, out.Owner = names+" -> "+provider, j.ownerOf(names)
		out.Text = say("%s : %s répond de nouveau, et %s ne rétablit pas sa liaison avec lui", "%s: %s answers again, and %s does not restore its link to it", lead, provider, names)
	default:
		out.Text = say("%s : elle est rétablie, et %s ne la reprend pas", "%s: it is whole again, and %s does not take it up", lead, caller)
	}
	if up := j.upstream(callers, site, f); len(up) > 0 {
		out.Text = say("%s, à moins que ce ne soit, en amont, %s", "%s, unless it is, further up, %s", out.Text, strings.Join(up, ", "))
	}
	return out
}

// upstream is whoever calls those, directly or not.
func (j *judge) upstream(services []string, site string, f history.Function) (out []string) {
	all := slices.Clone(services)
	for i := 0; i < len(all); i++ {
		for _, c := range j.callersOf(all[i], site, f) {
			if !slices.Contains(all, c) {
				all, out = append(all, c), append(out, c)
			}
		}
	}
	return out
}

// callersOf is the services that are declared to call a provider: those of the
// function, else of any; of the site that serves clients or, where there is none
// there, all.
func (j *judge) callersOf(provider, site string, f history.Function) []string {
	if own := j.callers(provider, site, f.Services); len(own) > 0 {
		return own
	}
	return j.callers(provider, site, nil)
}

// callers is the same among some services; none given: among all.
func (j *judge) callers(provider, site string, among []string) []string {
	var there, all []string
	for _, l := range j.h.Header.Links {
		at, service, _ := strings.Cut(l.From, "/")
		if l.To != provider || slices.Contains(all, l.From) || len(among) > 0 && !slices.Contains(among, service) {
			continue
		}
		all = append(all, l.From)
		if at == site {
			there = append(there, l.From)
		}
	}
	if len(there) > 0 {
		return there
	}
	return all
}

// answersAgain tells whether traffic of the harness's own was answered after the
// repair of a fault, as before it.
func (j *judge) answersAgain(id string) bool {
	if j.injectionOf(id).failed != "" {
		return false
	}
	for _, e := range j.of(history.FaultCanary) {
		if e.Subject == id && e.Attrs["when"] == "after" {
			ok, err := strconv.Atoi(e.Attrs["ok"])
			return err == nil && ok > 0
		}
	}
	return false
}

// injectionOf finds a fault by its subject.
func (f *facts) injectionOf(id string) fault {
	for _, x := range f.faults {
		if x.id == id {
			return x
		}
	}
	return fault{}
}

// servicePath is "paris/orders" of "paris/orders/2".
func servicePath(target string) string {
	parts := strings.SplitN(target, "/", 3)
	return strings.Join(parts[:min(2, len(parts))], "/")
}

// ownerOf is who answers for what was lost; for a link, whoever calls.
func (j *judge) ownerOf(target string) history.Text {
	var services []string
	for one := range strings.SplitSeq(target, ", ") {
		from, _, _ := strings.Cut(one, " -> ")
		_, service, _ := strings.Cut(servicePath(from), "/")
		services = append(services, service)
	}
	return j.owner(services...)
}

func arrow(target string) string { return strings.ReplaceAll(target, "->", "→") }
