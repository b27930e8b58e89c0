package fault

import (
	"context"

	"bascule/harness/history"
	"bascule/harness/plan"
)

// networked is a fault of links, of names or of a site's border: the fabric
// carries it out, and the kernel counts what met it.
type networked struct {
	i *Injection
	n Network
}

func onNetwork(i *Injection) (Injector, error) {
	f := i.Fault
	return &networked{i, Network{ID: i.ID, Kind: f.Kind, From: f.From, To: f.To, Value: f}}, nil
}

// onBorder cuts a site that lives off from everything outside it.
func onBorder(i *Injection) (Injector, error) {
	f := i.Fault
	return &networked{i, Network{ID: i.ID, Kind: plan.Cut, Site: f.Site, Value: plan.Fault{Kind: plan.Cut, Direction: f.Direction}}}, nil
}

// Inject asks the fabric, which answers when the fault is in force.
func (x *networked) Inject(ctx context.Context) error { return x.i.cutOff(ctx, x.n) }

// Bite is what the fabric counted.
func (x *networked) Bite(ctx context.Context) (history.Text, bool, error) {
	met, err := x.i.plane.Met(ctx, x.i.ID)
	if err != nil || met == 0 {
		return history.Text{}, false, err
	}
	if x.i.Fault.Kind.OnNames() {
		return history.Plural(int(met), "%d résolution de nom touchée, selon le résolveur", "%d résolutions de nom touchées, selon le résolveur",
			"%d lookup met it, says the resolver", "%d lookups met it, says the resolver"), true, nil
	}
	return packets(met), true, nil
}

// Undo heals it.
func (x *networked) Undo(ctx context.Context) error { return x.i.plane.Heal(ctx, x.i.ID) }

// cutOff puts the network's part of a fault in force and records the instant:
// it is in force from then on, whatever else the fault still does.
func (i *Injection) cutOff(ctx context.Context, n Network) error {
	if err := i.plane.Network(ctx, n); err != nil {
		return err
	}
	i.inForce()
	return nil
}

func packets(met uint64) history.Text {
	return history.Plural(int(met), "%d paquet touché, selon le noyau", "%d paquets touchés, selon le noyau",
		"%d packet met it, says the kernel", "%d packets met it, says the kernel")
}
