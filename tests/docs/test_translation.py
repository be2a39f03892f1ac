"""The translations keep step: the same headings, programs, pictures, tables and links as the English texts."""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"
PAIRS = [
    (DOCS / "shapes.md", DOCS / "zh-Hant" / "shapes.md"),
    (ROOT / "README.md", DOCS / "zh-Hant" / "readme.md"),
]
IDS = [pair[1].name for pair in PAIRS]

_BLOCK = re.compile(r"^```(\w+[^\n]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_EXPRESSION = re.compile(r"\{\{ (?!readings)(.+?) \}\}", re.DOTALL)
_LINK = re.compile(r"\]\(([^)#\s]+)(#[^)\s]*)?")
_CODE = re.compile(r"`([^`]+)`")
_NUMBER = re.compile(r"(?<![A-Za-z\d])[A-Z]*\d{2,}")  # BF101, 145; single digits are words here and there
_ANSWER = re.compile(r"–|BF\d+")  # a cell of these is the same in every language

# A page counts as the English text that it translates, or that it stands for on the site.
_SAME = {translated: english for english, translated in PAIRS} | {
    DOCS / "index.md": ROOT / "README.md",
    DOCS / "changelog.md": ROOT / "CHANGELOG.md",
    DOCS / "contributing.md": ROOT / "CONTRIBUTING.md",
}


def _prose(text: str) -> str:
    return _BLOCK.sub("", text)


def _links(page: Path) -> list[tuple[str, str]]:
    """What `page` links to: the file, and the place in it."""
    found = []
    for link, place in _LINK.findall(_prose(page.read_text(encoding="utf-8"))):
        target = Path(os.path.normpath(page.parent / link))
        found.append((str(_SAME.get(target, target)), place))
    return sorted(found)


def _rows(page: Path) -> list[tuple[str, list[str]]]:
    """The rows of the tables with their answers (other cells are ""), and the items of the lists."""
    lines = [line for line in _prose(page.read_text(encoding="utf-8")).splitlines() if line.startswith(("|", "- "))]
    cells = [[cell.strip() for cell in line.split("|")] for line in lines]
    return [
        (line[0], [cell if _ANSWER.fullmatch(cell) else "" for cell in row])
        for line, row in zip(lines, cells, strict=True)
    ]


@pytest.mark.parametrize(("english", "translated"), PAIRS, ids=IDS)
def test_the_headings_have_the_same_levels(english: Path, translated: Path) -> None:
    levels = [
        [len(hashes) for hashes in re.findall(r"^(#+) ", _prose(page.read_text(encoding="utf-8")), re.MULTILINE)]
        for page in (english, translated)
    ]
    assert levels[0] == levels[1]


@pytest.mark.parametrize(("english", "translated"), PAIRS, ids=IDS)
def test_programs_and_outputs_are_the_same(english: Path, translated: Path) -> None:
    blocks = [_BLOCK.findall(page.read_text(encoding="utf-8")) for page in (english, translated)]
    assert blocks[0] == blocks[1]


@pytest.mark.parametrize(("english", "translated"), PAIRS, ids=IDS)
def test_what_is_computed_is_the_same(english: Path, translated: Path) -> None:
    """In any order, since sentences have another one."""
    computed = [
        sorted(found.replace("why=False, ", "") for found in _EXPRESSION.findall(page.read_text(encoding="utf-8")))
        for page in (english, translated)
    ]
    assert computed[0] == computed[1]


@pytest.mark.parametrize(("english", "translated"), PAIRS, ids=IDS)
def test_the_links_lead_to_the_same_pages(english: Path, translated: Path) -> None:
    assert _links(english) == _links(translated)


@pytest.mark.parametrize(("english", "translated"), PAIRS, ids=IDS)
def test_tables_and_lists_have_the_same_rows(english: Path, translated: Path) -> None:
    assert _rows(english) == _rows(translated)


@pytest.mark.parametrize(("english", "translated"), PAIRS, ids=IDS)
def test_there_are_as_many_paragraphs(english: Path, translated: Path) -> None:
    paragraphs = [
        len([part for part in re.split(r"\n\s*\n", _prose(page.read_text(encoding="utf-8"))) if part.strip()])
        for page in (english, translated)
    ]
    assert paragraphs[0] == paragraphs[1]


@pytest.mark.parametrize(("english", "translated"), PAIRS, ids=IDS)
def test_names_and_numbers_are_the_same(english: Path, translated: Path) -> None:
    """In any order, since sentences have another one; a name may be said more often, a number not."""
    texts = [_prose(page.read_text(encoding="utf-8")) for page in (english, translated)]
    assert set(_CODE.findall(texts[0])) == set(_CODE.findall(texts[1]))
    assert Counter(_NUMBER.findall(texts[0])) == Counter(_NUMBER.findall(texts[1]))
