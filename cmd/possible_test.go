package cmd

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"bascule/harness/history"
	"bascule/harness/plan"
	"bascule/harness/target"
)

// What the engine cannot do is refused before anything is raised, in the words
// of the author; what it can do is not, nor what nobody asked it.
func TestAFaultThatTheEngineLacksIsRefused(t *testing.T) {
	p := plan.Plan{Scenarios: []plan.Scenario{
		{Feature: "a.feature", Language: "fr", Steps: []plan.Step{
			{Line: 7, Do: plan.DoFault, Fault: &plan.Fault{Kind: plan.UDPDelay, Title: history.Text{FR: "Datagrammes retardés", EN: "Datagrams delayed"}}},
			{Line: 8, Do: plan.DoFault, Fault: &plan.Fault{Kind: plan.Crash, Title: history.Text{FR: "Arrêt brutal", EN: "Crash"}}},
		}},
		{Feature: "b.feature", Language: "en", Steps: []plan.Step{
			{Line: 9, Do: plan.DoFault, Fault: &plan.Fault{Kind: plan.Loss, Title: history.Text{FR: "Perte", EN: "Loss"}}},
		}},
	}}
	caps := target.Capabilities{target.CanDelay: {FR: "pas de netem", EN: "no netem"}, target.CanLose: {}}
	var out bytes.Buffer
	err := impossible(&out, p, caps)
	var exit *ExitError
	if !errors.As(err, &exit) || exit.Code != exitInput || !strings.Contains(err.Error(), "1 étape impossible, rien n’a été démarré") {
		t.Errorf("error %v, want exit code 3 in French", err)
	}
	if got := out.String(); got != "a.feature:7: panne impossible sur ce moteur\u00a0: Datagrammes retardés\u00a0: pas de netem\n" {
		t.Errorf("told %q", got)
	}
	out.Reset()
	caps[target.CanDelay] = history.Text{}
	if err := impossible(&out, p, caps); err != nil || out.Len() > 0 {
		t.Errorf("an engine that can do it all: %v, %q", err, out.String())
	}
	caps[target.CanLose] = history.Text{FR: "non", EN: "no"}
	if err := impossible(&out, p, caps); err == nil || !strings.HasPrefix(out.String(), "b.feature:9: fault not possible on this engine: Loss: no") {
		t.Errorf("told %q, %v", out.String(), err)
	}
}
