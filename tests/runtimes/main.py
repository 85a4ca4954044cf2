"""Runs the cases: main.py [LANGUAGE...] [--only TEXT]. Prints a line a case and 'N passed, N failed, N skipped'."""
import argparse
import importlib
import os
import sys
import traceback

import cases
import client
from client import ROOT
from languages import LANGUAGES

HERE = os.path.dirname(os.path.abspath(__file__))


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("languages", nargs="*")
    arguments.add_argument("--only", help="cases whose name contains this")
    arguments.add_argument("--command", help="another interpreter with its flags, such as '/opt/node24/bin/node'; for one language")
    arguments.add_argument("--runtime", help="the identifier it then stands for, such as nodejs24.x")
    arguments.add_argument("--started", choices=("plain", "ahead"), help="only starts for a function, or only starts ahead of need; without, both")
    options = arguments.parse_args()
    # Every cases_*.py beside this file declares its cases when imported.
    for file in sorted(os.listdir(HERE)):
        if file.startswith("cases_") and file.endswith(".py"):
            importlib.import_module(file[:-3])
    passed, failed, skipped = 0, [], 0
    for name in options.languages or LANGUAGES:
        language = LANGUAGES[name]
        if options.command:
            language.argv = [*options.command.split(), language.argv[-1]]
            language.needs = language.argv[0]
            language.runtime = options.runtime or language.runtime
        reason = language.missing()
        if reason is None:
            # Where the launcher builds it too: the SDKs are fetched once.
            language.build(os.path.join(ROOT, "artifacts", "runtimes", name))
        for is_ahead, title, function in [
                (kind == "ahead", title, function) for kind in ("plain", "ahead") if options.started in (None, kind)
                for title, function in cases.of(name, options.only)]:
            client.from_stems = is_ahead
            title += " (started ahead)" if is_ahead else ""
            if reason is not None:
                skipped += 1
                print(f"skip {name}: {title} ({reason})", flush=True)
                continue
            try:
                function(language)
                passed += 1
                print(f"ok   {name}: {title}", flush=True)
            except cases.Skipped as why:
                skipped += 1
                print(f"skip {name}: {title} ({why})", flush=True)
            except Exception:
                failed.append(f"{name}: {title}")
                print(f"FAIL {name}: {title}\n{traceback.format_exc()}", flush=True)
    for title in failed:
        print("failed:", title)
    print(f"{passed} passed, {len(failed)} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
