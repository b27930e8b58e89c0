package run

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"bascule/harness/history"
	"bascule/harness/infra"
	"bascule/harness/plan"
	"bascule/harness/stage"
	"bascule/harness/target"
)

// infraBound is how long one tool may take over one site.
const infraBound = 3 * time.Minute

// checkInfra compares a site with all of its code, one piece after the other: a
// piece that cannot be checked keeps none of the others from it.
func (s *scenario) checkInfra(ctx context.Context, p plan.Infra) error {
	var errs []error
	for _, id := range p.IDs {
		errs = append(errs, s.infra(ctx, id, history.InfraChecking, history.InfraChecked))
	}
	return errors.Join(errs...)
}

// applyInfra carries a playbook out.
func (s *scenario) applyInfra(ctx context.Context, p plan.Infra) error {
	for _, id := range p.IDs {
		if err := s.infra(ctx, id, history.InfraApplying, history.InfraApplied); err != nil {
			return err
		}
	}
	return nil
}

// infra lets a tool check or apply a piece of code, between the events begun and
// done. What the tool found is in the history, whether it could be done or not.
func (s *scenario) infra(ctx context.Context, id string, begun, done history.Kind) error {
	i := slices.IndexFunc(s.stage.Infrastructure, func(i stage.Infrastructure) bool { return i.ID == id })
	if i < 0 {
		return fmt.Errorf("stage %s has no infrastructure %s", s.stage.ID, id)
	}
	code := s.stage.Infrastructure[i]
	tool := "terraform"
	if code.Ansible != nil {
		tool = "ansible"
	}
	s.Event(begun, id, "tool", tool, "site", code.Site, "owner_fr", code.Owner.FR, "owner_en", code.Owner.EN)
	ctx, cancel := context.WithTimeoutCause(ctx, infraBound, fmt.Errorf("not done within %s", infraBound))
	defer cancel()
	found, err := s.askTool(ctx, code, begun == history.InfraApplying)
	for _, c := range found.Changes {
		s.Event(history.InfraChange, id, "status", string(c.Status), "target", c.Target, "what", c.What, "names", strings.Join(c.Names, ", "),
			"where", c.Where, "why_fr", c.Why.FR, "why_en", c.Why.EN)
	}
	kv := []string{"tool", found.Tool, "version", found.Version, "recorded", found.Recorded, "matched", strconv.Itoa(found.Matched)}
	if err != nil {
		kv = append(kv, "err", err.Error())
	}
	s.Event(done, id, kv...)
	return err
}

// askTool runs the tool in a private folder of its own, outside that of the run,
// which people archive.
func (s *scenario) askTool(ctx context.Context, code stage.Infrastructure, apply bool) (found infra.Result, err error) {
	scratch, remove, err := newScratch(s.ID)
	if err != nil {
		return infra.Result{}, fmt.Errorf("infrastructure %s: %w", code.ID, err)
	}
	defer func() { err = errors.Join(err, remove()) }()
	at := func(name string) string {
		if name == "" || filepath.IsAbs(name) {
			return name
		}
		return filepath.Join(s.stage.Dir, name)
	}
	if t := code.Terraform; t != nil {
		if apply {
			return infra.Result{}, fmt.Errorf("infrastructure %s: Bascule applies no Terraform configuration", code.ID)
		}
		return infra.Configuration{Dir: at(t.Dir), Recorded: at(t.Plan), Vars: t.Vars, Scratch: scratch}.Check(ctx)
	}
	inventory, ok := s.t.(target.Inventory)
	if !ok {
		return infra.Result{Tool: "Ansible"}, fmt.Errorf("infrastructure %s: this target does not tell how its members are reached", code.ID)
	}
	p := infra.Playbook{File: at(code.Ansible.File), Vars: code.Ansible.Vars, Scratch: scratch}
	for _, h := range inventory.Inventory(code.Site) {
		p.Hosts = append(p.Hosts, infra.Host(h))
	}
	if apply {
		return p.Apply(ctx)
	}
	return p.Check(ctx)
}
