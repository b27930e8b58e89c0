package containers

import (
	"context"

	"golang.org/x/sync/errgroup"

	"bascule/harness/fault"
	"bascule/harness/history"
)

var _ fault.Orderly = (*Target)(nil)

// StartInOrder starts the sites of these members as Up does, each service as
// soon as what it depends on is ready, and returns when all are healthy. One
// that runs is left as it is.
func (t *Target) StartInOrder(ctx context.Context, members []fault.Member) error {
	back := map[string]bool{}
	for _, m := range members {
		back[m.Site] = true
	}
	g, gctx := errgroup.WithContext(ctx)
	for _, s := range t.sites {
		if back[s.ID] {
			t.startSite(gctx, g, s)
		}
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for _, m := range t.members {
		if back[m.Site] && m.container() != "" {
			t.announce(ctx, m)
		}
	}
	for _, s := range t.sites {
		if !back[s.ID] {
			continue
		}
		state := "standby"
		if t.EntrySite() == s.ID {
			state = "active"
		}
		t.Rec.Event(history.SiteState, s.ID, "state", state)
	}
	return nil
}
