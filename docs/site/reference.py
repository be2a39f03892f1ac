"""The reference: every public name, from its docstring."""

from __future__ import annotations

import batchfirst

# Public, but not by the package's own name: they need what not everybody has.
_ELSEWHERE = ("batchfirst.lightning.LayoutCallback", "batchfirst.frontends.pytest_fixture.BatchfirstFixture")
_INTRODUCTION = """# Reference

Every public name of `batchfirst`; shapes are given by axis name. Their examples run in the tests.
"""


def page() -> str:
    """Markdown with one mkdocstrings block per public name."""
    names = [f"batchfirst.{name}" for name in batchfirst.__all__ if not name.startswith("__")]
    return _INTRODUCTION + "".join(f"\n::: {name}\n" for name in (*names, *_ELSEWHERE))
