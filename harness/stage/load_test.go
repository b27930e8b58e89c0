package stage

import (
	"testing"
)

func TestLoadGood(t *testing.T) {
	s, err := Load("testdata/good", "async")
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", s.NotRun)
	for _, site := range s.Sites {
		for n, svc := range site.Project.Services {
			t.Log(site.ID, n, svc.Image, svc.Environment, svc.GetScale())
		}
	}
	t.Log(s.Functions, Stages("testdata"))
}
