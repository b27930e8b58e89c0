package cmd

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bascule/harness/history"
	"bascule/harness/plan"
	"bascule/harness/stage"
	"bascule/steps"
)

// probeOptions are the flags of probe.
type probeOptions struct {
	stageRun
	site     string
	services []string
	links    []string
	lasts    time.Duration
	wait     time.Duration
	format   string
	dry      bool
}

// newProbeCommand asks a stage what it can do without.
func newProbeCommand() *cobra.Command {
	var o probeOptions
	c := &cobra.Command{
		Use:   "probe STAGE",
		Short: "Stop each service, then each link, in turn under load: what the critical functions cannot bear",
		Long: `Raise a stage, load it, and take away each service of a site, then each link, one
after another: crashed and started again, cut and healed. The answer is a table,
what was lost by critical function: unaffected, degraded or down; back by itself,
once repaired, or not at all; and in what time. The usual report is written too.

The verdict: every function bears the loss of each service and of each link within
its RTO, and comes back by itself.`,
		Example: `  bascule probe orders
  bascule probe orders --services stock,db --links none --for 10s
  bascule probe zoo/never-reconnects --lang fr --format json
  bascule probe orders --plan`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return o.run(c, args[0]) },
	}
	o.stageRun.flags(c)
	c.Flags().StringVar(&o.site, "site", "", "site that is probed (default: the primary one)")
	c.Flags().StringSliceVar(&o.services, "services", nil, "only these services; none: no service")
	c.Flags().StringSliceVar(&o.links, "links", nil, "only these links, as \"orders->db\"; none: no link")
	c.Flags().DurationVar(&o.lasts, "for", steps.DefaultProbe, "how long each is lost")
	c.Flags().DurationVar(&o.wait, "wait", 0, "how long service has to be stable again, at most (default: the longest RTO, 10s to 60s)")
	c.Flags().StringVar(&o.format, "format", "text", "text or json")
	c.Flags().BoolVar(&o.dry, "plan", false, "print what would be done, and start nothing")
	return c
}

func (o *probeOptions) run(c *cobra.Command, name string) error {
	t := tongueOf(c)
	if o.format != "text" && o.format != "json" {
		return unknownFormat(o.format, "text, json")
	}
	if o.lasts < steps.ShortestProbe {
		return exitError(exitInput, errors.New(t.say("--for %s : au moins %s", "--for %s: at least %s", t.bound(o.lasts), t.bound(steps.ShortestProbe))))
	}
	s, err := o.load(t, name)
	if err != nil {
		return err
	}
	sc, err := o.probing(t, s)
	if err != nil {
		return err
	}
	p := plan.Plan{Format: plan.Format, Seed: o.seed, Scenarios: []plan.Scenario{sc}}
	if o.dry && o.format == "json" {
		return writeJSON(c.OutOrStdout(), p)
	}
	if o.dry {
		return printPlan(c.OutOrStdout(), p)
	}
	if err := printPlan(c.ErrOrStderr(), p); err != nil {
		return err
	}
	done, err := o.play(c, s, sc)
	if len(done.result) == 0 {
		return err
	}
	r := done.result[0]
	if o.format == "json" {
		err = errors.Join(err, writeJSON(c.OutOrStdout(), r))
	} else {
		err = errors.Join(err, printBearings(c.OutOrStdout(), t, r, done.report))
	}
	if err != nil {
		return err
	}
	return verdictError(r.Verdict)
}

// probing is the scenario: the parts of the probe, and what they are judged by.
func (o *probeOptions) probing(t tongue, s *stage.Stage) (plan.Scenario, error) {
	site, err := o.siteIn(t, s)
	if err != nil {
		return plan.Scenario{}, err
	}
	sc, err := o.scenario(t, s, "probe-"+site.ID, t.say("Sondage du site de %s : ce que les fonctions critiques ne supportent pas de perdre",
		"Probe of site %s: what the critical functions cannot bear to lose", site.Title))
	if err != nil {
		return sc, err
	}
	if least := sc.Stability.D() + 2*time.Second; o.wait != 0 && o.wait < least {
		return sc, exitError(exitInput, errors.New(t.say("--wait %s : au moins %s, le temps de voir le service stable", "--wait %s: at least %s, to see stable service", t.bound(o.wait), t.bound(least))))
	}
	list, skipped, err := steps.ProbeSteps(s, steps.Probing{
		Site: site.ID, Services: only(o.services), Links: only(o.links), For: o.lasts, Wait: o.wait, Functions: sc.Functions,
		Stability: sc.Stability.D(), Lang: string(t), Draw: func(n int) int { return 1 + int(uint64(o.seed)%uint64(n)) },
	})
	if err != nil {
		return sc, exitError(exitInput, err)
	}
	sc.Steps = list
	for _, w := range skipped {
		sc.Warnings = append(sc.Warnings, w.In(string(t)))
	}
	add := func(kind history.Expect, fr, en string) {
		sc.Expect = append(sc.Expect, history.Expectation{Kind: kind, Line: 1, Text: t.typeset(history.Text{FR: fr, EN: en}.In(string(t)))})
	}
	links := func(st plan.Step) bool { return st.Fault != nil && st.Fault.Probe == history.LostLink }
	services := func(st plan.Step) bool { return st.Fault != nil && st.Fault.Probe != history.LostLink }
	if slices.ContainsFunc(list, services) {
		add(history.ExpectBearsServices, "chaque fonction critique supporte la perte de chaque service", "every critical function bears the loss of each service")
	}
	if slices.ContainsFunc(list, links) {
		add(history.ExpectBearsLinks, "chaque fonction critique supporte la perte de chaque liaison", "every critical function bears the loss of each link")
	}
	add(history.ExpectReturns, "chaque fonction critique revient d’elle-même après chaque panne", "every critical function comes back by itself after each fault")
	return sc, nil
}

// only turns "none" into an empty choice, as against none made.
func only(names []string) []string {
	if len(names) == 1 && names[0] == "none" {
		return []string{}
	}
	return names
}

// siteIn finds the site that is probed, by id or title.
func (o *probeOptions) siteIn(t tongue, s *stage.Stage) (stage.Site, error) {
	var known []string
	for _, site := range s.Sites {
		if o.site == "" && site.Role == "primary" || o.site != "" && (strings.EqualFold(o.site, site.ID) || strings.EqualFold(o.site, site.Title)) {
			return site, nil
		}
		known = append(known, site.ID)
	}
	return stage.Site{}, exitError(exitInput, errors.New(t.say("--site %s : la plateforme %s n’a pas ce site", "--site %s: stage %s has no such site", o.site, s.ID)+
		"\n    "+steps.KnownHint(string(t), o.site, known)))
}

// printProbeTime says how long the parts of a probe take, where all goes well
// and at most.
func printProbeTime(b *strings.Builder, t tongue, s plan.Scenario) {
	n := 0
	var least, most time.Duration
	for i, st := range s.Steps {
		if st.Fault == nil || st.Fault.Probe == "" {
			continue
		}
		n++
		least += st.Fault.For.D() + s.Stability.D() + betweenProbes
		most += st.Fault.For.D() + betweenProbes
		if i+1 < len(s.Steps) && s.Steps[i+1].Do == plan.DoCalm {
			most += s.Steps[i+1].Wait.D()
		}
	}
	if n == 0 {
		return
	}
	fmt.Fprintf(b, "   %s\n", wrap(t.say("sondage : %s, environ %s (%s au plus)", "probe: %s, about %s (%s at most)",
		t.some(n, "%d perte", "%d pertes", "%d loss", "%d losses"), t.duration(rounded(least)), t.duration(rounded(most))), columns-3, "     "))
}

// betweenProbes is what a part of a probe takes beside the loss and the return to
// stable service: canaries before it, the repair itself.
const betweenProbes = 3 * time.Second

// rounded is a time as people plan with it: to 10 seconds, from 2 minutes on to
// half a minute.
func rounded(d time.Duration) time.Duration {
	unit := 10 * time.Second
	if d >= 2*time.Minute {
		unit = 30 * time.Second
	}
	return (d + unit - 1).Truncate(unit)
}
