"""The page of each code, as text: what happens, what torch does, a program that fails, the same put right."""

from __future__ import annotations

from importlib.resources import files

from batchfirst.contracts.arguments import arguments_text
from batchfirst.contracts.recurrent import KINDS
from batchfirst.diagnosis.codes import CATALOGUE, find_code


def page(name: str) -> str:
    """The page of a code ("BF101", any case), of a slug, or of a module's constructor ("lstm", "grucell"), in Markdown.

    A code's heading and summary come from the catalogue, the rest from `explanations/BFxxx.md`, which ships with the
    package. Lines of programs and of output are at most 80 columns wide; paragraphs are to be filled by whoever shows
    them. Raises UsageError for any other name.

    >>> print(page("state-batch-first").splitlines()[0])
    # BF201 state-batch-first
    """
    kind = next((kind for kind in KINDS if kind.lower() == name.strip().lower()), None)
    if kind is not None:
        return f"# {kind}\n\n```text\n{arguments_text(kind)}\n```\n"
    code = find_code(name).code
    return f"{heading(code)}\n\n{body(code)}"


def heading(code: str) -> str:
    """The first lines of a code's page, from the catalogue.

    >>> print(heading("BF306"))
    # BF306 cell-as-output
    <BLANKLINE>
    error: c_n read where h_n is meant
    """
    entry = CATALOGUE[code]
    return f"# {entry.code} {entry.slug}\n\n{entry.severity}: {entry.summary}"


def body(code: str) -> str:
    """A code's page without its heading, as the file has it."""
    return (files("batchfirst.diagnosis") / "explanations" / f"{code}.md").read_text(encoding="utf-8")
