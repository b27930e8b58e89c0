package stage

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// summary is a stage as JSON, without what differs from machine to machine.
func summary(t *testing.T, s *Stage) string {
	t.Helper()
	out, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(out), s.Dir, "DIR") + "\n"
}

func TestLoad(t *testing.T) {
	s, err := Load("testdata/good", "")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/good.golden.json", summary(t, s))
}

func TestVariantChangesOnlyWhatItSays(t *testing.T) {
	plain, err := Load("testdata/good", "")
	if err != nil {
		t.Fatal(err)
	}
	s, err := Load("testdata/good", "async")
	if err != nil {
		t.Fatal(err)
	}
	if s.ID != "good/async" || s.Title.FR != "Prise de commandes, réplication asynchrone" {
		t.Errorf("id %q, title %q", s.ID, s.Title.FR)
	}
	fn := s.Functions[0]
	if fn.RPO != 5*time.Minute || !fn.RPOSet || fn.RTO != plain.Functions[0].RTO {
		t.Errorf("targets %+v: only the RPO was to change", fn)
	}
	for i, site := range s.Own() {
		if got := *site.Project.Services["db"].Environment["SYNCHRONOUS"]; got != "off" {
			t.Errorf("%s: SYNCHRONOUS is %q", site.ID, got)
		}
		if got := *plain.Sites[i].Project.Services["db"].Environment["SYNCHRONOUS"]; got != "on" {
			t.Errorf("%s: the variant leaked into the plain stage: %q", site.ID, got)
		}
	}
}

func TestUnknownVariantAndStage(t *testing.T) {
	for _, c := range []struct{ dir, variant, en, fr string }{
		{"testdata/good", "asynch", `testdata/good/stage.yaml:105:3: unknown variant: "asynch"; did you mean "async"?`,
			"testdata/good/stage.yaml:105:3: variante inconnue : « asynch » ; vouliez-vous dire « async » ?"},
		{"testdata/goodd", "", `testdata/goodd/stage.yaml:1:1: unknown stage: "goodd"; did you mean "good"?`,
			"testdata/goodd/stage.yaml:1:1: plateforme inconnue : « goodd » ; vouliez-vous dire « good » ?"},
	} {
		_, err := Load(c.dir, c.variant)
		var ps Problems
		if !errors.As(err, &ps) || ps.In("en") != c.en || ps.In("fr") != c.fr {
			t.Errorf("%s %s:\n got %v\n     %v\nwant %s\n     %s", c.dir, c.variant, ps.In("en"), ps.In("fr"), c.en, c.fr)
		}
	}
}

func TestStages(t *testing.T) {
	if got := Stages("testdata"); !slices.Equal(got, []string{"good", "good/async"}) {
		t.Errorf("got %v", got)
	}
	if got := Stages("testdata/nowhere"); got != nil {
		t.Errorf("a folder that does not exist holds %v", got)
	}
}

// The environment of whoever starts the harness must not change the stage.
func TestProcessEnvironmentIsNotRead(t *testing.T) {
	t.Setenv("DB_IMAGE", "from/the:shell")
	s, err := Load("testdata/good", "")
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Sites[0].Project.Services["db"].Image; got != "sample/db:1" {
		t.Errorf("image %q", got)
	}
}

// Every mistake comes at once, stage.yaml's first.
func TestEveryProblemIsTold(t *testing.T) {
	dir := copyGood(t, broken{file: "runbooks/PRA-07.yaml", old: "action: fence", new: "action: fense"})
	for file, edit := range map[string][2]string{
		"stage.yaml":          {"rto: 30s", "rto: soon"},
		"compose.lyon.yaml":   {"scale: 2", "scales: 2"},
		"releases/1.5.0.yaml": {"service: orders, command: [/orders, migrate],", "service: order, command: [/orders, migrate],"},
	} {
		path := filepath.Join(dir, file)
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(strings.Replace(string(content), edit[0], edit[1], 1)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	_, err := Load(dir, "")
	var ps Problems
	if !errors.As(err, &ps) {
		t.Fatal(err)
	}
	var files []string
	for _, p := range ps {
		rel, _ := filepath.Rel(dir, p.File)
		files = append(files, rel)
	}
	// The migration's service cannot be judged while Lyon's services are unknown.
	if want := []string{"stage.yaml", "compose.lyon.yaml", "runbooks/PRA-07.yaml"}; !slices.Equal(files, want) {
		t.Errorf("problems in %v, want %v:\n%v", files, want, err)
	}
}

func TestNotRun(t *testing.T) {
	dir := copyGood(t, broken{file: "compose.lyon.yaml", old: "  stock:\n    image: sample/stock:1\n    secrets: [stock-key]\n", new: `  stock:
    image: sample/stock:1
    secrets: [stock-key]
    privileged: true
    networks: {default: {}, back: {aliases: [s]}}
    container_name: stock
    expose: ["80"]
    logging: {driver: json-file}
    pid: host
    volumes:
      - {type: bind, source: ., target: /in, read_only: true, bind: {propagation: shared}}
      - {type: tmpfs, target: /tmp, tmpfs: {size: 1m}}
    deploy: {replicas: 1, resources: {limits: {memory: 50m, cpus: "0.5"}, reservations: {memory: 10m}}}
    depends_on: {db: {condition: service_healthy, restart: true}}
    ulimits: {nofile: {soft: 10, hard: 20}}
    sysctls: {net.core.somaxconn: 10}
    x-note: anything
  probe:
    image: sample/probe:1
    profiles: [debug]
    ports: ["1:1"]
networks: {back: {}}
`})
	// The volumes of the file stand behind the edit, as a key of their own.
	content, err := os.ReadFile(filepath.Join(dir, "compose.lyon.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	// Move db, which the edit cut off from the services, back among them.
	text := string(content)
	at, end := strings.Index(text, "  db:\n    image"), strings.Index(text, "\nvolumes:\n  pgdata")
	db := text[at : end+1]
	text = strings.Replace(text[:at]+text[end+1:], "  stock:\n", db+"  stock:\n", 1)
	text = strings.Replace(text, "\nsecrets:\n", "\nsecrets:\n  s: {environment: HOME}\n", 1)
	if err := os.WriteFile(filepath.Join(dir, "compose.lyon.yaml"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	s, err := Load(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"paris/db: deploy.placement",
		"paris/gateway: ports",
		"lyon: networks.back",
		"lyon: secrets.s.environment",
		"lyon/probe: profiles",
		"lyon/stock: container_name",
		"lyon/stock: depends_on.db.restart",
		"lyon/stock: deploy.resources.reservations",
		"lyon/stock: logging",
		"lyon/stock: networks.back",
		"lyon/stock: pid",
		"lyon/stock: privileged",
		"lyon/stock: volumes.bind.propagation",
	}
	if !slices.Equal(s.NotRun, want) {
		t.Errorf("got\n  %s\nwant\n  %s", strings.Join(s.NotRun, "\n  "), strings.Join(want, "\n  "))
	}
	if _, err := s.Sites[1].Project.GetService("probe"); err == nil {
		t.Error("a service with a profile is part of the stage")
	}
}

// The stages that this repository ships are right.
func TestShippedStages(t *testing.T) {
	root := "../../scenarios"
	ids := Stages(root)
	if len(ids) == 0 {
		t.Fatal("no stage is shipped")
	}
	for _, id := range ids {
		folder, variant := Split(id)
		s, err := Load(filepath.Join(root, folder), variant)
		if err != nil {
			t.Errorf("%s:\n%v", id, err)
			continue
		}
		// What fails over by itself, with a witness, needs no runbook.
		alone := slices.ContainsFunc(s.Sites, func(x Site) bool { return x.Role == RoleWitness })
		if len(s.Releases) == 0 || len(s.Runbooks) == 0 && !alone || len(s.Sites) < 2 {
			t.Errorf("%s: %d releases, %d runbooks, %d sites", id, len(s.Releases), len(s.Runbooks), len(s.Sites))
		}
	}
}

// A mistake in a file that a Compose file includes is told where it stands.
func TestMistakeInAnIncludedFile(t *testing.T) {
	for _, c := range []struct{ name, content, want string }{
		{"unknown key", "services:\n  side:\n    image: sample/side:1\n    comand: x\n",
			`side.yaml:4:5: key unknown to Compose: "comand"; did you mean "command"?`},
		{"not YAML", "services:\n  side: [\n  image: x\n",
			`side.yaml:4:1: this is not well-formed YAML: while parsing a flow sequence: did not find expected ',' or ']'`},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := copyGood(t, broken{file: "compose.lyon.yaml", old: "services:", new: "include: [side.yaml]\nservices:"})
			if err := os.WriteFile(filepath.Join(dir, "side.yaml"), []byte(c.content), 0o644); err != nil {
				t.Fatal(err)
			}
			_, err := Load(dir, "")
			if err == nil || strings.ReplaceAll(err.Error(), dir+"/", "") != c.want {
				t.Errorf("\n got %v\nwant %s", err, c.want)
			}
		})
	}
}
