"""How the HTML report looks: the colours of both themes, and the one style sheet that uses them."""

from __future__ import annotations

from importlib.resources import files

# An axis role has a colour, a pattern and its name in words. Batch is the only bar of a full colour, since it is what
# the eye follows. Text has a contrast of 4.5 and more on what it stands on (tests/render/test_html_style.py).
LIGHT = {
    "ink": "#1c2128", "dim": "#57606a", "paper": "#ffffff", "sheet": "#f5f7f9", "line": "#d5dce3",
    "bad": "#b3261e", "badpaper": "#fdeeec", "warn": "#8a4600", "good": "#1a6b32", "goodpaper": "#e9f7ed",
    "link": "#0a58ca", "focus": "#0a58ca",
    "batch": "#1f5fbf", "on-batch": "#ffffff", "edge-batch": "#163f80",
    "seq": "#fde8d2", "on-seq": "#7a3300", "edge-seq": "#d97a1f",
    "features": "#dcf2e2", "on-features": "#14532d", "edge-features": "#3a9d5d",
    "layers": "#ece2fb", "on-layers": "#4c1d95", "edge-layers": "#8e63d6",
    "none": "#eceff3", "on-none": "#4a5560", "edge-none": "#a6b0ba",
}  # fmt: skip
DARK = {
    "ink": "#e6edf3", "dim": "#9da7b1", "paper": "#0d1117", "sheet": "#161b22", "line": "#30363d",
    "bad": "#ff9b91", "badpaper": "#351512", "warn": "#f5b36b", "good": "#6fdd8b", "goodpaper": "#10281a",
    "link": "#79b8ff", "focus": "#79b8ff",
    "batch": "#6cb0ff", "on-batch": "#0a1a30", "edge-batch": "#b5d7ff",
    "seq": "#3a2411", "on-seq": "#ffcf9f", "edge-seq": "#c9741f",
    "features": "#12301f", "on-features": "#a7ecbe", "edge-features": "#3f9a5f",
    "layers": "#2b1f45", "on-layers": "#d9c8ff", "edge-layers": "#8762c9",
    "none": "#21262d", "on-none": "#a9b4be", "edge-none": "#57606a",
}  # fmt: skip


_PATTERNS = {"seq": "45deg", "features": "90deg", "layers": "0deg"}


def _colours(theme: dict[str, str]) -> str:
    return f".bf {{ {' '.join(f'--{name}: {value};' for name, value in theme.items())} }}"


def _roles() -> str:
    """What each role's bars are filled with, written in, and edged and hatched with."""
    rules = [
        f".bf .{role} {{ --fill: var(--{role}); --on: var(--on-{role}); --edge: var(--edge-{role}); }}"
        for role in ("batch", "seq", "features", "layers", "none")
    ]
    for role, angle in _PATTERNS.items():
        hatched = f"repeating-linear-gradient({angle}, var(--edge) 0 1.5px, transparent 1.5px 5px)"
        rules.append(f".bf .bar.{role} {{ background-image: {hatched}; }}")
    return "\n".join(rules)


def _style() -> str:
    dark = f"@media screen and (prefers-color-scheme: dark) {{ {_colours(DARK)} }}"
    sheet = (files("batchfirst.render") / "html_style.css").read_text(encoding="utf-8")
    return f"{_colours(LIGHT)}\n{dark}\n{_roles()}\n{sheet}"


STYLE = _style()
