"""Runs one action of a foreign module of the root agent, or names its actions.

    python3 -I -B -X pycache_prefix=/dev/null run_action.py MODULE < order > result

The order is {"action": NAME, "params": {...}}, the result what the handler answered; with {"action": null} the result is
{"ok": true, "actions": [NAME, ...]}. Both are JSON. A module has a dict ACTIONS, name -> handler(params) -> dict with "ok".
"""

import importlib.util
import json
import os
import sys


def load(path):
    # Last: what lies beside the module takes the place of no module of Python's own.
    sys.path.append(os.path.dirname(path))
    spec = importlib.util.spec_from_file_location(os.path.basename(path)[: -len(".py")].replace("-", "_"), path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.ACTIONS


def main():
    # Whatever the module prints is a message; the result alone goes to standard output.
    result = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    order = json.load(sys.stdin)
    actions = load(sys.argv[1])
    if order["action"] is None:
        for name, handler in actions.items():
            if not callable(handler):
                raise TypeError(f"the handler of {name} cannot be called")
        answer = {"ok": True, "actions": list(actions)}
    else:
        answer = actions[order["action"]](order["params"])
    json.dump(answer, result)
    result.flush()


main()
