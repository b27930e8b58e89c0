package fault

import (
	"context"
	"errors"
	"slices"

	"bascule/harness/history"
	"bascule/harness/plan"
)

// Orderly is a plane that starts members in the order of their dependencies and
// returns when they are healthy.
type Orderly interface {
	StartInOrder(ctx context.Context, members []Member) error
}

// killing breaks the network of its members first: that is instant and atomic,
// while the engine takes its time to kill. From then on no answer of the victim
// gets out: that is the instant of the fault, known to a millisecond.
type killing struct {
	i    *Injection
	nets []Network
	lost []string // sites that are lost with it
	// revive starts the victims again; nil where each starts for itself.
	revive func(ctx context.Context) error
}

func byKilling(how plan.FaultKind) func(*Injection) (Injector, error) {
	return func(i *Injection) (Injector, error) {
		return &killing{i: i, nets: []Network{{ID: i.ID, Kind: how, Toward: i.members}}}, nil
	}
}

// oneOfSeveral crashes the instance that the plan drew.
func oneOfSeveral(i *Injection) (Injector, error) {
	if i.Fault.Instance == 0 {
		return nil, errors.New("the plan drew no instance")
	}
	return byKilling(plan.Refuse)(i)
}

func onSite(i *Injection) (Injector, error) {
	f := i.Fault
	return &killing{i: i, nets: []Network{{ID: i.ID, Kind: plan.Cut, Site: f.Site}}, lost: []string{f.Site}}, nil
}

// Inject silences the victims, then kills them.
func (x *killing) Inject(ctx context.Context) error {
	for _, n := range x.nets {
		if err := x.i.cutOff(ctx, n); err != nil {
			return err
		}
	}
	for _, s := range x.lost {
		x.i.rec.Event(history.SiteState, s, "state", "lost")
	}
	return x.i.all(func(m Member) error { return x.i.plane.Kill(ctx, m) })
}

// Bite is the engine's word on the victims and the packets that were for them.
func (x *killing) Bite(ctx context.Context) (history.Text, bool, error) {
	for _, m := range x.i.members {
		s, err := x.i.plane.State(ctx, m)
		if err != nil || s.Running {
			return history.Text{}, false, err
		}
	}
	var met uint64
	for _, n := range x.nets {
		k, err := x.i.plane.Met(ctx, n.ID)
		if err != nil {
			return history.Text{}, false, err
		}
		met += k
	}
	if met == 0 {
		return history.Text{}, false, nil
	}
	dead := history.Plural(len(x.i.members), "%d conteneur arrêté, selon le moteur", "%d conteneurs arrêtés, selon le moteur",
		"%d container dead, says the engine", "%d containers dead, says the engine")
	return and(dead, packets(met)), true, nil
}

// onEverySite loses all sites at once. They come back in the order of their
// dependencies, which they must reach for it: so links are healed first, and
// nobody is there yet to use them.
func onEverySite(i *Injection) (Injector, error) {
	x := &killing{i: i}
	for _, m := range i.members {
		if !slices.Contains(x.lost, m.Site) {
			x.lost = append(x.lost, m.Site)
			x.nets = append(x.nets, Network{ID: i.ID + "-" + m.Site, Kind: plan.Cut, Site: m.Site})
		}
	}
	if o, ok := i.plane.(Orderly); ok {
		x.revive = func(ctx context.Context) error { return o.StartInOrder(ctx, i.members) }
	}
	return x, nil
}

// Undo starts the victims again, then lets them be heard.
func (x *killing) Undo(ctx context.Context) error {
	var errs []error
	heal := func() {
		for _, n := range x.nets {
			errs = append(errs, x.i.plane.Heal(ctx, n.ID))
		}
	}
	if x.revive != nil {
		heal()
		return errors.Join(append(errs, x.revive(ctx))...)
	}
	errs = append(errs, x.i.all(func(m Member) error { return present(x.i.plane.Start(ctx, m)) }))
	heal()
	return errors.Join(errs...)
}
