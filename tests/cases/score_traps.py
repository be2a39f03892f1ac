"""Ask whether the audit and watch leave correct programs in peace.

usage: python score_traps.py [--only ID] [FOLDER]        (default: traps/ beside this file)

For every program put right in the folder: the errors and warnings that bf.audit reports (there should be none) and
whether the result under bf.watch is the same bit for bit. Exit status 1 where one is not left in peace.
"""
from __future__ import annotations

import argparse
import sys
import time
import traceback
import warnings
from pathlib import Path

import torch
from check_cases import HERE, leaves, load

import batchfirst as bf


def built(case):
    model, inputs, targets = case.fixed()
    inputs = inputs if isinstance(inputs, tuple) else (inputs,)
    layout = case.META["layout"]
    return model, inputs, targets, [layout] + [None] * (len(inputs) - 1) if isinstance(layout, str) else layout


def alarms(case):
    model, inputs, targets, layouts = built(case)
    model.eval()
    result = bf.audit(lambda *given: case.run(model, given, targets), *inputs, layout=layouts)
    return [f for f in result.findings if f.severity in ("error", "warning")]


def undisturbed(case):
    results = []
    for watched in (False, True):
        model, inputs, targets, layouts = built(case)
        torch.manual_seed(7)
        if watched:
            with bf.watch(model, layout=layouts[0]):
                results.append(leaves(case.run(model, inputs, targets)))
        else:
            results.append(leaves(case.run(model, inputs, targets)))
    plain, seen = results
    return len(plain) == len(seen) and all(torch.equal(a, b) for a, b in zip(plain, seen))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=HERE / "traps")
    parser.add_argument("--only")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    bad = total = 0
    for path in sorted(args.folder.glob("*_[a-z][0-9]*.py")):
        if args.only and args.only not in path.stem:
            continue
        case, start, notes = load(path), time.perf_counter(), []
        for name, ask in (("audit", alarms), ("watch", undisturbed)):
            try:
                answer = ask(case)
                if name == "audit":
                    notes += [f"FALSE ALARM {f.code}@{f.location.line if f.location else '?'} {f.summary}" for f in answer]
                elif not answer:
                    notes.append("RESULT CHANGED")
            except Exception:  # noqa: BLE001 - whatever it raises is a disturbance
                notes.append(f"{name} raised: " + traceback.format_exc(limit=-1).strip().replace("\n", " | "))
        total, bad = total + 1, bad + bool(notes)
        print(f"{case.META['id']} {time.perf_counter() - start:6.2f}s {'; '.join(notes) or 'in peace'}")
    print(f"{total} correct programs, {bad} disturbed")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
