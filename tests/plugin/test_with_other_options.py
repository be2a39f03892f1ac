"""--pdb and --lf; and that nothing is left behind, however a session ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest_plugins = ["pytester"]

TESTS = """
    def test_right():
        Model()(X)

    def test_wrong():
        mine = 7
        Model()(X, (BAD, BAD))
"""


def test_pdb_opens_at_the_users_line(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    it = project(TESTS)
    (it.path / ".pdbrc").write_text("p 'state is', state\nup\np 'mine', mine\nq\n", encoding="utf-8")
    monkeypatch.setenv("HOME", str(it.path))
    result = it.run("--batchfirst", "--pdb", "test_it.py::test_wrong")
    up = result.stdout.str()
    assert "('state is', (tensor([" in up
    assert "error[BF201]" in up


def test_last_failed_runs_only_what_failed(project: Any) -> None:
    it = project(TESTS)
    it.pytester.runpytest_subprocess("--batchfirst").assert_outcomes(passed=1, failed=1)
    again = it.pytester.runpytest_subprocess("--batchfirst", "--lf")
    again.assert_outcomes(failed=1)
    again.stdout.fnmatch_lines(["modules watched: 1, calls: 1, findings: 1, tests concerned: 1"])


PROGRAM = """
import os, sys, pytest, torch
from torch.nn import functional
from torch.nn.modules import module

def state():
    codes = [getattr(functional, name).__code__ for name in ("mse_loss", "cross_entropy", "huber_loss")]
    hooks = [value for name, value in vars(module).items() if name.startswith("_global_") and isinstance(value, dict)]
    return codes, [dict(one) for one in hooks], module._has_any_global_hook

before = state()
ended = []
for way in ("pass", "fail", "KeyboardInterrupt", "SystemExit", "GeneratorExit"):
    os.environ["WAY"] = way
    try:
        ended.append(int(pytest.main(["-q", "-p", "no:cacheprovider", "--batchfirst=audit", "test_it.py"])))
    except BaseException as error:
        ended.append(type(error).__name__)
    assert state() == before, way
print("ended", ended)
"""


def test_hooks_are_gone_after_the_session_however_it_ends(project: Any) -> None:
    it = project(
        """
    import os
    from torch.nn.modules import module
    kept = Scrambled()

    def test_ends():
        kept(X)
        functional.mse_loss(X, X)
        way = os.environ["WAY"]
        assert way != "fail"
        if way != "pass":
            raise getattr(__import__("builtins"), way)

    def test_next():
        assert [len(vars(part)[name]) for part in kept.modules() for name in ("_forward_hooks", "_forward_pre_hooks")]
        assert len(module._global_forward_pre_hooks) == 1
"""
    )
    Path(it.path, "program.py").write_text(PROGRAM, encoding="utf-8")
    done = subprocess.run([sys.executable, "program.py"], capture_output=True, text=True, cwd=it.path)
    assert "ended [0, 1, 2, " in done.stdout, done.stdout + done.stderr
