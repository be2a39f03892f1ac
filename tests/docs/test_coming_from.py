"""docs/coming-from.md shows what each tool prints. `python tests/docs/test_coming_from.py` writes it anew."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

PAGE = Path(__file__).parent.parent.parent / "docs" / "coming-from.md"
PROGRAM = re.compile(
    r"```python\n# (?P<file>\w+\.py)\n(?P<code>.*?)```\n(?:\n```text\n(?P<shown>.*?)```\n)?", re.DOTALL
)
COMMAND = re.compile(r"```console\n\$ (?P<command>[^\n]+)\n(?P<shown>.*?)```\n", re.DOTALL)


def printed(text: str, folder: Path) -> dict[str, str]:
    """What every program and command of the page prints, by file name or command line; all run beside each other."""
    programs = {found["file"]: found for found in PROGRAM.finditer(text)}
    for name, found in programs.items():
        (folder / name).write_text(f"# {name}\n{found['code']}", encoding="utf-8")
    shows = [name for name, found in programs.items() if found["shown"] is not None]
    runs = {name: [sys.executable, "-W", "ignore", name] for name in shows}
    for found in COMMAND.finditer(text):
        tool, *arguments = found["command"].split()
        runs[found["command"]] = [str(Path(sys.executable).with_name(tool)), *arguments]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "NO_COLOR": "1"}
    started = {
        name: subprocess.Popen(
            command, cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        for name, command in runs.items()
    }
    return {name: process.communicate(timeout=120)[0] for name, process in started.items()}


def shown(text: str) -> dict[str, str]:
    programs = {found["file"]: found["shown"] for found in PROGRAM.finditer(text) if found["shown"] is not None}
    return programs | {found["command"]: found["shown"] for found in COMMAND.finditer(text)}


TEXT = PAGE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return printed(TEXT, tmp_path_factory.mktemp("programs"))


@pytest.mark.parametrize("name", shown(TEXT))
def test_a_tool_says_what_the_page_shows(outputs: dict[str, str], name: str) -> None:
    assert outputs[name] == shown(TEXT)[name], "python tests/docs/test_coming_from.py, if this is meant"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        said = printed(TEXT, Path(place))
    text = PROGRAM.sub(
        lambda found: found[0] if found["shown"] is None else
        f"```python\n# {found['file']}\n{found['code']}```\n\n```text\n{said[found['file']]}```\n", TEXT)  # fmt: skip
    text = COMMAND.sub(lambda found: f"```console\n$ {found['command']}\n{said[found['command']]}```\n", text)
    PAGE.write_text(text, encoding="utf-8")
