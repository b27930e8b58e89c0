package containers

import (
	"debug/elf"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestScriptsAreRunByTheirInterpreter(t *testing.T) {
	for line, want := range map[string][]string{
		"#!/bin/sh\necho":                      {"/bin/sh"},
		"#! /bin/bash -e\n":                    {"/bin/bash", "-e"},
		"#!/usr/bin/env python3\n":             {"python3"},
		"#!/usr/bin/env -S A=b perl -w\nprint": {"perl", "-w"},
		"\x7fELF":                              nil,
		"":                                     nil,
	} {
		if got := interpreter(strings.NewReader(line)); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}

// What takes a library before its own is told from what does not, by the file
// alone.
func TestWhatTakesALibrary(t *testing.T) {
	dir := t.TempDir()
	source := filepath.Join(dir, "main.go")
	if err := os.WriteFile(source, []byte("package main\nimport \"time\"\nfunc main() { println(time.Now().Unix()) }\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	build := func(name, cgo string, flags ...string) string {
		t.Helper()
		out := filepath.Join(dir, name)
		c := exec.Command("go", slices.Concat([]string{"build", "-o", out}, flags, []string{source})...)
		c.Env = append(os.Environ(), "CGO_ENABLED="+cgo)
		if said, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, said)
		}
		return out
	}
	foreign := elf.EM_AARCH64
	self, err := elf.Open(build("static", "0"))
	if err != nil {
		t.Skipf("NOT TESTED: programs here are no ELF files: %v", err)
	}
	defer self.Close()
	if self.Machine == foreign {
		foreign = elf.EM_X86_64
	}
	for _, c := range []struct {
		file    string
		machine elf.Machine
		why     string
	}{
		{filepath.Join(dir, "static"), self.Machine, "static binary"},
		{filepath.Join(dir, "static"), foreign, "is built for"},
		{source, self.Machine, "no Linux program"},
		{build("linked", "0", "-buildmode=pie", "-ldflags=-linkmode=internal"), self.Machine, "a Go program"},
		{"/bin/sh", self.Machine, ""},
	} {
		f, err := os.Open(c.file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		err = takesAny(f, c.machine)
		var no errNoPreload
		if c.why == "" && err != nil || c.why != "" && (!errors.As(err, &no) || !strings.Contains(no.why.EN, c.why)) {
			t.Errorf("%s: %v, want %q", filepath.Base(c.file), err, c.why)
		}
	}
}
