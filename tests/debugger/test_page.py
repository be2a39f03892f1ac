"""docs/debugging.md keeps its word: its session in the debugger is what is printed (programs: tests/test_guides.py)."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.debugger.terminal import environment

PAGE = (Path(__file__).parents[2] / "docs" / "debugging.md").read_text(encoding="utf-8")


def test_the_session_is_the_one_that_is_shown(tmp_path: Path) -> None:
    programs = re.findall(r"```python\n(# swapped\.py\n.*?)```\n", PAGE, re.DOTALL)
    (session,) = re.findall(r"```pdb\n(.*?)```\n", PAGE, re.DOTALL)
    (tmp_path / "swapped.py").write_text(programs[0], encoding="utf-8")
    typed = "".join(f"{line}\n" for line in re.findall(r"^\(Pdb\) (.+)$", session, re.MULTILINE))
    done = subprocess.run(
        [sys.executable, "swapped.py"], cwd=tmp_path, env=environment(BATCHFIRST="breakpoint"), input=typed,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    printed = done.stdout.replace(f"{tmp_path}/", "")
    assert printed.startswith("error[BF201]: h_0 is laid out (batch, layers, hidden)")
    # What is typed is not echoed where no terminal is.
    assert re.sub(r"^\(Pdb\) .+\n", "(Pdb) ", session, flags=re.MULTILINE) in printed
