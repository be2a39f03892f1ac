"""How the HTML report looks: one style sheet, light and dark, wide and narrow. Everything stands below `.bf`."""

from __future__ import annotations

# Each axis role has a colour, a pattern and its name in words; text on the colours has a contrast of 4.5 and more.
STYLE = """
.bf { --ink: #1f2328; --dim: #59636e; --paper: #ffffff; --sheet: #f6f8fa; --line: #d1d9e0; --bad: #b3261e;
  --badpaper: #fdeeec; --warn: #8a4600; --good: #1a6b32; --goodpaper: #e9f7ed; --link: #0a58ca; --on: #ffffff;
  --batch: #1b5fc9; --seq: #a84300; --features: #1f7a37; --layers: #7441c4; --none: #6b747e;
  --stripe: rgba(255, 255, 255, .45);
  color: var(--ink); background: var(--paper); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
@media (prefers-color-scheme: dark) { .bf { --ink: #e6edf3; --dim: #9da7b1; --paper: #0d1117; --sheet: #161b22;
  --line: #30363d; --bad: #ff9b91; --badpaper: #351512; --warn: #f5b36b; --good: #6fdd8b; --goodpaper: #10281a;
  --link: #79b8ff; --on: #0d1117; --batch: #6cb0ff; --seq: #f59f5b; --features: #63d27e; --layers: #c4a3ff;
  --none: #98a2ad; --stripe: rgba(0, 0, 0, .4); } }
.bf * { box-sizing: border-box; }
.bf .sheet { max-width: 64rem; margin: 0 auto; padding: 1rem; }
.bf h1 { font-size: 1.35rem; line-height: 1.3; margin: .5rem 0; }
.bf h2 { font-size: 1.1rem; margin: 1.8rem 0 .5rem; }
.bf h3 { font-size: 1rem; margin: 0 0 .3rem; }
.bf p { margin: .3rem 0; }
.bf a { color: var(--link); }
.bf .dim { color: var(--dim); }
.bf .bad { color: var(--bad); }
.bf code, .bf pre, .bf .mono { font: 13px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.bf .mono, .bf code { overflow-wrap: anywhere; }
.bf ul.said { margin: .4rem 0; padding-left: 1.2rem; }
.bf .tag { color: var(--dim); font-size: 12px; }
.bf .finding { border: 1px solid var(--line); border-left: .35rem solid var(--none); border-radius: 6px;
  padding: .8rem 1rem; margin: .8rem 0; }
.bf .finding.error { border-left-color: var(--bad); }
.bf .finding.warning { border-left-color: var(--warn); }
.bf .error .severity { color: var(--bad); }
.bf .warning .severity { color: var(--warn); }
.bf pre { background: var(--sheet); border-radius: 4px; padding: .5rem .7rem; margin: .5rem 0; overflow-x: auto; }
.bf pre:focus-visible, .bf summary:focus-visible, .bf a:focus-visible { outline: 2px solid var(--link);
  outline-offset: 1px; }
.bf pre .number { color: var(--dim); user-select: none; }
.bf pre mark { color: inherit; background: none; text-decoration: underline wavy var(--bad); font-weight: 700;
  text-underline-offset: 3px; }
.bf pre.edit .removed { color: var(--bad); background: var(--badpaper); }
.bf pre.edit .added { color: var(--good); background: var(--goodpaper); }
.bf .wide { overflow-x: auto; }
.bf table.axes { border-collapse: separate; border-spacing: 3px; margin: .5rem 0; }
.bf table.axes th { text-align: left; font-weight: 400; color: var(--dim); padding: 0 .6rem 0 0; white-space: nowrap; }
.bf table.axes td { padding: 0; }
.bf table.axes td.origin { color: var(--dim); font-size: 12px; padding-left: .5rem; }
.bf table.axes th.marked { color: var(--bad); font-weight: 700; }
.bf .bar { display: block; min-width: 5.6rem; padding: 0 .45rem; border-radius: 3px; color: var(--on);
  background-color: var(--none);
  font: 12px/1.75 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.bf .bar.plain { color: var(--ink); background: var(--sheet); box-shadow: inset 0 0 0 1px var(--line); }
.bf .bar.batch, .bf .bar.seq, .bf .bar.features, .bf .bar.layers { background-position: right;
  background-size: 1.1rem 100%; background-repeat: no-repeat; padding-right: 1.3rem; }
.bf .bar.batch { background-color: var(--batch); }
.bf .bar.seq { background-color: var(--seq);
  background-image: repeating-linear-gradient(45deg, var(--stripe) 0 3px, transparent 3px 7px); }
.bf .bar.features { background-color: var(--features);
  background-image: repeating-linear-gradient(90deg, var(--stripe) 0 2px, transparent 2px 6px); }
.bf .bar.layers { background-color: var(--layers);
  background-image: repeating-linear-gradient(0deg, var(--stripe) 0 2px, transparent 2px 6px); }
.bf .bar.folded { background-image: linear-gradient(90deg, var(--slow) 0 50%, var(--fast) 50%); }
.bf ul.key, .bf ol.way, .bf ol.way ol { list-style: none; margin: 0; padding: 0; }
.bf ul.key { display: flex; flex-wrap: wrap; gap: .3rem .9rem; align-items: center; color: var(--dim);
  font-size: 13px; margin: .5rem 0; }
.bf ul.key .bar { display: inline-block; min-width: 0; vertical-align: middle; }
.bf ol.way ol { border-left: 2px dashed var(--line); padding-left: .5rem; margin: 0 0 .3rem .4rem; }
.bf .times { color: var(--dim); font-size: 13px; padding-left: .3rem; }
.bf summary { display: grid; grid-template-columns: minmax(9rem, 17rem) 3.2rem 1fr; gap: .1rem .7rem;
  align-items: center; padding: .15rem .3rem; cursor: pointer; border-radius: 4px; }
.bf summary { list-style: none; }
.bf summary::-webkit-details-marker { display: none; }
.bf summary > .mono:first-child::before { content: "▸ "; color: var(--dim); }
.bf details[open] > summary > .mono:first-child::before { content: "▾ "; }
.bf summary:hover { background: var(--sheet); }
.bf .accused > summary { background: var(--badpaper); }
.bf .lines { text-align: right; color: var(--dim); }
.bf .bars { display: flex; flex-wrap: wrap; gap: 3px; align-items: center; }
.bf .bars .bar { min-width: 7.2rem; flex: 0 0 auto; max-width: 100%; }
.bf .lost .bar { box-shadow: inset 0 0 0 2px var(--bad); }
.bf .lost .bar.none { color: var(--ink); background: repeating-linear-gradient(45deg, var(--badpaper) 0 5px,
  var(--sheet) 5px 10px); }
.bf .note { color: var(--dim); font-size: 13px; padding-left: .3rem; }
.bf .note.bad { color: var(--bad); font-weight: 600; }
.bf .more { color: var(--dim); font-size: 13px; padding: .2rem .3rem .6rem 1.3rem; }
.bf .more pre { margin: .2rem 0; }
@media (max-width: 44rem) {
  .bf .sheet { padding: .7rem; }
  .bf summary { grid-template-columns: 1fr auto; }
  .bf .bars { grid-column: 1 / -1; }
  .bf .bars .bar { min-width: 6.4rem; }
  .bf .note { flex-basis: 100%; }
  .bf .finding { padding: .6rem .7rem; }
  .bf table.axes .bar { min-width: 4.4rem; }
  .bf table.axes th { padding-right: .2rem; font-size: 13px; }
}
"""
