"""docs/notebook.md keeps its word: its cells run, and do what is said of them."""

from __future__ import annotations

import re
from pathlib import Path

from tests.notebook.conftest import Shell

import batchfirst as bf

PAGE = (Path(__file__).parents[2] / "docs" / "notebook.md").read_text(encoding="utf-8")


def test_the_cells_of_the_page(bare: Shell) -> None:
    start, audit, watched, recorded = re.findall(r"```ipython\n(.*?)```\n", PAGE, re.DOTALL)
    assert bare(start) == ""
    shown = bare(audit)
    assert shown.startswith("1 error: BF101 batch-seq-swapped at Cell In[1]:")
    assert shown.endswith("\nFalse\n")
    assert "error[BF101]" in bare(watched)
    assert isinstance(bare.result.error_in_exec, bf.LayoutError)
    assert "error[BF101]" in bare(recorded)
    assert bare.names["prediction"].shape == (32, 1)
