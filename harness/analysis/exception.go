package analysis

import (
	"slices"
	"strings"

	"bascule/harness/history"
)

// excepts tells whether a declared difference speaks of a key of a service.
func excepts(e history.Exception, service, key string) bool {
	return (e.Service == service || e.Service == "*") && glob(e.Key, key)
}

// glob matches with * for any letters.
func glob(pattern, s string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == s
	}
	s, ok := strings.CutPrefix(s, parts[0])
	if !ok {
		return false
	}
	for _, p := range parts[1 : len(parts)-1] {
		i := strings.Index(s, p)
		if i < 0 {
			return false
		}
		s = s[i+len(p):]
	}
	return strings.HasSuffix(s, parts[len(parts)-1])
}

// occurs tells whether a declared difference was seen at any instant.
func (d *Drift) occurs(e history.Exception) bool {
	return slices.ContainsFunc(d.Comparisons, func(c Comparison) bool {
		return slices.ContainsFunc(c.Differences, func(x Difference) bool { return excepts(e, x.Service, x.Key) })
	})
}

// couldOccur: where what it speaks of was never read, nothing can be said of a
// declared difference.
func (d *Drift) couldOccur(e history.Exception) bool {
	return slices.ContainsFunc(d.Comparisons, func(c Comparison) bool {
		if c.Err != "" {
			return false
		}
		return !slices.ContainsFunc(c.Unread, func(u Unread) bool {
			_, service, _ := member(u.Subject)
			return (e.Service == service || e.Service == "*") && (u.part == partContainer || u.part == partOf(e.Key))
		})
	})
}
