"""`LayoutCallback` with the real Lightning: what it finds, where it tells it, and that training is as without it."""

from __future__ import annotations

import csv
import signal
import subprocess
import sys
import warnings
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

import batchfirst as bf

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of other packages, while they are imported
    import lightning.pytorch as pl
    import torchmetrics
    from lightning.pytorch.callbacks import RichProgressBar, TQDMProgressBar
    from lightning.pytorch.loggers import CSVLogger, Logger

from batchfirst.lightning import LayoutCallback

pytestmark = [
    pytest.mark.filterwarnings(f"ignore:{text}")
    for text in (
        ".*isinstance.treespec, LeafSpec..* is deprecated",  # torch 2.13 to Lightning
        ".*does not have many workers",  # advice on speed, for data of 40 samples
        ".*number of training batches",  # advice on how often to log
        ".*You are running in `fast_dev_run` mode",
        ".*is not configured so validation and checkpointing",
        ".*Checkpoint directory .* exists and is not empty",
        ".*You're resuming from a checkpoint that ended before the epoch ended",
        ".*`training_step` returned `None`",
        ".*You defined a `validation_step` but have no `val_dataloader`",
    )
]

LAYOUT = ["batch seq features", "batch 1"]
X, Y = torch.randn(40, 12, 3, generator=torch.Generator().manual_seed(1)), torch.zeros(40, 1)


class Forecaster(pl.LightningModule):
    """Automatic optimisation, with everything that a step may leave behind."""

    def __init__(self, batch_first: bool = True) -> None:
        super().__init__()
        self.lstm = nn.LSTM(3, 8, num_layers=2, dropout=0.1, batch_first=batch_first)
        self.norm, self.head = nn.BatchNorm1d(8), nn.Linear(8, 1)
        self.error = torchmetrics.MeanAbsoluteError()
        self.losses: list[Tensor] = []
        self.calls = 0

    def forward(self, x: Tensor) -> Tensor:
        output, _ = self.lstm(x)
        return self.head(self.norm(output[:, -1]))

    def on_train_batch_start(self, batch: Any, batch_idx: int) -> None:
        self.scale = len(batch[0])

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        x, y = batch
        prediction = self(x)
        loss = nn.functional.mse_loss(prediction, y) * self.scale / len(x)
        self.calls += 1
        self.losses.append(loss.detach())
        for group in self.optimizers().param_groups:
            group["lr"] *= 0.9
        self.log("error", self.error(prediction, y), prog_bar=True)
        self.log_dict({"loss": loss, "twice": 2 * loss})
        self.logger.log_metrics({"by hand": float(loss.detach())}, step=self.global_step)
        self.print("step", batch_idx)
        return loss

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        x, y = batch
        self.log("valid", nn.functional.mse_loss(self(x), y))

    test_step = validation_step

    def predict_step(self, batch: Any) -> Tensor:
        return self(batch[0])

    def configure_optimizers(self) -> Any:
        optimizer = torch.optim.Adam(self.parameters(), lr=0.01)
        return [optimizer], [torch.optim.lr_scheduler.StepLR(optimizer, 1, 0.5)]


class ByHand(Forecaster):
    """Manual optimisation with two optimizers."""

    def __init__(self, batch_first: bool = True) -> None:
        super().__init__(batch_first)
        self.automatic_optimization = False

    def training_step(self, batch: Any, batch_idx: int) -> None:
        x, y = batch
        first, second = self.optimizers()
        self.toggle_optimizer(first)
        loss = nn.functional.mse_loss(self(x), y)
        first.zero_grad()
        self.manual_backward(loss)
        self.clip_gradients(first, gradient_clip_val=0.5, gradient_clip_algorithm="norm")
        first.step()
        self.untoggle_optimizer(first)
        with second.toggle_model():
            def closure() -> Tensor:
                second.zero_grad()
                again = nn.functional.mse_loss(self(x), y)
                self.manual_backward(again)
                return again

            second.step(closure=closure)
        self.lr_schedulers().step()
        self.log("loss", loss)

    def configure_optimizers(self) -> Any:
        first = torch.optim.SGD(self.lstm.parameters(), lr=0.1, momentum=0.9)
        second = torch.optim.Adam([*self.norm.parameters(), *self.head.parameters()])
        return [first, second], [torch.optim.lr_scheduler.StepLR(first, 1, 0.5)]


class Mistaken(Forecaster):
    """A mistake that shapes do not show."""

    def __init__(self) -> None:
        super().__init__()
        self.wide = nn.Linear(16, 1)

    def forward(self, x: Tensor) -> Tensor:
        _, (h_n, _) = self.lstm(x)
        return self.wide(h_n.view(len(x), -1))


def loader(shuffle: bool = False) -> DataLoader[Any]:
    return DataLoader(TensorDataset(X, Y), batch_size=8, shuffle=shuffle)


def trainer(folder: Path, *callbacks: Any, **options: Any) -> pl.Trainer:
    options = {"max_steps": 4, "enable_progress_bar": False, "logger": CSVLogger(folder), **options}
    return pl.Trainer(
        accelerator="cpu", callbacks=list(callbacks), enable_model_summary=False, log_every_n_steps=1,
        enable_checkpointing=False, **options,
    )  # fmt: skip


def fit(kind: type[Forecaster], folder: Path, *callbacks: Any, **options: Any) -> tuple[Forecaster, pl.Trainer]:
    pl.seed_everything(3, verbose=False)
    model, made = kind(), trainer(folder, *callbacks, **options)
    made.fit(model, loader(shuffle=True), loader())
    return model, made


def rows(made: pl.Trainer, ours: bool = False) -> list[dict[str, str]]:
    """What is logged: without what the callback logs, or only that."""
    with (Path(made.logger.log_dir) / "metrics.csv").open() as file:
        found = [{k: v for k, v in row.items() if v and ("batchfirst" in k) == ours} for row in csv.DictReader(file)]
    return [row for row in found if set(row) - {"step", "epoch"}]


def unhooked(model: nn.Module) -> bool:
    hooks = [getattr(m, f"_forward_{place}") for m in model.modules() for place in ("pre_hooks", "hooks")]
    return all(type(one) is OrderedDict and not one for one in hooks)


def codes(callback: LayoutCallback) -> list[str]:
    return [found.code for found in callback.findings]


# --- nothing changes -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Forecaster, ByHand])
@pytest.mark.parametrize("options", [{}, {"accumulate_grad_batches": 2}, {"precision": "bf16-mixed"}], ids=str)
def test_training_is_the_same_bit_for_bit(kind: type[Forecaster], options: dict[str, Any], tmp_path: Path) -> None:
    if kind is ByHand and "accumulate_grad_batches" in options:
        options = {"num_sanity_val_steps": 0}  # manual optimisation accumulates by itself, and no watch hears first
    callback = LayoutCallback(LAYOUT)
    bare, alone = fit(kind, tmp_path / "bare", **options)
    drawn = torch.rand(3)
    model, watched = fit(kind, tmp_path / "watched", callback, **options)
    assert torch.equal(torch.rand(3), drawn)
    assert callback.audit is not None
    assert callback.audit.ok, str(callback.audit)
    for (name, mine), theirs in zip(model.state_dict().items(), bare.state_dict().values(), strict=True):
        assert torch.equal(mine, theirs), name
    assert (model.calls, len(model.losses)) == (bare.calls, len(bare.losses))
    assert all(map(torch.equal, model.losses, bare.losses))
    assert model.error.compute() == bare.error.compute() if kind is Forecaster else True
    for mine, theirs in zip(watched.optimizers, alone.optimizers, strict=True):
        assert str(mine.state_dict()) == str(theirs.state_dict())
    assert [one.scheduler.state_dict() for one in watched.lr_scheduler_configs] == [
        one.scheduler.state_dict() for one in alone.lr_scheduler_configs
    ]
    assert watched.global_step == alone.global_step
    assert watched.callback_metrics == alone.callback_metrics
    assert rows(watched) == rows(alone)
    assert unhooked(model)


class Stopping(Forecaster):
    """Reaches into its trainer, and prints."""

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        print("only once a step")
        self.trainer.noted = [*getattr(self.trainer, "noted", []), batch_idx]
        if len(self.trainer.noted) > 2:
            self.trainer.should_stop = True
        return super().training_step(batch, batch_idx)


def test_the_trainer_is_left_as_it_was(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, bare = fit(Stopping, tmp_path, min_steps=2)
    printed = capsys.readouterr().out
    _, made = fit(Stopping, tmp_path, callback := LayoutCallback(LAYOUT), min_steps=2)
    assert callback.audit is not None
    assert (made.noted, made.global_step) == (bare.noted, bare.global_step)
    assert capsys.readouterr().out == printed
    assert printed.count("only once a step") == len(bare.noted)


def test_a_compiled_module_trains_the_same(tmp_path: Path) -> None:
    torch._dynamo.config.allow_rnn, before = True, torch._dynamo.config.allow_rnn
    try:
        weights = []
        for callbacks in ([], [callback := LayoutCallback(LAYOUT)]):
            pl.seed_everything(3, verbose=False)
            compiled: Any = torch.compile(Plain(), backend="eager")
            trainer(tmp_path, *callbacks, max_steps=2).fit(compiled, loader())
            weights.append([p.detach().clone() for p in compiled.parameters()])
    finally:
        torch._dynamo.config.allow_rnn = before
    assert all(map(torch.equal, *weights))
    assert callback.audit is not None
    assert callback.audit.ok


class Plain(pl.LightningModule):
    """Nothing but a step, whose batch may be a dict too; it names its only argument as it likes."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm, self.head = nn.LSTM(3, 8, batch_first=True), nn.Linear(8, 1)

    def training_step(self, given: Any) -> Tensor:
        x, y = (given["deep"]["x"], given["y"]) if isinstance(given, dict) else given
        return nn.functional.mse_loss(self.head(self.lstm(x)[0][:, -1]), y)

    def configure_optimizers(self) -> Any:
        return torch.optim.SGD(self.parameters(), lr=0.1)


# --- what is found, and where it is told -----------------------------------------------------------------------------


def test_a_mistake_stops_the_training_at_its_first_batch(tmp_path: Path) -> None:
    callback = LayoutCallback(LAYOUT, report=str(tmp_path / "report.json"))
    made = trainer(tmp_path, callback)
    model = Mistaken()
    with pytest.raises(bf.LayoutError) as caught:
        made.fit(model, loader(), loader())
    assert caught.value.finding.code == "BF301"
    assert "h_n.view(len(x), -1)" in str(caught.value)
    place = caught.value.finding.location
    assert place is not None
    assert place.function == "Mistaken.forward"
    assert codes(callback) == ["BF301"]
    assert made.global_step == model.calls == 0
    assert rows(made, ours=True) == [
        {"batchfirst/errors": "1", "batchfirst/notes": "0", "batchfirst/warnings": "0"}
    ]
    assert '"BF301"' in (tmp_path / "report.json").read_text()
    assert unhooked(model)


def test_the_watch_knows_the_batch_wherever_it_goes(tmp_path: Path) -> None:
    """The module is called past `forward`, and validation comes before training."""

    class Past(Plain):
        def __init__(self) -> None:
            super().__init__()
            self.lstm = nn.LSTM(3, 8)

        validation_step = Plain.training_step

    callback = LayoutCallback({"deep/x": "batch seq features"}, audit=False)
    data = DataLoader([{"deep": {"x": x}, "y": y} for x, y in zip(X, Y, strict=True)], batch_size=8)
    with pytest.raises(bf.LayoutError) as caught:
        trainer(tmp_path, callback).fit(Past(), data, data)
    assert caught.value.finding.code == "BF101"
    place = caught.value.finding.location
    assert place is not None
    assert place.function == "Plain.training_step"
    assert caught.value.finding.module == "lstm"


@pytest.mark.parametrize("policy", ["warn", "record", "off"])
def test_policies(policy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for given in (policy, None):
        monkeypatch.setenv("BATCHFIRST", "raise" if given else policy)
        callback = LayoutCallback(LAYOUT, given)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            fit(Mistaken, tmp_path, callback, max_steps=1)
        ours = [one for one in caught if isinstance(one.message, bf.BatchfirstWarning)]
        assert [one.message.finding.code for one in ours] == (["BF301"] if policy == "warn" else [])
        assert codes(callback) == ([] if policy == "off" else ["BF301"])
        assert (callback.audit is None) is (policy == "off")


class TextLogger(Logger):
    """Holds text as TensorBoard's does."""

    name, version = "text", "0"

    def __init__(self) -> None:
        super().__init__()
        self.numbers: list[Any] = []
        self.texts: list[tuple[str, str, int]] = []

    @property
    def experiment(self) -> Any:
        return self

    def add_text(self, tag: str, text: str, global_step: int) -> None:
        self.texts.append((tag, text, global_step))

    def log_metrics(self, metrics: Any, step: int | None = None) -> None:
        self.numbers.append(metrics)

    def log_hyperparams(self, *args: Any, **kwargs: Any) -> None:
        pass


@pytest.mark.parametrize("bar", [TQDMProgressBar, RichProgressBar, None])
def test_it_is_told_above_the_bar_and_to_loggers(
    bar: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    logger, callback = TextLogger(), LayoutCallback(LAYOUT, "record", ignore=["BF601"])
    callbacks = [callback] if bar is None else [callback, bar()]
    fit(Mistaken, tmp_path, *callbacks, logger=logger, enable_progress_bar=bar is not None, max_steps=2)
    line = "error[BF301]: view to (8, 16) puts hidden states of different samples side by side"
    printed = " ".join(capsys.readouterr().out.split())
    assert (line in printed) is (bar is not None)
    # In the log too, at the end, when the bars are closed.
    assert sum(line in " ".join(text.split()) for text in caplog.messages) == (2 if bar is None else 1)
    assert {"batchfirst/errors": 1, "batchfirst/warnings": 0, "batchfirst/notes": 0} in logger.numbers
    assert [(tag, step) for tag, _, step in logger.texts] == [("batchfirst", 0)]
    assert "h_n.view(len(x), -1)" in logger.texts[0][1]


def test_a_right_training_is_told_in_brief(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    _, made = fit(Forecaster, tmp_path, LayoutCallback(LAYOUT))
    assert [text for text in caplog.messages if "batchfirst" in text] == [
        "batchfirst:\nmodules watched: 3, calls: 18, findings: 0, audits: 1\n"
        'layouts: "batch seq features, as LSTM reads it"'
    ]
    assert capsys.readouterr().err == ""
    zeros = {"batchfirst/errors": "0", "batchfirst/notes": "0", "batchfirst/warnings": "0"}
    assert rows(made, ours=True) == [zeros]


# --- the other runs of a trainer, and its ends -----------------------------------------------------------------------


@pytest.mark.parametrize("run", ["validate", "test", "predict"])
def test_an_evaluation_is_watched_and_not_audited(run: str, tmp_path: Path) -> None:
    callback = LayoutCallback(LAYOUT)
    made, model = trainer(tmp_path, callback), Forecaster(batch_first=False)
    with pytest.raises(bf.LayoutError, match="BF101"):
        getattr(made, run)(model, loader(), **({} if run == "predict" else {"verbose": False}))
    assert unhooked(model)
    right = Forecaster()
    callback = LayoutCallback(LAYOUT)
    made = trainer(tmp_path, callback)
    result = getattr(made, run)(right, loader(), **({} if run == "predict" else {"verbose": False}))
    bare = getattr(trainer(tmp_path), run)(right, loader(), **({} if run == "predict" else {"verbose": False}))
    assert str(result) == str(bare)
    assert callback.audit is None
    assert callback.findings == ()
    assert unhooked(right)


def test_a_test_after_the_training_loses_nothing(tmp_path: Path) -> None:
    callback = LayoutCallback(LAYOUT, "record", report=str(tmp_path / "report.json"))
    model, made = fit(Mistaken, tmp_path, callback)
    measured = callback.audit
    made.test(model, loader(), verbose=False)
    assert codes(callback) == ["BF301"]
    assert callback.audit is measured is not None
    assert (tmp_path / "report.json").read_text().count('"code": "BF301"') >= 1


class Ended(BaseException):
    pass


@pytest.fixture
def interrupts() -> Iterator[None]:
    before = signal.getsignal(signal.SIGINT)  # Lightning ignores it after the first one
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("end", [ValueError("own"), KeyboardInterrupt(), Ended()], ids=lambda end: type(end).__name__)
@pytest.mark.usefixtures("interrupts")
def test_hooks_are_gone_however_it_ends(end: BaseException, tmp_path: Path) -> None:
    class Ending(Forecaster):
        def training_step(self, batch: Any, batch_idx: int) -> Tensor:
            if batch_idx == 1:
                raise end
            return super().training_step(batch, batch_idx)

    model, callback = Ending(), LayoutCallback(LAYOUT)
    with pytest.raises((type(end), SystemExit)):
        trainer(tmp_path, callback).fit(model, loader(), loader())
    assert model.calls == 1
    assert unhooked(model)
    assert callback.audit is not None


def test_an_error_of_torchs_ends_with_its_explanation(tmp_path: Path) -> None:
    class Loud(Forecaster):
        def forward(self, x: Tensor) -> Tensor:
            state = torch.zeros(len(x), 2, 8)
            return self.head(self.lstm(x, (state, state))[0][:, -1])

    model = Loud()
    made = trainer(tmp_path, LayoutCallback(LAYOUT, "record"), num_sanity_val_steps=0)
    with pytest.raises(RuntimeError, match="Expected hidden") as caught:
        made.fit(model, loader())
    assert "BF201" in "".join(caught.value.__notes__)
    assert vars(model).get("log") is None


def test_a_resumed_training_is_audited_again_and_the_same(tmp_path: Path) -> None:
    weights = []
    for callbacks in ([], [callback := LayoutCallback(LAYOUT)]):
        _, made = fit(Forecaster, tmp_path, *callbacks, max_steps=2)
        made.save_checkpoint(tmp_path / "half.ckpt")
        pl.seed_everything(4, verbose=False)
        model = Forecaster()
        resumed = {"ckpt_path": tmp_path / "half.ckpt", "weights_only": False}
        trainer(tmp_path, *callbacks).fit(model, loader(), loader(), **resumed)
        weights.append(model.state_dict())
    assert all(map(torch.equal, weights[0].values(), weights[1].values()))
    assert callback.audit is not None


def test_a_dry_run(tmp_path: Path) -> None:
    callback = LayoutCallback(LAYOUT)
    model = Forecaster()
    trainer(tmp_path, callback, fast_dev_run=True, logger=False).fit(Plain(), loader())
    assert callback.audit is not None
    trainer(tmp_path, callback, fast_dev_run=True).fit(model, loader(), loader())
    assert callback.audit is not None
    assert callback.audit.ok


# --- what cannot be used, and what cannot be audited -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"layout": 3}, "layout=3 is not valid; accepted: a string, a sequence with one entry per input"),
        ({"layout": "batch (seq"}, "`\\(` is never closed"),
        ({"on_mismatch": "loud"}, "on_mismatch='loud' is not valid; accepted: off, raise"),
        ({"audit": 1}, "audit=1 is not valid; accepted: True, False"),
        ({"report": "report.txt"}, "report='report.txt' is not valid"),
        ({"ignore": ["BF999"]}, "BF999"),
    ],
    ids=str,
)  # fmt: skip
def test_what_cannot_be_used_is_told_before_the_training(options: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        LayoutCallback(**options)


def test_a_layout_that_does_not_fit_the_batch_is_told_at_the_first(tmp_path: Path) -> None:
    model = Plain()
    with pytest.raises(bf.UsageError, match="a layout with 3 axes: input 0 has shape"):
        trainer(tmp_path, LayoutCallback("batch features")).fit(model, loader())
    assert unhooked(model)


class Iterating(Plain):
    def training_step(self, dataloader_iter: Any) -> Tensor:  # type: ignore[override]
        batch, _, _ = next(dataloader_iter)
        return super().training_step(batch)


class Reading(Plain):
    """Reads gradients, which an audit does not make."""

    def __init__(self) -> None:
        super().__init__()
        self.automatic_optimization = False

    def training_step(self, given: Any) -> None:  # type: ignore[override]
        optimizer = self.optimizers()
        optimizer.zero_grad()
        self.manual_backward(super().training_step(given))
        assert self.head.weight.grad.norm() > 0
        optimizer.step()


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (Iterating, "its step takes an iterator, and no batch"),
        (Reading, "AttributeError: 'NoneType' object has no attribute 'norm'"),
    ],
)
@pytest.mark.filterwarnings("ignore:.*dataloader_iter:")
def test_what_cannot_be_audited_trains_all_the_same(
    kind: type[Plain], reason: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    made = trainer(tmp_path, callback := LayoutCallback("batch seq features"), max_steps=2)
    made.fit(kind(), loader())
    assert callback.audit is None
    assert made.global_step == 2
    assert f"batchfirst: first training batch not audited: {reason}" in caplog.messages


# --- the other name, and several processes ---------------------------------------------------------------------------

OTHER_NAME = """
import warnings
warnings.simplefilter("ignore")  # of other packages
import torch
{imports}
from torch import nn
from torch.utils.data import DataLoader
import batchfirst as bf

class Model(pl.LightningModule):
    def __init__(self, batch_first):
        super().__init__()
        self.lstm = nn.LSTM(3, 8, batch_first=batch_first)

    def training_step(self, batch):
        loss = self.lstm(batch)[0][:, -1].square().mean()
        self.log("loss", loss, prog_bar=True)
        return loss

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)

def fit(batch_first, callback, **options):
    trainer = pl.Trainer(max_steps=2, accelerator="cpu", callbacks=[callback], logger=False,
                         enable_checkpointing=False, enable_model_summary=False, **options)
    trainer.fit(Model(batch_first), DataLoader(torch.randn(16, 5, 3), batch_size=4))

if __name__ == "__main__":
    callback = LayoutCallback("batch seq features")
    fit(True, callback)
    print(callback.audit.ok, callback.findings, isinstance(callback, pl.Callback))
    try:
        fit(False, callback)
    except bf.LayoutError as error:
        print(error.finding.code)
"""
PROCESSES = """
    fit(True, LayoutCallback("batch seq features", report="ranks.json"), strategy="ddp_fork", devices=2)
    try:
        fit(False, LayoutCallback("batch seq features"), strategy="ddp_fork", devices=2)
    except Exception as error:
        print("error[BF101]" in str(error))
"""
IMPORTS = {
    "theirs first": "import pytorch_lightning as pl\nfrom batchfirst.lightning import LayoutCallback",
    "ours first": "from batchfirst.lightning import LayoutCallback\nimport pytorch_lightning as pl",
}


def told_by(script: str, folder: Path) -> list[str]:
    """What the script prints, without what Lightning does."""
    (folder / "train.py").write_text(script)
    done = subprocess.run([sys.executable, "train.py"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [line for line in done.stdout.splitlines() if line.split()[:1] in (["True"], ["False"], ["BF101"])]


def test_under_its_other_name_and_in_two_processes(tmp_path: Path) -> None:
    script = OTHER_NAME.format(imports=IMPORTS["theirs first"]) + PROCESSES
    assert told_by(script, tmp_path) == ["True () True", "BF101", "True"]
    assert '"calls": 4' in (tmp_path / "ranks.json").read_text()  # two of each process
    assert not (tmp_path / "ranks.json.ranks").exists()


def test_under_its_other_name_imported_later(tmp_path: Path) -> None:
    assert told_by(OTHER_NAME.format(imports=IMPORTS["ours first"]), tmp_path) == ["True () False", "BF101"]
