"""A finding as HTML: what it is, the source around its line, the axes side by side, the facts and the fix."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from batchfirst.model.finding import AxisTable, Edit, Finding, Location
from batchfirst.render.html_page import drawn
from batchfirst.render.html_text import html_text, place_html
from batchfirst.render.plain import render_finding
from batchfirst.render.source import marked_columns, source_line

_AROUND = 2  # source lines shown before and after the one that is meant
_FEW = 4  # of those who met a finding, named in one line
_ROLES = frozenset({"batch", "seq", "features", "layers"})


def finding_html(finding: Finding, number: int, *, picture: str = "", met: Sequence[str] = ()) -> str:
    """One finding as an `<article>` with the id `finding-<number>`; everything from outside is escaped.

    picture: the id of its row in a picture of axes, if there is one; met: who met it (test ids, ranks). A finding that
    cannot be drawn is shown as text, with the reason.
    """
    body = drawn(lambda: _body(finding, picture, met), "this finding", lambda: render_finding(finding))
    severity = finding.severity if finding.severity in ("error", "warning", "note") else "error"
    return f"<article class='finding {severity}' id='finding-{number}'>{body}</article>"


def _body(finding: Finding, picture: str, met: Sequence[str]) -> str:
    head = f"<span class='severity'>{html_text(finding.severity)}</span> <code>{html_text(finding.code)}</code>"
    parts = [f"<h3>{head} {html_text(finding.summary)}</h3>", *_where(finding), *_source(finding)]
    if finding.table is not None and finding.table.rows:
        parts.append(_axes(finding.table))
    parts += _facts(finding)
    parts += _fix(finding)
    parts += [f"<p class='dim'>note: {html_text(note)}</p>" for note in finding.notes]
    parts += [
        f"<p class='dim'>less likely: <code>{html_text(rival.code)}</code> {html_text(rival.text)}</p>"
        for rival in finding.rivals
    ]
    parts += _met(met)
    seen = f"<a href='#{picture}'>in the picture of axes</a>, " if picture else ""
    parts.append(f"<p class='dim'>more: {seen}<code>batchfirst explain {html_text(finding.code)}</code></p>")
    return "".join(parts)


def _met(met: Sequence[str]) -> Iterator[str]:
    """Who met the finding: a few in a line, many in a list that opens."""
    names = [f"<span class='mono'><bdi>{html_text(who)}</bdi></span>" for who in met]
    if len(names) <= _FEW:
        yield from (f"<p class='dim'>met by {', '.join(names)}</p>" for _ in names[:1])
    else:
        listed = "".join(f"<li>{name}</li>" for name in names)
        yield (
            f"<details class='picture'><summary>met by {names[0]} and {len(names) - 1} more</summary>"
            f"<ul class='said dim'>{listed}</ul></details>"
        )


def source_html(location: Location, around: int = _AROUND) -> str:
    """The line at `location`, numbered and marked, with `around` lines on both sides; "" where it cannot be read."""
    if not source_line(location.file, location.line).strip():
        return ""
    first = max(1, location.line - around)
    lines = [(n, source_line(location.file, n)) for n in range(first, location.line + around + 1)]
    while lines and not lines[-1][1].strip():
        lines.pop()
    margin = min((len(text) - len(text.lstrip()) for _, text in lines if text.strip()), default=0)
    width = len(str(lines[-1][0]))
    drawn = (_line(number, text, margin, width, location) for number, text in lines)
    return f"<pre tabindex='0'>{chr(10).join(drawn)}</pre>"


def bar_html(
    word: str, size: str = "", *, roles: tuple[str, ...] = (), classes: str = "", title: str = ""
) -> str:
    """One axis as a bar: a colour and a pattern by role, and in words what it carries; `title` shows on hovering."""
    known = [role if role in _ROLES else "none" for role in roles] or ["none"]
    label = f"{word} {size}".strip()
    more = f" title='{html_text(title or label)}'"
    extra = f" {classes}" if classes else ""
    words = word.split(" ")
    if len(known) > 1 and len(words) == len(known):
        words[-1] = f"{words[-1]} {size}".rstrip()
        parts = [f"<span class='{role}'>{html_text(text)}</span>" for role, text in zip(known, words, strict=True)]
        return f"<span class='bar folded{extra}'{more}>{' '.join(parts)}</span>"
    return f"<span class='bar {known[0]}{extra}'{more}>{html_text(label)}</span>"


def _line(number: int, text: str, margin: int, width: int, location: Location) -> str:
    mine = number == location.line
    start, end = marked_columns(text, location) if mine else (None, None)
    if start is None or end is None or start < margin:
        body = _code(text[margin:])
        body = f"<mark>{body}</mark>" if mine else body
    else:
        before, marked, after = (_code(part) for part in (text[margin:start], text[start:end], text[end:]))
        body = f"{before}<mark>{marked}</mark>{after}"
    return f"<span class='number'>{'→' if mine else ' '} {number:>{width}} </span>{body}"


def _code(text: str) -> str:
    return html_text(text.replace("\t", "    "))


def _where(finding: Finding) -> Iterator[str]:
    told = [f"<span class='mono'>{place_html(finding.location)}</span>"] if finding.location is not None else []
    told += [f"module <code>{html_text(finding.module)}</code>"] if finding.module else []
    told += [html_text(f"rank {finding.rank}")] if finding.rank is not None else []
    if told:
        yield f"<p class='dim'>{', '.join(told)}</p>"


def _source(finding: Finding) -> Iterator[str]:
    if finding.location is not None:
        yield source_html(finding.location)
    if finding.label:
        yield f"<p class='mono dim'>{html_text(finding.label)}</p>"


def _axes(table: AxisTable) -> str:
    """The axes side by side, as a table; what a cell carries has the colours of the trace."""
    count = max(len(row.cells) for row in table.rows)
    marked = {axis for axis in table.marked if 0 <= axis < count}
    head = "".join(
        f"<th scope='col'{' class=marked' if axis in marked else ''}>{'▲ ' if axis in marked else ''}axis {axis}</th>"
        for axis in range(count)
    )
    rows = [f"<tr><td></td>{head}<td></td></tr>"]
    for row in table.rows:
        cells = "".join(f"<td>{_cell(cell)}</td>" for cell in row.cells)
        cells += "<td></td>" * (count - len(row.cells))
        origin = f"<td class='origin'>{html_text(row.origin)}</td>"
        rows.append(f"<tr><th scope='row'>{html_text(row.label)}</th>{cells}{origin}</tr>")
    remark = ""
    if marked and table.remark:
        remark = f"<p class='bad'>▲ {', '.join(f'axis {a}' for a in sorted(marked))}: {html_text(table.remark)}</p>"
    drawn_table = f"<table class='axes'><caption class='hidden'>The axes side by side</caption>{''.join(rows)}</table>"
    return f"<div class='wide' role='group' aria-label='Axes' tabindex='0'>{drawn_table}</div>{remark}"


def _cell(cell: str) -> str:
    words = tuple(cell.strip("()").split()) if cell else ()
    if words and all(word in _ROLES or word == "·" for word in words):
        return bar_html(cell, roles=words)
    return bar_html(cell, classes="plain")


def _facts(finding: Finding) -> Iterator[str]:
    told = [f"effect: {html_text(effect)}" for effect in finding.effects]
    told += [f"{html_text(item.text)} <span class='tag'>[{html_text(item.kind)}]</span>" for item in finding.evidence]
    told += [f"further down: {html_text(text)}" for text in finding.consequences]
    if told:
        yield f"<ul class='said'>{''.join(f'<li>{text}</li>' for text in told)}</ul>"


def _fix(finding: Finding) -> Iterator[str]:
    if finding.fix is None:
        return
    yield f"<p><strong>help:</strong> {html_text(finding.fix.text)}</p>"
    for edit in finding.fix.edits:
        yield f"<p class='dim mono'>{place_html(edit.location)}</p>{_edit(edit)}"


def _edit(edit: Edit) -> str:
    sides = (("−", "removed", edit.before), ("+", "added", edit.after))
    lines = [
        f"<span class='{kind}'>{sign} {html_text(line)}</span>"
        for sign, kind, code in sides
        for line in code.strip("\n").splitlines()
        if code.strip()
    ]
    return f"<pre class='edit' tabindex='0'>{chr(10).join(lines)}</pre>"
