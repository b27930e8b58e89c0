package containers

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"bascule/harness/fabric"
	"bascule/harness/fault"
	"bascule/harness/plan"
	"bascule/harness/stage"
)

// stageOfTwo has the same two services at each of two sites: Paris 1 and 2, Lyon
// 3 and 4.
func stageOfTwo() *Target {
	t := &Target{}
	for _, id := range []string{"paris", "lyon"} {
		s := &site{Site: stage.Site{ID: id}}
		t.sites = append(t.sites, s)
		for _, service := range []string{"orders", "db"} {
			t.members = append(t.members, &member{Member: fault.Member{Site: id, Service: service, Instance: 1}, index: len(t.members) + 1, site: s})
		}
	}
	return t
}

// What a continuity team says of links, sites and names, in the fabric's terms.
func TestAFaultOfTheNetworkReachesTheFabricWhole(t *testing.T) {
	second := plan.Duration(time.Second)
	link := []fabric.Pair{{From: 1, To: 2}}
	for name, c := range map[string]struct {
		fault plan.Fault
		want  fabric.Fault
	}{
		"answers are lost": {plan.Fault{Kind: plan.Cut, From: "paris/orders", To: "paris/db", Direction: plan.Back},
			fabric.Fault{Kind: fabric.Cut, Pairs: link, Direction: fabric.Back}},
		"between sites, both ways": {plan.Fault{Kind: plan.Cut, From: "paris", To: "lyon"},
			fabric.Fault{Kind: fabric.Cut, Pairs: []fabric.Pair{{From: 1, To: 3}, {From: 1, To: 4}, {From: 2, To: 3}, {From: 2, To: 4}, {From: 3, To: 1}, {From: 3, To: 2}, {From: 4, To: 1}, {From: 4, To: 2}}}},
		"every link of a service": {plan.Fault{Kind: plan.Cut, From: "paris/orders", To: "paris/orders"},
			fabric.Fault{Kind: fabric.Cut, Pairs: []fabric.Pair{{From: 1, To: 2}, {From: 1, To: 3}, {From: 1, To: 4}, {From: 2, To: 1}, {From: 3, To: 1}, {From: 4, To: 1}}}},
		"every link across a site's border": {plan.Fault{Kind: plan.Cut, From: "paris", To: "paris"},
			fabric.Fault{Kind: fabric.Cut, Pairs: []fabric.Pair{{From: 1, To: 3}, {From: 1, To: 4}, {From: 2, To: 3}, {From: 2, To: 4}, {From: 3, To: 1}, {From: 3, To: 2}, {From: 4, To: 1}, {From: 4, To: 2}}}},
		"whatever reaches a service": {plan.Fault{Kind: plan.Cut, To: "paris/orders"},
			fabric.Fault{Kind: fabric.Cut, Pairs: []fabric.Pair{{From: 2, To: 1}, {From: 3, To: 1}, {From: 4, To: 1}}}},
		"between sites, one way": {plan.Fault{Kind: plan.Loss, From: "paris", To: "lyon", Direction: plan.There, Percent: 2.5},
			fabric.Fault{Kind: fabric.Loss, Site: "paris", Toward: "lyon", Direction: fabric.There, Percent: 2.5}},
		"flapping": {plan.Fault{Kind: plan.Flap, From: "paris/orders", To: "paris/db", On: second, Off: 2 * second},
			fabric.Fault{Kind: fabric.Flap, Pairs: link, On: time.Second, Off: 2 * time.Second}},
		"slices": {plan.Fault{Kind: plan.Slicer, From: "paris/orders", To: "paris/db", Bytes: 7, Latency: second},
			fabric.Fault{Kind: fabric.Slicer, Pairs: link, Bytes: 7, Latency: time.Second}},
		"error pages": {plan.Fault{Kind: plan.HTTPError, From: "paris/orders", To: "paris/db", Status: 502},
			fabric.Fault{Kind: fabric.HTTPError, Pairs: link, Status: 502}},
		"a late datagram": {plan.Fault{Kind: plan.UDPDelay, From: "paris/orders", To: "paris/db", Latency: second, Jitter: second},
			fabric.Fault{Kind: fabric.UDPDelay, Pairs: link, Latency: time.Second, Jitter: time.Second}},
		"a name of one service": {plan.Fault{Kind: plan.NXDomain, From: "lyon/orders", Name: "db"},
			fabric.Fault{Kind: fabric.NXDomain, Pairs: []fabric.Pair{{From: 3}}, Name: "db"}},
		"every name of a site": {plan.Fault{Kind: plan.SlowNames, From: "lyon", Latency: second},
			fabric.Fault{Kind: fabric.SlowNames, Pairs: []fabric.Pair{{From: 3}, {From: 4}}, Latency: time.Second}},
		"a wrong address": {plan.Fault{Kind: plan.WrongAddress, From: "paris/orders", Name: "db", Other: "lyon/db"},
			fabric.Fault{Kind: fabric.WrongAddress, Pairs: []fabric.Pair{{From: 1}}, Name: "db", Others: []int{4}}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := stageOfTwo().networkFault(fault.Network{ID: "f", Kind: c.fault.Kind, From: c.fault.From, To: c.fault.To, Value: c.fault})
			slices.SortFunc(got.Pairs, func(a, b fabric.Pair) int { return (a.From-b.From)*1000 + a.To - b.To })
			c.want.ID = "f"
			if err != nil || !reflect.DeepEqual(got, c.want) {
				t.Errorf("%v\n got %+v\nwant %+v", err, got, c.want)
			}
		})
	}
}

func TestAFaultOfNobodyIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		fault plan.Fault
		want  string
	}{
		"no such link":     {plan.Fault{Kind: plan.Cut, From: "paris/orders", To: "paris/mail"}, "paris/mail"},
		"no such consumer": {plan.Fault{Kind: plan.NXDomain, From: "paris/mail"}, "paris/mail"},
		"nobody in place":  {plan.Fault{Kind: plan.WrongAddress, From: "paris", Other: "paris/mail"}, "paris/mail"},
		"no word of whom":  {plan.Fault{Kind: plan.WrongAddress, From: "paris"}, "address"},
		"not the network":  {plan.Fault{Kind: plan.CPU, From: "paris"}, "cpu"},
	} {
		if _, err := stageOfTwo().networkFault(fault.Network{ID: "f", Kind: c.fault.Kind, From: c.fault.From, To: c.fault.To, Value: c.fault}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Every fault that a plan calls one of links or names is one of the fabric.
func TestNoFaultOfTheNetworkIsForgotten(t *testing.T) {
	for _, k := range []plan.FaultKind{plan.Cut, plan.Refuse, plan.Slow, plan.Bandwidth, plan.Slicer, plan.SlowClose, plan.Reset, plan.LimitData,
		plan.Flap, plan.Loss, plan.UDPDelay, plan.HTTPError, plan.NXDomain, plan.ServFail, plan.SlowNames, plan.StaleAnswer, plan.WrongAddress} {
		if _, ok := networkKinds[k]; !ok || !k.OnLink() && !k.OnNames() {
			t.Errorf("%s: the fabric's %q", k, networkKinds[k])
		}
	}
}
