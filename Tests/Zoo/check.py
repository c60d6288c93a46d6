"""Proves everything on real networks: exports them, and lets the built `net2net` read, run, grow and
deepen them, with onnxruntime as the judge of every number.

Usage: check.py [MODEL ...] [--forms dynamo legacy training] [--steps inspect numbers ...]
                [--all] [--update] [--table FILE] [--jobs N]

Without MODEL, the selection of export.py; --all adds every classifier of torchvision. Writes
.build/zoo/results.json. Ends with 1 when a step failed.
"""

import argparse
import concurrent.futures
import json
import multiprocessing
import pathlib
import sys
import time
import traceback

import export
import steps
from steps import Case, Failure
from widths import WidthTable


def check(case, wanted, table):
    """Runs the steps in order; a failed one stops those that need it.

    Returns: by step, "ok" or the reason of its failure, with a note and seconds.
    """
    results = {}
    for name, step in steps.STEPS.items():
        if name not in wanted and name != "export":
            continue
        if missing := [need for need in step.needs if results.get(need, {}).get("status") == "failed"]:
            results[name] = {"status": "skipped", "note": f"{missing[0]} failed"}
            continue
        start = time.monotonic()
        try:
            result = {"status": "ok", "note": step.run(case, table) or ""}
        except Failure as failure:
            result = {"status": "failed", "note": str(failure)}
        except Exception as error:  # Of a judge: the checker, onnxruntime, an exporter.
            traceback.print_exc(limit=3)
            lines = str(error).strip().splitlines() or [type(error).__name__]
            result = {"status": "failed", "note": f"{type(error).__name__}: {lines[0][:300]}"}
        if gap := steps.GAPS.get((case.name, name)):
            result = {"status": "gap", "note": gap} if result["status"] == "failed" else {
                "status": "failed", "note": "works, but is listed as a gap in steps.py"}
        result["seconds"] = round(time.monotonic() - start, 2)
        results[name] = result
        print(f"{case.name:34} {name:9} {result['status']:7} {result['seconds']:6.1f} s  "
              f"{result['note'][:500]}", flush=True)
    return results


def examine(model, form, options):
    """What a process of its own does."""
    export.hush()
    table = WidthTable(options.update)
    case = Case(model, form, options.cache)
    results = check(case, options.steps, table)
    case.clean()
    return case.name, results, table


def summary(results):
    columns = [name for name in steps.STEPS if any(name in found for found in results.values())]
    rows = [["network", *columns]]
    for name, found in results.items():
        rows.append([name, *(found.get(column, {}).get("status", "-") for column in columns)])
    sizes = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(size) for cell, size in zip(row, sizes)).rstrip() for row in rows)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("models", nargs="*", metavar="MODEL")
    parser.add_argument("--forms", nargs="+", choices=export.FORMS, default=export.FORMS)
    parser.add_argument("--steps", nargs="+", choices=steps.STEPS, default=list(steps.STEPS))
    parser.add_argument("--all", action="store_true", help="every classifier of torchvision too")
    parser.add_argument("--update", action="store_true", help="rewrite widths.json from what is found")
    parser.add_argument("--table", type=pathlib.Path, help="write a Markdown table of the results")
    parser.add_argument("--jobs", type=int, default=1, help="networks at a time; real ones need memory")
    parser.add_argument("--cache", type=pathlib.Path, default=export.CACHE)
    return parser.parse_args()


def main():
    options = arguments()
    models = options.models or (export.every_model() if options.all else export.MODELS)
    if unknown := [model for model in models if model not in export.every_model()]:
        sys.exit(f"{', '.join(unknown)}: not known; export.py --list names all")
    cases = []
    for model in models:
        for form in options.forms:
            if (model, form) in export.IMPOSSIBLE:
                print(f"{model}.{form}: {export.IMPOSSIBLE[model, form]}")
            else:
                cases.append((model, form))
    table = WidthTable(options.update)
    results = {}
    with concurrent.futures.ProcessPoolExecutor(
            options.jobs, mp_context=multiprocessing.get_context("spawn")) as processes:
        for done in [processes.submit(examine, *case, options) for case in cases]:
            name, steps_taken, found = done.result()
            results[name] = steps_taken
            table.merge(found)
    table.write()
    (options.cache / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    print("\n" + summary(results))
    if options.table:
        options.table.write_text(table.markdown(results))
    failures = sum(
        result["status"] == "failed" for found in results.values() for result in found.values())
    print(f"\n{len(results)} networks, {failures} failures")
    sys.exit(failures > 0)


if __name__ == "__main__":
    main()
