package containers

import (
	"encoding/binary"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/types"

	"bascule/harness/engine"
	"bascule/harness/stage"
)

// paperEngine is an engine of paper whose one container, c1, has an environment
// and a log.
func paperEngine(t *testing.T, env []string, log string) *engine.Engine {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Api-Version", "1.44")
		w.Header().Set("Content-Type", "application/json")
		switch {
		case strings.HasSuffix(r.URL.Path, "/_ping"):
		case strings.HasSuffix(r.URL.Path, "/info"):
			_ = json.NewEncoder(w).Encode(map[string]any{"ServerVersion": "0"})
		case strings.HasSuffix(r.URL.Path, "/containers/c1/json"):
			_ = json.NewEncoder(w).Encode(map[string]any{"Id": "c1", "State": map[string]any{"ExitCode": 1}, "Config": map[string]any{"Env": env}})
		case strings.HasSuffix(r.URL.Path, "/containers/c1/logs"):
			frame := []byte{2, 0, 0, 0, 0, 0, 0, 0}
			binary.BigEndian.PutUint32(frame[4:], uint32(len(log)))
			_, _ = w.Write(append(frame, log...))
		default:
			http.Error(w, `{"message":"no such container"}`, http.StatusNotFound)
		}
	}))
	t.Cleanup(server.Close)
	t.Setenv("DOCKER_HOST", "tcp://"+server.Listener.Addr().String())
	e, err := engine.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

// What goes into the proof of a fault is the names of what a service lacks,
// whatever else its log holds.
func TestLastWordsAreNamesAlone(t *testing.T) {
	for log, want := range map[string]string{
		"cannot read /run/secrets/api-key: no such file\nthe old one was s3cr3t-value": "api-key",
		"CURRENCY is not set, PORT is 8080, token s3cr3t-value":                        "CURRENCY",
		"api-key and CURRENCY, both":                                                   "CURRENCY, api-key",
		"login with s3cr3t-value refused":                                              "",
		"":                                                                             "",
	} {
		target := stageOfTwo()
		target.Stage = &stage.Stage{}
		for _, s := range target.sites {
			s.Project = &types.Project{Services: types.Services{"orders": {Name: "orders"}}}
		}
		target.Engine = paperEngine(t, []string{"PORT=8080"}, log)
		m := target.members[0]
		m.id = "c1"
		m.without = map[string]bool{"api-key": true, "CURRENCY": true, "PORT": false}
		if got := target.LastWords(t.Context(), m.Member); got != want {
			t.Errorf("%q: %q, want %q", log, got, want)
		}
	}
}

// The errors of a stage show no secret of it.
func TestAStagesSecretsAreConcealed(t *testing.T) {
	e := paperEngine(t, nil, "the key is s3cr3t-content, the password s3cr3t-password")
	st := &stage.Stage{
		Sites: []stage.Site{{ID: "paris", Role: "primary", Project: &types.Project{
			Services: types.Services{"db": {Name: "db"}},
			Secrets:  types.Secrets{"key": {Content: "s3cr3t-content"}},
		}}},
		Stores: []stage.Store{{Admin: stage.Login{User: "root", Password: "s3cr3t-password"}}},
	}
	if _, err := New(Config{Engine: e, Stage: st}); err != nil {
		t.Fatal(err)
	}
	if got := e.Tail(t.Context(), "c1", 15); strings.Contains(got, "s3cr3t") || !strings.Contains(got, "the key is •••") {
		t.Errorf("got %q", got)
	}
	if !slices.Contains(secretsOf(st), "s3cr3t-content") {
		t.Error("the content of a secret is not among them")
	}
}
