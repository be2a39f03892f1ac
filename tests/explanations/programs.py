"""The two programs of an explanation page, run as a person would run them, and what they print."""

from __future__ import annotations

import ast
import contextlib
import io
import linecache
import os
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

import batchfirst as bf
from batchfirst.model.finding import Fix

PAGES = Path(bf.__file__).parent / "diagnosis" / "explanations"
SECTIONS = (
    "What happens", "What torch does", "A program that fails", "What it looks like", "The same program put right",
)  # fmt: skip
SILENT = "> nothing: it trains"
_BLOCK = re.compile(r"```(\w+)\n(.*?)```\n", re.DOTALL)


@dataclass(frozen=True)
class Page:
    """A page's file: its sections by title, in order."""

    code: str
    sections: dict[str, str]

    def block(self, title: str) -> str:
        """The one fenced block of a section."""
        blocks = _BLOCK.findall(self.sections[title])
        assert len(blocks) == 1, f"{self.code}: {title} has {len(blocks)} blocks"
        return str(blocks[0][1])

    @property
    def failing(self) -> str:
        return self.block("A program that fails")

    @property
    def right(self) -> str:
        return self.block("The same program put right")

    @property
    def shown(self) -> str:
        return self.block("What it looks like")

    @property
    def quoted(self) -> str:
        """What torch says: the lines that begin with ">"."""
        return "\n".join(line for line in self.sections["What torch does"].splitlines() if line.startswith(">"))

    def rewritten(self, quoted: str, shown: str) -> str:
        """The file's text with torch's words and the finding replaced."""
        sections = dict(self.sections)
        torch_does = [line for line in sections["What torch does"].splitlines() if not line.startswith(">")]
        sections["What torch does"] = f"\n{quoted}\n\n" + "\n".join(torch_does).strip("\n") + "\n\n"
        sections["What it looks like"] = f"\n```text\n{shown}```\n\n"
        return "".join(f"## {title}\n{text}" for title, text in sections.items()).rstrip("\n") + "\n"


def read_page(code: str) -> Page:
    parts = re.split(r"^## (.+)\n", (PAGES / f"{code}.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert parts[0] == "", f"{code}: text before the first section"
    return Page(code, dict(zip(parts[1::2], parts[2::2], strict=True)))


@dataclass
class Run:
    """What a program printed, the errors that it had explained, all findings, and the names that it left."""

    printed: str = ""
    explained: list[BaseException] = field(default_factory=list)
    findings: list[bf.Finding] = field(default_factory=list)
    names: dict[str, Any] = field(default_factory=dict)
    source: str = ""

    @property
    def audits(self) -> list[bf.Audit]:
        return [value for value in self.names.values() if isinstance(value, bf.Audit)]

    def alone(self) -> tuple[Any, list[str]]:
        """What is audited, without batchfirst and from the seed: its result, and what torch warned of.

        It is called twice, and the second result counts: a state that is kept shows only there.
        """
        call = next((node for node in ast.walk(ast.parse(self.source)) if _is_audit(node)), None)
        if call is None:
            return None, []
        assert isinstance(call, ast.Call)
        bare = ast.Expression(ast.Call(call.args[0], call.args[1:], []))
        torch.manual_seed(0)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            code = compile(ast.fix_missing_locations(bare), "example.py", "eval")
            result = [eval(code, self.names) for _ in range(2)][-1]
        return result, list(dict.fromkeys(f"{type(w.message).__name__}: {w.message}" for w in caught))

    @property
    def quoted(self) -> str:
        """What torch says to this program, as a page quotes it."""
        if self.explained:
            error = self.explained[0]
            said = [f"{type(error).__name__}: {error}"]
        else:
            said = self.alone()[1]
        return "\n>\n".join(f"> `{' '.join(text.split())}`" for text in said) or SILENT


def _is_audit(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "audit"


def run(source: str, folder: Path) -> Run:
    """Run a program from `folder`/example.py, the current directory, with torch's seed set to 0."""
    file = folder / "example.py"
    file.write_text(source, encoding="utf-8")
    linecache.checkcache(str(file))
    done = Run(source=source, names={"__name__": "__main__", "__file__": str(file)})
    with _inside(folder), _recorded(done), contextlib.redirect_stdout(io.StringIO()) as printed:
        torch.manual_seed(0)
        exec(compile(source, str(file), "exec"), done.names)
    done.printed = printed.getvalue()
    done.findings += [found for audit in done.audits for found in audit.findings]
    return done


@contextlib.contextmanager
def _inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@contextlib.contextmanager
def _recorded(done: Run) -> Iterator[None]:
    """Keep what `bf.explain` is asked about: a program's own name for it is gone behind its `except`."""
    explain = bf.explain

    def recording(error: BaseException) -> bf.Explanation:
        explanation = explain(error)
        done.explained.append(error)
        done.findings += explanation.findings
        return explanation

    bf.explain = recording  # type: ignore[assignment]
    try:
        yield
    finally:
        bf.explain = explain


def edited(source: str, fix: Fix) -> str:
    """The program with every edit of the fix made, the last ones first, so that the columns of the others hold."""
    lines = source.splitlines(keepends=True)
    for edit in sorted(fix.edits, key=lambda e: (e.location.line, e.location.column or 0), reverse=True):
        before, rest = "".join(lines[: edit.location.line - 1]), "".join(lines[edit.location.line - 1 :])
        column = edit.location.column or 0
        assert rest.startswith(edit.before, column), f"{edit.before!r} does not stand at {edit.location}"
        lines = (before + rest[:column] + edit.after + rest[column + len(edit.before) :]).splitlines(keepends=True)
    return "".join(lines)
