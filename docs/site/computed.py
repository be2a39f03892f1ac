"""Pages whose numbers are computed when they are built: `computed: true` in a page's head turns this on.

`{{ expression }}` is replaced by the value of a Python expression, a block that begins with ```` ```python run ```` is
run and followed by what it printed. Both see `bf`, `torch`, `nn` and the pictures of `axes_picture`.
"""

from __future__ import annotations

import contextlib
import io
import re
from typing import Any

import torch
from torch import nn

import axes_picture
import batchfirst as bf
from example_names import code_of, said_of, script
from readings import readings

_EXPRESSION = re.compile(r"\{\{ (.+?) \}\}", re.DOTALL)
_PROGRAM = re.compile(r"^```python run\n(.*?)^```\n", re.DOTALL | re.MULTILINE)


def filled(markdown: str) -> str:
    """`markdown` with every expression and every program's output filled in. Raises whatever one of them raises."""
    names: dict[str, Any] = {
        "bf": bf, "torch": torch, "nn": nn, "readings": readings,
        "script": script, "code_of": code_of, "said_of": said_of,
        **{name: getattr(axes_picture, name) for name in axes_picture.__all__},
    }  # fmt: skip
    torch.manual_seed(0)
    markdown = _PROGRAM.sub(lambda found: _shown(found[1], names), markdown)
    return _EXPRESSION.sub(lambda found: str(eval(found[1], names)), markdown)


def _shown(program: str, names: dict[str, Any]) -> str:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(program, names)
    output = f"\n```text\n{printed.getvalue()}```\n" if printed.getvalue() else ""
    return f"```python\n{program}```\n{output}"
