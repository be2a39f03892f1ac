"""The guides keep their word: every Python block runs, and prints what stands under it.

A block is written to a file of its own, named by its first line (`# tagger.py`), and run. After a wanted change,
`python tests/test_guides.py` rewrites the outputs; read the difference before you commit it.
"""

from __future__ import annotations

import contextlib
import io
import linecache
import os
import re
import runpy
import tempfile
import warnings
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = (
    "docs/start.md", "docs/limits.md", "docs/audit.md", "docs/checks.md", "docs/debugging.md", "docs/reports.md",
    "docs/distributed.md", "docs/ecosystem.md",
)  # fmt: skip
BLOCK = re.compile(r"```python\n# (?P<file>\w+\.py)\n(?P<code>.*?)```\n\n```text\n(?P<output>.*?)```\n", re.DOTALL)


def text_of(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def run(block: re.Match[str], folder: Path) -> str:
    """What the block prints, run as a script in `folder`."""
    (folder / block["file"]).write_text(f"# {block['file']}\n{block['code']}", encoding="utf-8")
    linecache.clearcache()
    printed = io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(printed), warnings.catch_warnings():
        warnings.simplefilter("error")
        runpy.run_path(block["file"], run_name="__main__")
    return "".join(f"{line.rstrip()}\n" for line in printed.getvalue().splitlines())


BLOCKS = [
    pytest.param(block, id=f"{page}-{block['file']}") for page in PAGES for block in BLOCK.finditer(text_of(page))
]


@pytest.mark.parametrize("page", PAGES)
def test_every_block_is_one_that_is_run(page: str) -> None:
    assert text_of(page).count("```python") == len(BLOCK.findall(text_of(page)))


@pytest.mark.parametrize("block", BLOCKS)
def test_a_block_runs_and_prints_what_is_shown(block: re.Match[str], tmp_path: Path) -> None:
    assert run(block, tmp_path) == block["output"]


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_to_files_that_exist(page: str) -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)", text_of(page)) if "://" not in link]
    assert [link for link in links if not ((ROOT / page).parent / link).exists()] == []


def told(block: re.Match[str]) -> str:
    """The block with what it prints now."""
    with tempfile.TemporaryDirectory() as folder:
        printed = run(block, Path(folder))
    start, end = (place - block.start() for place in block.span("output"))
    return block[0][:start] + printed + block[0][end:]


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    for each in PAGES:
        (ROOT / each).write_text(BLOCK.sub(told, text_of(each)), encoding="utf-8")
