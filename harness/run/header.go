package run

import (
	"bascule/harness/history"
	"bascule/harness/plan"
)

// header is what the analysis must know of the plan and the stage.
func (s *scenario) header() history.Header {
	p := s.plan
	h := history.Header{
		Format: history.Format, Run: s.ID, Scenario: p.ID, Name: p.Name, Feature: p.Feature, Line: p.Line, Language: p.Language,
		Source: p.Source, SHA256: p.SHA256, Stage: p.Stage, StageName: s.stage.Title, Live: p.Live, Started: s.began.UTC(),
		Seed: s.Plan.Seed, Prefix: s.prefix, Stability: p.Stability.D(), Functions: p.Functions, Expect: p.Expect, NotRun: p.NotRun,
		Declared: declared(s.stage), Shared: sharedMounts(s.stage),
	}
	for i, f := range h.Functions {
		if w, ok := s.workloadOf(f.ID); ok {
			h.Functions[i].Rate = w.Rate
			if p.Rate > 0 {
				h.Functions[i].Rate = p.Rate
			}
		}
	}
	for _, st := range p.Steps {
		h.Steps = append(h.Steps, history.PlannedStep{Line: st.Line, Text: st.Text, Do: string(st.Do), Probe: probeOf(st)})
		if st.Deploy != nil {
			h.Target = st.Deploy.Release
		}
	}
	stores := map[string]bool{}
	for _, st := range s.stage.Stores {
		stores[st.Service] = true
	}
	for _, site := range s.stage.Sites {
		place := history.Site{ID: site.ID, Title: site.Title, Role: site.Role}
		if p := site.ThirdParty; p != nil {
			place.ThirdParty = &history.ThirdParty{Title: p.Title, Stub: p.Stub}
		}
		h.Sites = append(h.Sites, place)
		for _, name := range site.Project.ServiceNames() {
			svc := site.Project.Services[name]
			for k := 1; k <= svc.GetScale(); k++ {
				h.Services = append(h.Services, history.Service{Site: site.ID, Name: name, Instance: k,
					Entry: site.Own() && name == s.stage.Entry.Service, Store: site.Own() && stores[name]})
			}
			for _, dep := range svc.GetDependencies() {
				h.Links = append(h.Links, history.Link{From: site.ID + "/" + name, To: site.ID + "/" + dep})
			}
		}
	}
	for _, f := range s.stage.Flows {
		h.Links = append(h.Links, history.Link{From: f.From, To: f.To})
	}
	return h
}

// faults lists every fault of the plan.
func (s *scenario) faults() []plan.Fault {
	var out []plan.Fault
	for _, st := range s.plan.Steps {
		if st.Fault != nil {
			out = append(out, *st.Fault)
		}
	}
	return out
}
