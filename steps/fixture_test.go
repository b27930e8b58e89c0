package steps

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/types"

	"bascule/harness/history"
	"bascule/harness/plan"
	"bascule/harness/stage"
)

// fakeStage is a stage of two sites, small enough to read at a glance.
func fakeStage() *stage.Stage {
	two := 2
	project := func() *types.Project {
		orders, stock, db := types.ServiceConfig{Name: "orders", Scale: &two}, types.ServiceConfig{Name: "stock"}, types.ServiceConfig{Name: "db"}
		orders.Environment = types.MappingWithEquals{"SITE": nil}
		stock.Secrets = []types.ServiceSecretConfig{{Source: "api-key"}}
		db.Volumes = []types.ServiceVolumeConfig{{Type: types.VolumeTypeVolume, Source: "pgdata"}, {Type: types.VolumeTypeTmpfs, Target: "/tmp"}}
		return &types.Project{Services: types.Services{"gateway": {Name: "gateway"}, "orders": orders, "stock": stock, "db": db}}
	}
	return &stage.Stage{
		ID: "orders",
		Sites: []stage.Site{
			{ID: "paris", Title: "Paris", Role: "primary", Project: project()},
			{ID: "lyon", Title: "Lyon", Role: "standby", Project: project()},
			{ID: "bank", Title: "Banque", Role: stage.RoleThirdParty, Project: &types.Project{Services: types.Services{"acquirer": {Name: "acquirer"}}},
				ThirdParty: &stage.ThirdParty{Title: history.Text{FR: "acquéreur CB", EN: "card acquirer"}, Stub: true}},
		},
		Flows:  []stage.Flow{{From: "lyon/db", To: "paris/db", Name: "db.paris"}},
		Stores: []stage.Store{{ID: "orders-db", Driver: stage.DriverPostgres, Service: "db"}},
		Certs:  []stage.Certificate{{ID: "vault", Service: "stock", Port: 8443}},
		Functions: []stage.Function{{
			ID: "orders", Name: history.Text{FR: "Commandes", EN: "Orders"}, RTO: 30 * time.Second, RPOSet: true, MTPD: 10 * time.Minute, Workload: "orders",
		}},
		Workloads:  []stage.Workload{{ID: "orders", Rate: 100}},
		Deployment: stage.Deployment{Strategy: "rolling", Services: []string{"orders"}},
		Releases:   []stage.Release{{Version: "1.4.0"}, {Version: "1.5.0", Migration: &stage.Job{Service: "orders"}}},
		Runbooks: []stage.Runbook{
			{ID: "PRA-07", Purpose: "failover", From: "paris", To: "lyon", Steps: []stage.RunbookStep{
				{ID: "fence", Title: history.Text{FR: "Isoler le site de Paris", EN: "Fence the Paris site"}},
				{ID: "promote", Title: history.Text{FR: "Promouvoir la base de Lyon", EN: "Promote the database in Lyon"}},
				{ID: "entry", Title: history.Text{FR: "Diriger les clients vers Lyon", EN: "Send clients to Lyon"}},
			}},
			{ID: "PRA-08", Purpose: "failback", From: "lyon", To: "paris"},
			{ID: "PRA-11", Purpose: "procedure"},
		},
		Infrastructure: []stage.Infrastructure{
			{ID: "lyon", Site: "lyon", Ansible: &stage.Playbook{File: "infrastructure/lyon.yaml"}},
			{ID: "network", Site: "lyon", Terraform: &stage.Terraform{Dir: "infrastructure/network"}},
		},
		Stop: stage.Authority{
			Owner:  history.Text{FR: "responsable de mise en production", EN: "release manager"},
			Deputy: history.Text{FR: "astreinte N2", EN: "N2 on-call"}, Delay: 2 * time.Second, Deadline: 15 * time.Minute,
		},
		Failover: stage.Authority{
			Owner:  history.Text{FR: "directeur de crise", EN: "crisis director"},
			Deputy: history.Text{FR: "astreinte N2", EN: "N2 on-call"}, Delay: 2 * time.Second, Deadline: 15 * time.Minute,
		},
		Stability: 2 * time.Second,
	}
}

// fakeLoad knows the stage "orders", in its two variants.
func fakeLoad(dir, variant string) (*stage.Stage, error) {
	if filepath.Base(dir) != "orders" {
		return nil, fs.ErrNotExist
	}
	s := fakeStage()
	switch variant {
	case "":
	case "async":
		s.ID = "orders/async"
		s.Functions[0].RPO = 5 * time.Minute
	default:
		return nil, fs.ErrNotExist
	}
	return s, nil
}

// stagesFolder has a folder for what messages list.
func stagesFolder(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "orders"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "orders", "stage.yaml"), []byte("variants: {async: {}}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return root
}

// compileText compiles one file, "x.feature", as an author wrote it.
func compileText(t *testing.T, text string) (plan.Plan, []Diagnostic) {
	t.Helper()
	return compileFiles(t, "", map[string]string{"x.feature": text})
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func compileFiles(t *testing.T, tags string, files map[string]string, paths ...string) (plan.Plan, []Diagnostic) {
	t.Helper()
	stages := stagesFolder(t)
	t.Chdir(t.TempDir())
	for name, text := range files {
		writeFile(t, name, text)
	}
	if paths == nil {
		paths = []string{"."}
	}
	return Compile(context.Background(), Options{Paths: paths, Tags: tags, Stages: stages, Load: fakeLoad})
}

// french and english are the head of a scenario that is ready for anything.
const (
	french = "# language: fr\nFonctionnalité: F\n  Scénario: S\n    Étant donné la plateforme \"orders\"\n" +
		"    Et que la version \"1.4.0\" est en production\n"
	english = "Feature: F\n  Scenario: S\n    Given the platform \"orders\"\n    And release \"1.4.0\" is live\n"
)

// wantDiagnostic looks for a diagnostic that begins with its place and holds
// each of the words.
func wantDiagnostic(t *testing.T, ds []Diagnostic, place string, words ...string) {
	t.Helper()
	for _, d := range ds {
		s := d.String()
		if !strings.HasPrefix(s, place+": ") {
			continue
		}
		ok := true
		for _, w := range words {
			ok = ok && strings.Contains(strings.ReplaceAll(s, "\u00a0", " "), w)
		}
		if ok {
			return
		}
	}
	t.Errorf("no diagnostic at %s with %q; there are:\n%s", place, words, list(ds))
}

func list(ds []Diagnostic) string {
	var out []string
	for _, d := range ds {
		out = append(out, d.String())
	}
	return strings.Join(out, "\n")
}

// accepted fails on any diagnostic that is an error.
func accepted(t *testing.T, ds []Diagnostic) {
	t.Helper()
	if Failed(ds) {
		t.Fatalf("refused:\n%s", list(ds))
	}
}
