"""The HTML report: well formed, self-contained, readable without colour or script, safe against what it shows."""

from __future__ import annotations

import linecache
import re
import shutil
import subprocess
from dataclasses import replace
from html import escape
from html.parser import HTMLParser
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

import batchfirst as bf
from batchfirst.diagnosis.codes import finding
from batchfirst.model.finding import AxisRow, AxisTable, Edit, Evidence, Fix, Location, Rival
from batchfirst.model.trace import OpFact, Trace, ValueFact
from batchfirst.render.html import render_html
from batchfirst.render.html_style import STYLE

EVIL = "</pre></style></title><script>alert(1)</script><img src=x onerror='alert(2)'>\" \x1b[31m\u202e&lt;"
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
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


def test_a_row_leads_to_its_finding_and_every_link_to_something(swapped: bf.Audit) -> None:
    read = Reader(render_html(swapped.findings, swapped.trace))
    ids = {attrs["id"] for _, attrs in read.tags if "id" in attrs}
    links = [str(attrs["href"]) for tag, attrs in read.tags if tag == "a"]
    assert links == ["#finding-0"]
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
    file.write_text(f"x = 1\ny = '''{EVIL}'''  # <b>\nz = 2\n", encoding="utf-8")
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
    page = render_html([found], trace)
    read = Reader(page)
    assert not {"script", "img", "b"} & read.names()
    assert not any(name.startswith("on") for _, attrs in read.tags for name in attrs)
    assert "alert(1)" in read.text
    assert "\x1b" not in page
    assert "\u202e" not in page


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


# --- in a browser ------------------------------------------------------------------------------------------------

in_browser = pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")


def _browse(*arguments: str) -> str:
    assert BROWSER is not None
    command = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout


@in_browser
@pytest.mark.parametrize("width", [390, 1200])
def test_nothing_sticks_out_of_the_window(swapped: bf.Audit, tmp_path: Path, width: int) -> None:
    # In a frame, since a window of the browser's has a smallest width. All rows stand open.
    measure = "parent.document.body.dataset.seen = [innerWidth, document.documentElement.scrollWidth]"
    page = render_html(swapped.findings, swapped.trace).replace("<details", "<details open")
    page = page.replace("</body>", f"<script>{measure}</script></body>")
    path = tmp_path / "frame.html"
    path.write_text(f'<body><iframe width="{width}" height="900" srcdoc="{escape(page)}"></iframe>', encoding="utf-8")
    shown = _browse("--window-size=1400,1000", "--virtual-time-budget=3000", "--dump-dom", path.as_uri())
    found = re.search(r'data-seen="(\d+),(\d+)"', shown)
    assert found is not None
    assert int(found[1]) == width
    assert int(found[2]) <= width


@in_browser
def test_light_and_dark_are_drawn(swapped: bf.Audit, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    swapped.to_html(path)
    drawn = []
    for scheme in ("light", "dark"):
        picture = tmp_path / f"{scheme}.png"
        dark = [f"--blink-settings=preferredColorScheme={0 if scheme == 'dark' else 1}"]
        _browse("--window-size=800,1000", *dark, f"--screenshot={picture}", path.as_uri())
        drawn.append(picture.read_bytes())
    assert all(data.startswith(b"\x89PNG") and len(data) > 20_000 for data in drawn)
    assert drawn[0] != drawn[1]
