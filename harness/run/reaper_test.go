//go:build unix

package run

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// listener is a program in the reaper's place: it writes down its arguments and
// what it hears until the pipe is closed. It gives a function that waits for that.
func listener(t *testing.T) (binary string, heard func() (args, word string)) {
	t.Helper()
	dir := t.TempDir()
	binary = filepath.Join(dir, "listener")
	script := "#!/bin/sh\ncd " + dir + "\necho \"$@\" >args\ncat >hearing\nmv hearing heard\n"
	if err := os.WriteFile(binary, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return binary, func() (string, string) {
		t.Helper()
		for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
			word, err := os.ReadFile(filepath.Join(dir, "heard"))
			if err != nil {
				continue
			}
			args, err := os.ReadFile(filepath.Join(dir, "args"))
			if err != nil {
				t.Fatal(err)
			}
			return strings.TrimSpace(string(args)), string(word)
		}
		t.Fatal("the pipe was never closed")
		return "", ""
	}
}

// Only who knows that nothing is left says farewell to the reaper.
func TestTheReaperGoesOnWhereTheLastRemovalFailed(t *testing.T) {
	for _, tt := range []struct{ name, refuse, word string }{
		{"removed", "", farewell},
		{"the engine does not tell what it holds", "GET /containers/json", ""},
		{"nor what images", "GET /images/json", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFakeEngine(t)
			f.refuse = tt.refuse
			c := Config{Engine: f.connect(), ID: "r1"}
			binary, heard := listener(t)
			reaper, err := StartReaper(binary, c.ID, "folder")
			if err != nil {
				t.Fatal(err)
			}
			var out Outcome
			err = c.leave(t.Context(), &out, reaper)
			if clean := tt.refuse == ""; (err == nil) != clean || (out.Remains() == nil) != clean {
				t.Errorf("error %v, remains %v", err, out.Remains())
			}
			args, word := heard()
			if word != tt.word {
				t.Errorf("the reaper heard %q, want %q", word, tt.word)
			}
			if want := "reap --run r1 --log " + filepath.Join("folder", reaperLog); args != want {
				t.Errorf("the reaper is called with %q, want %q", args, want)
			}
		})
	}
}

// An engine that is just being restarted answers later.
func TestTheReaperWaitsForAnEngine(t *testing.T) {
	f := newFakeEngine(t)
	late := time.AfterFunc(1500*time.Millisecond, f.start)
	defer late.Stop()
	log := filepath.Join(t.TempDir(), reaperLog)
	if err := Reap(t.Context(), strings.NewReader(""), "r1", LogFile(log)); err != nil {
		t.Fatal(err)
	}
	if !f.was("GET /containers/json", "bascule.run%3Dr1") {
		t.Error("nobody looked for what the engine holds of the run")
	}
	if _, err := os.Stat(log); !os.IsNotExist(err) {
		t.Errorf("all went well, and there is a file that tells of it (%v)", err)
	}
}

func TestTheReaperTellsItsTroubleInTheRunsFolder(t *testing.T) {
	f := newFakeEngine(t)
	f.refuse = "GET /images/json"
	f.start()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	log := filepath.Join(t.TempDir(), reaperLog)
	if err := Reap(ctx, strings.NewReader(""), "r1", LogFile(log)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v, want that its time was up", err)
	}
	b, err := os.ReadFile(log)
	if err != nil || strings.Count(string(b), "not now") != 1 {
		t.Errorf("told %q, %v; want the one trouble once", b, err)
	}
}
