package containers

import (
	"fmt"
	"strings"

	"bascule/harness/fabric"
	"bascule/harness/fault"
	"bascule/harness/plan"
)

// networkKinds maps the plan's faults of links and names to the fabric's.
var networkKinds = map[plan.FaultKind]fabric.FaultKind{
	plan.Cut: fabric.Cut, plan.Refuse: fabric.Refuse, plan.Flap: fabric.Flap, plan.Loss: fabric.Loss, plan.UDPDelay: fabric.UDPDelay,
	plan.Slow: fabric.Latency, plan.Bandwidth: fabric.Bandwidth, plan.Slicer: fabric.Slicer, plan.SlowClose: fabric.SlowClose,
	plan.LimitData: fabric.LimitData, plan.Reset: fabric.Reset, plan.HTTPError: fabric.HTTPError,
	plan.NXDomain: fabric.NXDomain, plan.ServFail: fabric.ServFail, plan.SlowNames: fabric.SlowNames,
	plan.StaleAnswer: fabric.StaleAnswer, plan.WrongAddress: fabric.WrongAddress,
}

// networkFault puts a fault of the network in the fabric's terms.
func (t *Target) networkFault(n fault.Network) (fabric.Fault, error) {
	v := n.Value
	kind, ok := networkKinds[n.Kind]
	if !ok {
		return fabric.Fault{}, fmt.Errorf("fault %s is none of the network", n.Kind)
	}
	f := fabric.Fault{ID: n.ID, Kind: kind, Site: n.Site, Direction: fabric.Direction(v.Direction), Latency: v.Latency.D(), Jitter: v.Jitter.D(),
		RateKBps: v.RateKBps, Bytes: v.Bytes, Percent: v.Percent, Status: v.Status, On: v.On.D(), Off: v.Off.D()}
	switch {
	case n.Site != "":
	case len(n.Toward) > 0:
		for _, m := range n.Toward {
			ms, err := t.find(m.Site, m.Service, m.Instance)
			if err != nil {
				return f, err
			}
			f.Pairs = append(f.Pairs, fabric.Pair{From: 0, To: ms[0].index}, fabric.Pair{From: ms[0].index, To: 0})
		}
	case n.Kind.OnNames():
		err := t.aimAtNames(&f, n)
		return f, err
	case v.Direction != plan.BothWays && wholeSite(n.From) && wholeSite(n.To):
		// Each site's members are consumers and providers of the other's: what one
		// site sends is lost, not the requests of both.
		f.Site, f.Toward = n.From, n.To
	default:
		f.Pairs = t.pairs(n.From, n.To)
		if len(f.Pairs) == 0 {
			return f, fmt.Errorf("no link leads from %q to %q", n.From, n.To)
		}
	}
	return f, nil
}

// aimAtNames sets the consumers of a fault of names, and what they are answered.
func (t *Target) aimAtNames(f *fabric.Fault, n fault.Network) error {
	f.Name = n.Value.Name
	for _, i := range t.selectMembers(n.From) {
		f.Pairs = append(f.Pairs, fabric.Pair{From: i})
	}
	if len(f.Pairs) == 0 {
		return fmt.Errorf("nobody asks for names from %q", n.From)
	}
	if n.Kind != plan.WrongAddress {
		return nil
	}
	if f.Others = t.selectMembers(n.Value.Other); n.Value.Other == "" || len(f.Others) == 0 {
		return fmt.Errorf("no member %q whose address could be answered", n.Value.Other)
	}
	return nil
}

// wholeSite tells a selection of a site from one of a service, or of any.
func wholeSite(selector string) bool { return selector != "" && !strings.Contains(selector, "/") }
