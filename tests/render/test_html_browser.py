"""The HTML report in a real browser: one Chromium for all of it, driven by its own driver, both already installed."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import batchfirst as bf
from batchfirst.diagnosis.codes import finding
from batchfirst.model.finding import Location
from batchfirst.model.report import Measured, ReportBuilder
from batchfirst.render.html import render_html
from batchfirst.render.html_report import report_html

EVIL = "</style><script>document.title='run'</script><img src=x onerror=\"document.title='run'\">批次🙂שלום" + "w" * 90

# Every text whose contrast with the nearest opaque background is below 4.5, and what it says.
_PALE = """
const luminance = c => { const p = c.map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
  return .2126 * p[0] + .7152 * p[1] + .0722 * p[2]; };
const parts = text => text.match(/[\\d.]+/g).map(Number);
const pale = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
let seen = 0;
while (walker.nextNode()) {
  let node = walker.currentNode.parentElement;
  if (!walker.currentNode.data.trim() || node.closest('style, .hidden, .skip') || !node.checkVisibility()) continue;
  const on = parts(getComputedStyle(node).color);
  let ground = [0, 0, 0, 0];
  for (; node && !(ground = parts(getComputedStyle(node).backgroundColor).concat(1))[3]; node = node.parentElement);
  if (!node) ground = [255, 255, 255];
  const [a, b] = [luminance(on), luminance(ground)].sort((x, y) => y - x);
  seen += 1;
  if ((a + .05) / (b + .05) < 4.5) pale.push([walker.currentNode.data, on, ground]);
}
return [seen, pale];
"""


class Model(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(8, 8, 3, padding=1)
        self.lstm = nn.LSTM(8, 16)
        self.cell = nn.GRUCell(16, 4)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x.transpose(1, 2)).transpose(1, 2)
        out, _ = self.lstm(x)
        state = torch.zeros(x.size(0), 4)
        for t in range(out.size(1)):
            state = self.cell(out[:, t], state)
        return state.reshape(-1)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Addresses of an audit's page, of a report of everything, and of one with hostile names."""
    folder = tmp_path_factory.mktemp("pages")
    torch.manual_seed(0)
    audit = bf.audit(Model().eval(), torch.randn(4, 7, 8), layout="batch seq features")
    large, evil = ReportBuilder(title="pytest", who="tests", modules=7, calls=9), ReportBuilder(title=EVIL, who=EVIL)
    for number in range(500):
        found = finding("BF101", f"finding {number}", location=Location("model.py", number + 1))
        large.add(found, *(f"tests/test_module_{k}.py::test_of_a_rather_long_name[{k}]" for k in range(number % 7)))
    for builder, name in ((large, "Forecaster"), (evil, EVIL)):
        for _ in range(4):
            builder.measured(Measured(name, audit.findings, audit.trace), name)
    odd = finding("BF101", EVIL, location=Location(f"/{EVIL}.py", 3, EVIL), module=EVIL, label=EVIL, notes=(EVIL,))
    evil.add(odd, EVIL)
    texts = {
        "audit": render_html(audit.findings, audit.trace),
        "report": report_html(large.build()),
        "evil": report_html(evil.build()),
    }
    for name, text in texts.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: (folder / f"{name}.html").as_uri() for name in texts}


def _show(browser: Any, address: str, width: int = 1280, scheme: str = "light") -> None:
    window = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", window)
    told = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", told)
    browser.get(address)


def _press(browser: Any, key: str) -> None:
    from selenium.webdriver.common.action_chains import ActionChains

    ActionChains(browser).send_keys(key).perform()


@pytest.mark.parametrize("name", ["audit", "report", "evil"])
def test_nothing_runs_nothing_is_loaded_and_nothing_sticks_out(browser: Any, pages: dict[str, str], name: str) -> None:
    browser.get("about:blank")
    browser.get_log("performance")
    browser.get_log("browser")
    for width in (1280, 390, 360):
        _show(browser, pages[name], width)
        browser.execute_script("document.querySelectorAll('details').forEach(one => { one.open = true })")
        seen, across = browser.execute_script("return [innerWidth, document.documentElement.scrollWidth]")
        assert seen == width
        assert across <= width, f"scrolls sideways at {width} pixels"
    sent = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = {one["params"]["request"]["url"] for one in sent if one["method"] == "Network.requestWillBeSent"}
    assert {address.partition("#")[0] for address in asked} == {pages[name]}
    assert browser.get_log("browser") == []
    assert browser.title != "run"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read_in_both_themes(browser: Any, pages: dict[str, str], scheme: str) -> None:
    _show(browser, pages["audit"], 1280, scheme)
    browser.execute_script("document.querySelectorAll('details').forEach(one => { one.open = true })")
    seen, pale = browser.execute_script(_PALE)
    assert seen > 100
    assert pale == []


def test_light_dark_and_paper_are_drawn(browser: Any, pages: dict[str, str]) -> None:
    drawn = []
    for scheme in ("light", "dark"):
        _show(browser, pages["audit"], 800, scheme)
        drawn.append(base64.b64decode(browser.get_screenshot_as_base64()))
    assert all(data.startswith(b"\x89PNG") and len(data) > 20_000 for data in drawn)
    assert drawn[0] != drawn[1]
    ground = "return getComputedStyle(document.body).backgroundColor"
    assert browser.execute_script(ground) == "rgb(13, 17, 23)"
    browser.execute_cdp_cmd(
        "Emulation.setEmulatedMedia",
        {"media": "print", "features": [{"name": "prefers-color-scheme", "value": "dark"}]},
    )
    assert browser.execute_script(ground) == "rgb(255, 255, 255)", "paper is white, whatever the reader's screen is"
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_all_of_it_is_reached_with_the_keyboard(browser: Any, pages: dict[str, str]) -> None:
    _show(browser, pages["audit"])
    _press(browser, "\ue004")  # Tab
    skip = browser.switch_to.active_element
    assert (skip.text, skip.is_displayed()) == ("to the report", True)
    stops: list[str] = []
    for _ in range(80):
        _press(browser, "\ue004")
        at = browser.switch_to.active_element
        if at.tag_name == "body":
            break
        stops.append(at.tag_name)
        outline = at.value_of_css_property("outline-style")
        assert outline == "solid", f"a {at.tag_name} does not show that it has the focus"
        if at.tag_name == "summary" and stops.count("summary") == 1:
            assert at.accessible_name.split()[:4] == ["input", "0", "batch", "4"]
            assert at.find_element("xpath", "..").get_attribute("open") is None
            _press(browser, "\ue007")  # Enter
            assert at.find_element("xpath", "..").get_attribute("open") is not None
            assert "batch: carried by axis 0" in at.find_element("xpath", "..").text
    rows = browser.find_elements("css selector", "ol.way summary")
    assert stops.count("summary") == len(rows) > 5
    assert "pre" in stops, "a long source line scrolls"


def test_a_finding_and_its_row_lead_to_each_other(browser: Any, pages: dict[str, str]) -> None:
    _show(browser, pages["audit"])
    link = browser.find_element("css selector", ".finding a")
    browser.execute_script("arguments[0].focus()", link)
    _press(browser, "\ue007")
    assert browser.execute_script("return location.hash") == "#way-BF101"
    row = browser.find_element("css selector", "#way-BF101")
    top = browser.execute_script("return arguments[0].getBoundingClientRect().top", row)
    assert 0 <= top < 900
    assert "BF101" in row.text
    back = row.find_element("css selector", "a")
    browser.execute_script("arguments[0].focus()", back)
    _press(browser, "\ue007")
    assert browser.execute_script("return document.querySelector(':target').id") == "finding-0"


def test_the_bars_of_an_axis_stand_below_each_other(browser: Any, pages: dict[str, str]) -> None:
    """That is what shows where the batch changes places: also inside a loop, and below the headings."""
    _show(browser, pages["audit"])
    script = """return [...document.querySelectorAll('.heads .bars, ol.way .bars')].map(row =>
      [...row.querySelectorAll('.bar, .heads .bars span')].map(bar => Math.round(bar.getBoundingClientRect().left)))"""
    lefts = browser.execute_script(script)
    assert len(lefts) > 6
    for axis in range(3):
        assert len({row[axis] for row in lefts if len(row) > axis}) == 1


def test_a_report_of_five_hundred_findings_is_at_hand(browser: Any, pages: dict[str, str]) -> None:
    _show(browser, pages["report"])
    contents = browser.find_element("css selector", "nav.toc summary")
    assert contents.text == "Contents: 505 entries"
    assert not browser.find_element("css selector", "nav.toc ol").is_displayed()
    browser.execute_script("arguments[0].focus()", contents)
    _press(browser, "\ue007")
    link = browser.find_element("css selector", "nav.toc a[href='#finding-400']")
    assert link.is_displayed()
    browser.execute_script("arguments[0].focus()", link)
    _press(browser, "\ue007")
    shown = browser.execute_script(
        "const b = document.querySelector('#finding-400').getBoundingClientRect(); return [b.top, b.height]"
    )
    assert 0 <= shown[0] < 900
    assert shown[1] > 40


def test_what_cannot_be_drawn_is_readable_too(browser: Any, tmp_path: Path) -> None:
    path = tmp_path / "broken.html"
    path.write_text(render_html([finding("BF205")], None), encoding="utf-8")  # type: ignore[arg-type]
    _show(browser, path.as_uri(), 360)
    shown = browser.find_element("css selector", "main").text
    assert "could not be drawn" in shown
    assert "error[BF205]: hidden_size / proj_size" in shown
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 360
