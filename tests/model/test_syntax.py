"""Syntax trees in a program that parses in several threads."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from batchfirst.model.syntax import syntax_tree


def test_a_parse_that_another_thread_disturbed_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    real, calls = ast.parse, []

    def disturbed(*args: Any, **kwargs: Any) -> Any:
        calls.append(args)
        if len(calls) < 3:
            raise SystemError("AST constructor recursion depth mismatch (before=93, after=88)")
        return real(*args, **kwargs)

    monkeypatch.setattr(ast, "parse", disturbed)
    assert ast.dump(syntax_tree("x[0]", "eval")) == ast.dump(real("x[0]", mode="eval"))
    assert len(calls) == 3
    monkeypatch.setattr(ast, "parse", lambda *args, **kwargs: disturbed.missing)  # type: ignore[attr-defined]
    with pytest.raises(AttributeError):
        syntax_tree("x")


def test_errors_of_the_text_are_pythons() -> None:
    with pytest.raises(SyntaxError):
        syntax_tree("x[", "eval")
