"""The ini keys and the environment variable: option > ini > environment > off; what cannot be read is told."""

from __future__ import annotations

from typing import Any

import pytest

pytest_plugins = ["pytester"]

TESTS = """
    def test_silent():
        Model(False)(X)

    @pytest.mark.batchfirst(layout=None)
    def test_nothing_declared():
        Model(False)(X)

    @pytest.mark.batchfirst(layout="seq batch features")
    def test_another_layout():
        Model(False)(X)

    def test_meant():
        Model()(X, (BAD, BAD))
"""


def test_ini_keys(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = "batchfirst = raise\nbatchfirst_layout = batch seq features\nbatchfirst_ignore = BF201 hidden-scrambled\n"
    it = project(TESTS, keys)
    monkeypatch.setenv("BATCHFIRST", "record")  # which the ini file beats
    result = it.run("-rf")
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(
        [
            "FAILED test_it.py::test_silent - error[[]BF101]*",
            "FAILED test_it.py::test_meant - RuntimeError: Expected hidden*",  # torch's own
        ]
    )
    result.stdout.no_fnmatch_line("*BF201*")


def test_the_environment_where_nothing_else_is_said(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    it = project(TESTS, "batchfirst_layout = batch seq features\n")
    monkeypatch.setenv("BATCHFIRST", "record")
    result = it.run("-k", "silent")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["modules watched: 1, calls: 1, findings: 1, tests concerned: 1"])
    monkeypatch.setenv("BATCHFIRST", "loud")
    result = it.run("-k", "silent")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*environment variable BATCHFIRST='loud'*off, raise, warn, record, breakpoint*"])
    monkeypatch.setenv("BATCHFIRST", "off")
    it.run("-k", "silent").stdout.no_fnmatch_line("*modules watched*")


@pytest.mark.parametrize(
    ("ini", "mark", "said"),
    [
        ("batchfirst_layout = batch (seq features", "", "*batch (seq features*"),
        ("batchfirst_ignore = BF999", "", "*BF999*batchfirst codes*"),
        ("", '"batch seq features"', "*test_it.py::test_marked*accepted: layout=, ignore=*"),
        ("", "layout=3", "*test_it.py::test_marked*layout=3*"),
        ("", 'ignore="BF201"', "*test_it.py::test_marked*ignore='BF201'*"),
    ],
)
def test_what_cannot_be_read_ends_the_session_before_any_test(project: Any, ini: str, mark: str, said: str) -> None:
    tests = f"    @pytest.mark.batchfirst({mark})\n    def test_marked(): pass\n"
    it = project(tests, ini + "\n")
    it.pytester.makepyfile(models="import pytest")  # no torch is needed to tell
    result = it.run("--batchfirst")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([said])
    result.stdout.no_fnmatch_line("*passed*")
