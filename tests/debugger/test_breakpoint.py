"""on_mismatch="breakpoint": which debugger opens, where it stands, what it has at hand, and that nothing changes."""

from __future__ import annotations

import bdb
import subprocess
import sys
import types
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
import torch
from tests.debugger.terminal import Terminal, environment
from torch import nn

import batchfirst as bf

PROGRAM = '''\
import sys
import torch
from torch import nn
import batchfirst as bf

torch.manual_seed(0)
policy = sys.argv[1] if len(sys.argv) > 1 else None
model = nn.GRU(3, 4, num_layers=2)
dropin = bf.GRU(3, 4, layout="batch seq features")

def watched(x):
    with bf.watch(model, layout="batch seq features", on_mismatch=policy):
        out, h_n = model(x, torch.zeros(2, 7, 4))
    return out.sum().item(), sorted(locals())

@bf.checked("batch seq features -> batch", on_mismatch=policy)
def first(data, scale=2):
    return data[0] * scale

def dropped(x):
    input = "mine"
    out, h_n = dropin(x)
    return out.sum().item(), sorted(locals())

x = torch.randn(5, 7, 3)
print("watched", watched(x))
print("first", first(x[0]).sum().item())
print("first", first(x).sum().item())
print("dropped", dropped(x))
print("traced", sys.gettrace())
'''
PDB = r"\(Pdb\) "


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("program") / "program.py"
    file.write_text(PROGRAM, encoding="utf-8")
    return file


def results(text: str) -> list[str]:
    """What the program itself printed."""
    return [line for line in text.splitlines() if line.split(" ")[0] in ("watched", "first", "dropped", "traced")]


def test_pdb_at_a_terminal_for_the_argument_and_the_environment(program: Path) -> None:
    recorded = subprocess.run(
        [sys.executable, program], env=environment(BATCHFIRST="record"), capture_output=True, text=True, check=True
    ).stdout
    # The argument decides at the watch and at the checked function, the environment at the drop-in.
    pdb = Terminal([sys.executable, str(program), "breakpoint"], environment(BATCHFIRST="breakpoint"), PDB)

    opened = pdb.until_prompt()
    assert opened.index("error[BF101]") < opened.index("at hand: finding, tensors, input, hx, h_0\n")
    assert opened.endswith("program.py(13)watched()\n-> out, h_n = model(x, torch.zeros(2, 7, 4))\n")
    assert pdb("p finding.code, input is x, tuple(h_0.shape), sorted(tensors)") == (
        "('BF101', True, (2, 7, 4), ['h_0', 'hx', 'input'])\n"
    )
    stack = pdb("w")
    assert [line.split("/")[-1] for line in stack.splitlines() if line.endswith("()")] == [
        "program.py(26)<module>()", "program.py(13)watched()"
    ]  # no frame of torch's or ours
    assert "NameError" in pdb("p out")
    assert "program.py(12)watched()" in pdb("n")  # the end of the `with`
    assert "-> return out.sum()" in pdb("n")
    assert pdb("p tuple(out.shape)") == "(5, 7, 4)\n"

    printed = pdb("c")
    assert "error[BF001]" in printed
    assert pdb("p finding.code, tuple(data.shape), scale, list(tensors)") == "('BF001', (7, 3), 2, ['data'])\n"
    printed += pdb("c")
    assert pdb("p finding.code, tuple(result.shape), list(tensors)") == "('BF001', (7, 3), ['data', 'result'])\n"
    printed += pdb("c")
    assert "error[BF101]" in printed
    assert pdb("p input, tuple(tensors['input'].shape)") == "('mine', (5, 7, 3))\n"
    assert "--Call--" in (stepped := pdb("s"))
    assert "forward(" in stepped
    printed += pdb.to_the_end("c")
    assert results(printed) == results(recorded)
    assert results(recorded)[-1] == "traced None"


def test_quitting_ends_the_program(program: Path) -> None:
    done = subprocess.run(
        [sys.executable, program, "breakpoint"], env=environment(), input="q\n", capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr.rstrip().endswith("bdb.BdbQuit")
    assert results(done.stdout) == []


def mismatch(on_mismatch: str | None = "breakpoint") -> dict[str, Any]:
    """A call that is swapped; the names of this function afterwards."""
    lstm = nn.LSTM(3, 4)
    input = torch.zeros(5, 7, 3)
    state = (torch.zeros(1, 7, 4), torch.ones(1, 7, 4))
    with bf.watch(lstm, layout="batch seq features", on_mismatch=on_mismatch):
        lstm(input + 1, state)
    return dict(locals())


class Hook:
    """A hook of the user's: takes nothing, and looks at its caller."""

    def __init__(self) -> None:
        self.seen: list[tuple[FrameType, dict[str, Any]]] = []

    def __call__(self) -> None:
        frame = sys._getframe(1)
        self.seen.append((frame, dict(frame.f_locals)))
        frame.f_locals["input"] = frame.f_locals["added"] = None


@pytest.fixture
def hook() -> Hook:
    return Hook()


@pytest.fixture(params=["sys.breakpointhook", "PYTHONBREAKPOINT"])
def _opened(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, hook: Hook) -> None:
    """The hook is what a breakpoint opens, by either way of saying so."""
    monkeypatch.delenv("PYTHONBREAKPOINT", raising=False)
    monkeypatch.setattr(sys, "breakpointhook", sys.__breakpointhook__)
    if request.param == "PYTHONBREAKPOINT":
        module: Any = types.ModuleType("a_debugger")
        module.set_trace = hook
        monkeypatch.setitem(sys.modules, "a_debugger", module)
        monkeypatch.setenv("PYTHONBREAKPOINT", "a_debugger.set_trace")
    else:
        monkeypatch.setattr(sys, "breakpointhook", hook)


@pytest.mark.usefixtures("_opened")
def test_another_debugger_stands_at_the_users_line(hook: Hook, capsys: pytest.CaptureFixture[str]) -> None:
    names = mismatch()
    (frame, there), *others = hook.seen
    assert others == []
    line = mismatch.__code__.co_firstlineno + 6
    assert (frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name) == (__file__, line, "mismatch")
    assert frame.f_globals is globals()
    finding = there["finding"]
    assert (finding.code, finding.location.line) == ("BF101", line)
    # By argument name where the program has no such name, and all of them in `tensors`.
    assert there["input"] is names["input"]
    assert torch.equal(there["tensors"]["input"], names["input"] + 1)
    assert there["h_0"] is names["state"][0]
    assert there["c_0"] is names["state"][1]
    # The program's own names are as they were.
    assert sorted(names) == ["input", "lstm", "on_mismatch", "state"]
    assert names["input"].shape == (5, 7, 3)
    assert "error[BF101]" in capsys.readouterr().err


def test_the_environment_asks_for_it_and_an_argument_overrules(hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "breakpointhook", hook)
    monkeypatch.setenv("BATCHFIRST", "breakpoint")
    mismatch("record")
    assert hook.seen == []
    mismatch(None)
    assert len(hook.seen) == 1


def test_a_breakpoint_that_is_switched_off_prints_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "breakpointhook", sys.__breakpointhook__)
    monkeypatch.setenv("PYTHONBREAKPOINT", "0")
    mismatch()
    assert "error[BF101]" in capsys.readouterr().err


def test_a_debugger_of_bdb_stops_at_the_users_line(monkeypatch: pytest.MonkeyPatch) -> None:
    stops: list[tuple[str, int, str]] = []

    class Debugger(bdb.Bdb):
        def stopped(self, frame: FrameType) -> None:
            stops.append((frame.f_code.co_filename, frame.f_lineno, frame.f_locals["finding"].code))
            self.set_continue()

        def user_line(self, frame: FrameType) -> None:
            self.stopped(frame)

        def user_return(self, frame: FrameType, return_value: Any) -> None:
            self.stopped(frame)

    def set_trace() -> None:
        Debugger().set_trace(sys._getframe(1))

    monkeypatch.setattr(sys, "breakpointhook", set_trace)
    tracing = sys.gettrace()
    try:
        mismatch()
    finally:
        sys.settrace(tracing)
    assert stops == [(__file__, mismatch.__code__.co_firstlineno + 6, "BF101")]


def test_a_loud_mistake_stops_before_torch_refuses_it(hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "breakpointhook", hook)
    gru = nn.GRU(3, 4, num_layers=2)
    with bf.watch(gru, on_mismatch="breakpoint"), pytest.raises(RuntimeError, match="Expected hidden size"):
        gru(torch.zeros(7, 5, 3), torch.zeros(5, 2, 4))
    (_, there), *_ = hook.seen
    assert (there["finding"].code, tuple(there["h_0"].shape)) == ("BF201", (5, 2, 4))
