"""`--batchfirst` and its modes: what fails, what is only reported, and where the hooks are."""

from __future__ import annotations

import sys
from typing import Any

import pytest

pytest_plugins = ["pytester"]

TESTS = """
    def test_right():
        Model()(X)
        functional.mse_loss(X, X)

    def test_bare_module_called_first():
        nn.LSTM(3, 4, batch_first=True)(X, (BAD, BAD))

    def test_bare_by_keyword():
        nn.GRU(3, 4, batch_first=True)(X, hx=BAD)

    def test_cell():
        nn.LSTMCell(3, 4)(X[:, 0], (BAD[:, 0], torch.zeros(4, 4)))

    def test_loss_function():
        functional.cross_entropy(X, torch.zeros(5, 7).long())

    def test_loss_module():
        nn.CrossEntropyLoss()(X, torch.zeros(5, 7).long())

    @pytest.fixture
    def fixed():
        return Model()(X, (BAD, BAD))

    def test_fixture(fixed): pass

    def test_caught():
        with pytest.raises(RuntimeError, match="laid out"):
            Model()(X, (BAD, BAD))

    def test_line():
        Model()(X).view(4, 7, 7)

    @pytest.mark.parametrize("batch_first", [True, False])
    @pytest.mark.batchfirst(layout="batch seq features")
    def test_silent(batch_first):
        steps = Model(batch_first)(X).transpose(0, 1).contiguous()
        nn.LSTM(4, 4)(steps)  # not the model that the layout speaks of

    class TestOld(unittest.TestCase):
        def test_unittest(self):
            Model()(X, (BAD, BAD))

    @pytest.mark.asyncio
    async def test_async():
        Model()(X, (BAD, BAD))

    def test_hooks_of_earlier_tests_are_gone():
        from torch.nn.modules import module
        assert len(module._global_forward_pre_hooks) == 1

    def test_its_own_failure():
        assert Model()(X) is None
"""

DOCUMENTED = """
    '''Two examples.

    >>> from models import *
    >>> Model()(X).shape
    torch.Size([5, 7, 4])

    >>> _ = Model()(X, (BAD, BAD))
    '''
"""


def test_raise_fails_the_test_that_made_the_mistake_with_the_finding_as_its_text(project: Any) -> None:
    it = project(TESTS)
    it.pytester.makepyfile(documented=DOCUMENTED)
    result = it.run("--batchfirst", "--doctest-modules", "--batchfirst-report=found.json", "-rN")
    result.assert_outcomes(passed=4, failed=11, errors=1)
    result.stdout.fnmatch_lines(
        [
            "*_ ERROR at setup of test_fixture _*",
            "error[[]BF201]: h_0 is laid out *",
            "*_ [[]doctest[]] documented _*",
            "error[[]BF201]: h_0 is laid out *",
            "*_ test_bare_module_called_first _*",
            "error[[]BF201]: h_0 is laid out *",
            "*_ test_its_own_failure _*",
            ">       assert Model()(X) is None",
            "*= batchfirst =*",
            "modules watched: *, calls: *, findings: *, tests concerned: *",
        ]
    )
    for ours in ("*hearing.py*", "*policy.py*", "*in _call_impl*", "*test_hooks_of*Error*"):
        result.stdout.no_fnmatch_line(ours)
    found = it.json("found.json")
    met = {one["code"]: [] for one in found["findings"]}
    pairs = list(zip(found["findings"], found["places"], strict=True))
    for one, places in pairs:
        met[one["code"]] += [place.partition("::")[2] for place in places]
    assert met["BF101"] == ["test_silent[False]"]
    assert met["BF602"] == ["test_loss_function", "test_loss_module"]
    assert set(met["BF201"]) == {
        "documented", "test_bare_module_called_first", "test_bare_by_keyword", "test_fixture", "test_caught",
        "TestOld::test_unittest", "test_async",
    }  # fmt: skip
    assert sorted(code for code in met if "test_cell" in met[code]) == ["BF203"]
    assert not [code for code in met if {"test_right", "test_its_own_failure"} & set(met[code])]
    caught = [one["severity"] for one, places in pairs if places == ["test_it.py::test_caught"]]
    assert caught == ["note"]  # the test makes the mistake on purpose


def test_record_fails_nothing_of_its_own_and_explains_torchs_errors(project: Any) -> None:
    it = project(TESTS)
    result = it.run("--batchfirst=record", "-k", "silent or right or unittest", "--batchfirst-report=found.json")
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(["E  *Expected hidden*", "*- batchfirst -*", "error[[]BF201]: *"])
    assert [one["code"] for one in it.json("found.json")["findings"]] == ["BF101", "BF201"]


def test_warn_is_a_warning_of_the_test_and_an_error_where_the_project_says_so(project: Any) -> None:
    lenient = """
    @pytest.mark.filterwarnings("default::batchfirst.BatchfirstWarning")
    @pytest.mark.batchfirst(layout="batch seq features")
    def test_lenient():
        Model(False)(X)
"""
    result = project(TESTS + lenient).run("--batchfirst=warn", "-k", "silent or lenient")
    result.assert_outcomes(passed=2, failed=1, warnings=1)
    result.stdout.fnmatch_lines(
        [
            "*_ test_silent[[]False] _*",
            "error[[]BF101]: *",
            "*warnings summary*",
            "test_it.py::test_lenient",
            "*BatchfirstWarning: error[[]BF101]*",
        ]
    )
    result.stdout.no_fnmatch_line("*policy.py*")


def test_breakpoint_opens_the_debugger_at_the_users_line_and_goes_on(project: Any) -> None:
    it = project(TESTS)
    arguments = ("--batchfirst=breakpoint", "-p", "no:cacheprovider", "test_it.py::test_silent", "-k", "False")
    result = it.pytester.run(
        sys.executable, "-m", "pytest", *arguments, stdin=b"p 'found', finding.code\np 'shape', x.shape\nc\n"
    )
    result.assert_outcomes(passed=1, deselected=1)
    result.stdout.fnmatch_lines(["*('found', 'BF101')*", "*('shape', torch.Size([[]5, 7, 3[]]))*", "*findings: 1*"])


def test_off_and_no_option_cost_nothing(project: Any) -> None:
    it = project("    def test_silent():\n        pass\n", "batchfirst = raise\n")
    it.pytester.makepyfile(
        test_it="""
        import sys
        def test_nothing():
            mine = [name for name in sys.modules if name.partition(".")[0] in ("torch", "batchfirst")]
            assert sorted(mine) == ["batchfirst", "batchfirst.frontends", "batchfirst.frontends.pytest_plugin"]
        """
    )
    off = it.run("--batchfirst=off")
    off.assert_outcomes(passed=1)
    off.stdout.no_fnmatch_line("*modules watched*")
    it.run("-o", "batchfirst=").assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--batchfirst=loud",), "*--batchfirst=raise*--batchfirst=audit*--batchfirst=off*"),
        (("-o", "batchfirst=loud"), "*'loud' is not valid; accepted: raise, warn, record, breakpoint, audit, off*"),
    ],
)
def test_a_mode_that_is_none_ends_the_session(project: Any, arguments: tuple[str, ...], said: str) -> None:
    result = project("    def test_nothing(): pass\n").run(*arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([said])
