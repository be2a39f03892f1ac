"""The colours of the HTML report: every text can be read on what it stands on, in both themes."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from batchfirst.render.html_style import DARK, LIGHT

ROLES = ("batch", "seq", "features", "layers", "none")
# Text, and what it stands on.
TEXTS = [
    *(("ink", ground) for ground in ("paper", "sheet", "badpaper")),
    *(("dim", ground) for ground in ("paper", "sheet", "badpaper")),
    *(("bad", ground) for ground in ("paper", "sheet", "badpaper")),
    *(("link", ground) for ground in ("paper", "sheet", "badpaper")),
    ("warn", "paper"), ("warn", "sheet"), ("good", "paper"), ("good", "goodpaper"),
    *((f"on-{role}", role) for role in ROLES),
]  # fmt: skip
# What is no text but tells something: frames, edges and patterns of bars (WCAG 2.2, 1.4.11: 3 to 1).
SHAPES = [("bad", "paper"), ("bad", "badpaper"), ("focus", "paper"), ("batch", "paper"), ("batch", "badpaper")]


def contrast(first: str, second: str) -> float:
    """The contrast ratio of two colours "#rrggbb", by WCAG 2.2's definition."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_measure_itself() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_every_text_has_enough_contrast(theme: dict[str, str]) -> None:
    short = {pair: round(contrast(theme[pair[0]], theme[pair[1]]), 2) for pair in TEXTS}
    assert {pair: ratio for pair, ratio in short.items() if ratio < 4.5} == {}
    shapes = {pair: round(contrast(theme[pair[0]], theme[pair[1]]), 2) for pair in SHAPES}
    assert {pair: ratio for pair, ratio in shapes.items() if ratio < 3} == {}


def test_both_themes_set_every_colour_that_is_used() -> None:
    sheet = (files("batchfirst.render") / "html_style.css").read_text(encoding="utf-8")
    used = set(re.findall(r"var\(--([\w-]+)\)", sheet)) - {"fill", "on", "edge"}
    assert set(LIGHT) == set(DARK)
    assert used <= set(LIGHT)
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\(", sheet), "a colour of one theme only"
