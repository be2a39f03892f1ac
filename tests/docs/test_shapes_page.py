"""The page of shapes in a real browser: the calculator agrees with `bf.shapes`, and works with the keyboard alone."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import batchfirst as bf

KINDS = ("LSTM", "GRU", "RNN", "LSTMCell", "GRUCell", "RNNCell")


def _settings() -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Settings as the calculator has them, and the arguments of `bf.shapes` for the same."""
    choices = itertools.product(
        KINDS, ("batched", "unbatched", "packed"), (False, True), (False, True), (0, 3), (1, 4), ((0, 1), (5, 30))
    )
    for kind, form, first, both, proj, layers, (batch, seq) in choices:
        cell = kind.endswith("Cell")
        if (cell and (first or both or layers > 1 or form == "packed")) or (proj and kind != "LSTM"):
            continue
        lengths = [seq, 2, 1]
        given = {
            "kind": kind, "form": form, "input_size": 2, "hidden_size": 7, "num_layers": layers, "proj_size": proj,
            "batch_first": first, "bidirectional": both, "batch": batch, "seq": seq, "lengths": lengths,
        }  # fmt: skip
        called: dict[str, Any] = {"input_size": 2, "hidden_size": 7}
        if not cell:
            called |= {"num_layers": layers, "proj_size": proj, "batch_first": first, "bidirectional": both}
            called |= {"lengths": lengths} if form == "packed" else {"seq": seq}
        if form == "batched":
            called["batch"] = batch
        yield given, called


def test_the_calculator_agrees_with_the_library_for_all_settings(site: Path, browser: Any) -> None:
    browser.get((site / "shapes.html").as_uri())
    asked = list(_settings())
    assert len(asked) > 150
    text = browser.execute_script(
        "return JSON.stringify(arguments[0].map(s => batchfirstCalculator.shapes(s)))", [given for given, _ in asked]
    )
    for (given, called), rows in zip(asked, json.loads(text), strict=True):
        shapes = bf.shapes(given["kind"], **called)
        assert [row["name"] for row in rows] == list(shapes), given
        for row in rows:
            assert tuple(row["shape"]) == shapes[row["name"]], given
            assert tuple(row["axes"]) == shapes.axes(row["name"]), given
            assert row["why"] == shapes.why(row["name"]), given


def _shown(browser: Any) -> dict[str, str]:
    rows = browser.execute_script(
        "return [...document.querySelectorAll('#calculated tbody tr')]"
        ".map(row => [row.cells[0].innerText, row.cells[1].innerText])"
    )
    return dict(rows)


def test_the_keyboard_is_enough(site: Path, browser: Any) -> None:
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    browser.get((site / "shapes.html").as_uri())
    browser.get_log("browser")
    field = browser.find_element(By.NAME, "kind")
    assert field.is_displayed()
    field.send_keys("GRU")
    seen = [field.get_attribute("name")]
    for typed in ("3", "8", "2", Keys.SPACE, Keys.SPACE):  # proj_size is passed over: a GRU has none
        browser.switch_to.active_element.send_keys(Keys.TAB)
        active = browser.switch_to.active_element
        seen.append(active.get_attribute("name"))
        if typed is not Keys.SPACE:
            active.send_keys(Keys.CONTROL, "a")
        active.send_keys(typed)
    assert seen == ["kind", "input_size", "hidden_size", "num_layers", "batch_first", "bidirectional"]
    settings = {"input_size": 3, "hidden_size": 8, "num_layers": 2, "batch_first": False, "bidirectional": True}
    assert _shown(browser) == {name: str(size) for name, size in bf.shapes("GRU", batch=5, seq=30, **settings).items()}

    browser.find_element(By.NAME, "num_layers").send_keys(Keys.CONTROL, "a", Keys.NULL, "0")
    told = browser.find_element(By.CSS_SELECTOR, "#shapes-form output").text
    assert told == "num_layers: a whole number, 1 or more"
    assert not [line for line in browser.get_log("browser") if line["level"] == "SEVERE"]


def test_without_scripts_the_page_has_the_table(site: Path, browser: Any) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.get((site / "shapes.html").as_uri())
        from selenium.webdriver.common.by import By

        assert not browser.find_element(By.ID, "shapes-form").is_displayed()
        table = browser.find_element(By.ID, "calculated").text
        expected = bf.shapes("LSTM", input_size=1, hidden_size=64, num_layers=2, batch_first=True, batch=5, seq=30)
        assert all(str(shape) in table for shape in expected.values())
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


@pytest.mark.parametrize("width", [360, 768, 1280])
@pytest.mark.parametrize("page", ["index.html", "shapes.html", "mistakes/BF101.html", "reference.html", "audit.html"])
def test_no_page_scrolls_sideways(site: Path, browser: Any, page: str, width: int) -> None:
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    )
    browser.get((site / page).as_uri())
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
