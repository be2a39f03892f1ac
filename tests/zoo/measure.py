"""Runs the entries of one zoo file in this interpreter and prints one JSON line for each.

usage: python measure.py zoo_pypots [NAME ...] [--verbose]
"""

from __future__ import annotations

import json
import sys
import time
import traceback
import warnings
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import torch
from torchvision_names import declare_names

import batchfirst as bf
from model import Entry, Made


def bare_seconds(made: Made, times: int = 3) -> float:
    """The quickest of a few plain runs, after one to warm up."""
    best = float("inf")
    for number in range(times + 1):
        start = time.perf_counter()
        made.program(*made.inputs, **made.kwargs)
        if number:
            best = min(best, time.perf_counter() - start)
    return best


def verdict_of(entry: Entry, found: list[str], raised: str) -> str:
    if raised:
        return "raised"
    if entry.proven is not None and entry.codes:
        return "proven mistake found" if set(entry.codes) & set(found) else "proven mistake MISSED"
    return "FALSE ALARM" if found else "clean"


def measure(entry: Entry, verbose: bool = False) -> dict[str, Any]:
    """Audit one entry: its findings, remarks, and the time next to a bare run."""
    torch.manual_seed(0)
    row: dict[str, Any] = {"name": entry.name, "mode": entry.mode, "note": entry.note, "proof": ""}
    row["layout"] = entry.layout if isinstance(entry.layout, str) else repr(entry.layout)
    made = entry.make()
    bare = bare_seconds(made)
    found: list[str] = []
    raised = ""
    start = time.perf_counter()
    try:
        audit = bf.audit(made.program, *made.inputs, kwargs=dict(made.kwargs), layout=entry.layout)
        serious = [f for f in audit.findings if f.severity in ("error", "warning")]
        found = [f.code for f in serious]
        row["findings"] = [str(f) for f in serious]
        row["notes"] = [f"{f.code} {f.summary}" for f in audit.findings if f.severity == "note"]
        row["remarks"] = list(audit.trace.remarks)
        row["ops"] = len(audit.trace.ops)
    except Exception:  # a crash of the audit is a row of the table too
        raised = traceback.format_exc()
        row["raised"] = raised if verbose else raised[-2000:]
    seconds = time.perf_counter() - start
    row |= {"seconds": round(seconds, 3), "bare_ms": round(bare * 1e3, 2), "ratio": round(seconds / bare, 1)}
    row["codes"] = found
    if entry.proven is not None:
        row["proof"] = entry.proven()
    row["verdict"] = verdict_of(entry, found, raised)
    return row


def main() -> None:
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    names = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    declare_names()
    zoo = import_module(names[0])
    version = metadata.version(zoo.PACKAGE)
    bf.audit(torch.nn.LSTM(2, 3), torch.randn(2, 3, 2), layout="batch seq features")  # imports and first-use costs
    for entry in zoo.ENTRIES:
        if names[1:] and not any(name in entry.name for name in names[1:]):
            continue
        try:
            row = measure(entry, "--verbose" in sys.argv)
        except Exception:  # the package's own: it could not be built or run here
            row = {"name": entry.name, "verdict": "not built", "raised": traceback.format_exc()[-1500:]}
        print("ZOO " + json.dumps({"package": zoo.PACKAGE, "version": version} | row), flush=True)


if __name__ == "__main__":
    main()
