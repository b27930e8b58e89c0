package analysis

import (
	"slices"
	"strings"
	"time"

	"bascule/harness/history"
)

// maxDrift is how many differences are told one by one.
const maxDrift = 30

// driftFindings tells what differs between the sites and nobody declared, once
// each whenever it was seen, and what was declared and does not differ.
func (j *judge) driftFindings() (out []Finding) {
	if j.drift == nil {
		return nil
	}
	type seen struct {
		finding Finding
		whens   []string
	}
	var order []*seen
	byText := map[history.Text]*seen{}
	for _, c := range j.drift.Comparisons {
		for _, f := range j.comparisonFindings(c) {
			s := byText[f.Text]
			if s == nil {
				s = &seen{finding: f}
				byText[f.Text] = s
				order = append(order, s)
			}
			if !slices.Contains(s.whens, c.When) {
				s.whens = append(s.whens, c.When)
			}
		}
	}
	slices.SortStableFunc(order, func(a, b *seen) int { return bySeverity(a.finding, b.finding) }) // what is left out is the least
	for i, s := range order {
		if i == maxDrift {
			out = append(out, Finding{Severity: minor, Code: "drift", Text: say("… et %s", "… and %s", some(len(order)-i,
				"autre écart entre les sites", "autres écarts entre les sites", "more difference between the sites", "more differences between the sites"))})
			break
		}
		var names []history.Text
		for _, w := range s.whens {
			names = append(names, instantName(w))
		}
		s.finding.Text = say("%s (%s)", "%s (%s)", s.finding.Text, list(names))
		out = append(out, s.finding)
	}
	for _, e := range j.drift.Unused {
		f := Finding{Severity: minor, Code: "exception-unused", Subject: e.Service, Owner: j.owner(e.Service),
			Text: say("L'écart déclaré « %s » du service « %s » ne se constate plus : sa déclaration est à retirer de stage.yaml", "The declared difference “%s” of service “%s” is no longer there: remove its declaration from stage.yaml", e.Key, e.Service)}
		if e.Service == "*" {
			f.Text = say("L'écart déclaré « %s » ne se constate plus sur aucun service : sa déclaration est à retirer de stage.yaml", "The declared difference “%s” is no longer there on any service: remove its declaration from stage.yaml", e.Key)
		}
		out = append(out, f)
	}
	return out
}

// comparisonFindings are the differences of one instant. The packages of an
// image are told together: they come and go with it.
func (j *judge) comparisonFindings(c Comparison) (out []Finding) {
	packages := map[string][]string{}
	var order []string
	for _, d := range c.open() {
		if name, ok := strings.CutPrefix(d.Key, "package."); ok {
			if packages[d.Service] == nil {
				order = append(order, d.Service)
			}
			packages[d.Service] = append(packages[d.Service], name)
			continue
		}
		f := Finding{Severity: driftSeverity(d), Code: "drift", Text: j.differenceText(c, d), Subject: c.Standby + "/" + d.Service, Owner: j.owner(d.Service)}
		if j.primaryIsToMend(d) {
			f.Subject = c.Primary + "/" + d.Service
		}
		out = append(out, f)
	}
	for _, service := range order {
		names := packages[service]
		out = append(out, Finding{Severity: minor, Code: "drift", Subject: c.Standby + "/" + service, Owner: j.owner(service),
			Text: say("Service « %s » : %s entre %s et %s, dont %s", "Service “%s”: %s between %s and %s, %s among them", service,
				some(len(names), "paquet installé diffère", "paquets installés diffèrent", "installed package differs", "installed packages differ"),
				j.siteTitle(c.Primary), j.siteTitle(c.Standby), strings.Join(names[:min(3, len(names))], ", "))})
	}
	return out
}

// primaryIsToMend: as a rule the standby follows; what only it has, or has newer,
// is missing at the primary.
func (j *judge) primaryIsToMend(d Difference) bool {
	switch {
	case d.Kind == OnlyStandby:
		return true
	case d.Key == "image.ref":
		order, ok := olderVersion(tag(d.Primary), tag(d.Standby))
		return ok && order < 0
	case d.Key == "schema.version" || d.Key == "schema.server.version":
		order, ok := olderVersion(d.Primary, d.Standby)
		return ok && order < 0
	case strings.HasPrefix(d.Key, "cert."):
		a, err1 := time.Parse(time.RFC3339, d.Primary)
		b, err2 := time.Parse(time.RFC3339, d.Standby)
		return err1 == nil && err2 == nil && a.Before(b)
	}
	return false
}

// driftSeverity: what a failover would stumble over is serious.
func driftSeverity(d Difference) string {
	switch group, _, _ := strings.Cut(d.Key, "."); group {
	case "label", "health", "limit", "expose", "publish", "package", "sysctl":
		return minor
	case "run":
		if d.Key != "run.command" && d.Key != "run.entrypoint" {
			return minor
		}
	}
	return serious
}
