package analysis

import (
	"slices"

	"bascule/harness/history"
)

// noDrift judges that the sites differ in nothing undeclared, at each instant at
// which they were compared or at the one that the sentence names. What could be
// read at no such instant leaves it open.
func (j *judge) noDrift(e history.Expectation) judged {
	var all []Comparison
	if j.drift != nil {
		all = slices.DeleteFunc(slices.Clone(j.drift.Comparisons), func(c Comparison) bool { return e.Phase != "" && c.When != e.Phase })
	}
	if len(all) == 0 {
		return unknown(history.Text{}, say("les sites n'ont pas été comparés", "the sites were not compared"))
	}
	var whens []history.Text
	var open []history.Text
	equal, declared := 0, 0
	for _, c := range all {
		whens = append(whens, instantName(c.When))
		for _, f := range j.comparisonFindings(c) {
			if !slices.Contains(open, f.Text) {
				open = append(open, f.Text)
			}
		}
		equal, declared = 0, 0
		for _, s := range c.Services {
			equal, declared = equal+s.Equal, declared+s.Declared
		}
	}
	if n := len(open); n > 0 {
		reason := join(open[:min(n, 3)]...)
		if n > 3 {
			reason = say("%s, et %s", "%s, and %s", reason, some(n-3, "autre", "autres", "more", "more"))
		}
		return fail(some(n, "écart non déclaré", "écarts non déclarés", "undeclared difference", "undeclared differences"), reason)
	}
	if why, ok := notCompared(all); ok {
		return unknown(say("aucun écart dans ce qui a été lu", "no difference in what could be read"), why)
	}
	return pass(say("%s, %s, sites comparés %s", "%s, %s, compared %s",
		some(equal, "réglage identique", "réglages identiques", "setting alike", "settings alike"),
		some(declared, "écart déclaré", "écarts déclarés", "declared difference", "declared differences"), list(whens)))
}

// notCompared tells what no comparison could read, and ones that did not come to
// their end.
func notCompared(all []Comparison) (history.Text, bool) {
	for _, c := range all {
		if c.Err != "" {
			return because(say("la comparaison %s n'est pas complète", "the comparison %s is not complete", instantName(c.When)), c.Err), true
		}
		if len(c.Services) == 0 {
			return say("la comparaison %s n'a rien trouvé à comparer", "the comparison %s found nothing to compare", instantName(c.When)), true
		}
	}
	for _, c := range all {
		for _, s := range c.Services {
			for _, part := range s.unread {
				if !everRead(all, c.Standby, s.Service, part) {
					return c.unreadText(s.Service, part), true
				}
			}
		}
	}
	return history.Text{}, false
}

// everRead tells whether a part of a service was read on both sites at some
// instant.
func everRead(all []Comparison, standby, service, part string) bool {
	return slices.ContainsFunc(all, func(c Comparison) bool {
		return c.Standby == standby && slices.ContainsFunc(c.Services, func(s Compared) bool { return s.Service == service && !slices.Contains(s.unread, part) })
	})
}

// unreadText tells what could not be read of a service.
func (c Comparison) unreadText(service, part string) history.Text {
	for _, u := range c.Unread {
		if _, s, ok := member(u.Subject); ok && s == service && (u.part == part || u.part == partContainer) {
			return say("%s : %s n'a pas pu être lu", "%s: %s could not be read", u.Subject, u.What)
		}
	}
	return say("%s : %s n'a pas pu être lu", "%s: %s could not be read", service, partName(part))
}
