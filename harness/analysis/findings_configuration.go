package analysis

import (
	"slices"
	"strings"
	"time"

	"bascule/harness/history"
)

// configurationFindings tells what a release requires and a site has not, what
// containers that failed said they lack, and certificates whose end is near.
func (j *judge) configurationFindings() (out []Finding) {
	told := map[string]bool{}
	for _, e := range j.of(history.ContainerLog) {
		site, service, ok := member(e.Subject)
		if !ok || e.Attrs["lacks"] == "" || slices.Contains(j.spoilt(look{site: site, service: service}, e.At), partEnv) {
			continue // what a fault in force took away is not the site's to mend
		}
		for name := range strings.SplitSeq(e.Attrs["lacks"], ",") {
			if key := site + "/" + service + " " + name; !told[key] {
				told[key] = true
				out = append(out, Finding{Severity: serious, Code: "config-missing", Subject: site + "/" + service, Owner: j.owner(service), Text: lacks(e, j.siteTitle(site), service, name)})
			}
		}
	}
	for _, c := range j.configuration {
		for _, m := range c.Missing {
			subject := c.Site
			if m.Service != "" {
				subject += "/" + m.Service
			}
			if told[subject+" "+m.Name] {
				continue
			}
			told[subject+" "+m.Name] = true
			t := say("Service « %s » : il manque à %s %s, que la version %s exige", "Service “%[1]s”: %[2]s lacks %[3]s, which release %[4]s requires", m.Service, j.siteTitle(c.Site), m.Text, c.Release)
			if m.Service == "" {
				t = say("Il manque à %s %s, que la version %s exige", "%s lacks %s, which release %s requires", j.siteTitle(c.Site), m.Text, c.Release)
			}
			out = append(out, Finding{Severity: serious, Code: "config-missing", Subject: subject, Owner: j.owner(m.Service), Text: t})
		}
	}
	return append(out, j.certificateFindings()...)
}

// lacks is what a container's last words come to. The words themselves may hold
// secrets: they are told to nobody.
func lacks(e history.Event, site, service, name string) history.Text {
	if e.Attrs["state"] == "unhealthy" {
		return say("Service « %s » à %s : il démarre et n'est jamais sain ; son journal nomme %s, qu'il n'a pas reçu", "Service “%s” in %s: it starts and is never healthy; its log names %s, which it was not given", service, site, name)
	}
	return say("Service « %s » à %s : il s'est arrêté ; son journal nomme %s, qu'il n'a pas reçu", "Service “%s” in %s: it ended; its log names %s, which it was not given", service, site, name)
}

// soon is how near the end of a certificate must be to be told.
const soon = 30 * 24 * time.Hour

// certificateFindings tells, by the last snapshot, what has expired or will.
func (j *judge) certificateFindings() (out []Finding) {
	snaps, _ := j.snapshots()
	if len(snaps) == 0 {
		return nil
	}
	last := snaps[len(snaps)-1]
	now := j.h.Header.Started.Add(last.at)
	told, served := map[string]bool{}, map[string]bool{}
	for _, f := range j.expiredCertificates() {
		served[f.Subject] = true // told there
	}
	for _, l := range last.looks {
		if !l.reads(partFiles) {
			continue
		}
		for _, key := range sortedKeys(l.facts) {
			name, ok := strings.CutPrefix(key, "cert.")
			until, err := time.Parse(time.RFC3339, l.facts[key])
			if !ok || err != nil || until.After(now.Add(soon)) {
				continue
			}
			_, name, _ = strings.Cut(name, ".")
			subject := l.site + "/" + l.service
			if told[subject+" "+name] {
				continue
			}
			told[subject+" "+name] = true
			f := Finding{Severity: minor, Code: "certificate-expiring", Subject: subject, Owner: j.owner(l.service),
				Text: say("Service « %s » à %s : le certificat %s expire le %s", "Service “%s” in %s: certificate %s expires on %s", l.service, j.siteTitle(l.site), name, history.Day(until))}
			if until.Before(now) {
				if served[subject] {
					continue
				}
				f.Severity, f.Code = serious, "certificate-expired"
				f.Text = say("Service « %s » à %s : le certificat %s est périmé depuis le %s", "Service “%s” in %s: certificate %s expired on %s", l.service, j.siteTitle(l.site), name, history.Day(until))
			}
			out = append(out, f)
		}
	}
	return out
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
