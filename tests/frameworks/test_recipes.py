"""The programs of docs/frameworks.md run, with the real packages, and print what the page shows.

After a wanted change, `python tests/frameworks/test_recipes.py` rewrites the outputs; read the difference.
"""

from __future__ import annotations

import contextlib
import io
import linecache
import logging
import os
import re
import runpy
import tempfile
import warnings
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "frameworks.md"
BLOCK = re.compile(r"```python\n# (?P<file>\w+\.py)\n(?P<code>.*?)```\n\n```text\n(?P<output>.*?)```\n", re.DOTALL)
TEXT = PAGE.read_text(encoding="utf-8")


def run(block: re.Match[str], folder: Path) -> str:
    """What the block prints on its own account, run as a script in `folder`."""
    (folder / block["file"]).write_text(f"# {block['file']}\n{block['code']}", encoding="utf-8")
    linecache.clearcache()
    printed = io.StringIO()
    logging.getLogger("lightning.pytorch").setLevel("ERROR")
    with contextlib.chdir(folder), contextlib.redirect_stdout(printed), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what other packages think of these small programs and of this machine
        warnings.filterwarnings("error", category=Warning, module="batchfirst")
        runpy.run_path(block["file"], run_name="__main__")
    # Bars, tables and training logs of the frameworks are written to the same stream.
    lines = [line.rstrip() for line in printed.getvalue().replace("\r", "\n").splitlines()]
    ours = re.compile(r"\[|BF\d|\d+ (steps|calls|epochs)\b|(Batch|TensorDict|list) \[")
    return "".join(f"{line}\n" for line in lines if ours.match(line))


@pytest.mark.parametrize("block", [pytest.param(block, id=block["file"]) for block in BLOCK.finditer(TEXT)])
def test_a_recipe_runs_and_prints_what_is_shown(block: re.Match[str], tmp_path: Path) -> None:
    assert run(block, tmp_path) == block["output"] != ""


def test_every_block_is_one_that_is_run() -> None:
    assert TEXT.count("```python") == len(BLOCK.findall(TEXT))


def test_links_lead_to_files_that_exist() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)", TEXT) if "://" not in link]
    assert [link for link in links if not (PAGE.parent / link).exists()] == []


def told(block: re.Match[str]) -> str:
    """The block with what it prints now."""
    with tempfile.TemporaryDirectory() as folder:
        printed = run(block, Path(folder))
    start, end = (place - block.start() for place in block.span("output"))
    return block[0][:start] + printed + block[0][end:]


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    PAGE.write_text(BLOCK.sub(told, TEXT), encoding="utf-8")
