"""The HTML report: well formed, self-contained, readable without colour or script, safe against what it shows."""

from __future__ import annotations

import linecache
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from tests.render import strategies
from torch import Tensor, nn

import batchfirst as bf
from batchfirst.diagnosis.codes import finding
from batchfirst.model.finding import AxisRow, AxisTable, Edit, Evidence, Fix, Location, Rival
from batchfirst.model.report import Measured, Report, ReportBuilder, merged
from batchfirst.model.trace import OpFact, Trace, ValueFact
from batchfirst.render.html import render_html
from batchfirst.render.html_report import report_html
from batchfirst.render.html_style import STYLE

EVIL = "</pre></style></title><script>alert(1)</script><img src=x onerror='alert(2)'>\" \x1b[31m\u202e\0\udcff&lt;"
_VOID = {"meta", "br", "img", "link", "input"}


class Swapped(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(8, 16)
        self.head = nn.Linear(16, 1)

    def forward(self, x: Tensor) -> Tensor:
        out, _ = self.lstm(x)
        return self.head(out[:, -1])


@pytest.fixture(scope="module")
def swapped() -> bf.Audit:
    torch.manual_seed(0)
    return bf.audit(Swapped(), torch.randn(4, 7, 8), layout="batch seq features")


class Reader(HTMLParser):
    """The tags in order, checked for their nesting, with their attributes and the text between them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)
        self.close()
        assert not self.open, f"left open: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data

    def names(self) -> set[str]:
        return {tag for tag, _ in self.tags}


def test_the_page_is_whole_and_needs_nothing_else(swapped: bf.Audit, tmp_path: Path) -> None:
    swapped.to_html(tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    read = Reader(page)
    assert page.startswith("<!doctype html>")
    assert not {"script", "link", "img", "iframe", "object", "base", "form"} & read.names()
    assert not re.search(r"https?:|url\(|@import|\bon\w+=", page)
    assert all((attrs["href"] or "").startswith("#") for tag, attrs in read.tags if tag == "a")
    assert "prefers-color-scheme: dark" in page


def test_it_says_in_words_what_it_shows_in_colour(swapped: bf.Audit) -> None:
    text = Reader(render_html(swapped.findings, swapped.trace)).text
    for told in ("1 error: BF101", "LSTM reads the batch axis as time", "out, _ = self.lstm(x)", "batch 4", "seq 7",
                 "features 8", "batch mixed", "nn.LSTM(8, 16, batch_first=True)", "axis 0, axis 1: swapped",
                 "batch: carried by axis 0: sample 0 → place 0"):  # fmt: skip
        assert told in text, told
    read = Reader(render_html(swapped.findings, swapped.trace))
    hovered = {attrs["title"] for _, attrs in read.tags if "title" in attrs}
    assert any(told and told.startswith("axis 0: batch 4; carried by axis 0: sample 0 → place 0") for told in hovered)


def test_a_row_leads_to_its_finding_and_every_link_to_something(swapped: bf.Audit) -> None:
    read = Reader(render_html(swapped.findings, swapped.trace))
    ids = {attrs["id"] for _, attrs in read.tags if "id" in attrs}
    links = [str(attrs["href"]) for tag, attrs in read.tags if tag == "a"]
    assert links == ["#main", "#way-BF101", "#finding-0"]
    assert {link[1:] for link in links} <= ids


def test_in_a_notebook_it_is_a_part_of_the_page(swapped: bf.Audit) -> None:
    part = swapped._repr_html_()
    Reader(part)
    assert part.startswith('<div class="bf">')
    assert "<html" not in part
    rules = re.sub(r"@media[^{]*\{|/\*.*?\*/", "", STYLE)
    selectors = [one.strip() for block in re.findall(r"([^{}]+)\{[^{}]*\}", rules) for one in block.split(",")]
    assert all(one.startswith(".bf") for one in selectors), "a rule would change the notebook around it"


def test_nothing_from_outside_is_markup(tmp_path: Path) -> None:
    file = tmp_path / "evil<b>.py"
    file.write_text(f"x = 1\ny = '''{EVIL}'''  # <b>\nz = 2\n", encoding="utf-8", errors="surrogateescape")
    linecache.checkcache(str(file))
    place = Location(str(file), 2, EVIL, 4, 30)
    found = finding(
        "BF101", EVIL, location=place, module=EVIL, label=EVIL,
        table=AxisTable((AxisRow(EVIL, (EVIL, "batch"), EVIL),), (0,), EVIL),
        effects=(EVIL,), evidence=(Evidence(EVIL, "audit"),), fix=Fix(EVIL, (Edit(place, EVIL, EVIL),)),
        notes=(EVIL,), rivals=(Rival("BF104", EVIL),), consequences=(EVIL,),
    )  # fmt: skip
    op = OpFact(0, EVIL, place, EVIL, inputs=(0,), outputs=(1,))
    values = (ValueFact((2,), EVIL, None, EVIL, "input"), ValueFact((2,), EVIL, 0))
    trace = Trace(values, (op,), (1,), remarks=(EVIL,), accused=((0, "BF101"),))
    builder = ReportBuilder(title=EVIL, who=EVIL, layouts={EVIL: None})
    builder.measured(Measured(EVIL, (found,), trace), *(f"{number}{EVIL}" for number in range(9)))
    builder.remark(EVIL)
    for page in (render_html([found], trace), report_html(builder.build())):
        read = Reader(page)
        assert "could not be drawn" not in page
        assert not {"script", "img", "b"} & read.names()
        assert not any(name.startswith("on") for _, attrs in read.tags for name in attrs)
        assert "alert(1)" in read.text
        assert not set(page) & set("\x1b\u202e\0\udcff")
        page.encode()


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(strategies.reports())
def test_whatever_it_says_the_page_is_whole(report: Report) -> None:
    page = report_html(report)
    read = Reader(page)
    page.encode()
    assert "could not be drawn" not in read.text
    assert read.names() <= {
        "html", "head", "meta", "title", "style", "body", "a", "div", "header", "main", "nav", "section", "article",
        "h1", "h2", "h3", "p", "span", "strong", "code", "pre", "mark", "bdi", "ul", "ol", "li", "dl", "dt", "dd",
        "details", "summary", "table", "caption", "tr", "th", "td",
    }  # fmt: skip
    assert all(set(attrs) <= {"class", "id", "href", "title", "open", "tabindex", "scope", "lang", "name", "content",
                              "charset", "role", "aria-label", "aria-labelledby", "aria-hidden"}
               for _, attrs in read.tags)  # fmt: skip
    for audit in report.audits:
        Reader(render_html(audit.findings, audit.trace))


def test_names_keep_their_own_direction_of_writing() -> None:
    text = render_html([finding("BF101", location=Location("שלום.py", 12, "שלום"))], Trace((), (), ()))
    assert "<bdi>שלום.py</bdi>:12 in <bdi>שלום</bdi>" in text


class Broken(str):
    """A text that nothing can be done with."""

    def __format__(self, spec: str) -> str:
        raise ZeroDivisionError("broken")

    def split(self, *arguments: object) -> list[str]:  # type: ignore[override]
        raise ZeroDivisionError("broken")


def test_what_cannot_be_drawn_is_shown_as_text_and_costs_nothing_else(swapped: bf.Audit) -> None:
    odd = replace(swapped.findings[0], notes=(Broken("x"),))
    lost = replace(swapped.trace, results=(0,), ops=(OpFact(0, "relu", None, outputs=(99,)),))
    page = render_html([odd, finding("BF205")], lost)
    read = Reader(page)
    assert "this finding could not be drawn (ZeroDivisionError: broken); please report this" in read.text
    assert "error[BF101]: LSTM reads the batch axis as time" in read.text, "in its place the finding as text"
    assert "BF205" in read.text
    assert "this picture could not be drawn (IndexError" in read.text
    Reader(report_html(Report((odd,), audits=(Measured("m", (odd,), lost),))))
    part = render_html([3], None, whole=False)  # type: ignore[list-item, arg-type]
    assert "this audit could not be drawn" in Reader(part).text


def test_a_report_of_many_findings_has_a_table_of_contents() -> None:
    builder = ReportBuilder(title="pytest", who="tests", modules=7, calls=9)
    for number in range(500):
        found = finding("BF101" if number % 2 else "BF209", f"finding {number}", location=Location("m.py", number + 1))
        builder.add(found, *(f"tests/test_{k}.py" for k in range(number % 7)))
    page = report_html(builder.build())
    read = Reader(page)
    ids = [attrs["id"] for _, attrs in read.tags if "id" in attrs]
    links = [str(attrs["href"]) for tag, attrs in read.tags if tag == "a"]
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in links} <= set(ids)
    assert {f"finding-{number}" for number in range(500)} <= set(ids)
    assert "Contents: 500 entries" in read.text
    assert "250 errors; 250 notes: BF101 batch-seq-swapped" in read.text
    assert len(page) < 2_000_000


def test_a_report_leads_from_finding_to_picture_and_back(swapped: bf.Audit) -> None:
    right = Measured("Right", (), replace(swapped.trace, accused=()))
    wrong = Measured("Wrong", swapped.findings, swapped.trace)
    ranked = Measured("Ranked", tuple(replace(found, rank=2) for found in swapped.findings), swapped.trace)
    page = report_html(merged([Report(audits=(right,)), Report(wrong.findings, audits=(wrong,))]))
    links = [str(attrs["href"]) for tag, attrs in Reader(page).tags if tag == "a"]
    assert links == ["#main", "#audit-1-BF101", "#finding-0"]
    builder = ReportBuilder()
    for audit in (ranked, right, wrong, wrong):
        builder.measured(audit)
    read = Reader(report_html(builder.build()))
    links = [str(attrs["href"]) for tag, attrs in read.tags if tag == "a"]
    contents = ["#finding-0", *(f"#audit-{number}" for number in range(4))]
    assert links == ["#main", *contents, "#audit-0-BF101", *["#finding-0"] * 3]
    assert "met by rank 2" in read.text


def test_a_page_stays_usable_whatever_was_measured(swapped: bf.Audit) -> None:
    """Of a thousand steps every row is drawn; of very many audits those that found something, the others are told."""
    names = [f"op{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}{chr(97 + n // 676)}" for n in range(1000)]
    values = [ValueFact((4, 6), "float32", None, "0", "input")]
    values += [ValueFact((4, 6), "float32", n) for n in range(1000)]
    ops = tuple(OpFact(n, name, None, inputs=(n,), outputs=(n + 1,)) for n, name in enumerate(names))
    long = Trace(tuple(values), ops, (1000,), accused=((999, "BF402"),))
    page = render_html([finding("BF402")], long)
    assert page.count("<details") == 1001
    many = [Measured(f"right {number}", (), long) for number in range(9)]
    many.append(Measured("wrong", (finding("BF402"),), long))
    page = report_html(Report((finding("BF402"),), audits=tuple(many)))
    assert page.count("Its picture is left out") == 5
    assert "id='audit-9-BF402'" in page
    assert len(page) < 6_000_000


def test_headings_come_in_order_and_tables_have_heads(swapped: bf.Audit) -> None:
    wrong = Measured("Wrong", swapped.findings, swapped.trace)
    report = Report(wrong.findings, audits=(wrong,))
    for page in (render_html(swapped.findings, swapped.trace), report_html(report)):
        read = Reader(page)
        levels = [int(tag[1]) for tag, _ in read.tags if re.fullmatch(r"h[1-6]", tag)]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))
        assert read.names() >= {"header", "main", "title", "caption"}
        assert all(attrs.get("scope") in ("row", "col") for tag, attrs in read.tags if tag == "th")
        assert [attrs for tag, attrs in read.tags if tag == "html"] == [{"lang": "en"}]


def test_what_has_no_place_no_axis_and_no_source(swapped: bf.Audit) -> None:
    bare = finding("BF205")
    nowhere = replace(bare, location=Location("<string>", 7, "f", 3, 5), table=AxisTable(()))
    Reader(render_html([bare, nowhere], Trace((), (), ())))
    Reader(render_html([], swapped.trace))


@pytest.mark.parametrize("given", [3, None, True])
def test_only_a_path_is_a_path(swapped: bf.Audit, given: object) -> None:
    with pytest.raises(bf.UsageError, match="path="):
        swapped.to_html(given)  # type: ignore[arg-type]


def test_a_folder_is_no_file(swapped: bf.Audit, tmp_path: Path) -> None:
    with pytest.raises(OSError, match=re.escape(str(tmp_path))):
        swapped.to_html(tmp_path)
