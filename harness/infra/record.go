package infra

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"bascule/harness/history"
)

// line is what callback.py tells of a task on a host, or of the end.
type line struct {
	Status  string   `json:"status"` // ok | skipped | failed | unreachable | end
	Host    string   `json:"host"`
	Task    string   `json:"task"`
	Module  string   `json:"module"`
	At      string   `json:"at"` // file:line
	Changed bool     `json:"changed"`
	Ran     bool     `json:"ran"`     // check_mode: false, so that it really ran in a check
	Skipped int      `json:"skipped"` // items that the module passed over because it cannot foresee
	Ignored bool     `json:"ignored"` // ignore_errors
	Names   []string `json:"names"`
	Msg     string   `json:"msg"`
	Hosts   []string `json:"hosts"` // end
}

// ErrUnfinished means that Ansible ended before it had gone through the playbook.
var ErrUnfinished = errors.New("the playbook was not gone through to its end")

// reading turns the lines into a result. checking tells a check from a run.
type reading struct {
	checking bool
	places   map[string]string // host -> "lyon/db"
	dir      string            // of the playbook, which places in it are told from
	result   Result
	ended    bool
}

// read reads a whole record. A line that cannot be read is an error: it might
// have told of a difference.
func (r *reading) read(record []byte) error {
	lines := bufio.NewScanner(bytes.NewReader(record))
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var l line
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			return fmt.Errorf("line %d of what Ansible told: %w", n, err)
		}
		if err := r.line(l); err != nil {
			return fmt.Errorf("line %d of what Ansible told: %w", n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("what Ansible told: %w", err)
	}
	if !r.ended {
		return ErrUnfinished
	}
	return nil
}

func (r *reading) line(l line) error {
	c := Change{Target: r.place(l.Host), What: l.Task, Names: l.Names, Where: r.where(l.At)}
	switch l.Status {
	case "end":
		r.ended = true
		if len(l.Hosts) == 0 {
			return errors.New("no host of the playbook is a service of the site")
		}
		return nil
	case "failed", "unreachable":
		c.Status, c.Why = Failed, both("%s", "%s", strings.TrimSpace(l.Msg))
		switch {
		case l.Status == "unreachable":
			c.Why = both("conteneur injoignable : %s", "container out of reach: %s", strings.TrimSpace(l.Msg))
		case l.Ignored: // the playbook goes on as if nothing were wrong
			c.Status, c.Why = Unverified, both("la tâche échoue, et le playbook passe outre", "it fails, and the playbook ignores it")
		}
	case "skipped", "ok":
		r.went(l, &c)
	default:
		return fmt.Errorf("status %q is not known", l.Status)
	}
	if c.Status != "" {
		r.result.Changes = append(r.result.Changes, c)
	}
	return nil
}

// went sorts a task that did not fail: it matched, it differs, or nothing is
// known of it.
func (r *reading) went(l line, c *Change) {
	switch {
	case mute(l.Module) && !l.Changed:
	case r.checking && l.Ran && l.Changed:
		c.Status, c.Why = Unverified, both("la tâche s’exécute vraiment, même en contrôle, et a changé quelque chose", "it really runs, even in a check, and changed something")
	case r.checking && l.Ran:
		c.Status, c.Why = Unverified, both("la tâche s’exécute vraiment, même en contrôle", "it really runs, even in a check")
	case l.Changed && r.checking:
		c.Status = Drift
	case l.Changed:
		c.Status = Applied
	case r.checking && l.Skipped > 0:
		c.Status, c.Why = Unverified, both("le module « %s » ne sait rien dire sans agir", "module %q cannot tell without acting", shortName(l.Module))
	case l.Status == "ok":
		r.result.Matched++
	}
}

// mute tells the modules that say nothing of the host's state.
func mute(module string) bool {
	return slices.Contains([]string{"setup", "gather_facts", "debug", "set_fact", "assert", "meta", "pause", "include_tasks", "import_tasks",
		"include_role", "import_role", "include_vars", "add_host", "group_by", "ping", "stat"}, shortName(module))
}

// shortName is a module without its collection.
func shortName(module string) string { return module[strings.LastIndexByte(module, '.')+1:] }

func (r *reading) place(host string) string {
	if p, ok := r.places[host]; ok {
		return p
	}
	return host
}

// where is a place in a playbook, from the playbook's folder.
func (r *reading) where(at string) string {
	if rel, err := filepath.Rel(r.dir, at); err == nil && !strings.HasPrefix(rel, "..") {
		return rel
	}
	return filepath.Base(at)
}

// both is a sentence in both languages.
func both(fr, en string, args ...any) history.Text {
	return history.Text{FR: fmt.Sprintf(fr, args...), EN: fmt.Sprintf(en, args...)}
}
