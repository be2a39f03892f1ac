"""docs/pytest.md keeps its word: its first program shows what stands under it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

GUIDE = Path(__file__).parent.parent.parent / "docs" / "pytest.md"


def test_the_first_program_shows_what_stands_under_it(pytester: pytest.Pytester) -> None:
    text = GUIDE.read_text(encoding="utf-8")
    program, shown = re.search(r"```python\n(# test_forecast.*?)```.*?```text\n(.*?)```", text, re.DOTALL).groups()
    pytester.makepyfile(test_forecast="")
    (pytester.path / "test_forecast.py").write_text(program, encoding="utf-8")
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    result = pytester.runpytest_subprocess("--strict-markers", "--batchfirst=audit")
    result.assert_outcomes(failed=1)
    told = re.sub(r" *\n", "\n", result.stdout.str())
    assert shown in told
