"""An audit as one self-contained HTML page: the findings, and the way as a picture of axes.

No network, no script; light and dark after the reader's own setting. Axes are told by letter, pattern and words, not
by colour alone. Whatever comes from the user's code, names and data is escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from batchfirst.model.finding import Finding
from batchfirst.model.trace import Trace
from batchfirst.render.audit import short_place, verdict_line
from batchfirst.render.plain import render_finding
from batchfirst.render.text import printable
from batchfirst.render.trace import Cell, Item, Row, folded_rows, skipped, trace_rows

_LETTERS = {"batch": "B", "seq": "T", "features": "F", "layers": "L", "": "·"}

_STYLE = """
.bf { --ink: #1b1f24; --dim: #57606a; --paper: #ffffff; --line: #d0d7de; --bad: #b3261e; --badpaper: #fdecea;
  --B: #1f6feb; --T: #bc4c00; --F: #2da44e; --L: #8250df; --N: #8c959f; --on: #ffffff;
  color: var(--ink); background: var(--paper); font: 15px/1.5 system-ui, sans-serif; }
@media (prefers-color-scheme: dark) { .bf { --ink: #e6edf3; --dim: #9aa4af; --paper: #0d1117; --line: #30363d;
  --bad: #ff8a80; --badpaper: #3b1512; --B: #58a6ff; --T: #f0883e; --F: #56d364; --L: #bc8cff; --N: #6e7681;
  --on: #0d1117; } }
.bf main { max-width: 62rem; margin: 0 auto; padding: 1rem; }
.bf h1 { font-size: 1.3rem; margin: .5rem 0; } .bf h2 { font-size: 1.05rem; margin: 1.5rem 0 .5rem; }
.bf pre { font: 13px/1.45 ui-monospace, monospace; overflow-x: auto; padding: .75rem; margin: .5rem 0;
  border: 1px solid var(--line); border-left: .3rem solid var(--N); border-radius: 4px; }
.bf pre.error { border-left-color: var(--bad); } .bf pre.warning { border-left-color: var(--T); }
.bf ul.key, .bf ol.way, .bf ol.way ol { list-style: none; margin: 0; padding: 0; }
.bf ul.key { display: flex; flex-wrap: wrap; gap: .4rem 1.2rem; color: var(--dim); }
.bf ol.way ol { border-left: 2px dashed var(--line); padding-left: .6rem; margin-left: .4rem; }
.bf summary { display: grid; grid-template-columns: 15rem 1fr; gap: .2rem .8rem; align-items: center;
  padding: .2rem .3rem; cursor: pointer; border-radius: 4px; }
.bf summary:focus-visible { outline: 2px solid var(--B); }
.bf .accused > summary { background: var(--badpaper); }
.bf .name { font: 13px/1.3 ui-monospace, monospace; overflow-wrap: anywhere; }
.bf .codes { color: var(--bad); font-weight: 600; }
.bf .bars { display: flex; gap: 3px; flex-wrap: wrap; }
.bf .bar { min-width: 4.2rem; padding: 0 .4rem; border-radius: 3px; color: var(--on); background-color: var(--N);
  font: 12px/1.7 ui-monospace, monospace; white-space: nowrap; }
.bf .B { background-color: var(--B); }
.bf .T { background-color: var(--T); background-image: repeating-linear-gradient(45deg, #0002 0 3px, #0000 3px 9px); }
.bf .F { background-color: var(--F); background-image: repeating-linear-gradient(90deg, #0002 0 2px, #0000 2px 7px); }
.bf .L { background-color: var(--L); }
.bf .mixed { outline: 2px dashed var(--bad); outline-offset: 1px; }
.bf .note { color: var(--dim); font-size: 13px; } .bf .note.bad { color: var(--bad); }
.bf .more { color: var(--dim); font-size: 13px; padding: .1rem .3rem .5rem 1.2rem; overflow-wrap: anywhere; }
.bf .times { color: var(--dim); }
@media (max-width: 40rem) { .bf summary { grid-template-columns: 1fr; } }
"""


def render_html(findings: Sequence[Finding], trace: Trace, *, whole: bool = True) -> str:
    """The page. whole=False: only its body, for a notebook's output."""
    found = list(findings)
    body = f"<style>{_STYLE}</style>{_body(found, trace)}"
    if not whole:
        return f'<div class="bf">{body}</div>'
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    title = escape(f"batchfirst: {verdict_line(found, trace)}")
    return (
        f'<!doctype html><html lang="en"><head>{head}<title>{title}</title></head>'
        f'<body class="bf" style="margin:0">{body}</body></html>\n'
    )


def _body(findings: list[Finding], trace: Trace) -> str:
    parts = [f"<h1>{_text(verdict_line(findings, trace))}</h1>"]
    parts += [f"<p class='note'>{_text(remark)}</p>" for remark in trace.remarks]
    if findings:
        parts.append("<h2>Findings</h2>")
        shown = ((found.severity, _text(render_finding(found))) for found in findings)
        parts += [f"<pre class='{severity}' tabindex='0'>{text}</pre>" for severity, text in shown]
    parts.append("<h2>The way, from the inputs to the result</h2>")
    key = "".join(
        f"<li><span class='bar {letter}'>{letter}</span> {word}</li>"
        for letter, word in (("B", "batch"), ("T", "seq (time)"), ("F", "features"), ("L", "layers"))
    )
    key += "<li><span class='bar N'>·</span> not followed</li><li>dashed outline: samples are mixed or scrambled</li>"
    parts.append(f"<ul class='key'>{key}</ul>")
    parts.append(f"<ol class='way'>{''.join(_items(folded_rows(trace_rows(trace))))}</ol>")
    left = skipped(trace)
    if left:
        parts.append(f"<p class='note'>{left} operations that never reach the result are left out.</p>")
    return f"<main>{''.join(parts)}</main>"


def _items(items: Iterable[Item]) -> Iterator[str]:
    for item in items:
        if isinstance(item, Row):
            yield _row(item)
        else:
            yield f"<li><span class='times'>{item.times}</span><ol>{''.join(_items(item.items))}</ol></li>"


def _row(row: Row) -> str:
    name = " ".join(part for part in (row.name, row.path, row.part) if part)
    codes = f" <span class='codes'>{_text(' '.join(row.codes))}</span>" if row.codes else ""
    mixed = any(note.startswith("batch ") for note in row.notes)
    bars = "".join(_bar(cell, mixed) for cell in row.cells) or "<span class='bar'>one number</span>"
    told = [*row.notes, *(("result",) if row.result else ())]
    note = f" <span class='note{' bad' if mixed else ''}'>{_text(', '.join(told))}</span>" if told else ""
    shape = "×".join(cell.sizes for cell in row.cells) or "()"
    more = f"{row.dtype} {shape}" + (f" · {short_place(row.location)}" if row.location is not None else "")
    function = row.location.function if row.location is not None else ""
    more += f" in {function}" if function else ""
    return (
        f"<li><details class='{'accused' if row.codes else ''}'><summary><span class='name'>{_text(name)}{codes}</span>"
        f"<span class='bars'>{bars}{note}</span></summary><div class='more'>{_text(more)}</div></details></li>"
    )


def _bar(cell: Cell, mixed: bool) -> str:
    letter = _LETTERS.get(cell.roles[0] if cell.roles else "", "·")
    known = letter if letter in "BTFL" else "N"
    told = "".join(_LETTERS.get(role, "·") for role in cell.roles) or "·"
    label = f"{told} {cell.sizes}"
    return f"<span class='bar {known}{' mixed' if mixed else ''}' title='{escape(cell.word)}'>{label}</span>"


def _text(text: str) -> str:
    """Escaped, with control characters and direction marks written out; line breaks stay."""
    return "\n".join(escape(printable(line)) for line in text.split("\n"))
