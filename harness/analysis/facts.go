package analysis

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"bascule/harness/history"
)

// facts is the history's events by what they tell of.
type facts struct {
	h         *history.History
	events    []history.Event // by time
	end       time.Duration   // last instant of the history
	faults    []fault         // in the order of their start
	deploys   []deployment
	rollbacks []deployment
	runbooks  []runbook
	decisions []decision
	loads     map[string]*load // by function
}

// fault is one injection.
type fault struct {
	id        string
	title     history.Text
	kind      string
	target    string
	injecting time.Duration // it may be in force from here on
	injected  time.Duration // it is in force from here on
	in        bool          // it was put in force
	bit       bool
	bitAt     time.Duration
	proof     history.Text
	undone    bool
	undoneAt  time.Duration
	failed    string       // why it could not be put in force, had no effect, or was not undone
	why       history.Text // the same in words, where the recorder had some
	nobite    bool         // that is: no effect of it was seen

	probe   history.Lost  // it is a part of a probe: what it takes away
	undoing time.Duration // its repair began
}

// deployment is a deployment or a rollback.
type deployment struct {
	release string
	from    string
	sites   []string
	start   time.Duration
	end     time.Duration
	ended   bool
	outcome string
	err     string
	phases  []phaseRun
}

// phaseRun is a phase of a deployment as it went.
type phaseRun struct {
	name, phase, site, service string
	count                      string // "1/2"
	start, end                 time.Duration
	ended                      bool
	err                        string
}

// runbook is a procedure as it was followed.
type runbook struct {
	id, purpose string
	title       history.Text
	start, end  time.Duration
	ended       bool
	outcome     string
	err         string
	steps       []stepRun
}

// stepRun is a step of a runbook as it went.
type stepRun struct {
	id           string
	title, owner history.Text
	start, end   time.Duration
	ended        bool
	outcome, err string
	why          history.Text // err in words, where the record has them
}

// decision is a question that somebody had to answer.
type decision struct {
	id, kind  string
	owner, by history.Text
	role      string
	asked     time.Duration
	at        time.Duration
	made      bool
	missed    bool
}

// load is what the generator said of itself.
type load struct {
	start, stop    time.Duration
	stopped        bool
	rate           float64
	intended, sent int
	lagP99         time.Duration
	counted        bool // intended and sent are given
}

// gather sorts the events by what they tell of.
func gather(h *history.History) *facts {
	f := &facts{h: h, events: slices.Clone(h.Events), loads: map[string]*load{}}
	slices.SortStableFunc(f.events, func(a, b history.Event) int { return cmp.Compare(a.At, b.At) })
	for _, e := range f.events {
		f.end = max(f.end, e.At)
		switch kind := string(e.Kind); {
		case strings.HasPrefix(kind, "fault."):
			f.fault(e)
		case strings.HasPrefix(kind, "deploy."), strings.HasPrefix(kind, "rollback."), strings.HasPrefix(kind, "phase."):
			f.deployment(e)
		case strings.HasPrefix(kind, "runbook."):
			f.runbook(e)
		case strings.HasPrefix(kind, "decision."):
			f.decision(e)
		case strings.HasPrefix(kind, "load."):
			f.load(e)
		}
	}
	return f
}

func (f *facts) fault(e history.Event) {
	i := slices.IndexFunc(f.faults, func(x fault) bool { return x.id == e.Subject })
	if i < 0 {
		f.faults = append(f.faults, fault{id: e.Subject, injecting: e.At, injected: e.At, title: history.Same(e.Subject)})
		i = len(f.faults) - 1
	}
	x := &f.faults[i]
	switch e.Kind {
	case history.FaultInjecting:
		x.injecting = e.At
		x.kind, x.target, x.probe = e.Attrs["fault"], e.Attrs["target"], history.Lost(e.Attrs["probe"])
		if t := both(e, "title"); t != (history.Text{}) {
			x.title = t
		}
	case history.FaultInjected:
		x.injected, x.in = e.At, true
	case history.FaultBiting:
		x.bit, x.bitAt, x.proof = true, e.At, both(e, "proof")
	case history.FaultNoBite, history.FaultFailed:
		x.failed, x.why = cmp.Or(e.Attrs["err"], string(e.Kind)), both(e, "why")
		x.nobite = e.Kind == history.FaultNoBite
	case history.FaultUndoing:
		if x.undoing == 0 { // a repair may be tried again
			x.undoing = e.At
		}
	case history.FaultRecovered:
		x.undone, x.undoneAt = true, e.At
		x.undoing = cmp.Or(x.undoing, e.At)
	}
}

func (f *facts) deployment(e history.Event) {
	last := func(list []deployment, open bool) *deployment {
		for i := len(list) - 1; i >= 0; i-- {
			if !open || !list[i].ended {
				return &list[i]
			}
		}
		return nil
	}
	switch e.Kind {
	case history.DeployStarted, history.RollbackStarted:
		d := deployment{release: e.Subject, from: e.Attrs["from"], start: e.At}
		if s := e.Attrs["sites"]; s != "" {
			d.sites = strings.Split(s, ",")
		}
		if e.Kind == history.DeployStarted {
			f.deploys = append(f.deploys, d)
			return
		}
		if prev := last(f.deploys, false); d.sites == nil && prev != nil {
			d.sites = prev.sites // a rollback goes where the deployment went
		}
		f.rollbacks = append(f.rollbacks, d)
	case history.DeployFinished, history.RollbackFinished:
		list := f.deploys
		if e.Kind == history.RollbackFinished {
			list = f.rollbacks
		}
		if d := last(list, true); d != nil {
			d.end, d.ended, d.outcome, d.err = e.At, true, e.Attrs["outcome"], e.Attrs["err"]
		}
	case history.PhaseStarted, history.PhaseFinished:
		d := last(f.rollbacks, true)
		if d == nil {
			d = last(f.deploys, false)
		}
		if d == nil {
			return
		}
		if e.Kind == history.PhaseStarted {
			p := phaseRun{name: e.Subject, phase: e.Attrs["phase"], site: e.Attrs["site"], service: e.Attrs["service"], start: e.At}
			if k, n := e.Attrs["k"], e.Attrs["n"]; k != "" && n != "" {
				p.count = k + "/" + n
			}
			d.phases = append(d.phases, p)
			return
		}
		for i := range d.phases {
			if p := &d.phases[i]; !p.ended && p.name == e.Subject && p.site == e.Attrs["site"] {
				p.end, p.ended, p.err = e.At, true, e.Attrs["err"]
				return
			}
		}
	}
}

func (f *facts) runbook(e history.Event) {
	if e.Kind == history.RunbookStarted {
		t := both(e, "title")
		if t == (history.Text{}) {
			t = history.Same(e.Subject)
		}
		f.runbooks = append(f.runbooks, runbook{id: e.Subject, purpose: e.Attrs["purpose"], title: t, start: e.At})
		return
	}
	id, step, _ := strings.Cut(e.Subject, "/")
	var r *runbook
	for i := len(f.runbooks) - 1; i >= 0 && r == nil; i-- {
		if f.runbooks[i].id == id && !f.runbooks[i].ended {
			r = &f.runbooks[i]
		}
	}
	if r == nil {
		return
	}
	switch e.Kind {
	case history.RunbookFinished:
		r.end, r.ended, r.outcome, r.err = e.At, true, e.Attrs["outcome"], e.Attrs["err"]
	case history.StepStarted:
		r.steps = append(r.steps, newStep(e, step))
	case history.StepFinished:
		i := slices.IndexFunc(r.steps, func(s stepRun) bool { return s.id == step && !s.ended })
		if i < 0 { // skipped without having started
			r.steps = append(r.steps, newStep(e, step))
			i = len(r.steps) - 1
		}
		s := &r.steps[i]
		s.end, s.ended, s.outcome, s.err = e.At, true, e.Attrs["outcome"], e.Attrs["err"]
		s.why = both(e, "err")
	}
}

func newStep(e history.Event, id string) stepRun {
	t := both(e, "title")
	if t == (history.Text{}) {
		t = history.Same(id)
	}
	return stepRun{id: id, title: t, owner: both(e, "owner"), start: e.At}
}

func (f *facts) decision(e history.Event) {
	i := slices.IndexFunc(f.decisions, func(d decision) bool { return d.id == e.Subject })
	if i < 0 {
		f.decisions = append(f.decisions, decision{id: e.Subject, asked: e.At, kind: e.Attrs["decision"]})
		i = len(f.decisions) - 1
	}
	d := &f.decisions[i]
	switch e.Kind {
	case history.DecisionRequested:
		d.owner = both(e, "owner")
	case history.DecisionMade:
		d.made, d.at, d.by, d.role = true, e.At, both(e, "by"), e.Attrs["role"]
	case history.DecisionMissed:
		d.missed, d.at = true, e.At
	}
	d.kind = cmp.Or(d.kind, e.Attrs["decision"])
}

func (f *facts) load(e history.Event) {
	name := e.Attrs["function"]
	l := f.loads[name]
	if l == nil {
		l = &load{start: e.At}
		f.loads[name] = l
	}
	if e.Kind == history.LoadStarted {
		l.rate, _ = strconv.ParseFloat(e.Attrs["rate"], 64)
		return
	}
	var err1, err2 error
	l.stop, l.stopped = e.At, true
	l.intended, err1 = strconv.Atoi(e.Attrs["intended"])
	l.sent, err2 = strconv.Atoi(e.Attrs["sent"])
	l.counted = err1 == nil && err2 == nil
	l.lagP99 = nanoseconds(e, "lag_p99_ns")
}

// injected lists the faults that were put in force.
func (f *facts) injected() []fault {
	return slices.DeleteFunc(slices.Clone(f.faults), func(x fault) bool { return !x.in })
}

// of lists the events of a kind.
func (f *facts) of(kind history.Kind) (list []history.Event) {
	for _, e := range f.events {
		if e.Kind == kind {
			list = append(list, e)
		}
	}
	return list
}

// both is the attribute that is given in two languages.
func both(e history.Event, key string) history.Text {
	return history.Text{FR: e.Attrs[key+"_fr"], EN: e.Attrs[key+"_en"]}
}

func nanoseconds(e history.Event, key string) time.Duration {
	n, err := strconv.ParseInt(e.Attrs[key], 10, 64)
	if err != nil {
		return 0
	}
	return time.Duration(n)
}

// siteTitle is a site as people call it.
func (f *facts) siteTitle(id string) string {
	for _, s := range f.h.Header.Sites {
		if s.ID == id {
			return cmp.Or(s.Title, s.ID)
		}
	}
	return id
}

// siteNumber is a site's place in the stage's own order, which is that of texts.
func (f *facts) siteNumber(id string) int {
	return slices.IndexFunc(f.h.Header.Sites, func(s history.Site) bool { return s.ID == id })
}

// owner is who answers for a service: the owners of the functions that need it.
// It is empty for a service that no function names.
func (f *facts) owner(services ...string) (out history.Text) {
	var named []history.Text
	for _, fn := range f.h.Header.Functions {
		if slices.ContainsFunc(services, func(s string) bool { return slices.Contains(fn.Services, s) }) && !slices.Contains(named, fn.Owner) {
			named = append(named, fn.Owner)
			out = join(out, fn.Owner)
		}
	}
	return out
}
