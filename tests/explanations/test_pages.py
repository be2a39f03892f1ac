"""Every code has a page, its programs run, and what they print is what the page shows.

After a change of wording: python tests/explanations/update.py, and read the difference.
"""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import torch

import batchfirst as bf
from batchfirst.diagnosis.codes import CATALOGUE
from batchfirst.diagnosis.pages import body, page
from batchfirst.render.page import page_lines
from batchfirst.render.text import columns

_spec = importlib.util.spec_from_file_location("explanation_programs", Path(__file__).with_name("programs.py"))
assert _spec is not None
assert _spec.loader is not None
programs = importlib.util.module_from_spec(_spec)
sys.modules["explanation_programs"] = programs
_spec.loader.exec_module(programs)

CODES = list(CATALOGUE)
UNPRODUCED: dict[str, str] = {}  # code -> why no instrument reports it yet; its page has no finding to show
NOT_AUDITED = {"BF001", "BF002"}  # declared shapes against seen ones: `bf.checked` and `bf.watch` show these


@cache
def _run(code: str, which: str) -> Any:
    source = getattr(programs.read_page(code), which)
    with TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore" if which == "failing" else "error")
        return programs.run(source, Path(folder))


def _tensors(value: Any) -> Iterator[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _tensors(part)


def test_every_code_has_one_page() -> None:
    assert sorted(path.stem for path in programs.PAGES.iterdir()) == sorted(CATALOGUE)


@pytest.mark.parametrize("code", CODES)
def test_a_page_has_its_sections_and_no_heading_of_its_own(code: str) -> None:
    assert tuple(programs.read_page(code).sections) == programs.SECTIONS
    assert not re.search(r"^# (BF|\w+-)", body(code), re.MULTILINE)
    entry = CATALOGUE[code]
    text = page(entry.slug)
    assert text.splitlines()[:3] == [f"# {code} {entry.slug}", "", f"{entry.severity}: {entry.summary}"]
    assert str(bf.explain(code)) == text


@pytest.mark.parametrize("code", CODES)
def test_a_page_can_be_read_in_80_columns(code: str) -> None:
    assert all(columns(line) <= 80 for line in body(code).splitlines() if not line.startswith(">"))
    assert all(columns(line) <= 80 for line, _ in page_lines(page(code), 80))


@pytest.mark.parametrize("code", CODES)
def test_programs_are_short_and_complete(code: str) -> None:
    shown = programs.read_page(code)
    for source in (shown.failing, shown.right):
        assert 6 <= len([line for line in source.splitlines() if line.strip()]) <= 20
        assert source.startswith(("import torch\n", "import numpy as np\nimport torch\n"))


@pytest.mark.parametrize("code", [code for code in CODES if code not in UNPRODUCED])
def test_the_failing_program_prints_the_finding_on_the_page(code: str) -> None:
    done = _run(code, "failing")
    severity, found = re.match(r"(\w+)\[(\w+)\]", done.printed).groups()  # type: ignore[union-attr]
    assert (found, severity) == (code, CATALOGUE[code].severity)
    assert done.printed == programs.read_page(code).shown, "python tests/explanations/update.py, if this is meant"


@pytest.mark.parametrize("code", CODES)
def test_what_torch_says_is_quoted_word_for_word(code: str) -> None:
    quoted = _run(code, "failing").quoted
    assert programs.read_page(code).quoted == quoted, "python tests/explanations/update.py, if this is meant"


@pytest.mark.parametrize("code", [code for code in CODES if code not in NOT_AUDITED])
def test_what_torch_accepts_trains(code: str) -> None:
    done = _run(code, "failing")
    if done.explained:
        return  # torch refuses it
    result, _ = done.alone()
    assert all(tensor.isfinite().all() for tensor in _tensors(result))
    next(_tensors(result)).sum().backward()


@pytest.mark.parametrize("code", CODES)
def test_the_program_put_right_gives_no_finding(code: str) -> None:
    done = _run(code, "right")
    assert done.printed
    assert all(audit.ok and code not in {f.code for f in audit.findings} for audit in done.audits)
    assert not done.explained


@pytest.mark.parametrize("code", [code for code in CODES if code not in NOT_AUDITED])
def test_the_program_put_right_gives_another_result(code: str) -> None:
    wrong, right = _run(code, "failing"), _run(code, "right")
    if wrong.explained:
        return  # the wrong one gives none
    first, second = next(_tensors(wrong.alone()[0])), next(_tensors(right.alone()[0]))
    assert not torch.equal(first, second)


@pytest.mark.parametrize("code", CODES)
def test_an_edit_that_is_shown_can_be_made_and_removes_the_mistake(code: str, tmp_path: Path) -> None:
    findings = _run(code, "failing").findings
    if not findings or findings[0].fix is None or not findings[0].fix.edits:
        return  # advice in words
    source = programs.edited(programs.read_page(code).failing, findings[0].fix)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        done = programs.run(source.replace("print(result.findings[0])", ""), tmp_path)
    assert code not in {found.code for found in done.findings}, done.printed


@pytest.mark.parametrize("name", ["lstm", "GRU", "rnncell"])
def test_the_constructors_have_pages_too(name: str) -> None:
    assert page(name).splitlines()[0].lower() == f"# {name.lower()}"
    assert "input_size" in page(name)


def test_an_unknown_name_is_refused_with_what_is_close() -> None:
    with pytest.raises(bf.UsageError, match="BF101"):
        page("BF1O1")


def test_pages_need_no_torch() -> None:
    code = "import sys; from batchfirst.diagnosis.pages import page; page('BF101'); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
