"""The site: built with warnings as errors, every code on it, nothing on it loaded from elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from batchfirst.diagnosis.codes import CATALOGUE

LOADED = re.compile(
    r"""<(?:script|img|iframe|link)\b[^>]*?\b(?:src|href)=["']?(https?:[^"' >]+)|url\(["']?(https?:[^)]+)"""
)


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    pages = [path for kind in ("*.html", "*.css") for path in site.rglob(kind)]
    assert len(pages) > len(CATALOGUE)
    for path in pages:
        assert not LOADED.findall(path.read_text(encoding="utf-8")), path


@pytest.mark.parametrize("code", CATALOGUE)
def test_every_code_has_its_page_with_what_torch_says(site: Path, code: str) -> None:
    text = (site / "mistakes" / f"{code}.html").read_text(encoding="utf-8")
    assert CATALOGUE[code].slug in text
    assert f'href="{code}.html"' in (site / "mistakes" / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("page", "language"), [("shapes", "en"), ("zh-Hant/shapes", "zh-Hant"), ("zh-Hant/readme", "zh-Hant")]
)
def test_a_page_names_its_language(site: Path, page: str, language: str) -> None:
    assert f'<html lang="{language}"' in (site / f"{page}.html").read_text(encoding="utf-8")
