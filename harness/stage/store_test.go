package stage

import (
	"path/filepath"
	"testing"
)

// TestAStoreOverHTTP: it needs its two paths and nothing of a database, and an
// editor with the schema says the same.
func TestAStoreOverHTTP(t *testing.T) {
	dir := copyGood(t, broken{file: "stage.yaml", old: overPostgres, new: overHTTP})
	s, err := Load(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	want := Store{ID: "orders-db", Driver: DriverHTTP, Service: "db", Port: 8080, Rows: "/rows?prefix={{.Prefix}}", Writable: "/writable"}
	if s.Stores[0] != want {
		t.Errorf("%+v, want %+v", s.Stores[0], want)
	}
	if err := schemaFor(t, "stage").Validate(asJSON(t, filepath.Join(dir, "stage.yaml"))); err != nil {
		t.Error(err)
	}
}
