"""A report of a whole run: put together, as text, as JSON and back, and on its way to a file."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from batchfirst.diagnosis.codes import finding
from batchfirst.model.errors import UsageError
from batchfirst.model.finding import Finding, Location
from batchfirst.model.report import Measured, Report, ReportBuilder, merged
from batchfirst.model.trace import OpFact, Trace, ValueFact, Verdict
from batchfirst.render.audit_json import audit_to_json
from batchfirst.render.report import report_lines, report_text
from batchfirst.render.report_json import report_from_json, report_json
from batchfirst.render.text import columns
from batchfirst.session import reports
from batchfirst.session.reports import check_path, write_report

DOCS = Path(__file__).parents[2] / "docs" / "json.md"
BATCH = Verdict("carried", 0, ((0, (0,)), (3, (3,))), (0, 3))
VALUES = (ValueFact((4, 6), "float32", None, "0", "input", BATCH), ValueFact((4, 6), "float32", 0, batch=BATCH))
TRACE = Trace(VALUES, (OpFact(0, "relu", None, inputs=(0,), outputs=(1,)),), (1,), batch=4, probed={"batch": (0, 3)})
NOTE = finding("BF209", location=Location("model.py", 3))


@pytest.fixture
def report(swapped: Finding) -> Report:
    builder = ReportBuilder(title="pytest", who="tests", modules=2, calls=9, layouts={"batch seq features": None})
    builder.add(NOTE, "tests/test_a.py::test_one[批次-🙂]", "tests/test_b.py::test_two")
    builder.measured(Measured("Forecaster", (swapped,), TRACE), "tests/test_a.py::test_one[批次-🙂]")
    builder.remark("the audit of Other could not run: it takes no tensor")
    return builder.build()


def test_each_finding_once_with_everybody_who_met_it(report: Report) -> None:
    again = merged([report, report])
    assert [found.code for found in again.findings] == ["BF101", "BF209"]
    assert again.places == report.places
    assert again.concerned == ("tests/test_a.py::test_one[批次-🙂]", "tests/test_b.py::test_two")
    assert (again.modules, again.calls, len(again.audits), again.title, again.who) == (4, 18, 2, "pytest", "tests")
    assert not again.ok
    assert merged([]).ok


def test_what_every_rank_meets_is_one_finding() -> None:
    ranks = []
    for rank in range(3):
        builder = ReportBuilder(who="ranks")
        builder.add(replace(NOTE, rank=rank))
        ranks.append(report_from_json(report_json(builder.build())))
    together = merged(ranks)
    assert together.findings == (NOTE,)
    assert together.places == (("rank 0", "rank 1", "rank 2"),)


def test_a_report_comes_back_equal_from_json(report: Report) -> None:
    assert report_from_json(report_json(report)) == report
    assert report_from_json(report_json(Report())) == Report()


@pytest.mark.parametrize(
    "change", [('"calls": 9', '"calls": "9"'), ('"places"', '"place"'), ('"who": "tests"', '"who": 3')]
)
def test_a_changed_report_is_refused(report: Report, change: tuple[str, str]) -> None:
    text = report_json(report)
    assert change[0] in text
    with pytest.raises(UsageError, match="what report_json writes"):
        report_from_json(text.replace(*change))


@pytest.mark.parametrize("width", [40, 80])
def test_the_section_and_the_text_fit_the_terminal(report: Report, width: int) -> None:
    long = replace(report, layouts=("batch seq " + "x" * 90,), remarks=("y " * 60,), places=(("t" * 200,), ("u",)))
    for one in (report, long):
        lines = list(report_lines(one, width=width))
        assert max(map(columns, lines)) <= width
        painted = [re.sub(r"\x1b\[[\d;]*m", "", line) for line in report_lines(one, width=width, color=True)]
        assert painted == lines
        assert max(columns(line) for line in report_text(one, width=width, traces=True).splitlines()) <= width


def test_the_section_at_the_end(report: Report) -> None:
    assert list(report_lines(report)) == [
        "modules watched: 2, calls: 9, findings: 2, tests concerned: 2, audits: 1",
        'layouts: "batch seq features"',
        "error[BF101]: LSTM reads the batch axis as time",
        "  --> train.py:41 in train_step",
        "    tests/test_a.py::test_one[批次-🙂]",
        "note[BF209]: a random initial state makes every evaluation differ",
        "  --> model.py:3",
        "    tests/test_a.py::test_one[批次-🙂]",
        "    tests/test_b.py::test_two",
        "remark: the audit of Other could not run: it takes no tensor",
    ]


def test_every_key_is_documented(report: Report) -> None:
    text = DOCS.read_text(encoding="utf-8").split("## `batchfirst.report/1`", 1)[1]
    documented = set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))
    document = json.loads(report_json(report))
    assert set(document) == documented
    audit = audit_to_json(report.audits[0].findings, report.audits[0].trace)
    assert set(document["audits"][0]) == {"name", *json.loads(audit)} - {"schema"}


# --- to a file ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["out.html", "out.json", "out.sarif", "OUT.JSON"])
def test_the_ending_names_the_form(report: Report, folder: Path, name: str) -> None:
    check_path(name, "--report")
    assert write_report(report, name, "--report", pytest.fail)
    text = (folder / name).read_text(encoding="utf-8")
    assert text == reports.FORMS[name.lower().partition(".")[2]](report)


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("out.txt", "a file that ends in .html, .json, .sarif"),
        ("", "a file that ends in .html, .json, .sarif"),
        ("a\0.html", "a file that ends in .html, .json, .sarif"),
        ("gone/out.json", "a file in a folder that exists; gone does not"),
        ("folder.html", "a file; this is a folder"),
    ],
)
def test_a_path_that_cannot_be_written_is_refused_before_a_long_run(folder: Path, path: str, told: str) -> None:
    (folder / "folder.html").mkdir()
    with pytest.raises(UsageError) as caught:
        check_path(path, "--report")
    assert str(caught.value) == f"--report={path!r} is not valid; accepted: {told}"


def test_a_file_without_permission_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write everything
    with pytest.raises(UsageError, match="a file that may be written; this may not"):
        check_path("out.json", "--report")


def test_nothing_is_lost_where_the_folder_went_away(report: Report, folder: Path) -> None:
    for form in ("json", "sarif"):
        said: list[str] = []
        assert not write_report(report, f"gone/out.{form}", "--report", said.append)
        assert said == [
            f"--report=gone/out.{form} cannot be written: No such file or directory; the report follows",
            reports.FORMS[form](report),
        ]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full to play a full disk")
def test_nothing_is_lost_where_the_disk_is_full(report: Report, folder: Path) -> None:
    os.symlink("/dev/full", "out.html")
    said: list[str] = []
    assert not write_report(report, "out.html", "--report", said.append)
    assert said[0] == "--report=out.html cannot be written: No space left on device; the report follows"
    assert said[1] == report_text(report, traces=True), "of a page the text: nobody reads markup on a terminal"
    for told in (str(report.findings[0]).splitlines()[0], "audit of Forecaster: ", "relu", "remark: the audit of"):
        assert told in said[1]


def _fails(*arguments: Any, **settings: Any) -> str:
    raise ZeroDivisionError("a fault of ours")


@pytest.mark.parametrize("form", ["html", "json", "sarif"])
def test_a_broken_form_is_told_and_the_text_takes_its_place(
    report: Report, folder: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.setitem(reports.FORMS, form, _fails)
    said: list[str] = []
    assert not write_report(report, f"out.{form}", "--report", said.append)
    assert said[0].startswith(f"--report=out.{form}: no {form} could be made (ZeroDivisionError: a fault of ours)")
    assert "error[BF101]: LSTM reads the batch axis as time" in said[1]
    assert not os.path.exists(f"out.{form}")


def test_a_name_that_is_no_unicode_text_is_written(source: Callable[..., str], folder: Path) -> None:
    odd = finding("BF101", location=Location("/tmp/\udcff.py", 3), module="\udcff")
    builder = ReportBuilder()
    builder.add(odd, "\udcff")
    for form in ("html", "json", "sarif"):
        assert write_report(builder.build(), f"out.{form}", "--report", pytest.fail)
    assert report_from_json((folder / "out.json").read_text(encoding="utf-8")) == builder.build()
