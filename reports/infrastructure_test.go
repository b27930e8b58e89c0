package reports

import (
	"bytes"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"bascule/harness/analysis"
)

// checkedSite is a site that was found to differ, mended, and checked again,
// beside one of which nothing can be said.
func checkedSite() []analysis.InfraRecord {
	return []analysis.InfraRecord{
		{ID: "lyon", Do: "check", Site: "lyon", Tool: "Ansible", Version: "2.14.18", From: at(10), To: at(14), Matched: 3, Owner: text("exploitation", "operations"), Changes: []analysis.InfraChange{
			{Status: "drift", Target: "lyon/db", What: "Settings of the site", Names: "/etc/site.conf", Where: "lyon.yaml:15"},
			{Status: "not-verified", Target: "lyon/db", What: "Read again", Where: "lyon.yaml:37", Why: text("le module ne sait rien dire", "the module cannot tell")},
		}},
		{ID: "lyon", Do: "apply", Site: "lyon", Tool: "Ansible", Version: "2.14.18", From: at(15), To: at(19), Matched: 3, Changes: []analysis.InfraChange{
			{Status: "applied", Target: "lyon/db", What: "Settings of the site", Names: "/etc/site.conf", Where: "lyon.yaml:15"},
		}},
		{ID: "network", Do: "check", Site: "lyon", Tool: "Terraform", Version: "1.11.4", Recorded: "2026-11-02", From: at(20), To: at(21), Matched: 1, Changes: []analysis.InfraChange{
			{Status: "not-applied", Target: "docker_network.lyon", What: "update", Names: "ipam_config"},
			{Status: "failed", Target: "docker_network.x", What: "read", Why: text("injoignable", "out of reach")},
		}},
	}
}

func TestThePageTellsHowFarASiteIsFromItsCode(t *testing.T) {
	for lang, want := range map[string][]string{
		"fr": {"Infrastructure et son code", "Contrôle · 10,0 s · « lyon » (Ansible 2.14.18) : 3 points conformes, 1 écart, 1 non vérifié", "écart</span>", "non vérifié</span>", "corrigé</span>",
			"jamais appliqué</span>", "plan enregistré le 2 novembre 2026", "le module ne sait rien dire", "/etc/site.conf", "non concluant</span>"},
		"en": {"Infrastructure and its code", "Check · 10.0 s · “lyon” (Ansible 2.14.18): 3 points as their code says, 1 difference, 1 not verified", "never applied</span>", "mended</span>",
			"plan recorded on 2026-11-02", "the module cannot tell", "inconclusive</span>"},
	} {
		m := sampleModel()
		m.Language = lang
		m.Scenarios[0].Header.Language = lang
		m.Scenarios[0].Infrastructure = checkedSite()
		page := written(t, HTML{}, m)
		parse(t, page)
		plain := strings.NewReplacer(nbsp, " ", narrow, " ").Replace(page)
		for _, w := range want {
			if !strings.Contains(plain, w) {
				t.Errorf("%s: the page does not say %q", lang, w)
			}
		}
	}
	if page := written(t, HTML{}, sampleModel()); strings.Contains(page, "Infrastructure et son code") {
		t.Error("a run without any check has a section of them")
	}
}

func TestInfrastructureFollowsTheSchema(t *testing.T) {
	m := sampleModel()
	m.Scenarios[0].Infrastructure = checkedSite()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("report.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("report.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(written(t, JSON{}, m)))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(v); err != nil {
		t.Error(err)
	}
}
