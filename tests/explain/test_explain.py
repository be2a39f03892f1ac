"""`bf.explain` on errors as they come: chained, grouped, wrapped, without source, from other threads."""

from __future__ import annotations

import asyncio
import gc
import pickle
import subprocess
import sys
import textwrap
import threading
import traceback
import weakref
from pathlib import Path
from typing import Any

import pytest
import torch
from beartype import beartype
from jaxtyping import Float, jaxtyped
from torch import nn

import batchfirst as bf
from batchfirst.diagnosis.codes import finding
from batchfirst.model.errors import UsageError, layout_error
from batchfirst.session.explain import Explanation, attach, explain


@jaxtyped(typechecker=beartype)
def head(x: Float[torch.Tensor, "batch features"]) -> Float[torch.Tensor, "batch 1"]:
    return x.sum(-1, keepdim=True)


def fails() -> None:
    gru = nn.GRU(3, 4, num_layers=2, batch_first=True)
    gru(torch.zeros(5, 7, 3), torch.zeros(5, 2, 4))


def caught(function: Any = fails) -> BaseException:
    try:
        function()
    except BaseException as error:
        return error
    raise AssertionError("it does not fail")


def codes(error: BaseException) -> list[str]:
    return [found.code for found in explain(error).findings]


def test_location_has_the_exact_columns_of_the_argument() -> None:
    found = explain(caught()).findings[0]
    place = found.location
    assert place is not None
    assert (place.function, place.column, place.end_column) == ("fails", 30, 50)
    assert found.label == "h_0: float32 (5, 2, 4)"
    assert found.table is not None
    assert [row.cells for row in found.table.rows[:2]] == [("5", "2", "4"), ("2", "5", "4")]


def test_the_finding_names_the_module_of_the_users_class() -> None:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = nn.ModuleDict({"rnn": nn.RNN(3, 4)})

        def forward(self, x: torch.Tensor) -> Any:
            return self.inner["rnn"](x)

    assert explain(caught(lambda: Net()(torch.zeros(5, 6, 2)))).findings[0].module == "inner.rnn"


def test_it_is_the_users_line_also_behind_sequential_and_functional() -> None:
    net = nn.Sequential(nn.Flatten(1), nn.Linear(12, 4), nn.ReLU(), nn.Linear(8, 1))

    def run() -> None:
        net(torch.zeros(3, 4, 3))

    found = explain(caught(run)).findings[0]
    assert found.module == "net.3"
    assert found.location is not None
    assert found.location.function == "run"


def test_raised_from_another_error() -> None:
    def wraps() -> None:
        try:
            fails()
        except RuntimeError as error:
            raise ValueError("training failed") from error

    assert codes(caught(wraps)) == ["BF201"]


def test_raised_while_another_error_was_handled() -> None:
    def wraps() -> None:
        try:
            fails()
        except RuntimeError:
            raise KeyError("best_loss")  # noqa: B904 - that is the case

    assert codes(caught(wraps)) == ["BF201"]


def test_a_suppressed_context_is_left_alone() -> None:
    def wraps() -> None:
        try:
            fails()
        except RuntimeError:
            raise KeyError("best_loss") from None

    assert codes(caught(wraps)) == []


def test_a_group_of_errors() -> None:
    group = ExceptionGroup("workers", [ValueError("another"), caught()])  # type: ignore[list-item]
    assert codes(group) == ["BF201"]


def test_a_chain_that_bites_its_tail() -> None:
    error = ValueError("round")
    error.__context__ = error
    assert codes(error) == []


def test_another_thread() -> None:
    errors: list[BaseException] = []
    thread = threading.Thread(target=lambda: errors.append(caught()))
    thread.start()
    thread.join()
    assert codes(errors[0]) == ["BF201"]


def test_generators_and_coroutines() -> None:
    def steps() -> Any:
        for size in (5, 3):
            yield nn.GRU(3, 4)(torch.zeros(7, size, 3), torch.zeros(1, 5, 4))

    async def runs() -> None:
        fails()

    assert codes(caught(lambda: list(steps()))) == ["BF203"]
    assert codes(caught(lambda: asyncio.run(runs()))) == ["BF201"]


def test_no_grad_as_a_decorator_and_compiled_text_without_source() -> None:
    assert codes(caught(torch.no_grad()(fails))) == ["BF201"]
    text = "gru(torch.zeros(5, 7, 3), torch.zeros(5, 2, 4))"
    names = {"gru": nn.GRU(3, 4, num_layers=2, batch_first=True), "torch": torch}
    found = explain(caught(lambda: exec(compile(text, "<nowhere>", "exec"), names))).findings[0]
    assert found.code == "BF201"
    assert found.location is not None
    assert (found.location.file, found.location.line) == ("<nowhere>", 1)


def test_a_call_over_several_lines_with_other_letters() -> None:
    def größe() -> None:
        gru, größte_schicht = nn.GRU(3, 4, num_layers=2, batch_first=True), torch.zeros(5, 2, 4)
        gru(
            torch.zeros(5, 7, 3),
            größte_schicht,
        )

    found = explain(caught(größe)).findings[0]
    assert found.code == "BF201"
    assert found.location is not None
    assert found.location.line == größe.__code__.co_firstlineno + 2


def test_columns_count_characters_not_bytes() -> None:
    def run() -> None:
        größe = nn.GRU(3, 4, 2); größe(torch.zeros(7, 5, 3), torch.zeros(5, 2, 4))  # noqa: E702, RUF100

    found = explain(caught(run)).findings[0]
    assert found.location is not None
    assert found.location.end_column is not None
    line = Path(__file__).read_text(encoding="utf-8").splitlines()[found.location.line - 1]
    assert line[found.location.column : found.location.end_column] == "torch.zeros(5, 2, 4)"


def test_a_layout_error_is_its_own_explanation() -> None:
    error = layout_error(finding("BF405"))
    assert explain(error).findings == (error.finding,)
    assert explain(pickle.loads(pickle.dumps(error))).findings == (error.finding,)


def test_a_code_or_slug_gives_its_page() -> None:
    text = str(bf.explain("BF101"))
    assert "batch_first" in text
    assert text == str(bf.explain("batch-seq-swapped"))
    assert bf.explain("BF101").findings == ()
    with pytest.raises(UsageError, match="BF999"):
        bf.explain("BF999")


def test_the_last_uncaught_error(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("last_exc", "last_value"):
        monkeypatch.delattr(sys, name, raising=False)
    with pytest.raises(UsageError, match="no last uncaught error"):
        explain()
    monkeypatch.setattr(sys, "last_exc", caught(), raising=False)
    assert [found.code for found in explain().findings] == ["BF201"]


def test_what_is_no_error_is_refused() -> None:
    with pytest.raises(UsageError, match="an exception"):
        explain(42)  # type: ignore[arg-type]


def test_an_error_that_was_never_raised() -> None:
    assert "no traceback" in str(explain(RuntimeError("made up")))


def test_where_nothing_is_certain_it_says_what_it_sees() -> None:
    def run() -> None:
        nn.Embedding(5, 3)(torch.tensor([[1, 7]]))

    explanation = explain(caught(run))
    assert explanation.findings == ()
    assert "no layout mistake is certain" in str(explanation)
    assert "int64 (1, 2)" in str(explanation)


def test_a_note_is_attached_once_and_shown_by_python() -> None:
    error = caught()
    attach(error)
    attach(error)
    assert len(error.__notes__) == 1
    assert "error[BF201]" in "".join(traceback.format_exception(error))


def test_no_note_where_there_is_nothing_to_say() -> None:
    error = caught(lambda: {}["missing"])
    attach(error)
    assert not hasattr(error, "__notes__")


def test_nothing_of_the_program_is_kept_alive() -> None:
    def run() -> tuple[weakref.ref[nn.Module], Explanation]:
        gru = nn.GRU(3, 4, 2)
        return weakref.ref(gru), explain(caught(lambda: gru(torch.zeros(7, 5, 3), torch.zeros(5, 2, 4))))

    module, explanation = run()
    gc.collect()
    assert explanation.findings
    assert module() is None


def test_nothing_of_the_users_runs() -> None:
    ran = []

    class Noisy:
        def __getattr__(self, name: str) -> Any:
            ran.append(name)
            raise AttributeError(name)

        def __len__(self) -> int:
            ran.append("len")
            return 3

        @property
        def sizes(self) -> Any:
            ran.append("sizes")
            return [1]

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.gru = nn.GRU(3, 4)

        def forward(self, x: torch.Tensor) -> Any:
            ran.append("forward")
            return self.gru(x)[0][-1]

    noisy, model = Noisy(), Net()
    model.gru.register_forward_hook(lambda *_: ran.append("hook"))

    def run() -> Any:
        count = len(noisy) + 0
        prediction = model(torch.zeros(7, 5, 3))
        target = torch.zeros(count + 1, 4) if noisy.sizes else None
        ran.clear()
        return nn.functional.l1_loss(prediction, target)  # type: ignore[arg-type]

    before = torch.get_rng_state()
    assert explain(caught(run)).findings
    assert ran == []
    assert torch.equal(before, torch.get_rng_state())


def test_annotations_of_jaxtyping() -> None:
    def run() -> None:
        head(torch.zeros(2, 3, 4))

    found = explain(caught(run)).findings[0]
    assert found.code == "BF001"
    assert found.location is not None
    assert (found.location.function, found.location.line) == ("run", run.__code__.co_firstlineno + 1)
    assert found.summary == "x breaks its declared annotation: this array has 3 dimensions, not the 2 expected"
    assert any("Float[Tensor, 'batch features']" in item.text for item in found.evidence)


def test_an_uncaught_error_of_a_script(tmp_path: Any) -> None:
    script = tmp_path / "train.py"
    script.write_text(
        textwrap.dedent(
            """
            import torch, batchfirst as bf
            from torch import nn

            lstm = nn.LSTM(8, 16)
            x = torch.randn(32, 50, 8)
            state = (torch.zeros(1, 32, 16), torch.zeros(1, 32, 16))
            try:
                out, state = lstm(x, state)
            except RuntimeError as error:
                print(bf.explain(error))
            """
        )
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True)
    assert "error[BF101]: LSTM reads the batch axis as time" in done.stdout
    assert "train.py:9" in done.stdout
    assert "nn.LSTM(8, 16, batch_first=True)" in done.stdout
