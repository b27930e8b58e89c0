package infra

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// stub is as much of Ansible as the callback touches.
const stub = `
import json, os, sys, types

class CallbackBase:
    pass

for name in ("ansible", "ansible.plugins", "ansible.plugins.callback"):
    sys.modules[name] = types.ModuleType(name)
sys.modules["ansible.plugins.callback"].CallbackBase = CallbackBase
exec(compile(open("callback.py", encoding="utf-8").read(), "callback.py", "exec"))

class Of:
    def __init__(self, **kw):
        self.__dict__.update(kw)

told = CallbackModule()
for case in json.load(sys.stdin):
    action = case.get("action", "ansible.builtin.command")
    told.v2_runner_on_failed(Of(
        _task=Of(action=action, resolved_action=action, get_name=lambda: case["name"], get_path=lambda: "x.yml:1"),
        _task_fields=dict(args={}, no_log=case.get("no_log", False)), _result=case["result"], _host=Of(get_name=lambda: "h")))
told.v2_playbook_on_stats(Of(processed={"a": 1, "b": 1, "c": 1}, failures={"a": 1, "b": 0}, dark={"c": 1}, rescued={"b": 2}))
`

// Why a task failed leaves Ansible as a word of a fixed list, and how it ended as
// the names of hosts; nothing that a module says does.
func TestTheCallbackPassesNoMessageOn(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("NOT TESTED: python3 is not on this machine")
	}
	type result = map[string]any
	type one struct {
		Name   string `json:"name"`
		Action string `json:"action,omitempty"`
		NoLog  bool   `json:"no_log"`
		Result result `json:"result"`
	}
	cases := map[string]one{
		"assert":      {Action: "assert", Result: result{"assertion": "hunter2 == x", "msg": "login as app with hunter2 is undefined"}},
		"fail":        {Action: "ansible.builtin.fail", Result: result{"msg": "hunter2: permission denied"}},
		"failed_when": {Result: result{"failed_when_result": true, "rc": 0, "msg": "hunter2"}},
		"code":        {Result: result{"rc": 7, "msg": "non-zero return code", "stderr": "hunter2"}},
		"undefined":   {Result: result{"msg": "The task includes an option with an undefined variable: hunter2"}},
		"argument":    {Result: result{"msg": "Unsupported parameters for (copy) module: hunter2"}},
		"interpreter": {Result: result{"msg": "you probably need to set the interpreter", "rc": 127, "module_stdout": "hunter2"}},
		"crash":       {Result: result{"msg": "MODULE FAILURE", "rc": 1, "module_stderr": "hunter2"}},
		"denied":      {Result: result{"msg": "[Errno 13] Permission denied: hunter2", "rc": 13}},
		"absent":      {Result: result{"msg": "Could not find or access 'hunter2'"}},
		"timeout":     {Result: result{"msg": "Timed out waiting for hunter2"}},
		"hidden":      {NoLog: true, Result: result{"msg": "hunter2", "rc": 3}},
		"":            {Result: result{"msg": "hunter2"}},
	}
	var input []one
	for _, word := range slices.Sorted(maps.Keys(cases)) {
		c := cases[word]
		c.Name = word
		input = append(input, c)
	}
	input = append(input, one{Name: "absent", Result: result{"msg": "One or more items failed", "results": []result{{"msg": "x"}, {"failed": true, "msg": "No such file hunter2"}}}})
	b, err := json.Marshal(input)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "record.jsonl")
	c := exec.CommandContext(t.Context(), python, "-c", stub)
	c.Env = append(os.Environ(), "BASCULE_RECORD="+file)
	c.Stdin = strings.NewReader(string(b))
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	record, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(record), "hunter2") {
		t.Errorf("a secret left Ansible:\n%s", record)
	}
	lines := strings.Split(strings.TrimSpace(string(record)), "\n")
	if len(lines) != len(input)+1 {
		t.Fatalf("%d lines", len(lines))
	}
	for i, in := range input {
		var l line
		if err := json.Unmarshal([]byte(lines[i]), &l); err != nil {
			t.Fatal(err)
		}
		if l.Cause != in.Name || (l.Code != 0) != (in.Name == "code") {
			t.Errorf("%+v is told as %q, code %d", in.Result, l.Cause, l.Code)
		}
		if _, ok := causes[l.Cause]; !ok && l.Cause != "" && l.Cause != "code" {
			t.Errorf("cause %q has no words", l.Cause)
		}
	}
	var end line
	if err := json.Unmarshal([]byte(lines[len(input)]), &end); err != nil {
		t.Fatal(err)
	}
	if end.Status != "end" || !slices.Equal(end.Failed, []string{"a"}) || !slices.Equal(end.Dark, []string{"c"}) || !slices.Equal(end.Rescued, []string{"b"}) {
		t.Errorf("%+v", end)
	}
}
