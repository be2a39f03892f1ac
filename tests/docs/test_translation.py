"""The translations keep step: the same headings, programs, pictures, tables and links as the English pages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent.parent / "docs"
PAIRS = [(DOCS / "shapes.md", DOCS / "zh-Hant" / "shapes.md")]
IDS = [pair[1].name for pair in PAIRS]

_BLOCK = re.compile(r"^```(\w+[^\n]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_EXPRESSION = re.compile(r"\{\{ (?!readings)(.+?) \}\}", re.DOTALL)
_LINK = re.compile(r"\]\((?:\.\./)*([^)#\s]+)")


def _prose(text: str) -> str:
    return _BLOCK.sub("", text)


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
    links = [sorted(_LINK.findall(_prose(page.read_text(encoding="utf-8")))) for page in (english, translated)]
    assert links[0] == links[1]


@pytest.mark.parametrize(("english", "translated"), PAIRS, ids=IDS)
def test_tables_and_lists_have_the_same_rows(english: Path, translated: Path) -> None:
    lines = [_prose(page.read_text(encoding="utf-8")).splitlines() for page in (english, translated)]
    rows = [[(line[0], line.count("|")) for line in page if line.startswith(("|", "- "))] for page in lines]
    assert rows[0] == rows[1]


@pytest.mark.parametrize(("english", "translated"), PAIRS, ids=IDS)
def test_there_are_as_many_paragraphs(english: Path, translated: Path) -> None:
    paragraphs = [
        len([part for part in re.split(r"\n\s*\n", _prose(page.read_text(encoding="utf-8"))) if part.strip()])
        for page in (english, translated)
    ]
    assert paragraphs[0] == paragraphs[1]
