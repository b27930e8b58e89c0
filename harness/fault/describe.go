package fault

import (
	"fmt"
	"strings"

	"bascule/harness/plan"
)

// target is what the fault is aimed at, as the history names it.
func (i *Injection) target() string { return TargetOf(i.Fault) }

// TargetOf is what a fault is aimed at, as the history names it.
func TargetOf(f plan.Fault) string {
	anyOr := func(s string) string {
		if s == "" {
			return "*"
		}
		return s
	}
	switch {
	case f.OnLink():
		return anyOr(f.From) + " -> " + anyOr(f.To)
	case f.Kind.OnNames():
		return anyOr(f.From)
	case f.Service == "":
		return anyOr(f.Site)
	case f.Instance == 0:
		return f.Site + "/" + f.Service
	}
	return fmt.Sprintf("%s/%s/%d", f.Site, f.Service, f.Instance)
}

// params are the fault's numbers, as the history holds them.
func (i *Injection) params() string {
	var out []string
	f := i.Fault
	add := func(set bool, format string, args ...any) {
		if set {
			out = append(out, fmt.Sprintf(format, args...))
		}
	}
	jitter := ""
	if f.Jitter > 0 || f.Kind == plan.Slow {
		jitter = fmt.Sprintf(" ± %s", f.Jitter)
	}
	add(f.Direction != plan.BothWays, "direction %s", f.Direction)
	add(f.Name != "", "name %s", f.Name)
	add(f.Other != "", "in its place %s", f.Other)
	add(f.Latency > 0, "latency %s%s", f.Latency, jitter)
	add(f.RateKBps > 0, "rate %d kB/s", f.RateKBps)
	add(f.Bytes > 0, "%d bytes", f.Bytes)
	add(f.Percent > 0, "%g %%", f.Percent)
	add(f.Status > 0, "status %d", f.Status)
	add(f.On > 0, "on %s, off %s", f.On, f.Off)
	add(f.Every > 0, "every %s", f.Every)
	add(f.Offset != 0, "offset %s", f.Offset)
	add(f.For > 0, "for %s", f.For)
	return strings.Join(out, ", ")
}
