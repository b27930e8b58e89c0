package sweep

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestStampsTellInputsApart(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	binary := filepath.Join(t.TempDir(), "bascule")
	if err := os.WriteFile(binary, []byte("program"), 0o644); err != nil {
		t.Fatal(err)
	}
	file("stage.yaml", "a")
	file("releases/1.yaml", "b")
	hash := func() string {
		h, err := Inputs(dir, binary)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	before := hash()
	if hash() != before {
		t.Error("the same files have two hashes")
	}
	file("releases/1.yaml", "c")
	if hash() == before {
		t.Error("another release has the same hash")
	}
	sc := migration()
	stamp := Stamp(before, 1)
	if stamp(sc) == Stamp(before, 2)(sc) || stamp(sc) == Stamp(hash(), 1)(sc) {
		t.Error("another seed, or other files, have the same stamp")
	}
	other := migration()
	other.Rate = 17
	if stamp(sc) == stamp(other) || stamp(sc) != stamp(migration()) {
		t.Error("stamps do not follow the scenario")
	}
}
