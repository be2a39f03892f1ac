"""What the texts for those who change batchfirst name is there: files, and the layers in the picture of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
TEXTS = ("docs/design.md", "CONTRIBUTING.md")
NAMED = re.compile(r"`([\w./-]+(?:\.\w+|/[\w-]+/?))`")
ENDINGS = (".py", ".md", ".txt", ".svg", ".json", ".css")


def _named(text: str) -> set[str]:
    """The paths in back quotes: with a slash, or ending as our files do; not what a module's name stands before."""
    found = set(NAMED.findall((ROOT / text).read_text(encoding="utf-8")))
    return {name for name in found if (name.endswith(ENDINGS) or "/" in name) and not name.startswith("batchfirst.")}


@pytest.mark.parametrize("text", TEXTS)
def test_every_file_that_is_named_exists(text: str) -> None:
    named = _named(text)
    assert len(named) > 20
    places = (ROOT, ROOT / "src" / "batchfirst", ROOT / "src/batchfirst/diagnosis/silent", ROOT / "tests" / "audit")
    assert sorted(name for name in named if not any((place / name).exists() for place in places)) == []


@pytest.mark.parametrize("text", TEXTS)
def test_links_lead_to_files_that_exist(text: str) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", (ROOT / text).read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if not ((ROOT / text).parent / link).exists()] == []


def test_the_picture_shows_the_layers_in_their_order() -> None:
    picture = (ROOT / "docs/assets/layers.svg").read_text(encoding="utf-8")
    shown = re.findall(r'<text class="name"[^>]*>(\w+)</text>', picture)
    tested = re.search(r"^LAYERS = (\[.*\])", (ROOT / "tests/test_architecture.py").read_text("utf-8"), re.MULTILINE)
    assert tested is not None
    assert shown == re.findall(r'"(\w+)"', tested[1])[::-1]
    assert "prefers-color-scheme" in picture  # readable on a dark page
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", picture)


def test_the_numbers_in_the_picture_are_those_of_the_ways() -> None:
    picture = (ROOT / "docs/assets/layers.svg").read_text(encoding="utf-8")
    design = (ROOT / "docs/design.md").read_text(encoding="utf-8")
    for title, kind in (("The way of one mismatch", "mismatch"), ("The way of one audit", "audit")):
        section = design.partition(f"## {title}")[2].partition("\n## ")[0]
        assert len(re.findall(r"^\d+\. ", section, re.MULTILINE)) == picture.count(f'<circle class="{kind}"')
