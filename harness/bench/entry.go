package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"bascule/harness/engine"
	"bascule/harness/fabric"
	"bascule/harness/fabric/lab"
)

// entry measures outages that the fabric makes of its own entry, as in a stage:
// cut and refused, with the agent's own word for when. The same hold is put on
// the stated error as in truth.
func entry(ctx context.Context, o options) ([]Row, error) {
	return onFabric(ctx, o, "entry", "by the fabric on the entry", []string{"paris"}, func(_ context.Context, g *gate) (outageMaker, error) { return g, nil })
}

// outageMaker makes outages of something that answers under url.
type outageMaker interface {
	truthful
	// doubt is how exactly the last instant that was told is known.
	doubt() time.Duration
}

// fabricOutages is how many outages are made at all rates together.
const fabricOutages = 100

// onFabric measures outages of a service at each of the sites behind the entry
// of a fabric: made by what maker makes of the gate at the first site. Each rate
// has a fabric of its own, and all of them are played at once.
func onFabric(ctx context.Context, o options, name, how string, sites []string, maker func(context.Context, *gate) (outageMaker, error)) (_ []Row, err error) {
	count, longest := fabricOutages, outageLongest
	if o.quick {
		count, longest = 18, time.Second
	}
	eng, err := engine.Connect(ctx)
	if err != nil {
		return nil, err
	}
	defer eng.Close()
	dir, err := os.MkdirTemp("", "bascule-bench-")
	if err != nil {
		return nil, fmt.Errorf("folder for the histories: %w", err)
	}
	defer os.RemoveAll(dir)
	makers := make([]outageMaker, len(truthRates))
	for i, r := range truthRates {
		var l *lab.Lab
		l, err = raiseGate(ctx, eng, fmt.Sprintf("bench-%s-%d-%d", name, r.rate, os.Getpid()), sites)
		defer func() {
			bound, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
			defer cancel()
			err = errors.Join(err, l.Lower(bound))
		}()
		if err != nil {
			return nil, err
		}
		var addr string
		if addr, err = l.Entry(ctx); err != nil {
			return nil, err
		}
		if makers[i], err = maker(ctx, &gate{client: l.Client, addr: addr, site: sites[0]}); err != nil {
			return nil, err
		}
	}
	parts := make([][]outage, len(truthRates)) // of each rate
	for i, r := range truthRates {
		parts[i] = script((count+len(truthRates)-1-i)/len(truthRates), r.rate, longest)
	}
	before, err := useNow()
	if err != nil {
		return nil, err
	}
	var all sync.WaitGroup
	for i, part := range parts {
		all.Go(func() { playGate(ctx, makers[i], part, i*count, dir) })
	}
	all.Wait()
	after, err := useNow()
	if err != nil {
		return nil, err
	}
	_, rest := before.cores(after)
	outages := slices.Concat(parts...)
	tell(o, outages)
	row, err := cover(outages, how, others(rest))
	if err != nil {
		return nil, err
	}
	return []Row{row}, nil
}

// raiseGate raises a fabric whose entry leads to a service at each of the sites.
func raiseGate(ctx context.Context, eng *engine.Engine, run string, sites []string) (*lab.Lab, error) {
	conf := lab.Config{Run: run, Sites: sites, Entry: map[string]int{}, Target: lab.PagePort} // the load wants pages
	for i, site := range sites {
		conf.Peers = append(conf.Peers, lab.PeerConfig{Name: "service-" + site, Site: site})
		conf.Entry[site] = i + 1
	}
	return lab.Raise(ctx, eng, conf)
}

// playGate plays outages one after another; they are numbered from first on.
func playGate(ctx context.Context, made outageMaker, outages []outage, first int, dir string) {
	for i := range outages {
		x := &outages[i]
		if x.how == freeze {
			x.how = silent // a network, or a site that is lost, is no process that goes on
		}
		// TCP sends again what is lost, and a short silence is slowness: all is
		// answered in the end.
		if x.how == silent && x.length < freezeShortest {
			x.how = refuse
		}
		x.err = x.against(ctx, made, first+i, dir)
		x.doubt = made.doubt()
	}
}

// gate is the fabric's entry, closed and opened on command.
type gate struct {
	client *fabric.Client
	addr   string
	site   string        // that it leads to
	unsure time.Duration // of the instant of the last restore
}

func (g *gate) url() string { return "http://" + g.addr }

// The kernel makes a change a moment before it says so.
func (g *gate) doubt() time.Duration { return g.unsure }

// gateID names the fault in force.
const gateID = "outage"

func (g *gate) tell(ctx context.Context, command string) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	word, how, _ := strings.Cut(command, " ")
	if word == "restore" {
		return g.open(ctx, func() (from, to int64, err error) {
			s, err := g.client.Heal(ctx, gateID)
			if err != nil {
				return 0, 0, fmt.Errorf("open the entry: %w", err)
			}
			return s.HealedFrom, s.HealedAt, nil
		})
	}
	kind := fabric.Cut
	if mode(how) == refuse {
		kind = fabric.Refuse
	}
	s, err := g.client.Inject(ctx, fabric.Fault{ID: gateID, Kind: kind, Site: g.site})
	if err != nil {
		return 0, fmt.Errorf("close the entry: %w", err)
	}
	return sinceBoot(s.AppliedAt), nil
}

// open has change lead clients to who answers, and tells since when they are: by
// what the kernel says of it and by who knocks meanwhile.
func (g *gate) open(ctx context.Context, change func() (from, to int64, err error)) (time.Duration, error) {
	k := startKnocking(ctx, g.addr)
	from, to, err := change()
	at := instants{sinceBoot(from), sinceBoot(to)}
	if k != nil {
		seen, answered := k.end()
		if err == nil && answered {
			if at, err = at.within(seen); err != nil {
				err = fmt.Errorf("the kernel and who knocks disagree: %w", err)
			}
		}
	}
	if err != nil {
		return 0, err
	}
	g.unsure = (at.to - at.from) / 2
	return at.from + g.unsure, nil
}

// sinceBoot is an instant of the agent's clock, which is this machine's, on the
// clock of the bench.
func sinceBoot(unix int64) time.Duration {
	return monotonic() - time.Since(time.Unix(0, unix))
}
