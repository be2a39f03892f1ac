"""What is told at the end: the section, nothing under -q, GitHub's annotations, JUnit's properties."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from typing import Any

import pytest

pytest_plugins = ["pytester"]

TESTS = """
    @pytest.mark.batchfirst(layout="batch seq features")
    def test_silent():
        Model(False)(X)

    def test_right():
        Model()(X)

    def test_twice():
        with pytest.raises(RuntimeError):
            Model()(X, (BAD, BAD))
        nn.GRU(3, 4)(X[..., 1:])
"""


def test_section_annotations_and_properties(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    it = project(TESTS)
    result = it.run("--batchfirst", "--junitxml=junit.xml", "-o", "junit_family=xunit1")
    result.assert_outcomes(passed=1, failed=2)
    told = result.stdout.str().partition("= batchfirst =")[2].splitlines()
    assert told[1:9] == [
        "modules watched: 4, calls: 4, findings: 3, tests concerned: 2",
        'layouts: "batch seq features, as declared"; "seq batch features, as LSTM reads',
        '    it"; "batch seq features, as LSTM reads it"; "seq batch features, as GRU',
        '    reads it"',
        "error[BF101]: LSTM reads the batch axis as time",
        "  --> models.py:10 in Model.forward",
        "    test_it.py::test_silent",
        "error[BF105]: GRU has input_size=3, and the last axis of the input has 2",
    ]
    commands = [line for line in told if line.startswith("::")]
    assert [line.partition(",col=")[0] for line in commands] == [
        "::error file=models.py,line=10",
        "::error file=test_it.py,line=14",
        "::error file=models.py,line=10",
    ]
    properties = {
        case.get("name"): [(one.get("name"), one.get("value")) for one in case.iter("property")]
        for case in ElementTree.parse(it.path / "junit.xml").iter("testcase")
    }
    assert properties == {
        "test_silent": [("batchfirst", "BF101")],
        "test_right": [],
        "test_twice": [("batchfirst", "BF105"), ("batchfirst", "BF201")],
    }


def test_quiet_and_first_failure(project: Any) -> None:
    result = project(TESTS).run("--batchfirst", "-q", "-x")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["error[[]BF101]: *"])
    result.stdout.no_fnmatch_line("*modules watched*")
