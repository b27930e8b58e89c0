package engine

import (
	"fmt"
	"maps"
	"os"
	"strings"
)

// Labels that everything of ours carries in the engine.
const (
	LabelRun      = "bascule.run"      // run id: removed with the run
	LabelOwner    = "bascule.owner"    // host:pid:start of the harness, to tell a dead run from a live one
	LabelScenario = "bascule.scenario" // scenario id
	LabelSite     = "bascule.site"
	LabelService  = "bascule.service"
	LabelInstance = "bascule.instance"
	LabelPart     = "bascule.part"  // what Bascule puts beside the services: fabric, hand
	LabelTidy     = "bascule.tidy"  // on a container that holds mounts of the engine's machine: the arguments with which its image takes them away after it was killed
	LabelCache    = "bascule.cache" // images built from a stage's files; kept between runs as Compose does
)

// Scope is whose an object is. Its labels go on containers, networks, volumes
// and images alike.
type Scope struct {
	Run      string
	Scenario string
	Owner    string
}

// Labels merges the scope's labels with more of them.
func (s Scope) Labels(more map[string]string) map[string]string {
	out := map[string]string{LabelRun: s.Run, LabelOwner: s.Owner}
	if s.Scenario != "" {
		out[LabelScenario] = s.Scenario
	}
	maps.Copy(out, more)
	return out
}

// Owner names this process so that another one on the same host can tell
// whether it still lives: "host:pid:starttime".
func Owner() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("%s:%d:%s", host, os.Getpid(), startTime(os.Getpid()))
}

// OwnerAlive tells whether the process that Owner named still lives. Of another
// host nothing can be known: known is false.
func OwnerAlive(owner string) (alive, known bool) {
	parts := strings.Split(owner, ":")
	host, err := os.Hostname()
	if err != nil || len(parts) != 3 || parts[0] != host {
		return false, false
	}
	var pid int
	if _, err := fmt.Sscanf(parts[1], "%d", &pid); err != nil {
		return false, false
	}
	return parts[2] != "" && startTime(pid) == parts[2], true
}

// startTime is field 22 of /proc/PID/stat: it tells a process from a later one
// with the same number. Empty where the process is gone or /proc is absent.
func startTime(pid int) string {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	// The command name may hold spaces and parentheses: count from its end.
	_, rest, ok := strings.Cut(string(b), ") ")
	if i := strings.LastIndex(string(b), ") "); i >= 0 {
		rest = string(b)[i+2:]
	}
	fields := strings.Fields(rest)
	if !ok || len(fields) < 20 || fields[0] == "Z" {
		return ""
	}
	return fields[19]
}
