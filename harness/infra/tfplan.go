package infra

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"
)

// readPlan reads a plan as `show -json` tells it.
func readPlan(content []byte) (*tfjson.Plan, error) {
	plan := &tfjson.Plan{}
	if err := json.Unmarshal(content, plan); err != nil {
		return nil, err
	}
	return plan, nil
}

// resultOf compares what the plan would change with what was changed outside
// (resource_drift of a refresh-only plan, or of the plan itself):
//
//	would change, changed outside      -> drift
//	would change, not changed outside  -> never applied
//	both, in different attributes      -> one of each
//	changed outside, the plan lets it  -> nothing that the code decides on
func resultOf(plan, outside *tfjson.Plan) Result {
	var r Result
	drifted := map[string]*tfjson.Change{}
	for _, d := range outside.ResourceDrift {
		if d != nil && d.Change != nil && !idle(d.Change.Actions) {
			drifted[d.Address] = d.Change
		}
	}
	for _, c := range plan.ResourceChanges {
		switch {
		case c == nil || c.Change == nil || c.Mode == tfjson.DataResourceMode:
		case idle(c.Change.Actions):
			r.Matched++
		default:
			r.Changes = append(r.Changes, changesOf(c, drifted[c.Address])...)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(plan.OutputChanges)) {
		if c := plan.OutputChanges[name]; c != nil && !idle(c.Actions) && len(drifted) == 0 {
			r.Changes = append(r.Changes, Change{Status: NotApplied, Target: "output." + name, What: action(c.Actions)})
		}
	}
	if plan.Complete != nil && !*plan.Complete {
		r.Changes = append(r.Changes, Change{Status: Unverified, Target: "(plan)", Why: both("le plan n’est pas complet", "the plan is not complete")})
	}
	return r
}

// changesOf tells a change as drift, as never applied, or as one of each.
func changesOf(c *tfjson.ResourceChange, drift *tfjson.Change) []Change {
	wanted := attributes(c.Change)
	out := Change{Status: NotApplied, Target: c.Address, What: action(c.Change.Actions), Names: wanted}
	if drift == nil {
		return []Change{out}
	}
	out.Status = Drift
	if drift.Actions.Delete() { // it is gone: what else the code asks for cannot be told apart
		return []Change{out}
	}
	touched := attributes(drift)
	more := slices.DeleteFunc(slices.Clone(wanted), func(a string) bool { return slices.Contains(touched, a) })
	out.Names = slices.DeleteFunc(wanted, func(a string) bool { return !slices.Contains(touched, a) })
	switch {
	case len(out.Names) == 0: // what was changed outside is not what the code asks for
		out.Status, out.Names = NotApplied, more
	case len(more) > 0 && !c.Change.Actions.Replace(): // a replacement changes what it computes anew, too
		return []Change{out, {Status: NotApplied, Target: c.Address, What: out.What, Names: more}}
	}
	return []Change{out}
}

// idle tells actions that change nothing.
func idle(a tfjson.Actions) bool { return len(a) == 0 || a.NoOp() || a.Read() }

// action is what would be done, in a word.
func action(a tfjson.Actions) string {
	if a.Replace() {
		return "replace"
	}
	var words []string
	for _, w := range a {
		words = append(words, string(w))
	}
	return strings.Join(words, ", ")
}

// attributes names what differs between before and after, never a value. Of
// what is created or deleted as a whole there is none to name.
func attributes(c *tfjson.Change) []string {
	before, was := c.Before.(map[string]any)
	after, is := c.After.(map[string]any)
	if !was || !is {
		return nil
	}
	unknown, _ := c.AfterUnknown.(map[string]any)
	var names []string
	for key, value := range before {
		if now, there := after[key]; there && !reflect.DeepEqual(value, now) {
			names = append(names, key)
		}
	}
	for key, value := range after {
		if _, there := before[key]; !there && value != nil {
			names = append(names, key)
		}
	}
	for key, value := range unknown {
		if value == true && !c.Actions.Replace() {
			names = append(names, key)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
