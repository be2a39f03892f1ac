"""`-p no:batchfirst`: as if it were not installed."""

from __future__ import annotations

from typing import Any

import pytest

pytest_plugins = ["pytester"]


def test_nothing_of_it_is_there(project: Any) -> None:
    it = project("")
    it.pytester.makepyfile(
        test_it="""
        import sys, pytest
        def test_nothing(pytestconfig):
            assert "batchfirst" not in sys.modules
            assert not pytestconfig.pluginmanager.has_plugin("batchfirst-session")
        """,
        test_marked="import pytest\n@pytest.mark.batchfirst(layout='batch seq')\ndef test_marked(): pass\n",
    )
    it.run("-p", "no:batchfirst", "test_it.py").assert_outcomes(passed=1)
    result = it.run("-p", "no:batchfirst", "test_marked.py")  # under --strict-markers a marker that nobody knows
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["*'batchfirst' not found in `markers`*"])
    it.run("test_marked.py").assert_outcomes(passed=1)
    result = it.run("-p", "no:batchfirst", "--batchfirst", "test_it.py")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
