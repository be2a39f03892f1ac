"""What the gallery adds to a page of the package: pictures of both programs' axes, and what the mistake cost."""

from __future__ import annotations

import contextlib
import io
import linecache
import re
import tempfile
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import torch

import batchfirst as bf
from batchfirst.diagnosis.pages import body
from batchfirst.forecaster.mistakes import MISTAKES, find
from batchfirst.render.html_trace import trace_html

_DOCS = Path(__file__).parent.parent
_PROGRAM = re.compile(r"```python\n(.*?)```\n", re.DOTALL)
_FILE = "example.py"


def pictures(code: str) -> str:
    """A section with the way of the axes through both programs; "" where neither is audited."""
    told = ("The program that fails", "The same program put right")
    drawn = [_picture(program, number) for number, program in enumerate(_PROGRAM.findall(body(code)))]
    shown = [f"\n**{title}**\n\n{picture}\n" for title, picture in zip(told, drawn, strict=True) if picture]
    return "\n## The picture\n" + "".join(shown) if shown else ""


def _picture(program: str, number: int) -> str:
    """The way through the audit that a page's program leaves in one of its names; "" where there is none."""
    names: dict[str, Any] = {"__name__": "__main__"}
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        Path(_FILE).write_text(program, encoding="utf-8")
        linecache.clearcache()
        torch.manual_seed(0)
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(program, _FILE, "exec"), names)
        for value in names.values():
            if isinstance(value, bf.Audit):  # drawn here, while its source can be read
                way = trace_html(value.trace, {}, name=f"way-{number}", key=number == 0)
                return f'<div class="bf figure">{way}</div>'
    return ""


def cost(code: str) -> str:
    """A section with what the mistake cost in the two worked examples; "" where neither has it."""
    lines = [*_forecaster().get(code, ()), *_text().get(code, ())]
    return "\n## What it costs\n\n" + "\n".join(lines) + "\n" if lines else ""


@cache
def _forecaster() -> dict[str, list[str]]:
    """By code, a line for each mistake in the table of docs/forecaster.md, with the code that its audit gives."""
    table = (_DOCS / "forecaster.md").read_text(encoding="utf-8")
    costs: dict[str, list[str]] = {}
    for mistake in MISTAKES:
        row = re.search(rf"^\| {re.escape(mistake.title)} \|.*", table, re.MULTILINE)
        if row is None:
            raise ValueError(f"docs/forecaster.md has no row for {mistake.title}")
        *_, right, wrong, factor, _ = [cell.strip() for cell in row[0].split("|")]
        costs.setdefault(find(mistake)[0].code, []).append(
            f"- In the [forecaster](../forecaster.md#what-the-classic-mistakes-cost), {mistake.title}: test RMSE "
            f"{wrong} °C instead of {right} °C, {factor} times as much (5 seeds)."
        )
    return costs


@cache
def _text() -> dict[str, list[str]]:
    """By code, a line for each wrong model in the table of docs/names.md."""
    table = (_DOCS / "names.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\w+) \| ([\d.]+ % ± [\d.]+) \| (\w+) \|$", table, re.MULTILINE)
    (right,) = [score for _, score, code in rows if code == "nothing"]
    return {
        code: [f"- In the [classifier of names](../names.md), {name}: {score} right instead of {right} (3 seeds)."]
        for name, score, code in rows
        if code != "nothing"
    }
