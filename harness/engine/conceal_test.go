package engine

import (
	"encoding/binary"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// paper is an engine of paper: one container, with an environment and a log.
func paper(t *testing.T, state, env []string, log string) *Engine {
	t.Helper()
	answer := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Api-Version", "1.44")
		switch {
		case strings.HasSuffix(r.URL.Path, "/_ping"):
		case strings.HasSuffix(r.URL.Path, "/info"):
			answer(w, map[string]any{"ServerVersion": "0"})
		case strings.HasSuffix(r.URL.Path, "/containers/c1/json"):
			var s any = map[string]any{"Status": state[0], "Running": state[0] == "running", "ExitCode": 1, "Health": map[string]any{"Status": state[1]}}
			answer(w, map[string]any{"Id": "c1", "State": s, "Config": map[string]any{"Env": env}})
		case strings.HasSuffix(r.URL.Path, "/containers/c1/logs"):
			frame := []byte{1, 0, 0, 0, 0, 0, 0, 0}
			binary.BigEndian.PutUint32(frame[4:], uint32(len(log)))
			_, _ = w.Write(append(frame, log...))
		default:
			http.Error(w, `{"message":"no such container"}`, http.StatusNotFound)
		}
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	t.Setenv("DOCKER_HOST", "tcp://"+server.Listener.Addr().String())
	e, err := Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

// The log of a container that never gets well is shown, without what it was
// given: this error goes into the record and into reports.
func TestTheLastLinesOfAnErrorHoldNoSecret(t *testing.T) {
	env := []string{"DATABASE_URL=postgres://orders:hunter2-of-db@db:5432/orders", "TOKEN=correct-horse", "EMPTY=", "N=1", "DSN=host=db password=battery"}
	log := strings.Join([]string{
		"connecting to postgres://orders:hunter2-of-db@db:5432/orders",
		"login with hunter2-of-db refused", "token correct-horse", "tried battery", "the api key is s3cr3t-file", "cannot dial redis://:pw@cache:6379, giving up",
	}, "\n")
	for _, state := range [][]string{{"running", "unhealthy"}, {"exited", "none"}} {
		e := paper(t, state, env, log)
		e.Conceal("s3cr3t-file\n")
		err := e.WaitReady(t.Context(), "c1", "paris/orders/1")
		if err == nil {
			t.Fatal("a container that is not well is taken as ready")
		}
		for _, secret := range []string{"hunter2", "correct-horse", "battery", "s3cr3t", ":pw@"} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%q can be read in %q", secret, err)
			}
		}
		for _, word := range []string{"paris/orders/1", "its last lines", "connecting to •••", "login with ••• refused", "the api key is •••", "redis://:•••@cache:6379, giving up"} {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("no %q in %q", word, err)
			}
		}
		if raw := e.Log(t.Context(), "c1", 15); !strings.Contains(raw, "correct-horse") {
			t.Errorf("there is nothing to look for names in: %q", raw)
		}
	}
}

// Where it cannot be told what is secret, nothing is shown.
func TestALogWhoseSecretsAreUnknownIsNotShown(t *testing.T) {
	e := paper(t, []string{"running", "unhealthy"}, nil, "")
	if got := e.shown(t.Context(), "gone", "token correct-horse"); strings.Contains(got, "correct-horse") {
		t.Errorf("got %q", got)
	}
}

func TestConceal(t *testing.T) {
	for name, c := range map[string]struct{ value, text, want string }{
		"a value":              {"hunter2", "x hunter2 y hunter2", "x ••• y •••"},
		"within a word":        {"hunter2", "xhunter2y", "x•••y"},
		"too short":            {"abc", "abc", "abc"},
		"none":                 {"", "abc", "abc"},
		"a URL's password":     {"amqp://u:p%40ss-word@mq", "p%40ss-word and p@ss-word", "••• and •••"},
		"of a list of URLs":    {"http://a:first-one@x,http://a:second-one@y", "second-one first-one", "••• •••"},
		"an address is not":    {"http://db:5432", "db 5432", "db 5432"},
		"a connection string":  {"host=db password=hunter2 user=x", "hunter2 on db", "••• on db"},
		"quoted":               {`hun"ter\2`, `said "hun\"ter\\2"`, `said "•••"`},
		"in a query":           {"hun/ter 2", "?p=hun%2Fter+2", "?p=•••"},
		"a line of a file":     {"-----BEGIN\nAAAA\nBBBB\n", "key AAAA\n", "key •••\n"},
		"a setting of a file":  {"user=app\npassword: hunter2\n", "app hunter2", "app •••"},
		"overlapping":          {"abcdef\nefghijkl", "abcdefghijkl", "•••"},
		"a URL of the log":     {"", "at mysql://root:pw@db", "at mysql://root:•••@db"},
		"a URL without a user": {"", "at http://db:80/a@b", "at http://db:80/a@b"},
		"accents":              {"é", "é", "é"},
	} {
		if got := conceal(c.text, wordsOf(c.value)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// Whatever the value and the log, a value that counts is in no line.
func FuzzConceal(f *testing.F) {
	f.Add("hunter2", "a hunter2 b")
	f.Add("postgres://u:pass@h", "pass")
	f.Add("aaaa", "aaaaaaa")
	f.Fuzz(func(t *testing.T, value, text string) {
		words := wordsOf(value)
		got := conceal(text+value+text, words)
		for _, w := range words {
			if !strings.Contains(concealed, w) && strings.Contains(strings.ReplaceAll(got, concealed, "\x00"), w) {
				t.Errorf("%q is in %q", w, got)
			}
		}
	})
}
