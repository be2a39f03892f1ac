"""The data of the calculator on the page of shapes: every form of the result, taken from `bf.shapes`.

The browser multiplies; which axes there are, and why, is told here for every combination of settings that changes
them. An axis's name is its formula: `layers*directions`.
"""

from __future__ import annotations

import itertools
import json
from typing import Any

import batchfirst as bf
from batchfirst.contracts.recurrent import KINDS

_LAYERS, _PROJ, _HIDDEN = 7907, 7919, 7927  # numbers that stand in the texts for those of the form


def data() -> str:
    """JavaScript that sets `batchfirstShapes`: by settings joined with a space, rows of name, axes and reason."""
    table: dict[str, list[list[Any]]] = {}
    for kind, first, both, proj, form in itertools.product(
        KINDS, (False, True), (False, True), (False, True), ("batched", "unbatched", "packed")
    ):
        settings = _settings(kind, first, both, proj, form)
        if settings is None:
            continue
        shapes = bf.shapes(kind, input_size=1, hidden_size=_HIDDEN, **settings)
        key = f"{kind} {form} {int(first)}{int(both)}{int(proj)}"
        table[key] = [[name, list(shapes.axes(name)), _template(shapes.why(name))] for name in shapes]
    return f"window.batchfirstShapes = {json.dumps(table, ensure_ascii=False, separators=(',', ':'))};\n"


def _settings(kind: str, first: bool, both: bool, proj: bool, form: str) -> dict[str, Any] | None:
    """The settings for `bf.shapes`; None where there is no such module or call."""
    if kind.endswith("Cell"):
        if first or both or proj or form == "packed":
            return None
        return {"batch": 2} if form == "batched" else {}
    if proj and kind != "LSTM":
        return None
    called = {"batched": {"batch": 2, "seq": 3}, "unbatched": {"seq": 3}, "packed": {"lengths": [3, 2]}}[form]
    return {
        **called, "num_layers": _LAYERS, "batch_first": first, "bidirectional": both, "proj_size": _PROJ if proj else 0,
    }  # fmt: skip


def _template(why: str) -> str:
    return why.replace(str(_LAYERS), "{layers}").replace(str(_PROJ), "{proj}")
