package cmd

import (
	"fmt"
	"strings"

	"bascule/harness/plan"
)

// describeFault says what breaks, where, how hard and for how long.
func describeFault(t tongue, f plan.Fault) string {
	facts := []string{faultPlace(t, f)}
	add := func(set bool, fr, en string, args ...any) {
		if set {
			facts = append(facts, t.say(fr, en, args...))
		}
	}
	add(f.Direction == plan.There, "aller seul", "one way, there")
	add(f.Direction == plan.Back, "retour seul", "one way, back")
	add(f.Name != "", "%s", "%s", t.quote(f.Name))
	add(f.Other != "", "à sa place %s", "in its place %s", f.Other)
	jitter := ""
	if f.Jitter > 0 {
		jitter = " ± " + t.duration(f.Jitter.D())
	}
	add(f.Latency > 0, "%s", "%s", t.duration(f.Latency.D())+jitter)
	add(f.RateKBps > 0, "%d ko/s", "%d kB/s", f.RateKBps)
	add(f.Bytes > 0, "%d octets", "%d bytes", f.Bytes)
	add(f.Percent > 0, "%s %%", "%s%%", t.number(f.Percent))
	add(f.Status > 0, "erreur %d", "error %d", f.Status)
	add(f.On > 0, "coupée %s, rétablie %s", "down for %s, up for %s", t.duration(f.On.D()), t.duration(f.Off.D()))
	add(f.Every > 0, "toutes les %s", "every %s", t.duration(f.Every.D()))
	add(f.Offset > 0, "de %s", "by %s", t.duration(f.Offset.D()))
	add(f.Offset < 0, "de %s", "by %s", t.duration(-f.Offset.D()))
	add(f.For > 0, "réparée après %s", "repaired after %s", t.duration(f.For.D()))
	return fmt.Sprintf("%s (%s)", f.Title.In(string(t)), strings.Join(facts, ", "))
}

// faultPlace is where a fault strikes, as the plan names it.
func faultPlace(t tongue, f plan.Fault) string {
	anyOf := func(s string) string {
		if s == "" {
			return t.say("tous", "any")
		}
		return s
	}
	switch {
	case f.OnLink() && f.From != "" && f.From == f.To:
		return f.From
	case f.OnLink():
		return anyOf(f.From) + " -> " + anyOf(f.To)
	case f.Kind.OnNames():
		return anyOf(f.From)
	case f.Service == "":
		return anyOf(f.Site)
	case f.Instance > 0:
		return fmt.Sprintf("%s/%s %d", f.Site, f.Service, f.Instance)
	}
	return f.Site + "/" + f.Service
}
