"""The explanation of torch's error travels as a note on it, and everybody who shows errors shows it, once."""

from __future__ import annotations

import asyncio
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import batchfirst as bf

CODE = "BF201"


def wrong_call(gru: nn.Module) -> Any:
    x = torch.zeros(5, 7, 3)
    h_0 = torch.zeros(x.size(0), 2, 4)
    return gru(x, h_0)


def gru() -> nn.GRU:
    return nn.GRU(3, 4, num_layers=2, batch_first=True)


def by_watch() -> None:
    model = gru()
    with bf.watch(model, on_mismatch="record"):
        wrong_call(model)


def by_nested_watches() -> None:
    with bf.watch(gru()):
        by_watch()


@bf.checked
def _checked(model: nn.Module) -> Any:
    return wrong_call(model)


def by_checked_function() -> None:
    _checked(gru())


def by_remembered_call() -> None:
    @bf.checked("batch -> batch")
    def head(x: Any, width: int) -> Any:
        return torch.nn.functional.linear(torch.zeros(len(x), width), torch.zeros(2, 3))[:, 0]

    head(torch.zeros(4), 3)
    head(torch.zeros(4), 5)


def by_coroutine() -> None:
    @bf.checked
    async def run(model: nn.Module) -> Any:
        await asyncio.sleep(0)
        return wrong_call(model)

    asyncio.run(run(gru()))


def by_generator() -> None:
    @bf.checked
    def run(model: nn.Module) -> Any:
        yield 1
        yield wrong_call(model)

    list(run(gru()))


def by_drop_in() -> None:
    wrong_call(bf.GRU(3, 4, num_layers=2, batch_first=True))


WAYS: list[tuple[Callable[[], None], str]] = [
    (by_watch, CODE), (by_nested_watches, CODE), (by_checked_function, CODE), (by_remembered_call, "BF105"),
    (by_coroutine, CODE), (by_generator, CODE), (by_drop_in, CODE),
]  # fmt: skip


def raised_by(way: Callable[[], None]) -> RuntimeError:
    with pytest.raises(RuntimeError) as caught:
        way()
    return caught.value


@pytest.mark.parametrize(("way", "code"), WAYS, ids=lambda one: getattr(one, "__name__", one))
def test_torchs_error_carries_its_explanation_once(
    way: Callable[[], None], code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BATCHFIRST", "record")
    error = raised_by(way)
    assert type(error) is RuntimeError
    assert len(error.args) == 1
    assert "batchfirst" not in str(error)
    (note,) = error.__notes__
    assert note.startswith(f"batchfirst:\nerror[{code}]: ")


def test_the_note_knows_what_the_callers_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the checked function the error has not reached the caller, in whose lines the state is made."""
    monkeypatch.setenv("BATCHFIRST", "record")
    model = gru()

    @bf.checked("batch seq features, ... -> ...")
    def encode(x: Any, h_0: Any) -> Any:
        return model(x, h_0)

    x = torch.zeros(5, 7, 3)
    state = torch.zeros(x.size(0), 2, 4)
    with pytest.raises(RuntimeError) as caught:
        encode(x, state)
    assert "- torch.zeros(x.size(0), 2, 4)\n" in caught.value.__notes__[0]
    trace = caught.value.__traceback__
    assert trace is not None
    assert trace.tb_frame.f_code is sys._getframe().f_code
    assert trace.tb_next is not None
    assert trace.tb_next.tb_frame.f_code is not sys._getframe().f_code


def test_an_audits_error_too() -> None:
    @bf.checked
    def audited() -> None:
        bf.audit(lambda x: wrong_call(gru()), torch.zeros(2, 3, 4), layout="batch seq features")

    assert [note.splitlines()[1][:12] for note in raised_by(audited).__notes__] == [f"error[{CODE}]"]


def test_the_identity_and_the_notes_of_the_user_stay() -> None:
    own = RuntimeError("mine")
    own.add_note("a note of mine")
    with pytest.raises(RuntimeError) as caught, bf.watch(gru()):
        raise own
    assert caught.value is own
    assert own.__notes__ == ["a note of mine"]


@pytest.mark.parametrize("error", [KeyError("x"), StopIteration(1), KeyboardInterrupt(), SystemExit(3), OSError(2)])
def test_other_errors_get_no_note(error: BaseException) -> None:
    @bf.checked("...")
    def run(x: Any) -> None:
        raise error

    with pytest.raises(type(error)) as caught, bf.watch(gru()):
        run(torch.zeros(2))
    assert caught.value is error
    assert not hasattr(error, "__notes__")


@pytest.mark.parametrize("way", [by_watch, by_drop_in])
def test_switched_off_it_is_torchs_error_alone(way: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATCHFIRST", "off")
    if way is by_watch:
        with pytest.raises(RuntimeError) as caught, bf.watch(gru()):
            wrong_call(gru())
        error = caught.value
    else:
        error = raised_by(way)
    assert not hasattr(error, "__notes__")


def test_a_finding_of_ours_needs_no_note() -> None:
    with pytest.raises(bf.LayoutError) as caught, bf.watch(model := gru()):
        wrong_call(model)
    assert not hasattr(caught.value, "__notes__")


def test_an_error_raised_from_an_explained_one_is_not_explained_again() -> None:
    @bf.checked("...")
    def run(x: Any) -> None:
        try:
            by_watch()
        except RuntimeError as error:
            raise ValueError("the step failed") from error

    with pytest.raises(ValueError, match="the step failed") as caught:
        run(torch.zeros(2))
    assert not hasattr(caught.value, "__notes__")
    assert len(caught.value.__cause__.__notes__) == 1  # type: ignore[union-attr]


def test_the_note_travels_with_a_pickle() -> None:
    error = raised_by(by_watch)
    assert pickle.loads(pickle.dumps(error)).__notes__ == error.__notes__


PROGRAM = """\
import logging, sys
import torch
from torch import nn
import batchfirst as bf

def run():
    gru = nn.GRU(3, 4, num_layers=2, batch_first=True)
    x = torch.zeros(5, 7, 3)
    with bf.watch(gru, on_mismatch="record"):
        gru(x, torch.zeros(x.size(0), 2, 4))

def test_run():
    run()

if __name__ == "__main__":
    try:
        run()
    except RuntimeError:
        logging.basicConfig(stream=sys.stdout)
        logging.exception("it failed")
    run()
"""


@pytest.mark.parametrize("by", ["python", "pytest"])
def test_who_shows_errors_shows_it(by: str, tmp_path: Path) -> None:
    (tmp_path / "test_program.py").write_text(PROGRAM, encoding="utf-8")
    words = {"python": [], "pytest": ["-m", "pytest", "-q", "-p", "no:cacheprovider"]}[by]
    # In CI pytest writes whole messages into its summary too, a second time.
    left_out = ("BATCHFIRST", "CI", "BUILD_NUMBER")
    plain = {name: value for name, value in os.environ.items() if name not in left_out}
    done = subprocess.run(
        [sys.executable, *words, "test_program.py"], cwd=tmp_path, env=plain, capture_output=True, text=True
    )
    assert done.returncode == 1
    heading = f"error[{CODE}]: h_0 is laid out (batch, layers, hidden)"
    assert done.stdout.count(heading) == 1  # logging, or pytest
    assert done.stderr.count(heading) == (by == "python")
