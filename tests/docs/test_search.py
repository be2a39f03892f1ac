"""Who types torch's error message into the search comes to the page of the mistake."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from batchfirst.diagnosis.codes import CATALOGUE
from batchfirst.diagnosis.pages import body

_QUOTED = re.compile(r"^> (?!nothing)`?(.+?)`?$", re.MULTILINE)
MESSAGES = {message: code for code in CATALOGUE for message in _QUOTED.findall(body(code))}


def _without_numbers(message: str) -> str:
    return re.sub(r"\d+", "", message)


_PASTE = """
const field = document.querySelector("input.md-search__input");
field.focus(); field.value = arguments[0]; field.dispatchEvent(new Event("keyup", {bubbles: true}));
"""
_RESULTS = """
return [...document.querySelectorAll(".md-search-result__item > a.md-search-result__link")].map(link => link.href)
"""


@pytest.fixture(scope="module")
def search(site: Path, browser: Any) -> Any:
    """A function from what is typed to the addresses of the first results."""
    from selenium.webdriver.support.ui import WebDriverWait

    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    browser.get((site / "index.html").as_uri())
    browser.execute_script("document.querySelector('[data-md-toggle=search]').click()")

    def links(typed: str) -> list[str]:
        for text in ("", typed):
            browser.execute_script(_PASTE, text)
            there = bool(text)
            WebDriverWait(browser, 20, 0.05).until(lambda it, there=there: bool(it.execute_script(_RESULTS)) == there)
        return list(browser.execute_script(_RESULTS))

    return links


@pytest.mark.parametrize("message", MESSAGES)
def test_searching_for_an_error_of_torchs_leads_to_its_page(search: Any, message: str) -> None:
    links = search(message)[:4]
    same = {code for other, code in MESSAGES.items() if _without_numbers(other) == _without_numbers(message)}
    assert any(f"/mistakes/{code}.html" in link for link in links for code in same), links


@pytest.mark.parametrize(
    ("typed", "code"), [("hidden-scrambled", "BF301"), ("output[-1]", "BF303"), ("BF601", "BF601")]
)
def test_searching_for_how_it_looks_leads_there_too(search: Any, typed: str, code: str) -> None:
    assert any(f"/mistakes/{code}.html" in link for link in search(typed)[:3])
