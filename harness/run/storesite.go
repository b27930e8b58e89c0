package run

import (
	"context"
	"sync"
	"time"

	"bascule/harness/stage"
	"bascule/harness/workload"
)

// storeLook bounds the question which site's store takes writes.
const storeLook = 2 * time.Second

// storeSite is the site whose store holds the truth: the only one that takes
// writes. A store that fails over by itself may lead at a site that the entry
// does not stand at. Where no store or several take writes, the site that the
// name of the store leads to for the entry's site.
func (s *scenario) storeSite(ctx context.Context, st stage.Store) string {
	ctx, cancel := context.WithTimeout(ctx, storeLook)
	defer cancel()
	own := s.stage.Own()
	takes := make([]bool, len(own))
	var looks sync.WaitGroup
	for i, site := range own {
		addr, ok := s.t.StoreAddr(site.ID, st.ID)
		if !ok {
			continue
		}
		looks.Go(func() {
			yes, err := workload.StoreWritable(ctx, st, addr)
			takes[i] = err == nil && yes // of one that does not answer nothing is read either
		})
	}
	looks.Wait()
	return leads(own, takes, s.t.StoreSite(s.t.EntrySite(), st.ID))
}

// leads picks the one site that takes writes, else another.
func leads(sites []stage.Site, takes []bool, other string) string {
	found, n := other, 0
	for i, site := range sites {
		if takes[i] {
			found, n = site.ID, n+1
		}
	}
	if n != 1 {
		return other
	}
	return found
}
