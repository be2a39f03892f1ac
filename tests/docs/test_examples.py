"""The worked example on text, and both examples as notebooks: what they say of themselves is what happens."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

EXAMPLES = Path(__file__).parent.parent.parent / "docs" / "examples"


@pytest.fixture(scope="module")
def names() -> Any:
    """docs/examples/names.py as a module."""
    spec = importlib.util.spec_from_file_location("names", EXAMPLES / "names.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["names"] = module
    spec.loader.exec_module(module)
    return module


def test_the_data_are_what_their_source_says(names: Any) -> None:
    kinds = [kind for _, kind in names.load()]
    assert (kinds.count(0), kinds.count(1)) == (3111, 3111)
    assert "3,111 given names and 3,111 surnames" in (EXAMPLES / "names.source.txt").read_text(encoding="utf-8")
    learn, test = names.split(names.load())
    seen = {tuple(tokens.tolist()) for tokens, _ in learn}
    assert not seen & {tuple(tokens.tolist()) for tokens, _ in test}


@pytest.mark.parametrize(
    ("kind", "code", "line"),
    [
        ("Right", None, None),
        ("HiddenView", "BF301", "h_n.view"),
        ("SortedForGood", "BF503", "tokens[order]"),
        ("BatchReadAsTime", "BF101", "self.lstm(vectors)"),
        ("LastPosition", "BF304", "output[:, -1]"),
    ],
)
def test_each_mistake_is_found_at_its_line(names: Any, kind: str, code: str | None, line: str | None) -> None:
    _, test = names.split(names.load())
    result = names.audited(getattr(names, kind), test)
    assert [found.code for found in result.findings if found.severity != "note"] == ([code] if code else [])
    if line is not None:
        place = result.findings[0].location
        assert line in (EXAMPLES / "names.py").read_text(encoding="utf-8").splitlines()[place.line - 1]
    row = re.search(rf"^\| {kind} \|.*\| (\w+) \|$", _tutorial(), re.MULTILINE)
    assert row is not None
    assert row[1] == (code or "nothing")


def _tutorial() -> str:
    return (EXAMPLES.parent / "names.md").read_text(encoding="utf-8")


def test_the_right_model_learns_and_a_wrong_one_does_not(names: Any) -> None:
    learn, test = names.split(names.load())
    right, wrong = (names.train(kind, learn, seed=0, epochs=2) for kind in (names.Right, names.HiddenView))
    assert names.accuracy(right, test) > 0.75
    assert names.accuracy(wrong, test) < 0.6


@pytest.mark.parametrize("notebook", sorted(EXAMPLES.glob("*.ipynb")), ids=lambda path: path.name)
def test_the_notebooks_run(notebook: Path) -> None:
    cells = nbformat.read(notebook, as_version=4)
    done = NotebookClient(cells, timeout=300, resources={"metadata": {"path": str(EXAMPLES)}}).execute()
    outputs = [output for cell in done.cells if cell.cell_type == "code" for output in cell.outputs]
    assert not [output for output in outputs if output.output_type == "error"]
    assert any("text/html" in output.get("data", {}) for output in outputs)  # the picture of an audit


def test_the_notebooks_are_kept_without_outputs() -> None:
    for path in EXAMPLES.glob("*.ipynb"):
        assert all(not cell.outputs for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code")
