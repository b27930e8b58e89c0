# What ansible-playbook does, a JSON object a line, into the file that
# BASCULE_RECORD names. Names only: contents, differences and arguments may be
# secrets, and stay in this process.
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
            msg="" if hidden or status not in ("failed", "unreachable") else str(values.get("msg", ""))[:300],
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
        self.say(status="end", hosts=sorted(stats.processed))


def reasoned(item):
    return "skip_reason" in item or "false_condition" in item


def named(args):
    if not isinstance(args, dict):
        return []
    found = [args.get(k) for k in NAMING]
    return [f for f in found if isinstance(f, str) and f and "{{" not in f]
