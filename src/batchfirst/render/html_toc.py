"""The table of contents of a page with many findings or audits: a link to each."""

from __future__ import annotations

from collections.abc import Sequence

from batchfirst.model.finding import Finding
from batchfirst.render.audit import short_place
from batchfirst.render.html_text import html_text

_FEW = 3  # findings that need no table of contents
_LONG = 40  # entries of a table that begins closed


def toc_html(findings: Sequence[Finding], *, more: Sequence[tuple[str, str]] = ()) -> str:
    """A `<nav>` with a line for each finding, then for each of `more` (an id, a text); "" where there are few."""
    if len(findings) < _FEW and len(more) < _FEW:
        return ""
    rows = [_entry(found, number) for number, found in enumerate(findings)]
    links = [f"<a href='#{html_text(to)}'>{html_text(text)}</a>" for to, text in more]
    rows += [f"<li><span class='dim'>audit</span> {link}</li>" for link in links]
    listed = f"<ol>{''.join(rows)}</ol>"
    opened = "" if len(rows) > _LONG else " open"
    head = f"<summary><span id='contents'>Contents: {len(rows)} entries</span></summary>"
    return f"<nav class='toc' aria-labelledby='contents'><details{opened}>{head}{listed}</details></nav>"


def _entry(found: Finding, number: int) -> str:
    place = "" if found.location is None else short_place(found.location)
    severity = found.severity if found.severity in ("error", "warning", "note") else "error"
    return (
        f"<li class='{severity}'><span><span class='severity'>{html_text(found.severity)}</span> "
        f"<code>{html_text(found.code)}</code></span> <a href='#finding-{number}'>{html_text(found.summary)}</a> "
        f"<span class='mono dim'><bdi>{html_text(place)}</bdi></span></li>"
    )
