"""`bf.watch`: what it finds, what it leaves alone, and that it leaves no trace."""

from __future__ import annotations

import copy
import gc
import io
import pickle
import re
import subprocess
import sys
import threading
import warnings
from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.watch.models import Forecaster, Tagger
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence

import batchfirst as bf

X = torch.zeros(5, 7, 3)
LAYOUT = "batch seq features"
HOOKS = ("_forward_pre_hooks", "_forward_pre_hooks_with_kwargs", "_forward_hooks", "_forward_hooks_with_kwargs")


def bare(model: nn.Module) -> bool:
    """Whether every dictionary of hooks is a plain, empty one."""
    found = [vars(module)[name] for module in model.modules() for name in HOOKS]
    return all(type(hooks) is OrderedDict and not hooks for hooks in found)


def codes(watched: Any) -> list[str]:
    return [finding.code for finding in watched.findings]


# What is found -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "args", "code", "torch_raises"),
    [
        (nn.LSTM(3, 4), (torch.zeros(2, 5, 7, 3),), "BF104", ValueError),
        (nn.LSTM(3, 4), (torch.zeros(5, 7, 9),), "BF105", RuntimeError),
        (nn.LSTM(3, 4, batch_first=True), (X, (torch.zeros(5, 1, 4),) * 2), "BF201", RuntimeError),
        (nn.GRU(3, 4, 2, batch_first=True), (X, torch.zeros(1, 5, 4)), "BF202", RuntimeError),
        (nn.RNN(3, 4, batch_first=True), (X, torch.zeros(1, 9, 4)), "BF203", RuntimeError),
        (nn.GRU(3, 4, batch_first=True), (X, (torch.zeros(1, 5, 4),) * 2), "BF204", AttributeError),
        (nn.LSTMCell(3, 4), (X[:, 0], (torch.zeros(5, 6),) * 2), "BF205", RuntimeError),
        (nn.Linear(9, 2), (X,), "BF105", RuntimeError),
        (nn.Linear(3, 2), ((X, X),), "BF308", TypeError),
        (nn.Conv1d(3, 2, 1), (torch.zeros(5, 7, 3),), "BF405", RuntimeError),
        (nn.BCELoss(), (torch.zeros(5, 1), torch.zeros(5)), "BF601", ValueError),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)  # fmt: skip
def test_what_torch_refuses_is_raised_as_ours_and_as_torchs(
    model: nn.Module, args: tuple[Any, ...], code: str, torch_raises: type[Exception]
) -> None:
    with pytest.raises(torch_raises) as theirs:
        model(*args)
    assert not isinstance(theirs.value, bf.LayoutError)
    with bf.watch(model) as watched, pytest.raises(bf.LayoutError) as ours:
        model(*args)
    assert isinstance(ours.value, torch_raises)
    assert ours.value.finding.code == code
    assert codes(watched) == [code]
    place = ours.value.finding.location
    assert place is not None
    assert place.file == __file__
    again = pickle.loads(pickle.dumps(ours.value))
    assert type(again) is type(ours.value)
    assert again.finding == ours.value.finding


def test_keywords_are_read_as_torch_reads_them() -> None:
    model = nn.LSTM(3, 4, batch_first=True)
    with bf.watch(model), pytest.raises(bf.LayoutError) as caught:
        model(input=X, hx=(torch.zeros(5, 1, 4),) * 2)
    assert caught.value.finding.code == "BF201"


def test_the_whole_text() -> None:
    model, x = Forecaster(batch_first=False), torch.zeros(5, 7, 3)
    with bf.watch(model, layout=LAYOUT), pytest.raises(RuntimeError) as caught:
        model(x)
    text = re.sub(" +", " ", str(caught.value))
    assert text.splitlines()[0] == "error[BF101]: LSTM reads the batch axis as time"
    for part in (
        "output, _ = self.lstm(x, state)",
        "float32 (5, 7, 3)",
        '| declared batch seq features "batch seq features"',
        "| LSTM reads seq batch features batch_first=False",
        "= module: lstm",
        "+ nn.LSTM(3, 4, num_layers=layers, batch_first=True)",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("model", "given", "layout", "code"),
    [
        (Forecaster(batch_first=False), X, LAYOUT, "BF101"),
        (Forecaster(batch_first=True), X, "seq batch features", "BF101"),
        (Tagger(batch_first=False), torch.zeros(5, 7, dtype=torch.int64), "batch seq", "BF101"),
        (nn.Sequential(nn.Linear(3, 3), nn.ReLU(), nn.LayerNorm(3), nn.RNN(3, 4)), X, LAYOUT, "BF101"),
        (nn.GRU(3, 4), torch.zeros(5, 3), "batch features", "BF102"),
    ],
    ids=["LSTM", "seq first", "embedding and dropout", "sequential", "2-D"],
)
def test_what_torch_accepts_is_found_with_a_layout(model: nn.Module, given: Tensor, layout: str, code: str) -> None:
    with bf.watch(model) as watched:
        model(given)
    assert not watched.findings
    with bf.watch(model, layout=layout, on_mismatch="record") as watched:
        model(given)
    assert codes(watched) == [code]


class Reader(nn.Module):
    """Gives its GRU whatever `how` makes of the input."""

    def __init__(self, how: Any, **settings: Any) -> None:
        super().__init__()
        self.gru, self.how = nn.GRU(3, 4, **settings), how

    def forward(self, x: Tensor) -> Tensor:
        return self.gru(self.how(x))[0]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("how", "batch_first", "found"),
    [
        (lambda x: x, False, ["BF101"]),
        (lambda x: x, True, []),
        (lambda x: x.transpose(0, 1), False, []),
        (lambda x: x.transpose(0, 1), True, ["BF101"]),
        (lambda x: x.permute(1, 0, 2), True, ["BF101"]),
        # Behind these nothing is known, and nothing is said.
        (lambda x: x * 1, False, []),
        (lambda x: x.transpose(0, 1).contiguous(), True, []),
        (lambda x: x.reshape(7, 5, 3), True, []),
        (lambda x: x[:, :3], False, []),
        (lambda x: x[:2], False, []),
        (torch.relu, False, []),
    ],
)
def test_only_what_is_certain_is_said(how: Any, batch_first: bool, found: list[str]) -> None:
    model = Reader(how, batch_first=batch_first)
    with bf.watch(model, layout=LAYOUT, on_mismatch="record") as watched:
        model(torch.randn(5, 7, 3))
    assert codes(watched) == found


def test_a_declared_view_with_exchanged_axes_may_be_either() -> None:
    model = nn.GRU(3, 4)
    with bf.watch(model, layout=LAYOUT):
        model(torch.zeros(5, 7, 3).transpose(0, 1))  # the data may be what is declared, or the view of it


def test_a_layout_that_does_not_fit_what_the_model_is_given_says_nothing() -> None:
    with bf.watch(nn.GRU(3, 4), layout="batch seq channels features") as watched:
        nn.GRU(3, 4)(X)
    assert not watched.findings
    model = nn.GRU(3, 4)
    with bf.watch(model, layout="batch seq channels features") as watched:
        model(X)
    assert not watched.findings


def test_one_layout_per_input_and_by_path() -> None:
    class Two(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.gru = nn.GRU(3, 4)

        def forward(self, lengths: Tensor, x: Tensor) -> Tensor:
            return self.gru(x)[0]  # type: ignore[no-any-return]

    model = Two()
    for layout in ([None, LAYOUT], {"1": LAYOUT}):
        with bf.watch(model, layout=layout, on_mismatch="record") as watched:  # type: ignore[arg-type]
            model(torch.zeros(5), X)
        assert codes(watched) == ["BF101"]
    with bf.watch(model, layout={"x": LAYOUT}, on_mismatch="record") as watched:
        model(torch.zeros(5), x=X)
    assert codes(watched) == ["BF101"]


def test_packed_input_and_states_pass() -> None:
    model = nn.LSTM(3, 4, batch_first=True)
    packed = pack_padded_sequence(X, torch.tensor([7, 6, 5, 4, 3]), batch_first=True)
    with bf.watch(model, layout=LAYOUT) as watched:
        _, state = model(packed)
        model(packed, state)
    assert len(watched.calls) == 2
    assert not watched.findings


@pytest.mark.parametrize(
    ("reduction", "prediction", "target", "found"),
    [
        ("mean", (5, 1), (5,), ["BF601"]),
        ("mean", (5,), (5, 1), ["BF601"]),
        ("mean", (5, 1), (5, 1), []),
        ("mean", (1,), (1, 1), []),
        # Written on purpose, or uncertain: nothing is said.
        ("none", (5, 1), (5,), []),
        ("mean", (5, 1), (1, 5), []),
        ("mean", (5, 4), (4,), []),
    ],
)
def test_broadcasting_losses_in_reach(
    reduction: str, prediction: tuple[int, ...], target: tuple[int, ...], found: list[str]
) -> None:
    loss = nn.MSELoss(reduction=reduction)
    for layout in (None, LAYOUT):
        with warnings.catch_warnings(), bf.watch(nn.Linear(1, 1), layout, "record") as watched:
            warnings.simplefilter("ignore")
            loss(torch.zeros(prediction), torch.zeros(target))
        assert codes(watched) == ([] if layout is None else found)
    assert bare(loss)


def test_reading_the_callers_names_leaves_them_alone() -> None:
    mine = locals()
    watched = bf.watch(nn.Linear(1, 1))
    assert mine is locals()
    assert list(mine) == ["mine", "watched"]
    watched.remove()


# Policies ----------------------------------------------------------------------------------------------------------


def test_warn_issues_a_warning_at_the_users_line_and_torch_raises_its_own() -> None:
    model = nn.LSTM(3, 4)
    with bf.watch(model, on_mismatch="warn") as watched, warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        with pytest.raises(RuntimeError) as caught:
            model(torch.zeros(5, 7, 9))
    assert not isinstance(caught.value, bf.LayoutError)
    assert [warning.category.__name__ for warning in seen] == ["BatchfirstWarning"]
    assert seen[0].filename == __file__
    place = watched.findings[0].location
    assert place is not None
    assert seen[0].lineno == place.line
    assert str(seen[0].message) == str(watched.findings[0])


def test_record_is_silent_and_off_attaches_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    model = Forecaster(batch_first=False)
    with bf.watch(model, layout=LAYOUT, on_mismatch="record") as watched:
        for _ in range(3):
            model(X)
    assert codes(watched) == ["BF101"]
    for off in ("argument", "environment"):
        if off == "environment":
            monkeypatch.setenv("BATCHFIRST", "off")
        with bf.watch(model, layout=LAYOUT, on_mismatch="off" if off == "argument" else None) as watched:
            assert bare(model)
            model(X)
        assert (watched.findings, watched.calls) == ((), ())


def test_the_environment_decides_where_no_argument_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATCHFIRST", "record")
    model = Forecaster(batch_first=False)
    with bf.watch(model, layout=LAYOUT) as watched:
        model(X)
    assert codes(watched) == ["BF101"]


def test_breakpoint_prints_and_stops(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    stops = []
    monkeypatch.setattr("sys.breakpointhook", lambda *_, **__: stops.append(1))
    model = Forecaster(batch_first=False)
    with bf.watch(model, layout=LAYOUT, on_mismatch="breakpoint"):
        model(X)
    assert stops == [1]
    assert "error[BF101]" in capsys.readouterr().err


PROGRAM = """
import torch, batchfirst as bf
from torch import nn

model = nn.GRU(3, 4)

def run():
    x = torch.zeros(5, 7, 3)
    out, h = model(x)
    return out

with bf.watch(model, layout="batch seq features", on_mismatch="breakpoint"):
    run()
"""


def test_the_debugger_opens_in_the_users_frame(tmp_path: Path) -> None:
    file = tmp_path / "program.py"
    file.write_text(PROGRAM, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(file)], input="p tuple(x.shape)\nc\n", capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert "-> out, h = model(x)" in done.stdout
    assert "(5, 7, 3)" in done.stdout
    assert "error[BF101]" in done.stderr


def test_a_note_is_recorded_and_never_raised() -> None:
    model = Forecaster(layers=5)
    with bf.watch(model, layout=LAYOUT) as watched:
        model(X, (torch.zeros(5, 5, 4), torch.zeros(5, 5, 4)))
    assert [(finding.code, finding.severity) for finding in watched.findings] == [("BF002", "note")]


@pytest.mark.parametrize(
    "build",
    [
        lambda: bf.watch("model"),  # type: ignore[arg-type]
        lambda: bf.watch(nn.GRU(1, 1), on_mismatch="loud"),
        lambda: bf.watch(nn.GRU(1, 1), layout=3),  # type: ignore[arg-type]
        lambda: bf.watch(nn.GRU(1, 1), layout=[3]),  # type: ignore[list-item]
    ],
)
def test_bad_arguments_are_told(build: Any) -> None:
    with pytest.raises(bf.UsageError):
        build()


def test_a_bad_layout_is_told_when_the_watch_begins() -> None:
    model = nn.GRU(1, 1)
    with pytest.raises(bf.LayoutSyntaxError):
        bf.watch(model, layout="batch,seq")
    assert bare(model)


# Coming and going --------------------------------------------------------------------------------------------------


def test_hooks_come_off_completely() -> None:
    from torch.nn.modules import module

    registrations = len(module._global_module_registration_hooks)
    model = Tagger()
    handle = bf.watch(model, layout="batch seq")
    assert not bare(model)
    handle.remove()
    assert bare(model)
    handle.remove()
    with pytest.raises(ZeroDivisionError), bf.watch(model):
        raise ZeroDivisionError
    assert bare(model)
    assert len(module._global_module_registration_hooks) == registrations
    assert not module._global_forward_pre_hooks


def test_the_users_own_hooks_stay_and_can_be_removed_at_any_time() -> None:
    model, seen = nn.GRU(3, 4), []
    before = model.register_forward_pre_hook(lambda *_: seen.append("before"))
    with bf.watch(model) as watched:
        during = model.register_forward_pre_hook(lambda *_: seen.append("during"))
        model(X)
        before.remove()
        model(X)
    assert seen == ["before", "during", "during"]
    model(X)
    during.remove()
    model(X)
    assert seen == ["before", "during", "during", "during"]
    assert len(watched.calls) == 2
    assert not model._forward_pre_hooks


def test_a_later_hook_of_the_users_may_still_put_the_input_right() -> None:
    model = nn.GRU(3, 4)
    with bf.watch(model) as watched:
        model.register_forward_pre_hook(lambda _, args: (args[0][..., :3],))
        assert model(torch.zeros(5, 7, 9))[0].shape == (5, 7, 4)
        assert model(torch.zeros(5, 7, 9))[0].shape == (5, 7, 4)
    assert not watched.findings


def test_nested_and_doubled_watches_report_once() -> None:
    model = Forecaster(batch_first=False)
    outer = bf.watch(model, layout=LAYOUT, on_mismatch="warn")
    inner = bf.watch(model, layout=LAYOUT, on_mismatch="warn")
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        model(X)
    assert len(seen) == 1
    assert codes(outer) == codes(inner) == ["BF101"]
    outer.remove()
    assert not bare(model)
    inner.remove()
    assert bare(model)


def test_the_innermost_watch_decides() -> None:
    model = Forecaster(batch_first=False)
    with bf.watch(model, layout=LAYOUT) as outer, bf.watch(model, layout=LAYOUT, on_mismatch="record") as inner:
        model(X)
    assert codes(outer) == codes(inner) == ["BF101"]
    with bf.watch(model, layout=LAYOUT) as outer, bf.watch(model, on_mismatch="record"), pytest.raises(bf.LayoutError):
        model(X)  # what only the outer one found is the outer one's to act on


def test_shared_modules_later_modules_and_replaced_ones() -> None:
    model = nn.Module()
    model.one = model.two = nn.GRU(3, 4)  # type: ignore[assignment]
    with bf.watch(model, on_mismatch="record") as watched:
        model.two(X)
        assert len(watched.calls) == 1
        model.late = nn.Sequential(nn.GRU(3, 4), nn.ModuleList([nn.GRU(3, 4)]))
        model.late[0](X)
        assert watched.calls[-1].module.path == "late.0"
        model.late[1].append(nn.GRU(3, 4))
        model.late[1][1](X)
        assert watched.calls[-1].module.path == "late.1.1"
        model.one = nn.GRU(3, 5)
        model.one(X)
        assert watched.calls[-1].module.settings["hidden_size"] == 5
    assert bare(model)


def test_several_models_at_once() -> None:
    left, right = Forecaster(batch_first=False), Forecaster(batch_first=True)
    with bf.watch(left, layout=LAYOUT, on_mismatch="record") as first:
        with bf.watch(right, layout=LAYOUT, on_mismatch="record") as second:
            left(X)
            right(X)
        left(X[:4])
    assert codes(first) == ["BF101"]
    assert codes(second) == []
    assert [call.module.path for call in second.calls] == ["lstm", "head"]


def test_several_threads() -> None:
    model = Forecaster(batch_first=False)
    found: list[str] = []

    def work(size: int) -> None:
        for step in range(20):
            try:
                model(torch.zeros(size, 3 + step % 5, 3))
            except bf.LayoutError as error:
                found.append(error.finding.code)

    with bf.watch(model, layout=LAYOUT):
        threads = [threading.Thread(target=work, args=(size,)) for size in range(2, 6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == ["BF101"] * 80
    assert bare(model)


@pytest.mark.parametrize("own_hook", [False, True])
def test_copies_and_pickles_of_a_watched_model_know_nothing_of_it(own_hook: bool) -> None:
    model = Forecaster()
    if own_hook:
        model.lstm.register_forward_pre_hook(nothing)
    expected = model(X)
    with bf.watch(model, layout=LAYOUT) as watched:
        buffer = io.BytesIO()
        torch.save(model, buffer)
        buffer.seek(0)
        copies = [
            copy.deepcopy(model), pickle.loads(pickle.dumps(model)), torch.load(buffer, weights_only=False),
        ]  # fmt: skip
        for clone in copies:
            assert torch.equal(clone(X), expected)
        assert not watched.calls
    for clone in copies:
        assert torch.equal(clone(X), expected)
        assert bare(clone) is not own_hook
        assert list(clone.lstm._forward_pre_hooks) == list(model.lstm._forward_pre_hooks)
    assert list(model.state_dict()) == list(copies[0].state_dict())


def nothing(*_: Any) -> None:
    """A hook of the user's."""


def test_no_tensor_and_no_model_is_kept_alive() -> None:
    import weakref

    model, x = Forecaster(), torch.zeros(5, 7, 3)
    handle = bf.watch(model, layout=LAYOUT)
    model(x)
    watched, tensor = weakref.ref(model), weakref.ref(x)
    del x
    gc.collect()
    assert tensor() is None
    handle.remove()
    del model
    gc.collect()
    assert watched() is None


def test_memory_is_bounded() -> None:
    model = nn.GRU(3, 4)
    with bf.watch(model, layout="seq batch features", on_mismatch="record") as watched, torch.no_grad():
        for size in range(1, 1500):
            model(torch.zeros(1, size, 3))
        inside = watched._watching
        assert inside is not None
        assert len(watched.calls) == 256
        assert len(inside.verdicts) <= 512


def test_settings_and_weights_that_change_are_judged_anew() -> None:
    model = nn.LSTM(3, 4, batch_first=True)
    with bf.watch(model, layout=LAYOUT, on_mismatch="record") as watched:
        model(X)
        assert not watched.findings
        model.batch_first = False
        model(X)
        assert codes(watched) == ["BF101"]


def test_the_same_mistake_at_two_lines_is_two_findings() -> None:
    model = nn.GRU(3, 4)
    with bf.watch(model, layout=LAYOUT, on_mismatch="record") as watched:
        model(X)
        model(X)
    assert [finding.code for finding in watched.findings] == ["BF101", "BF101"]
    first, second = (finding.location for finding in watched.findings)
    assert first is not None
    assert second is not None
    assert second.line == first.line + 1


def test_a_broken_check_warns_and_leaves_the_run_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise KeyError("broken")

    monkeypatch.setattr("batchfirst.session.judging.diagnose_call", fail)
    model = nn.GRU(3, 4)
    with bf.watch(model), pytest.warns(UserWarning, match="could not judge a call of GRU and leaves it: KeyError"):
        assert model(X)[0].shape == (5, 7, 4)


def test_what_torch_accepts_after_all_is_not_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    from batchfirst.diagnosis.codes import finding

    monkeypatch.setattr("batchfirst.session.judging.diagnose_call", lambda *_: (finding("BF105"),))
    model = nn.Sequential(nn.BatchNorm1d(3), nn.Dropout(0.5))
    torch.manual_seed(1)
    plain = copy.deepcopy(model)(X.transpose(1, 2) + 1), torch.rand(1)
    torch.manual_seed(1)
    with bf.watch(model) as watched:
        seen = model(X.transpose(1, 2) + 1), torch.rand(1)
    assert not watched.findings
    assert all(torch.equal(a, b) for a, b in zip(plain, seen, strict=True))
    assert int(model[0].num_batches_tracked) == 1


def test_a_decoder_layer_is_checked_with_its_masks() -> None:
    layer = nn.TransformerDecoderLayer(8, 2, 16, batch_first=True)
    tgt, memory, padding = torch.ones(2, 5, 8), torch.ones(2, 3, 8), torch.zeros(2, 5, dtype=torch.bool)
    with bf.watch(layer) as watched:
        layer(tgt, memory, tgt_key_padding_mask=padding)
        with pytest.raises(bf.LayoutError) as caught:
            layer(tgt, memory, padding)
    assert [call.module.kind for call in watched.calls].count("TransformerDecoderLayer") == 2
    found = caught.value.finding
    assert (found.code, found.module) == ("BF412", "")
    assert found.fix is not None
    assert found.fix.text == "pass it as tgt_key_padding_mask"
    assert isinstance(caught.value, RuntimeError)


@pytest.mark.parametrize(("shape", "turned"), [((4, 8, 20), (4, 20, 8)), ((8, 20), (20, 8))])
def test_instance_norm_reads_channels_second_last(shape: tuple[int, ...], turned: tuple[int, ...]) -> None:
    norm, plain = nn.InstanceNorm1d(8, affine=True), nn.InstanceNorm1d(8)
    with bf.watch(norm) as watched:
        norm(torch.rand(shape))
        with pytest.raises(bf.LayoutError) as caught:
            norm(torch.rand(turned))
    assert (caught.value.finding.code, len(watched.calls)) == ("BF407", 2)
    with bf.watch(plain) as watched, pytest.warns(UserWarning, match="num_features"):
        plain(torch.rand(turned))  # torch accepts it, with a warning of its own
    assert watched.findings == ()


def test_a_module_that_runs_along_the_variables_is_a_note() -> None:
    """LSTM-FCN (Karim et al. 2017) is built so; by shapes it cannot be told from time on the wrong axis."""
    model = nn.LSTM(12, 6, batch_first=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with bf.watch(model, layout="batch variables seq") as watched:
            model(torch.zeros(5, 3, 12))
    assert [(found.code, found.severity) for found in watched.findings] == [("BF106", "note")]
