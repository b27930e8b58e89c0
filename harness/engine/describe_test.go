package engine

import (
	"archive/tar"
	"bytes"
	"errors"
	"testing"
)

func packed(t *testing.T, files map[string]int) *bytes.Buffer {
	t.Helper()
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	for name, size := range files {
		h := &tar.Header{Name: name, Typeflag: tar.TypeReg, Size: int64(size), Mode: 0o644}
		if name[len(name)-1] == '/' {
			h.Typeflag = tar.TypeDir
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(bytes.Repeat([]byte("x"), size)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &buf
}

func TestUntar(t *testing.T) {
	got, err := untar(packed(t, map[string]int{"conf/": 0, "conf/a.yaml": 3, "conf/d/b.yaml": 1}), "conf", "/etc/conf")
	if err != nil || len(got) != 2 || string(got["/etc/conf/a.yaml"]) != "xxx" || string(got["/etc/conf/d/b.yaml"]) != "x" {
		t.Errorf("%v, %v", got, err)
	}
	// A file, behind a link of another name.
	got, err = untar(packed(t, map[string]int{"real.pem": 2}), "real.pem", "/etc/tls.pem")
	if err != nil || len(got) != 1 || string(got["/etc/tls.pem"]) != "xx" {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := untar(packed(t, map[string]int{"big": folderBytes + 1}), "big", "/big"); !errors.Is(err, ErrTooMuch) {
		t.Errorf("%v, want %v", err, ErrTooMuch)
	}
	if _, err := untar(bytes.NewBufferString("not a tar"), "x", "/x"); err == nil {
		t.Error("what is no archive was read")
	}
}
