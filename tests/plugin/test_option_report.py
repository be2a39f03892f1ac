"""`--batchfirst-report=FILE`, and the same file from the ini key."""

from __future__ import annotations

from typing import Any

import pytest

pytest_plugins = ["pytester"]

TESTS = """
    @pytest.mark.batchfirst(layout="batch seq features")
    @pytest.mark.parametrize("number", [1, 2])
    def test_silent(number):
        Model(False)(X)
"""


def test_html_sarif_and_json_by_the_ending(project: Any) -> None:
    it = project(TESTS, "batchfirst_report = from_ini.sarif\n")
    it.run("--batchfirst=record", "--batchfirst-report=page.html").assert_outcomes(passed=2)
    page = (it.path / "page.html").read_text(encoding="utf-8")
    assert "BF101" in page
    assert "test_silent[1]" in page
    assert not (it.path / "from_ini.sarif").exists()  # the option beats the ini key
    it.run("--batchfirst=record").assert_outcomes(passed=2)
    (one,) = it.json("from_ini.sarif")["runs"][0]["results"]
    assert one["ruleId"] == "BF101"


def test_what_cannot_be_written_in_the_end_is_printed(project: Any) -> None:
    tests = TESTS + "\n    def test_right():\n        import os\n        os.mkdir('found.json')\n"
    result = project(tests).run("--batchfirst=record", "--batchfirst-report=found.json")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["*--batchfirst-report=*found.json*the report follows*", '*"schema": "batchfirst.*'])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--batchfirst", "--batchfirst-report=found.txt"), "*--batchfirst-report=*found.txt*.html, .json, .sarif*"),
        (("--batchfirst", "--batchfirst-report=no/such.json"), "*--batchfirst-report=*no/such.json*does not*"),
        (("--batchfirst-report=found.json",), "*--batchfirst-report needs --batchfirst*"),
    ],
)
def test_a_path_that_cannot_be_written_ends_the_session_at_once(
    project: Any, arguments: tuple[str, ...], said: str
) -> None:
    result = project("    def test_nothing(): pass\n").run(*arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([said])
    result.stdout.no_fnmatch_line("*passed*")
