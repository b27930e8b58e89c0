package analysis

import (
	"slices"
	"strings"
	"time"

	"bascule/harness/history"
)

// vitalsFindings holds what containers say of themselves at the end against
// what their clients see, and tells certificates that have run out.
func (j *judge) vitalsFindings() (out []Finding) {
	for fn, f := range j.functions {
		out = append(out, j.healthyButDown(fn, f)...)
	}
	return append(out, j.expiredCertificates()...)
}

// healthyButDown: a function is down when the load ends, and each of its
// containers at the site that serves is healthy by its own check.
func (j *judge) healthyButDown(fn int, f Function) []Finding {
	site := j.activeSite()
	w := j.watches[fn]
	i := slices.IndexFunc(f.Interruptions, func(i Interruption) bool { return i.Open })
	if i < 0 || site == "" || f.Interruptions[i].To-f.Interruptions[i].From < w.stability {
		return nil
	}
	if 2*f.Interruptions[i].Failed < w.len()-w.from(f.Interruptions[i].From) {
		return nil // most is answered: it is wrong, not down
	}
	var names []string
	for _, e := range j.of(history.ContainerHealth) {
		at, service, ok := member(e.Subject)
		if !ok || at != site || !slices.Contains(f.Services, service) {
			continue
		}
		if e.Attrs["health"] != "healthy" {
			return nil
		}
		if !slices.Contains(names, service) {
			names = append(names, service)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return []Finding{{Severity: serious, Code: "healthy-but-down", Subject: site, Owner: f.Owner,
		Text: say("Fonction « %s » : arrêtée depuis %s, alors que chaque conteneur de %s se dit en bonne santé (%s) : leurs contrôles de santé ne voient pas ce que voient les clients",
			"Function “%s”: down for %s, although every container in %s says that it is healthy (%s): their health checks do not see what clients see",
			f.Name, span(f.Interruptions[i].To-f.Interruptions[i].From), j.siteTitle(site), strings.Join(names, ", "))}}
}

// expiredCertificates: times of certificates are those of the wall.
func (j *judge) expiredCertificates() (out []Finding) {
	for _, e := range j.of(history.CertificateSeen) {
		site, service, ok := member(e.Subject)
		until, err := time.Parse(time.RFC3339, e.Attrs["not_after"])
		if !ok || err != nil || slices.ContainsFunc(j.faults, func(x fault) bool { return x.kind == "cert-expired" }) {
			continue // a fault that let one expire tells nothing of the release
		}
		if late := j.h.Header.Started.Add(e.At).Sub(until); late > 0 {
			out = append(out, Finding{Severity: serious, Code: "certificate-expired", Subject: site + "/" + service, Owner: j.owner(service),
				Text: say("%s sert un certificat (« %s ») échu depuis %s", "%s serves a certificate (“%s”) that expired %s ago", e.Subject, e.Attrs["certificate"], days(whole(late)))})
		}
	}
	return out
}
