package analysis

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"bascule/harness/history"
)

// nameFindings tells which names were switched, and who went on calling where
// they led before.
func (j *judge) nameFindings() (out []Finding) {
	for _, s := range j.nameSwitches() {
		t := say("Le nom « %s », changé %s, mène à %s", "The name “%s”, switched %s, leads to %s", s.name, at(s.at), s.to)
		if s.from != "" {
			t = say("%s, et non plus à %s ; une réponse d'avant vaut encore %s", "%s and no longer to %s; an answer from before holds for %s more", t, s.from, span(s.ttl))
		}
		out = append(out, Finding{Severity: info, Code: "name-switched", Text: t})
		out = append(out, j.keptName(s)...)
	}
	return out
}

// nameSwitch is a name that was led elsewhere, until it was again.
type nameSwitch struct {
	name, from, to string
	at, until, ttl time.Duration
}

func (f *facts) nameSwitches() (out []nameSwitch) {
	for _, e := range f.of(history.NameSwitched) {
		if i := slices.IndexFunc(out, func(s nameSwitch) bool { return strings.EqualFold(s.name, e.Subject) && s.until == f.end }); i >= 0 {
			out[i].until = e.At
		}
		out = append(out, nameSwitch{name: e.Subject, from: strings.ReplaceAll(e.Attrs["from"], ",", ", "), to: e.Attrs["to"], at: e.At, until: f.end, ttl: nanoseconds(e, "ttl_ns")})
	}
	return out
}

// lateCalls are the connections that a consumer began to a former provider of a
// name although it should have asked again.
type lateCalls struct {
	consumer, provider string
	tried, answered    int
}

// keptName tells the consumers that keep an old answer of a name for longer than
// they were told that it holds. What they began before, and in a stretch of
// observation that began before, is not held against them.
func (j *judge) keptName(s nameSwitch) (out []Finding) {
	for _, c := range j.lateCalls(s) {
		if c.tried == 0 {
			continue
		}
		site, service, ok := member(c.consumer)
		if !ok {
			continue
		}
		var came history.Text
		switch {
		case c.answered == 0:
			came = say(", en vain", ", in vain")
		case c.answered >= c.tried:
			came = say(", et y obtient réponse", ", and is answered there")
		}
		asked := say("il n'a pas redemandé le nom : il garde la première réponse pour toujours", "it has not asked for the name again: it keeps the first answer for ever")
		if j.askedAgain(c.consumer, s) {
			asked = say("il a pourtant redemandé le nom", "yet it has asked for the name again")
		}
		out = append(out, Finding{Severity: serious, Code: "name-kept", Subject: site + "/" + service, Owner: j.owner(service),
			Text: say("%s appelle toujours %s, %s%s, alors que le nom « %s » mène à %s et que les réponses d'avant sont périmées ; %s",
				"%s goes on calling %s, %s%s, although the name “%s” leads to %s and answers from before have expired; %s", c.consumer, c.provider, times(c.tried), came, s.name, s.to, asked)})
	}
	return out
}

// lateCalls sums what grew in stretches that began after answers had expired.
func (f *facts) lateCalls(s nameSwitch) (out []lateCalls) {
	type link struct{ consumer, provider, proto, port string }
	last := map[link]map[string]int{}
	for _, e := range f.of(history.LinkUsed) {
		if !strings.EqualFold(e.Attrs["name"], s.name) {
			continue
		}
		k := link{e.Subject, e.Attrs["to"], e.Attrs["proto"], e.Attrs["port"]}
		now, held := map[string]int{}, nanoseconds(e, "held_ns")
		for _, what := range []string{"tried", "answered"} {
			now[what], _ = strconv.Atoi(e.Attrs[what]) // a number that cannot be read is none
		}
		before, seen := last[k]
		last[k] = now
		if e.At-held < s.at+s.ttl || e.At > s.until || held == 0 && !seen {
			continue
		}
		i := slices.IndexFunc(out, func(c lateCalls) bool { return c.consumer == k.consumer && c.provider == k.provider })
		if i < 0 {
			out = append(out, lateCalls{consumer: k.consumer, provider: k.provider})
			i = len(out) - 1
		}
		out[i].tried += max(0, now["tried"]-before["tried"])
		out[i].answered += max(0, now["answered"]-before["answered"])
	}
	slices.SortStableFunc(out, func(a, b lateCalls) int {
		return cmp.Or(cmp.Compare(a.consumer, b.consumer), cmp.Compare(a.provider, b.provider))
	})
	return out
}

// askedAgain tells whether a consumer looked a name up after it was switched.
// Counts grow, and are told up to a second late.
func (f *facts) askedAgain(consumer string, s nameSwitch) bool {
	before, after := map[string]int{}, map[string]int{}
	for _, e := range f.of(history.Observed) {
		if e.Subject != consumer || e.Attrs["what"] != "dns" || !strings.EqualFold(strings.TrimSuffix(e.Attrs["name"], "."), strings.TrimSuffix(s.name, ".")) {
			continue
		}
		key := e.Attrs["type"] + " " + e.Attrs["answer"]
		n, err := strconv.Atoi(e.Attrs["count"])
		switch {
		case err != nil || e.At > s.until:
		case e.At <= s.at+afterSwitch:
			before[key] = n
		default:
			after[key] = n
		}
	}
	for key, n := range after {
		if n > before[key] {
			return true
		}
	}
	return false
}
