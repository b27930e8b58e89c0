package sweep

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"bascule/harness/fault"
	"bascule/harness/plan"
)

// Spec is a fault of the list, not aimed yet: its kind and what is said of it.
type Spec struct {
	Kind   plan.FaultKind
	Params []Param
}

// Param is one thing said of a fault, under its name in a plan's JSON.
type Param struct{ Name, Value string }

// Default is the list of a sweep that names none: one of each way to fail.
const Default = "crash,host-lost,freeze,cut,latency,reset"

// ParseFaults reads a list such as "crash,latency=400ms,slicer:bytes=64:for=10s";
// all is true for "all". Its errors are mistakes of the author.
func ParseFaults(list string) (specs []Spec, all bool, err error) {
	for _, word := range split(list) {
		if word == "all" {
			all = true
			continue
		}
		s, err := parseSpec(word)
		if err != nil {
			return nil, false, err
		}
		if !slices.ContainsFunc(specs, func(o Spec) bool { return o.String() == s.String() }) {
			specs = append(specs, s)
		}
	}
	return specs, all, nil
}

func parseSpec(word string) (Spec, error) {
	parts := strings.Split(word, ":")
	kind, value, short := strings.Cut(parts[0], "=")
	s := Spec{Kind: plan.FaultKind(kind)}
	entry, ok := entryOf(s.Kind)
	if !ok {
		m := mistake("panne inconnue : « %s »", "unknown fault: %q", kind)
		m.Word = kind
		for _, e := range fault.Catalogue() {
			m.Known = append(m.Known, string(e.Kind))
		}
		return Spec{}, m
	}
	if parts = parts[1:]; short { // "latency=400ms" is its main parameter
		parts = append([]string{mainParam(entry) + "=" + value}, parts...)
	}
	for _, part := range parts {
		name, value, ok := strings.Cut(part, "=")
		if !ok || value == "" {
			return Spec{}, mistake("« %s » : écrire nom=valeur, comme dans latency:latency=400ms", "%q: write name=value, as in latency:latency=400ms", part)
		}
		known := []string{"for"}
		for _, p := range entry.Params {
			known = append(known, p.Name)
		}
		if !slices.Contains(known, name) {
			m := mistake("la panne « %s » n’a pas de paramètre « %s »", "fault %q has no parameter %q", s.Kind, name)
			m.Word, m.Known = name, known
			return Spec{}, m
		}
		if err := set(&plan.Fault{}, Param{name, value}); err != nil {
			return Spec{}, mistake("panne « %s » : %s : « %s » n’est pas une valeur possible (par exemple 400ms, 64, 12.5)",
				"fault %q: %s: %q is no possible value (400ms, 64, 12.5 are)", s.Kind, name, value)
		}
		s.Params = append(s.Params, Param{name, value})
	}
	return s, nil
}

// mainParam is what a fault is given first of all: how much, not where.
func mainParam(e fault.Entry) string {
	for _, p := range e.Params {
		if !slices.Contains([]string{"name", "direction", "other", "jitter"}, p.Name) {
			return p.Name
		}
	}
	return "for"
}

func entryOf(k plan.FaultKind) (fault.Entry, bool) {
	all := fault.Catalogue()
	i := slices.IndexFunc(all, func(e fault.Entry) bool { return e.Kind == k })
	if i < 0 {
		return fault.Entry{}, false
	}
	return all[i], true
}

// String is the spec as --faults takes it.
func (s Spec) String() string {
	out := string(s.Kind)
	for _, p := range s.Params {
		out += ":" + p.Name + "=" + p.Value
	}
	return out
}

// slug names the fault in the keys of cells.
func (s Spec) slug() string {
	out := string(s.Kind)
	for _, p := range s.Params {
		out += "-" + slug(p.Value)
	}
	return out
}

// usual is what a fault is like where neither the list nor the scenario says:
// enough to be felt, and to be told from a bad day.
func usual(k plan.FaultKind) plan.Fault {
	ms := func(n int) plan.Duration { return plan.Duration(time.Duration(n) * time.Millisecond) }
	f := map[plan.FaultKind]plan.Fault{
		plan.Slow:      {Latency: ms(400), Jitter: ms(100)},
		plan.Bandwidth: {RateKBps: 64},
		plan.Slicer:    {Bytes: 64, Latency: ms(5)},
		plan.SlowClose: {Latency: ms(2000)},
		plan.LimitData: {Bytes: 64 << 10},
		plan.Flap:      {On: ms(2000), Off: ms(2000)},
		plan.Loss:      {Percent: 20},
		plan.UDPDelay:  {Latency: ms(200)},
		plan.HTTPError: {Status: 503},
		plan.SlowNames: {Latency: ms(2000)},
		plan.CrashLoop: {Every: ms(1000)},
		plan.CPU:       {Percent: 5},
		plan.DiskSlow:  {Latency: ms(50)},
		plan.Clock:     {Offset: ms(3600_000)},
	}[k]
	f.Kind = k
	return f
}

// set puts a parameter into a fault.
func set(f *plan.Fault, p Param) error {
	span := func(d *plan.Duration) error {
		v, err := time.ParseDuration(p.Value)
		if err == nil && v <= 0 && p.Name != "offset" {
			err = fmt.Errorf("%s is no time to be had", v)
		}
		*d = plan.Duration(v)
		return err
	}
	whole := func(n *int64) (err error) {
		*n, err = strconv.ParseInt(p.Value, 10, 64)
		if err == nil && *n <= 0 {
			err = fmt.Errorf("%d is nothing", *n)
		}
		return err
	}
	switch p.Name {
	case "latency":
		f.Jitter = 0 // unless it is said, too, behind it
		return span(&f.Latency)
	case "jitter":
		return span(&f.Jitter)
	case "on":
		return span(&f.On)
	case "off":
		return span(&f.Off)
	case "every":
		return span(&f.Every)
	case "offset":
		return span(&f.Offset)
	case "for":
		return span(&f.For)
	case "rate_kbps":
		return whole(&f.RateKBps)
	case "bytes":
		return whole(&f.Bytes)
	case "status":
		v, err := strconv.Atoi(p.Value)
		if err == nil && (v < 400 || v > 599) {
			err = fmt.Errorf("%d is no error", v)
		}
		f.Status = v
		return err
	case "percent":
		v, err := strconv.ParseFloat(strings.TrimSuffix(p.Value, "%"), 64)
		if err == nil && !(v > 0 && v <= 100) {
			err = fmt.Errorf("%g is no share", v)
		}
		f.Percent = v
		return err
	case "direction":
		f.Direction = plan.Direction(p.Value)
		if f.Direction != plan.There && f.Direction != plan.Back {
			return fmt.Errorf("%s is no way", p.Value)
		}
	case "name":
		f.Name = p.Value
	case "other":
		f.Other = p.Value
	default:
		return fmt.Errorf("no fault has a %s", p.Name)
	}
	return nil
}
