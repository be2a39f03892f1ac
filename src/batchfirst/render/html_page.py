"""The page around a report: its head, its style, and what stands in place of a part that cannot be drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from batchfirst.model.finding import Finding
from batchfirst.render.html_style import STYLE
from batchfirst.render.html_text import html_text


def page_html(title: str, header: str, main: str, *, classes: str = "") -> str:
    """A whole page in one file: nothing is loaded from elsewhere, no script. `header` and `main` are HTML."""
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    return (
        f'<!doctype html>\n<html lang="en"><head>{head}<meta name="color-scheme" content="light dark">'
        f"<title>{html_text(title)}</title><style>html, body {{ margin: 0; }}\n{STYLE}</style></head>"
        f"<body class='bf{f' {classes}' if classes else ''}'><a class='skip' href='#main'>to the report</a>"
        f"<div class='sheet'><header>{header}</header><main id='main'>{main}</main></div></body></html>\n"
    )


def part_html(body: str) -> str:
    """`body` with its style, for a notebook's output."""
    return f'<div class="bf"><style>{STYLE}</style><div class="sheet">{body}</div></div>'


def verdict_html(what: str, verdict: str, findings: Sequence[Finding]) -> str:
    """The heading of a page: `what` it is about, and the verdict, its beginning in the colour of the worst finding."""
    worst = {found.severity for found in findings}
    kind, sign = ("error", "✗") if "error" in worst else ("warning", "!") if "warning" in worst else ("good", "✓")
    first, colon, rest = verdict.partition(":")
    return (
        f"<p class='eyebrow'>{html_text(what)}</p><h1><span class='verdict {kind}'>"
        f"<span aria-hidden='true'>{sign} </span>{html_text(first)}{colon}</span>{html_text(rest)}</h1>"
    )


def drawn(make: Callable[[], str], what: str, text: Callable[[], str]) -> str:
    """What `make` returns; where it fails, the reason and what `text` returns: no report is lost for it."""
    try:
        return make()
    except Exception as error:
        told = f"{what} could not be drawn ({type(error).__name__}: {error}); please report this"
        return f"<p class='bad'>{html_text(told)}</p><pre tabindex='0'>{html_text(text())}</pre>"
