package sweep

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"

	"bascule/harness/plan"
)

// danger is the order in which phases and moments are tried: a migration or a
// replacement cut in half hurts more often than what lies between them.
func danger(p Point) int {
	phase := slices.Index([]plan.Phase{plan.Migrate, plan.Replace, plan.Switch, plan.Verify, plan.Finish, plan.Prepare}, p.Phase)
	return 100*slices.Index([]plan.Moment{plan.During, plan.Before, plan.After}, p.Moment) + phase
}

// arrange lays the cells out in the order of play, those that failed before
// first. The rest goes diagonally through moments (the dangerous ones first) and
// faults, moment by moment of a kind, so that the first cells see every phase and
// every fault once before any of them comes again:
//
//	            crash  freeze  cut
//	migrate       1      7      4
//	replace       5      2      8       during; then before, then after
//	verify        9      6      3
func (s *Sweep) arrange(failed []string) {
	order := make([]int, len(s.Points))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return danger(s.Points[a]) - danger(s.Points[b]) })
	for len(order) > 0 {
		n := 1
		for n < len(order) && s.Points[order[n]].Moment == s.Points[order[0]].Moment {
			n++
		}
		s.diagonal(order[:n])
		order = order[n:]
	}
	rank := func(c Cell) int {
		if slices.Contains(failed, c.Key) {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(s.Cells, func(a, b Cell) int { return cmp.Compare(rank(a), rank(b)) })
	for i := range s.Cells {
		s.Cells[i].ID = fmt.Sprintf("c%03d-%s", i+1, s.Cells[i].Key)
	}
}

// diagonal adds the cells of some points, each point and each fault in turn.
func (s *Sweep) diagonal(at []int) {
	points, faults := len(at), len(s.Faults)
	rows, columns := max(points, faults), min(points, faults)
	for round := range columns {
		for k := range rows {
			p, f := k, (k+round)%faults
			if faults > points {
				p, f = (k+round)%points, k
			}
			key := s.Points[at[p]].ID() + "-" + s.Faults[f].Slug
			s.Cells = append(s.Cells, Cell{Key: key, Point: at[p], Fault: f})
		}
	}
}

var numbered = regexp.MustCompile(`^c\d+-`)

// withoutNumber is the key of a cell's id.
func withoutNumber(id string) string { return numbered.ReplaceAllString(id, "") }
