"""The reference: every public name, from its docstring."""

from __future__ import annotations

import batchfirst

_INTRODUCTION = """# Reference

Every public name of `batchfirst`; shapes are given by axis name. Their examples run in the tests.
"""


def page() -> str:
    """Markdown with one mkdocstrings block per public name."""
    names = [name for name in batchfirst.__all__ if not name.startswith("__")]
    return _INTRODUCTION + "".join(f"\n::: batchfirst.{name}\n" for name in names)
