"""`batchfirst demo --quick`: every section is there, fits 80 columns, without colour, and writes what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from batchfirst.forecaster.cli import demo


@pytest.mark.slow
def test_quick_demo(tmp_path: Path) -> None:
    result = CliRunner().invoke(demo, ["--quick", "--out", str(tmp_path)], catch_exceptions=False)
    assert result.exit_code == 0
    text = result.stdout
    assert "\x1b" not in text
    assert [line for line in text.splitlines() if len(line) > 80 and str(tmp_path) not in line] == []
    for number in range(1, 8):
        assert f"\n{number}. " in text
    for code in ("BF101", "BF401", "BF303", "BF411", "BF301", "BF601", "BF209", "BF203"):
        assert code in text
    assert (tmp_path / "forecast.png").read_bytes().startswith(b"\x89PNG")
    assert "BF101" in (tmp_path / "findings.txt").read_text("utf-8")
    assert (tmp_path / "model" / "checkpoint.json").exists()

    # What the page quotes of section 6 is what the demo says: the same findings at the same lines.
    page = (Path(__file__).parents[2] / "docs" / "forecaster.md").read_text("utf-8")
    quoted = re.findall(r"^(?:error|note)\[BF\d+\]|^  --> \S+ in \S+", page[page.index("## The article's two") :], re.M)
    assert len(quoted) == 6
    assert quoted == re.findall(r"^(?:error|note)\[BF\d+\]|^  --> \S+ in \S+", text[text.index("\n6. ") :], re.M)


def test_an_unwritable_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = CliRunner().invoke(demo, ["--quick", "--out", str(tmp_path / "file" / "demo")])
    assert result.exit_code == 2
    assert result.stderr == f"Error: {tmp_path / 'file' / 'demo'}: Not a directory\n"
