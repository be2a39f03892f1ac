"""What the tutorial on text shows of its script: the code of a model, and what the audit says of it."""

from __future__ import annotations

import importlib.util
import inspect
import sys
from functools import cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).parent.parent / "examples" / "names.py"


@cache
def script() -> Any:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("names", _FILE)
    if spec is None or spec.loader is None:
        raise ImportError(str(_FILE))
    module = importlib.util.module_from_spec(spec)
    sys.modules["names"] = module
    spec.loader.exec_module(module)
    return module


def code_of(*names: str) -> str:
    """The source of functions and classes of the script, as one block."""
    blocks = [inspect.getsource(getattr(script(), name)) for name in names]
    return "```python\n" + "\n\n".join(blocks) + "```"


def said_of(name: str) -> str:
    """The first finding of the audit of one of its models."""
    names = script()
    _, test = names.split(names.load())
    (found, *_) = names.audited(getattr(names, name), test).findings
    return f"```text\n{found}\n```"
