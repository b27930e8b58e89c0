package infra

import (
	"cmp"
	"context"
	_ "embed" // the callback
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// callback is what tells of each task, in Ansible's own process: unlike its
// JSON output it knows whether a task really runs in a check, which is
// inherited from plays, blocks and roles, and it passes no value on.
//
//go:embed callback.py
var callback []byte

// Playbook is a playbook and the containers that it may reach. The groups that
// its plays name are the services and the site.
type Playbook struct {
	File    string // absolute
	Vars    map[string]string
	Hosts   []Host
	Scratch string // an empty folder of the run, for what Ansible writes
}

// programs that a playbook needs, with what brings them.
const (
	ansiblePlaybook = "ansible-playbook"
	ansibleInstall  = "install Debian's package ansible, which brings ansible-playbook and its collection community.docker"
	dockerInstall   = "install the docker command line, through which Ansible reaches containers"
)

// Check tells what the playbook would change; it changes nothing but by tasks
// that say check_mode: false.
func (p Playbook) Check(ctx context.Context) (Result, error) {
	return p.play(ctx, true)
}

// Apply carries the playbook out.
func (p Playbook) Apply(ctx context.Context) (Result, error) {
	return p.play(ctx, false)
}

func (p Playbook) play(ctx context.Context, checking bool) (Result, error) {
	r := &reading{checking: checking, places: map[string]string{}, dir: filepath.Dir(p.File), result: Result{Tool: "Ansible"}}
	for _, h := range p.Hosts {
		r.places[h.Name()] = h.Place()
	}
	fail := func(err error) (Result, error) {
		return r.result, fmt.Errorf("playbook %s: %w", filepath.Base(p.File), err)
	}
	path, err := exec.LookPath(ansiblePlaybook)
	if err != nil {
		return fail(fmt.Errorf("%s is %w: %s", ansiblePlaybook, ErrMissing, ansibleInstall))
	}
	if _, err := exec.LookPath("docker"); err != nil {
		return fail(fmt.Errorf("docker is %w: %s", ErrMissing, dockerInstall))
	}
	if len(p.Hosts) == 0 {
		return fail(errors.New("no container of the site can be reached"))
	}
	if r.result.Version, err = ansibleVersion(ctx, path); err != nil {
		return fail(err)
	}
	args, err := p.prepare(checking)
	if err != nil {
		return fail(err)
	}
	said, runErr := run(ctx, filepath.Dir(p.File), p.environment(), path, args...)
	record, err := os.ReadFile(p.record())
	if err != nil && !os.IsNotExist(err) {
		return fail(err)
	}
	if err := r.read(record); err != nil {
		// Why Ansible ended is a better cause than that its record is cut short.
		return fail(errors.Join(because(runErr, said), err))
	}
	// A host that failed is in the result. What else ended Ansible must not pass
	// for a playbook that was gone through.
	if runErr != nil && !slices.ContainsFunc(r.result.Changes, func(c Change) bool { return c.Status == Failed }) {
		return fail(because(runErr, said))
	}
	return r.result, nil
}

func (p Playbook) record() string { return filepath.Join(p.Scratch, "record.jsonl") }

// prepare writes the inventory, the variables and the callback.
func (p Playbook) prepare(checking bool) (args []string, err error) {
	plugins := filepath.Join(p.Scratch, "callbacks")
	if err := os.Mkdir(plugins, 0o755); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(plugins, "bascule.py"), callback, 0o644); err != nil {
		return nil, err
	}
	inventory, vars := filepath.Join(p.Scratch, "inventory.json"), filepath.Join(p.Scratch, "vars.json")
	for path, v := range map[string]any{inventory: inventoryOf(p.Hosts), vars: p.Vars} {
		b, err := json.MarshalIndent(v, "", "  ")
		if err != nil {
			return nil, err
		}
		if err := os.WriteFile(path, b, 0o600); err != nil {
			return nil, err
		}
	}
	args = []string{"--inventory", inventory}
	if len(p.Vars) > 0 {
		args = append(args, "--extra-vars", "@"+vars)
	}
	if checking {
		args = append(args, "--check", "--diff")
	}
	return append(args, p.File), nil
}

// environment is ours, with what makes Ansible tell what it does, and write
// nowhere but into the scratch folder.
func (p Playbook) environment() []string {
	return append(os.Environ(),
		"BASCULE_RECORD="+p.record(),
		"ANSIBLE_CALLBACK_PLUGINS="+filepath.Join(p.Scratch, "callbacks"),
		"ANSIBLE_STDOUT_CALLBACK=bascule",
		"ANSIBLE_HOME="+filepath.Join(p.Scratch, "home"),
		"ANSIBLE_LOCAL_TEMP="+filepath.Join(p.Scratch, "tmp"),
		"ANSIBLE_RETRY_FILES_ENABLED=false",
		"ANSIBLE_NOCOLOR=true",
		"ANSIBLE_PIPELINING=true", // one exec a task instead of five
		"ANSIBLE_TRANSFORM_INVALID_GROUP_CHARS=ignore",
		"ANSIBLE_PYTHON_INTERPRETER=auto_silent",
		"LC_ALL=C.UTF-8",
	)
}

// inventoryOf is the hosts by service and by site, each reached by the docker
// command line.
func inventoryOf(hosts []Host) map[string]any {
	children := map[string]any{}
	add := func(group, host string, vars map[string]string) {
		g, ok := children[group].(map[string]any)
		if !ok {
			g = map[string]any{"hosts": map[string]any{}}
			children[group] = g
		}
		g["hosts"].(map[string]any)[host] = vars
	}
	for _, h := range hosts {
		add(h.Service, h.Name(), map[string]string{
			"ansible_connection": "community.docker.docker", "ansible_host": h.Container,
			"bascule_site": h.Site, "bascule_service": h.Service,
		})
		if h.Site != h.Service {
			add(h.Site, h.Name(), nil)
		}
	}
	return map[string]any{"all": map[string]any{"children": children}}
}

var coreVersion = regexp.MustCompile(`^ansible-playbook (?:\[core ([^\]]+)\]|(\d\S*))`)

// ansibleVersion asks the program.
func ansibleVersion(ctx context.Context, path string) (string, error) {
	said, err := run(ctx, "", os.Environ(), path, "--version")
	if err != nil {
		return "", fmt.Errorf("ask %s for its version: %w", ansiblePlaybook, because(err, said))
	}
	m := coreVersion.FindStringSubmatch(said)
	if m == nil {
		return "", fmt.Errorf("%s tells no version", ansiblePlaybook)
	}
	return cmp.Or(m[1], m[2]), nil
}

// because is an error with the first thing that the program said of it. What
// comes after may quote the playbook.
func because(err error, said string) error {
	if err == nil {
		return nil
	}
	for l := range strings.Lines(said) {
		if l = strings.TrimSpace(l); strings.HasPrefix(l, "ERROR") || strings.HasPrefix(l, "Error:") {
			return fmt.Errorf("%w: %s", err, l)
		}
	}
	return err
}
