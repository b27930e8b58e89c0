# What ansible-playbook does, a JSON object a line, into the file that
# BASCULE_RECORD names. Names only: contents, differences, arguments and what
# modules say may be secrets, and stay in this process.
import json
import os

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
    name: bascule
    type: stdout
    short_description: what a playbook changes, names only
    description: One JSON object a line.
"""

# Arguments that name what a task is about.
NAMING = ("path", "dest", "name")


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "bascule"

    def __init__(self):
        super().__init__()
        self.record = open(os.environ["BASCULE_RECORD"], "a", buffering=1, encoding="utf-8")

    def say(self, **line):
        self.record.write(json.dumps(line, sort_keys=True) + "\n")

    def told(self, status, result, ignored=False):
        # The fields are the task's after everything that it inherits from its
        # play, its blocks and its roles.
        task, fields, values = result._task, result._task_fields or {}, result._result
        hidden = fields.get("no_log") is True or "censored" in values
        items = values.get("results") if isinstance(values.get("results"), list) else [dict(values, skipped=status == "skipped")]
        self.say(
            status=status,
            host=result._host.get_name(),
            task=task.get_name(),
            module=task.resolved_action or task.action,
            at=task.get_path(),
            changed=values.get("changed") is True,
            ran=fields.get("check_mode") is False,
            # Skipped for a condition of the playbook, or an empty loop: nothing
            # to verify. Skipped without one: the module cannot foresee.
            skipped=sum(1 for i in items if isinstance(i, dict) and i.get("skipped") is True and not reasoned(i)),
            ignored=ignored,
            names=[] if hidden else named(fields.get("args")),
            **({"cause": "hidden"} if hidden else cause(task, values)) if status == "failed" else {},
        )

    def v2_runner_on_ok(self, result):
        self.told("ok", result)

    def v2_runner_on_skipped(self, result):
        self.told("skipped", result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self.told("failed", result, ignore_errors)

    def v2_runner_on_unreachable(self, result):
        self.told("unreachable", result)

    def v2_playbook_on_stats(self, stats):
        # A task that failed for a host that is in neither of failed and dark did
        # not keep the playbook from its end.
        self.say(
            status="end",
            hosts=sorted(stats.processed),
            failed=sorted(h for h, n in stats.failures.items() if n),
            dark=sorted(h for h, n in stats.dark.items() if n),
            rescued=sorted(h for h, n in stats.rescued.items() if n),
        )


def reasoned(item):
    return "skip_reason" in item or "false_condition" in item


def named(args):
    if not isinstance(args, dict):
        return []
    found = [args.get(k) for k in NAMING]
    return [f for f in found if isinstance(f, str) and f and "{{" not in f]


# What a module's message speaks of, and how that is called. The first that is
# found counts.
SPEAKS_OF = (
    ("undefined", ("is undefined", "undefined variable", "is not defined")),
    ("argument", ("unsupported parameters", "missing required argument", "missing parameter", "must be one of", "mutually exclusive",
                  "unable to convert", "is required by", "of the following are required", "of the following is required")),
    ("interpreter", ("interpreter",)),
    ("timeout", ("timed out", "timeout")),
    ("denied", ("permission denied", "not permitted")),
    ("absent", ("no such file", "could not find", "not found", "does not exist", "is absent")),
)


def cause(task, values):
    """Why a task failed, as one of a few fixed words, and the code it ended with."""
    items = values.get("results") if isinstance(values.get("results"), list) else []
    values = next((i for i in items if isinstance(i, dict) and i.get("failed") is True), values)
    # Of these the message is the playbook's own, and may speak of anything.
    if "assertion" in values:
        return {"cause": "assert"}
    if task.action.rpartition(".")[2] == "fail":
        return {"cause": "fail"}
    if values.get("failed_when_result") is True:
        return {"cause": "failed_when"}
    said = str(values.get("msg", "")).lower()
    for word, signs in SPEAKS_OF:
        if any(sign in said for sign in signs):
            return {"cause": word}
    if "module_stdout" in values or "module_stderr" in values:
        return {"cause": "crash"}
    code = values.get("rc")
    if isinstance(code, int) and code != 0:
        return {"cause": "code", "code": code}
    return {}
