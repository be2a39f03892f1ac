"""Checkpoints: tensors in safetensors, everything else in JSON beside them. Complete at any moment.

The tensors are written under a new name first; the JSON file, which names them, is replaced in one step after that.
So a crash between the two leaves the checkpoint before it whole.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from batchfirst.forecaster.data import Scaler, Series
from batchfirst.forecaster.presets import Preset

FORMAT = 1


class CheckpointError(ValueError):
    """A checkpoint that cannot be read, or that belongs to other data. The message names the file."""


@dataclass
class Progress:
    """How far training is. epoch: whole epochs done; batches, loss_sum: of the epoch under way; finished: why it ended.

    history: [mean training loss, validation loss] per epoch, both mean squared errors on model scale.
    """

    epoch: int = 0
    batches: int = 0
    loss_sum: float = 0.0
    best_epoch: int = 0
    history: list[list[float]] = field(default_factory=list)
    finished: str = ""

    @property
    def best_loss(self) -> float:
        """The validation loss of the best epoch; infinity before the first."""
        return self.history[self.best_epoch - 1][1] if self.best_epoch else float("inf")

    def close_epoch(self, training_loss: float, validation_loss: float, preset: Preset) -> None:
        """Book a whole epoch; sets `finished` where training has to end. A loss that is NaN is never the best."""
        best = self.best_loss
        self.epoch, self.batches, self.loss_sum = self.epoch + 1, 0, 0.0
        self.history.append([training_loss, validation_loss])
        if validation_loss < best:
            self.best_epoch = self.epoch
        self.finished = self.verdict(preset)

    def verdict(self, preset: Preset) -> str:
        """Why training ends after the epochs booked so far; empty where it goes on."""
        if self.epoch - self.best_epoch >= preset.patience:
            return f"no better validation loss for {preset.patience} epochs"
        return f"all {preset.epochs} epochs done" if self.epoch >= preset.epochs else ""


@dataclass
class Checkpoint:
    """All that training needs to go on, and all that forecasting needs to start."""

    facts: dict[str, Any]
    tensors: dict[str, Tensor]

    @classmethod
    def of(
        cls, model: nn.Module, best: dict[str, Tensor], optimizer: torch.optim.Optimizer, shuffler_state: Tensor,
        progress: Progress, series: Series, scaler: Scaler, preset: Preset, seed: int,
    ) -> Checkpoint:  # fmt: skip
        """The state at the end of a batch. shuffler_state: uint8 (bytes), at the start of the epoch under way."""
        tensors = {"rng.torch": torch.get_rng_state(), "rng.shuffler": shuffler_state}
        tensors |= {f"model.{name}": value.clone() for name, value in model.state_dict().items()}
        tensors |= {f"best.{name}": value for name, value in best.items()}
        for index, slots in optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{index}.{name}": value.clone() for name, value in slots.items()}
        facts = {
            "format": FORMAT, "preset": preset.as_dict(), "seed": seed, "scaler": asdict(scaler),
            "series": _identity(series), "progress": asdict(progress),
        }  # fmt: skip
        return cls(facts, tensors)

    @property
    def preset(self) -> Preset:
        return Preset(**self.facts["preset"])

    @property
    def scaler(self) -> Scaler:
        return Scaler(**self.facts["scaler"])

    @property
    def seed(self) -> int:
        return int(self.facts["seed"])

    @property
    def progress(self) -> Progress:
        return Progress(**json.loads(json.dumps(self.facts["progress"])))

    @property
    def best(self) -> dict[str, Tensor]:
        """The state_dict of the best epoch."""
        return self._under("best.")

    def model(self, inputs: int) -> nn.Module:
        """The model with the weights of its best epoch, in eval mode."""
        model = self.preset.build(inputs, self.seed)
        model.load_state_dict(self.best)
        return model.eval()

    def restore(self, model: nn.Module, optimizer: torch.optim.Optimizer, shuffler: torch.Generator) -> Progress:
        """Put model, optimizer, the shuffler and torch's global generator back to where training stopped."""
        model.load_state_dict(self._under("model."))
        slots: dict[int, dict[str, Tensor]] = {}
        for name, value in self._under("optimizer.").items():
            index, slot = name.split(".", 1)
            slots.setdefault(int(index), {})[slot] = value.clone()
        optimizer.load_state_dict({"state": slots, "param_groups": optimizer.state_dict()["param_groups"]})
        shuffler.set_state(self.tensors["rng.shuffler"])
        torch.set_rng_state(self.tensors["rng.torch"])
        return self.progress

    def check_series(self, series: Series) -> None:
        """Raises CheckpointError where `series` is not the one that training began with."""
        for key, now in _identity(series).items():
            if key != "source" and (was := self.facts["series"][key]) != now:
                raise CheckpointError(f"training began with other data: {key} was {was}, is {now}")

    def _under(self, prefix: str) -> dict[str, Tensor]:
        return {name.removeprefix(prefix): value for name, value in self.tensors.items() if name.startswith(prefix)}


def save(directory: Path, checkpoint: Checkpoint) -> None:
    """Write `checkpoint.json` and the tensors it names into `directory`, which is made if need be."""
    directory.mkdir(parents=True, exist_ok=True)
    progress = checkpoint.progress
    name = f"tensors-epoch{progress.epoch:04d}-batch{progress.batches:04d}.safetensors"
    save_file(checkpoint.tensors, directory / f"{name}.partial")
    os.replace(directory / f"{name}.partial", directory / name)
    text = json.dumps({"tensors": name, **checkpoint.facts}, indent=1, ensure_ascii=False)
    partial = directory / "checkpoint.json.partial"
    partial.write_text(text + "\n", "utf-8")
    os.replace(partial, directory / "checkpoint.json")
    for old in directory.glob("tensors-epoch*-batch*.safetensors*"):
        if old.name != name:
            old.unlink()


def read(directory: Path) -> Checkpoint:
    """The checkpoint in `directory`. Raises CheckpointError, naming the file, where there is none or it is damaged."""
    path = directory / "checkpoint.json"
    try:
        facts = json.loads(path.read_text("utf-8"))
        if facts["format"] != FORMAT:
            raise CheckpointError(f"{path}: format {facts['format']}, this version reads format {FORMAT}")
        path = directory / facts.pop("tensors")
        checkpoint = Checkpoint(facts, load_file(path))
        _ = checkpoint.preset, checkpoint.scaler, checkpoint.seed, checkpoint.progress, facts["series"]["step"]
    except OSError as error:
        raise CheckpointError(f"{path}: {error.strerror or error}; `batchfirst forecast train` makes one") from error
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        if isinstance(error, CheckpointError):
            raise
        raise CheckpointError(f"{path}: damaged ({type(error).__name__}: {error})") from error
    return checkpoint


def _identity(series: Series) -> dict[str, Any]:
    """What tells one series from another; no values, but their count, ends and a fingerprint."""
    import hashlib

    digest = hashlib.sha256(repr(series.values.tolist()).encode()).hexdigest()[:16]
    return {
        "source": series.source, "name": series.name, "values": len(series),
        "from": series.stamp(0), "to": series.stamp(len(series) - 1),
        "step": str(series.step), "period": series.period, "unit": series.unit, "sha256": digest,
    }  # fmt: skip
