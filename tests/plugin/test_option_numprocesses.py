"""pytest-xdist: one section and one report, also where a worker dies or a setting cannot be read."""

from __future__ import annotations

from typing import Any

import pytest

pytest_plugins = ["pytester"]

TESTS = """
    import os

    @pytest.mark.batchfirst(layout="batch seq features")
    @pytest.mark.parametrize("number", range(4))
    def test_silent(number):
        Model(False)(X)

    @pytest.mark.batchfirst(layout="batch seq features")
    @pytest.mark.parametrize("number", range(2))
    def test_audited(number):
        Scrambled()(X)

    def test_abort():
        if os.environ.get("ABORT"):
            os.abort()
"""


def test_the_workers_results_are_one_section_and_one_report(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    it = project(TESTS)
    result = it.run("--batchfirst=audit", "-n2", "--batchfirst-report=found.json", "--junitxml=junit.xml")
    result.assert_outcomes(passed=1, failed=6)
    result.stdout.fnmatch_lines(
        ["*_ test_audited[[]*", "*= batchfirst =*", "modules watched: *, findings: 2, tests concerned: 6, audits: *"]
    )
    commands = [line.partition(",")[0] for line in result.stdout.str().splitlines() if line.startswith("::error")]
    assert commands == ["::error file=models.py", "::error file=models.py"]
    found = it.json("found.json")
    assert [one["code"] for one in found["findings"]] == ["BF101", "BF301"]
    assert [len(places) for places in found["places"]] == [4, 2]
    assert (it.path / "junit.xml").read_text(encoding="utf-8").count('value="BF301"') == 2


def test_a_worker_that_dies_and_a_marker_that_cannot_be_read(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ABORT", "1")
    it = project(TESTS)
    result = it.run("--batchfirst=record", "-n1", "--batchfirst-report=found.sarif", "-k", "abort or silent")
    result.stdout.fnmatch_lines(["*worker 'gw0' crashed while running*", "*, findings: 1, tests concerned: 4"])
    assert [one["ruleId"] for one in it.json("found.sarif")["runs"][0]["results"]] == ["BF101"]
    it.pytester.makepyfile(test_it="import pytest\n@pytest.mark.batchfirst(layout=3)\ndef test_marked(): pass\n")
    result = it.run("--batchfirst", "-n1")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["test_it.py::test_marked: pytest.mark.batchfirst: layout=3 is not valid*"])
