"""docs/cli.md keeps its word: its commands print what stands under them.

After a wanted change, `python tests/cli/test_page.py` rewrites the outputs; read the difference before you commit it.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "cli.md"
TEXT = PAGE.read_text(encoding="utf-8")
FILE = re.compile(r"```python\n# (?P<name>\w+\.py)\n(?P<code>.*?)```\n", re.DOTALL)
COMMAND = re.compile(r"```sh\nbatchfirst (?P<words>[^\n]*)\n```\n\n```text\n(?P<output>.*?)```\n", re.DOTALL)


def run(words: str, folder: Path) -> str:
    """What a command prints, stdout and stderr, in a folder with the files of the page."""
    for file in FILE.finditer(TEXT):
        (folder / file["name"]).write_text(f"# {file['name']}\n{file['code']}", encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if name not in ("BATCHFIRST", "FORCE_COLOR", "COLUMNS")}
    done = subprocess.run(
        [sys.executable, "-m", "batchfirst", *shlex.split(words)], cwd=folder, env=kept, text=True, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    return done.stdout


@pytest.mark.parametrize("block", list(COMMAND.finditer(TEXT)), ids=lambda block: block["words"].split()[0])
def test_a_command_prints_what_is_shown(block: re.Match[str], tmp_path: Path) -> None:
    assert run(block["words"], tmp_path) == block["output"]


def test_links_lead_to_pages_that_exist() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)", TEXT) if "://" not in link]
    assert [link for link in links if not (PAGE.parent / link).exists()] == []


def told(block: re.Match[str]) -> str:
    """The block with what its command prints now."""
    with tempfile.TemporaryDirectory() as folder:
        printed = run(block["words"], Path(folder))
    start, end = (place - block.start() for place in block.span("output"))
    return block[0][:start] + printed + block[0][end:]


if __name__ == "__main__":
    PAGE.write_text(COMMAND.sub(told, TEXT), encoding="utf-8")
