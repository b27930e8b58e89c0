package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"bascule/harness/engine"
	"bascule/harness/history"
	"bascule/harness/stage"
	"bascule/harness/target/containers"
)

// twin is a stage of two equal sites, both from the sample's Paris file: ten
// containers that Compose can raise from the same file without a fabric.
const twin = `format: 1
title: {fr: "Mesure", en: "Bench"}
sites:
  paris: {title: Paris, role: primary, compose: compose.paris.yaml}
  lyon: {title: Lyon, role: standby, compose: compose.paris.yaml}
entry: {service: gateway, port: 8080}
stores:
  orders-db: {driver: postgres, service: db, port: 5432, user: orders, password: orders, database: orders, table: orders, column: id}
functions:
  orders: {name: {fr: "Commandes", en: "Orders"}, owner: {fr: "personne", en: "nobody"}, services: [gateway], rto: 30s, mtpd: 10m, workload: orders}
workloads:
  orders:
    rate: 10
    timeout: 2s
    write: {method: POST, path: /orders, body: '{"id": "{{.ID}}"}', ok: [201]}
    list: {method: GET, path: '/orders?prefix={{.Prefix}}', ok: [200]}
deployment: {strategy: rolling, services: [orders]}
releases: releases
authorities:
  stop: {owner: {fr: "personne", en: "nobody"}, delay: 1s, deadline: 1m}
  failover: {owner: {fr: "personne", en: "nobody"}, delay: 1s, deadline: 1m}
`

// perStage is the number of containers of the twin stage, the fabric apart.
const perStage = 10

// stageUp measures a stage of ten containers from plan to healthy and its
// removal, in turn with Compose on the same files and images.
func stageUp(ctx context.Context, o options) ([]Row, error) {
	compose, err := composeCommand(ctx)
	if err != nil {
		return nil, err
	}
	eng, err := engine.Connect(ctx)
	if err != nil {
		return nil, err
	}
	defer eng.Close()
	dir, err := twinStage(twin)
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	st, err := stage.Load(filepath.Join(dir, "orders"), "")
	if err != nil {
		return nil, fmt.Errorf("the twin stage: %w", err)
	}
	scope := engine.Scope{Run: fmt.Sprintf("bench-%d", os.Getpid()), Owner: engine.Owner()}
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
	rounds := 5
	if o.quick {
		rounds = 2
	}
	var up, down, composeUp, composeDown []time.Duration
	for i := range rounds {
		scope.Scenario = fmt.Sprintf("round-%d", i)
		u, d, err := raiseOnce(ctx, eng, st, scope, agent, i)
		if err != nil {
			return nil, err
		}
		cu, cd, err := composeOnce(ctx, eng, compose, filepath.Join(dir, "orders"), i)
		if err != nil {
			return nil, err
		}
		up, down, composeUp, composeDown = append(up, u), append(down, d), append(composeUp, cu), append(composeDown, cd)
	}
	seconds := func(list []time.Duration) float64 { return median(list).Seconds() }
	note := fmt.Sprintf("median of %d rounds, in turn; two sites of the sample's compose.paris.yaml, images built before", rounds)
	rows := []Row{
		{What: "stage of 10 containers, to healthy", Goal: "no slower than Compose", Unit: "s", Measured: seconds(up), Alternative: seconds(composeUp),
			AlternativeName: compose[0] + " up of the same file, two projects side by side", Limit: "health checks of depends_on, one after another; the engine's pace of creating", Note: note},
		{What: "its removal", Goal: "under 3 s", Unit: "s", Measured: seconds(down), Alternative: seconds(composeDown),
			AlternativeName: compose[0] + " down -v -t 0 of both", Limit: "the engine removes containers one after another", Note: note},
	}
	rows[0].Met = rows[0].Measured <= rows[0].Alternative
	rows[1].Met = rows[1].Measured < 3
	return rows, nil
}

func median(list []time.Duration) time.Duration {
	s := slices.Sorted(slices.Values(list))
	return s[len(s)/2]
}

// composeCommand finds Compose, as a plugin or of its own.
func composeCommand(ctx context.Context) ([]string, error) {
	for _, c := range [][]string{{"docker-compose"}, {"docker", "compose"}} {
		if err := exec.CommandContext(ctx, c[0], append(c[1:], "version")...).Run(); err == nil {
			return c, nil
		}
	}
	return nil, errors.New("no Compose to compare with: install docker-compose")
}

// twinStage copies the sample and gives it equal sites, as described.
func twinStage(description string) (string, error) {
	dir, err := os.MkdirTemp("", "bascule-bench-")
	if err != nil {
		return "", fmt.Errorf("the twin stage: %w", err)
	}
	to := filepath.Join(dir, "orders")
	err = os.CopyFS(to, os.DirFS("scenarios/orders"))
	if err == nil {
		err = os.WriteFile(filepath.Join(to, "stage.yaml"), []byte(description), 0o644)
	}
	if err == nil {
		// A lone database would wait for a standby for ever.
		err = os.WriteFile(filepath.Join(to, ".env"), []byte("SYNCHRONOUS=off\n"), 0o644)
	}
	if err != nil {
		return "", errors.Join(fmt.Errorf("the twin stage: %w", err), os.RemoveAll(dir))
	}
	return dir, nil
}

type nobody struct{}

func (nobody) Event(history.Kind, string, ...string) {}

// raiseOnce raises the stage and takes it down.
func raiseOnce(ctx context.Context, eng *engine.Engine, st *stage.Stage, scope engine.Scope, agent string, round int) (up, down time.Duration, err error) {
	began := time.Now()
	t, err := containers.New(containers.Config{Engine: eng, Stage: st, Scope: scope, Short: containers.Name(scope.Run, round), AgentImage: agent,
		Live: "1.4.0", Rec: nobody{}, Verify: func(context.Context, string) error { return nil }})
	if err != nil {
		return 0, 0, err
	}
	if err := t.Up(ctx); err != nil {
		return 0, 0, err
	}
	up = time.Since(began)
	began = time.Now()
	if left, err := t.Down(ctx); err != nil || left > 0 {
		return 0, 0, fmt.Errorf("%d objects left: %w", left, err)
	}
	return up, time.Since(began), nil
}

// composeOnce does the same with two Compose projects side by side.
func composeOnce(ctx context.Context, eng *engine.Engine, compose []string, dir string, round int) (up, down time.Duration, err error) {
	projects := []string{fmt.Sprintf("basculebench%da", round), fmt.Sprintf("basculebench%db", round)}
	both := func(args ...string) error {
		errs := make([]error, len(projects))
		var wg sync.WaitGroup
		for i, p := range projects {
			wg.Go(func() {
				c := exec.CommandContext(ctx, compose[0], slices.Concat(compose[1:], []string{"-p", p, "-f", "compose.paris.yaml"}, args)...)
				c.Dir = dir
				if out, err := c.CombinedOutput(); err != nil {
					errs[i] = fmt.Errorf("%v: %w\n%s", args, err, out)
				}
			})
		}
		wg.Wait()
		return errors.Join(errs...)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, both("down", "-v", "-t", "0"))
		}
	}()
	began := time.Now()
	if err := both("up", "-d", "--no-build"); err != nil {
		return 0, 0, err
	}
	healthy := 0
	for healthy < perStage {
		healthy = 0
		for _, p := range projects {
			found, err := eng.Find(ctx, "com.docker.compose.project="+p)
			if err != nil {
				return 0, 0, err
			}
			for _, id := range found.Containers {
				if s, err := eng.Inspect(ctx, id); err == nil && s.Health == "healthy" {
					healthy++
				}
			}
		}
		if time.Since(began) > 2*time.Minute {
			return 0, 0, fmt.Errorf("with Compose, %d of %d containers are healthy after two minutes", healthy, perStage)
		}
	}
	up = time.Since(began)
	began = time.Now()
	if err := both("down", "-v", "-t", "0"); err != nil {
		return 0, 0, err
	}
	return up, time.Since(began), nil
}
