"""`bf.explain()` without an argument after a crash, at the prompts where people meet one."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch
from tests.debugger.terminal import Terminal, environment
from torch import nn

import batchfirst as bf

PROGRAM = """\
import torch
from torch import nn
import batchfirst as bf

gru = nn.GRU(3, 4, num_layers=2, batch_first=True)
x = torch.zeros(5, 7, 3)

def run(state):
    return gru(x, state)

run(torch.zeros(5, 2, 4))
"""
PYTHON, PDB, IPYTHON = r">>> ", r"\(Pdb\) ", r"In \[\d+\]: "
STATE = "error[BF201]: h_0 is laid out (batch, layers, hidden)"
FEATURES = "error[BF105]: "


@pytest.fixture
def program(tmp_path: Path) -> str:
    file = tmp_path / "program.py"
    file.write_text(PROGRAM, encoding="utf-8")
    return str(file)


def test_at_pythons_prompt_in_pdb_and_in_a_console(program: str) -> None:
    python = Terminal([sys.executable, "-i", program], environment(), PYTHON)
    assert "Expected hidden size" in python.until_prompt()
    assert python("bf.explain()").startswith(STATE)
    assert "- torch.zeros(5, 2, 4)" in python("print(bf.explain())")
    python("gru(x[:, :, :2])")
    assert python("bf.explain()").startswith(FEATURES)

    python("run(torch.zeros(5, 2, 4))")
    python("import pdb; pdb.pm()", PDB)  # it stands in torch's frame, which knows no bf
    python("import batchfirst as bf")
    assert python("p bf.explain()").startswith(STATE)
    python("q", PYTHON)

    python("import code; code.interact(local=globals())")
    python("gru(x[:, :, :2])")
    assert python("bf.explain()").startswith(FEATURES)


def test_in_the_post_mortem_of_a_script(program: str) -> None:
    pdb = Terminal([sys.executable, "-m", "pdb", "-c", "continue", program], environment(), PDB)
    assert "Expected hidden size" in pdb.until_prompt()
    pdb("import batchfirst as bf")
    assert pdb("p bf.explain()").startswith(STATE)


def test_in_ipython_with_and_without_the_extension(program: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "IPython", "--simple-prompt", "--no-banner", "--colors=NoColor", "-i", program]
    ipython = Terminal(command, environment(IPYTHONDIR=str(tmp_path)), IPYTHON)
    shown = ipython.until_prompt()
    assert "Expected hidden size" in shown
    assert STATE not in shown
    assert ipython("bf.explain()").count(STATE) == 1
    ipython("%debug", "ipdb> ")
    ipython("import batchfirst as bf")
    assert STATE in ipython("p bf.explain()")
    ipython("q", IPYTHON)
    ipython("%load_ext batchfirst")
    assert ipython("run(torch.zeros(5, 2, 4))").count(STATE) == 1


def raised(features: int = 3, layers: int = 1) -> BaseException:
    """torch's error: for 2 features BF105, for 2 layers BF201."""
    state = torch.zeros(7, layers, 4)
    with pytest.raises(RuntimeError) as caught:
        nn.GRU(3, 4, layers)(torch.zeros(5, 7, features), state if layers > 1 else None)
    return caught.value


def test_that_these_are_two_errors() -> None:
    assert [bf.explain(raised(*sizes)).findings[0].code for sizes in ((2,), (3, 2))] == ["BF105", "BF201"]


def test_an_error_that_is_being_handled_comes_before_one_that_is_long_past(monkeypatch: pytest.MonkeyPatch) -> None:
    past = raised(layers=2)
    monkeypatch.setattr(sys, "last_value", past, raising=False)
    monkeypatch.setattr(sys, "last_exc", past, raising=False)
    assert bf.explain().findings[0].code == "BF201"
    try:
        raise raised(2)
    except RuntimeError:
        assert bf.explain().findings[0].code == "BF105"
        later = raised(layers=2)
        # A prompt inside of the handler: what failed there is later.
        monkeypatch.setattr(sys, "last_value", later, raising=False)
        monkeypatch.setattr(sys, "last_exc", later, raising=False)
        assert bf.explain().findings[0].code == "BF201"


def test_without_an_error_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("last_value", "last_exc"):
        monkeypatch.delattr(sys, name, raising=False)
    with pytest.raises(bf.UsageError, match="there is no last uncaught error to explain"):
        bf.explain()


def test_an_explanation_is_its_text() -> None:
    explanation = bf.explain(raised(2))
    assert repr(explanation) == str(explanation)
    assert str(explanation).startswith(FEATURES)
    assert "<article" in explanation._repr_html_()
    nothing = bf.explain(KeyError("<b>"))
    assert "has no traceback" in nothing._repr_html_()
