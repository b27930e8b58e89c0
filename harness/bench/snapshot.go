package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"bascule/harness/engine"
	"bascule/harness/history"
	"bascule/harness/stage"
	"bascule/harness/target/containers"
)

// perSnapshot is the number of containers that are looked at.
const perSnapshot = 2 * perStage

// fourSites is the twin stage with two more sites: twenty containers.
func fourSites() string {
	const lyon = "  lyon: {title: Lyon, role: standby, compose: compose.paris.yaml}\n"
	return strings.Replace(twin, lyon, lyon+strings.NewReplacer("lyon", "nice", "Lyon", "Nice").Replace(lyon)+strings.NewReplacer("lyon", "lille", "Lyon", "Lille").Replace(lyon), 1)
}

// snapshotTaken measures a look at each container of a stage of twenty: the
// first one, which reads the packages of the images, and later ones, as at the
// instant of a failover.
func snapshotTaken(ctx context.Context, o options) ([]Row, error) {
	eng, err := engine.Connect(ctx)
	if err != nil {
		return nil, err
	}
	defer eng.Close()
	dir, err := twinStage(fourSites())
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	st, err := stage.Load(filepath.Join(dir, "orders"), "")
	if err != nil {
		return nil, fmt.Errorf("the stage of four sites: %w", err)
	}
	scope := engine.Scope{Run: fmt.Sprintf("bench-snapshot-%d", os.Getpid()), Owner: engine.Owner(), Scenario: "snapshot"}
	defer func() {
		bound, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		// What stays is found by its label: bascule clean removes it.
		_, _ = eng.Sweep(bound, engine.LabelRun+"="+scope.Run)
	}()
	if err := (containers.Builder{Engine: eng, Stage: st}).Images(ctx); err != nil {
		return nil, err
	}
	agent, err := containers.BuildAgent(ctx, eng, scope, "bin/bascule")
	if err != nil {
		return nil, fmt.Errorf("%w (make build)", err)
	}
	t, err := containers.New(containers.Config{Engine: eng, Stage: st, Scope: scope, Short: containers.Name(scope.Run, 0), AgentImage: agent,
		Live: "1.4.0", Rec: nobody{}, Verify: func(context.Context, string) error { return nil }})
	if err != nil {
		return nil, err
	}
	if err := t.Up(ctx); err != nil {
		return nil, err
	}
	rounds := 9
	if o.quick {
		rounds = 3
	}
	first, err := lookOnce(ctx, t, st, true)
	var again, alone []time.Duration
	for range rounds {
		if err != nil {
			break
		}
		var side, row time.Duration
		if side, err = lookOnce(ctx, t, st, true); err == nil {
			row, err = lookOnce(ctx, t, st, false)
		}
		again, alone = append(again, side), append(alone, row)
	}
	_, downErr := t.Down(ctx)
	if err = errors.Join(err, downErr); err != nil {
		return nil, err
	}
	note := fmt.Sprintf("four sites of the sample's compose.paris.yaml, a database each; median of %d after the first", rounds)
	rows := []Row{
		{What: "snapshot of 20 containers, the first one", Goal: "under 3 s", Unit: "s", Measured: first.Seconds(), Limit: "reading the lists of packages out of the images, and psql in each database", Note: note},
		{What: "the same, later ones", Goal: "under 3 s", Unit: "s", Measured: median(again).Seconds(), Alternative: median(alone).Seconds(), AlternativeName: "the sites one after another", Limit: "the start of psql in each database", Note: note},
	}
	for i := range rows {
		rows[i].Met = rows[i].Measured < 3
	}
	return rows, nil
}

// lookOnce looks at every site, side by side or one after another.
func lookOnce(ctx context.Context, t *containers.Target, st *stage.Stage, together bool) (time.Duration, error) {
	began := time.Now()
	errs := make([]error, len(st.Sites))
	seen := make([]int, len(st.Sites))
	var wg sync.WaitGroup
	for i, site := range st.Sites {
		wg.Go(func() {
			var events []history.Event
			events, errs[i] = t.Snapshot(ctx, site.ID)
			for _, e := range events {
				if e.Kind == history.Snapshot && e.Attrs["err"] == "" {
					seen[i]++
				}
			}
		})
		if !together {
			wg.Wait()
		}
	}
	wg.Wait()
	took, total := time.Since(began), 0
	for _, n := range seen {
		total += n
	}
	if err := errors.Join(errs...); err != nil {
		return took, err
	}
	if total != perSnapshot {
		return took, fmt.Errorf("%d containers could be read in full, want %d", total, perSnapshot)
	}
	return took, nil
}
