"""The site: built with warnings as errors, every code on it, nothing on it loaded from elsewhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from batchfirst.diagnosis.codes import CATALOGUE

ROOT = Path(__file__).parent.parent.parent
LOADED = re.compile(
    r"""<(?:script|img|iframe|link)\b[^>]*?\b(?:src|href)=["']?(https?:[^"' >]+)|url\(["']?(https?:[^)]+)"""
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, as `make docs` builds it."""
    out = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(out)],
        cwd=ROOT, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return out


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
