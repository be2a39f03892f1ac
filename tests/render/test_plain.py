"""A finding as a person sees it: the exact text, and what must hold for any text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.render import strategies
from wcwidth import wcswidth, wcwidth

from batchfirst.diagnosis.codes import finding
from batchfirst.model.finding import AxisTable, Edit, Finding, Fix, Location
from batchfirst.model.report import Report
from batchfirst.render.audit import render_audit
from batchfirst.render.plain import render_finding, render_findings
from batchfirst.render.report import report_lines, report_text
from batchfirst.render.text import columns, printable

WHOLE = """\
error[BF101]: LSTM reads the batch axis as time
  --> train.py:41 in train_step
   |
41 |     out, (h_n, c_n) = self.encoder(x)
   |                                    ^ x: float32 (32, 50, 8)
   |
   |               axis 0   axis 1    axis 2
   |  x                32       50         8
   |  declared      batch      seq  features   "batch seq features", train.py:37
   |  LSTM reads      seq    batch  features   batch_first=False, model.py:12
   |                ^^^^^^^^^^^^^^  swapped
   |
   = module: encoder.lstm, rank 3
   = effect: memory ran across samples, not along time
   = a change in sample 0 reaches 32 of 32 samples; a change in step 0 reaches 1
     of 50  [audit]
   = torch raised nothing: both readings of (32, 50, 8) are valid  [torch]
   = further down: train.py:44: each sample's loss depends on every other sample

help: build it batch-first (same state_dict shapes)
   --> model.py:12
   - nn.LSTM(8, 16)
   + nn.LSTM(8, 16, batch_first=True)
note: h_n and c_n stay (layers, batch, hidden) under batch_first=True
note: weights trained before this fix mixed samples; retrain them
less likely: BF104 three axes came, and three are wanted
more: batchfirst explain BF101"""


def test_every_part_of_a_finding(swapped: Finding) -> None:
    assert render_finding(swapped) == WHOLE


def test_colour_adds_nothing_but_colour(swapped: Finding) -> None:
    coloured = render_finding(swapped, color=True)
    assert coloured.startswith("\x1b[1;31merror[BF101]\x1b[0m")
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == WHOLE


def test_a_finding_without_a_place_is_shown_without_one() -> None:
    assert render_finding(finding("BF205")) == "error[BF205]: hidden_size / proj_size\nmore: batchfirst explain BF205"


def test_a_missing_source_leaves_out_the_line_only() -> None:
    text = render_finding(finding("BF104", location=Location("<string>", 3, "", 4, 9), label="x: float32 (5, 30)"))
    assert text.splitlines()[:3] == [
        "error[BF104]: too many or too few axes",
        " --> <string>:3",
        "  | x: float32 (5, 30)",
    ]


def test_a_label_without_columns_stands_under_the_code(source: Callable[..., str]) -> None:
    text = render_finding(finding("BF104", location=Location(source(7, "    y = lstm(x)"), 7), label="x: (5, 30)"))
    assert text.splitlines()[2:5] == ["  |", "7 |     y = lstm(x)", "  |     x: (5, 30)"]


def test_a_label_too_long_for_its_line_goes_below(source: Callable[..., str]) -> None:
    code = " " * 40 + "return model(first_input, second)"
    at = Location(source(7, code), 7, "", 60, 71)
    text = render_finding(finding("BF104", location=at, label="first_input: float32 (5, 30, 1)"))
    assert text.splitlines()[3:6] == [
        "7 |                                         return model(first_input, second)",
        "  |                                                             ^^^^^^^^^^^",
        "  |                                              first_input: float32 (5, 30, 1)",
    ]


def test_a_long_line_is_shown_around_the_mark(source: Callable[..., str]) -> None:
    code = "    values = torch.cat([" + ", ".join(f"encoder_{n}(x)" for n in range(12)) + "], dim=0)"
    start = code.index("encoder_9")
    text = render_finding(finding("BF401", location=Location(source(7, code), 7, "", start, start + 12)))
    line, marks = text.splitlines()[3:5]
    assert "…" in line
    assert columns(line) <= 80
    assert line[marks.index("^") : marks.rindex("^") + 1] == "encoder_9(x)"


def test_tabs_and_wide_characters_before_the_mark(source: Callable[..., str]) -> None:
    code = "\t输出 = 模型(数据)"
    start = code.index("数据")
    text = render_finding(finding("BF104", location=Location(source(7, code), 7, "", start, start + 2), label="数据"))
    line, marks = text.splitlines()[3:5]
    assert line == "7 |     输出 = 模型(数据)"
    assert columns(line[: line.index("数据")]) == columns(marks[: marks.index("^")])
    assert marks.strip().endswith("^^^^ 数据")


def test_a_path_below_the_current_directory_is_relative_and_a_long_one_keeps_its_end(
    source: Callable[..., str], folder: Path
) -> None:
    inside = source(1, "y = lstm(x)", "package/model.py")
    assert " --> package/model.py:1\n" in render_finding(finding("BF104", location=Location(inside, 1)))
    away = "/very/" + "long/" * 30 + "model.py"
    line = render_finding(finding("BF104", location=Location(away, 12, "forward"))).splitlines()[1]
    assert line.endswith("/long/model.py:12 in forward")
    assert line.startswith("  --> …")
    assert columns(line) == 80


def test_an_edit_of_several_lines_keeps_their_shape(folder: Path) -> None:
    before = "        out = out.view(\n            batch, -1)"
    after = "        out = out.transpose(0, 1).reshape(\n            batch, -1)"
    fix = Fix("put the axes in order first", (Edit(Location(str(folder / "model.py"), 9), before, after),))
    assert render_finding(finding("BF401", fix=fix)).splitlines()[2:-1] == [
        "help: put the axes in order first",
        "   --> model.py:9",
        "   - out = out.view(",
        "   -     batch, -1)",
        "   + out = out.transpose(0, 1).reshape(",
        "   +     batch, -1)",
    ]


def test_a_new_line_of_code_has_no_old_one(folder: Path) -> None:
    fix = Fix("pack the batch", (Edit(Location(str(folder / "model.py"), 9), "", "x = pack(x)"),))
    text = render_finding(finding("BF304", fix=fix))
    assert "+ x = pack(x)" in text
    assert "\n   -" not in text.replace("-->", "")


def test_names_cannot_move_the_cursor_or_turn_the_text_around() -> None:
    hostile = "x\x1b[2J\x07\u202egnp\r\nnext"
    text = render_finding(
        finding("BF104", hostile, module=hostile, label=hostile, location=Location(hostile, 1), notes=(hostile,))
    )
    assert not set(text) & set("\x1b\x07\u202e\r")
    assert "\\x1b[2J" in text


def test_a_finding_that_cannot_be_drawn_is_shown_in_brief() -> None:
    broken = replace(finding("BF101"), table=AxisTable(rows=(3,)))  # type: ignore[arg-type]
    assert render_finding(broken).splitlines() == [
        "error[BF101]: the module reads batch as time",
        "note: this finding could not be drawn whole (AttributeError: 'int' object has no attribute 'cells'); "
        "please report it",
    ]


def test_str_of_a_finding_is_this_text(swapped: Finding) -> None:
    import batchfirst.session  # noqa: F401  (sets the renderer)

    assert str(swapped) == WHOLE


def test_several_findings_stand_apart() -> None:
    text = render_findings([finding("BF205"), finding("BF206")])
    assert text.split("\n\n") == [render_finding(finding("BF205")), render_finding(finding("BF206"))]


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(strategies.findings, st.integers(40, 100))
def test_no_text_is_wider_than_asked_for_or_fails(found: Finding, width: int) -> None:
    text = render_finding(found, width=width)
    assert "could not be drawn" not in text
    assert max(columns(line) for line in text.splitlines()) <= width
    assert max(wcswidth(line) for line in text.splitlines()) <= width, "as another program counts columns"
    assert text.splitlines()[-1] == f"more: batchfirst explain {found.code}"
    assert not [one for one in text.replace("\n", "") if unicodedata.category(one) in ("Cc", "Cs")]


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(strategies.reports(), st.integers(40, 100))
def test_reports_and_audits_fit_as_well(report: Report, width: int) -> None:
    texts = [report_text(report, width=width, traces=True), "\n".join(report_lines(report, width=width))]
    texts += [render_audit(audit.findings, audit.trace, width=width) for audit in report.audits]
    for line in (line for text in texts for line in text.splitlines()):
        assert max(columns(line), wcswidth(line)) <= width
        assert "could not be drawn" not in line
        assert not [character for character in line if unicodedata.category(character) in ("Cc", "Cs")]


@settings(max_examples=300)
@given(st.text())
def test_columns_are_never_counted_too_few(text: str) -> None:
    """Of characters that this Python's Unicode tables know; a terminal with newer tables may draw others wider."""
    shown = printable(text)
    assert columns(shown) >= wcswidth(shown) or not_in_tables(shown)


def not_in_tables(text: str) -> bool:
    return any(wcwidth(character) > columns(character) for character in text)


def test_emoji_marks_and_formats_take_the_columns_that_terminals_give_them() -> None:
    texts = ["e\u0301", "批", "❤\ufe0f", "🇩🇪", "\xad", "\u200b", "한"]
    assert [columns(text) for text in texts] == [1, 2, 2, 4, 1, 0, 2]
    assert not [code for code in range(0x20, 0x2600) if wcwidth(chr(code)) > columns(chr(code))]


@pytest.mark.parametrize("width", [0, 39, 40])
def test_a_width_below_forty_is_taken_as_forty(swapped: Finding, width: int) -> None:
    assert render_finding(swapped, width=width) == render_finding(swapped, width=40)
