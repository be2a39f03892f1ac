"""`pytest --batchfirst` in a session of its own: what fails, what is only reported, and what the plugin costs."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

pytest_plugins = ["pytester"]

TESTS = """
    import unittest
    import pytest, torch
    from torch import nn

    class Model(nn.Module):
        def __init__(self, batch_first=True):
            super().__init__()
            self.lstm = nn.LSTM(3, 4, batch_first=batch_first)
        def forward(self, x, state=None):
            return self.lstm(x, state)[0]

    X, BAD = torch.zeros(5, 7, 3), torch.zeros(5, 1, 4)

    def test_right():
        Model()(X)

    def test_bare_module_called_first():
        nn.LSTM(3, 4, batch_first=True)(X, (BAD, BAD))

    def test_bare_by_keyword():
        nn.GRU(3, 4, batch_first=True)(X, hx=BAD)

    @pytest.mark.batchfirst(ignore=["BF201"])
    def test_ignored():
        with pytest.raises(RuntimeError, match="Expected hidden"):
            Model()(X, (BAD, BAD))

    @pytest.mark.batchfirst(layout="batch seq features")
    @pytest.mark.parametrize("batch_first", [True, False])
    def test_silent(batch_first):
        steps = Model(batch_first)(X).transpose(0, 1).contiguous()
        nn.LSTM(4, 4)(steps)  # not the model that the layout speaks of

    class TestOld(unittest.TestCase):
        def test_unittest(self):
            Model()(X, (BAD, BAD))

    def test_hooks_of_earlier_tests_are_gone():
        from torch.nn.modules import module
        assert len(module._global_forward_pre_hooks) == 1
"""


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BATCHFIRST", "GITHUB_ACTIONS", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)


def test_importing_the_plugin_imports_nothing_else() -> None:
    code = (
        "import batchfirst.frontends.pytest_plugin, sys\n"
        "print('torch' in sys.modules, sorted(name for name in sys.modules if name.startswith('batchfirst')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False ['batchfirst', 'batchfirst.frontends', 'batchfirst.frontends.pytest_plugin']\n"


def test_raise_fails_the_test_that_made_the_mistake_and_reports(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    path = pytester.makepyfile(TESTS)
    result = pytester.runpytest_subprocess(
        "--batchfirst", path, "--strict-markers", "--batchfirst-report=found.json", "--junitxml=junit.xml"
    )
    result.assert_outcomes(passed=4, failed=4)
    result.stdout.fnmatch_lines(
        [
            "error[[]BF201]: h_0 is laid out *",
            "modules watched: *, calls: *, findings: 4, tests concerned: 4",
            "error[[]BF101]: *",
            "    *::test_silent[[]False]",
            "::error file=*title=BF201*",
            "FAILED *::test_bare_module_called_first*",
        ]
    )
    result.stdout.no_fnmatch_line("*hearing.py*")
    found = json.loads((pytester.path / "found.json").read_text(encoding="utf-8"))
    assert sorted(one["code"] for one in found["findings"]) == ["BF101", "BF201", "BF201", "BF201"]
    assert len(found["tests"]) == 4
    assert '<property name="batchfirst" value="BF101"' in (pytester.path / "junit.xml").read_text(encoding="utf-8")


def test_record_fails_nothing_of_its_own_and_workers_are_merged(pytester: pytest.Pytester) -> None:
    path = pytester.makepyfile(TESTS)
    result = pytester.runpytest_subprocess(
        "--batchfirst=record", path, "-k", "silent or right", "-n2", "--batchfirst-report=found.sarif"
    )
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["modules watched: 5, calls: 5, findings: 1, tests concerned: 1"])
    log = json.loads((pytester.path / "found.sarif").read_text(encoding="utf-8"))
    assert [one["ruleId"] for one in log["runs"][0]["results"]] == ["BF101"]


def test_ini_stops_at_the_first_and_quiet(pytester: pytest.Pytester) -> None:
    path = pytester.makepyfile(TESTS)
    pytester.makeini("[pytest]\nbatchfirst = raise\n")
    result = pytester.runpytest_subprocess("-x", "-q", path)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.no_fnmatch_line("*modules watched*")


def test_a_report_that_cannot_be_written_is_printed(pytester: pytest.Pytester) -> None:
    path = pytester.makepyfile(TESTS)
    result = pytester.runpytest_subprocess("--batchfirst", "-k", "right", path, "--batchfirst-report=no/such.json")
    result.stdout.fnmatch_lines(["--batchfirst-report: *no/such.json*", '*"schema": "batchfirst.findings/1"*'])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--batchfirst=loud",), "*--batchfirst=raise*--batchfirst=record*--batchfirst=off*'loud'*"),
        (("-o", "batchfirst=loud"), "*'loud' is not valid; accepted: raise, record, off*"),
        (("--batchfirst", "--batchfirst-report=found.txt"), "*found.txt: the name ends in .json or .sarif*"),
        (("--batchfirst-report=found.json",), "*needs --batchfirst*"),
    ],
)
def test_bad_settings_end_the_session(pytester: pytest.Pytester, arguments: tuple[str, ...], said: str) -> None:
    pytester.makepyfile("def test_nothing(): pass")
    result = pytester.runpytest_subprocess(*arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([said])


def test_without_the_option_and_without_the_plugin(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("import sys\ndef test_nothing(): assert 'torch' not in sys.modules")
    pytester.runpytest_subprocess().assert_outcomes(passed=1)
    pytester.runpytest_subprocess("-p", "no:batchfirst").assert_outcomes(passed=1)
