"""Training with transformers and skorch is the same bit for bit, audited and watched or not."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import batchfirst as bf

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of other packages, while they are imported
    from skorch import NeuralNetRegressor
    from transformers import PretrainedConfig, PreTrainedModel, Trainer, TrainingArguments
    from transformers.utils import ModelOutput

# accelerate asks for pinned memory whether there is a device or not.
pytestmark = pytest.mark.filterwarnings("ignore:.*pin_memory")
LAYOUT = {"x": "batch seq features", "labels": "batch 1"}
DRAWN = torch.Generator().manual_seed(1)
X, Y = torch.randn(40, 12, 3, generator=DRAWN), torch.randn(40, 1, generator=DRAWN)


class Settings(PretrainedConfig):
    model_type = "lstm-forecaster"


class Forecaster(PreTrainedModel):
    config_class = Settings
    main_input_name = "x"

    def __init__(self, config: Settings) -> None:
        super().__init__(config)
        self.lstm = nn.LSTM(3, 8, num_layers=2, dropout=0.1, batch_first=True)
        self.head = nn.Linear(8, 1)
        self.post_init()

    def forward(self, x: Tensor, labels: Tensor | None = None) -> Any:
        logits = self.head(self.lstm(x)[0][:, -1])
        return ModelOutput(loss=nn.functional.mse_loss(logits, labels), logits=logits)


def trained_by_transformers(folder: Path, watched: bool) -> dict[str, Tensor]:
    torch.manual_seed(0)
    model = Forecaster(Settings())
    data = [{"x": x, "labels": y} for x, y in zip(X, Y, strict=True)]
    settings = TrainingArguments(
        str(folder), max_steps=5, report_to="none", use_cpu=True, disable_tqdm=True, save_strategy="no",
        logging_strategy="no", dataloader_pin_memory=False, gradient_accumulation_steps=2,
    )  # fmt: skip
    trainer = Trainer(model, settings, train_dataset=data)
    if watched:
        audit = bf.audit(model, kwargs=trainer.data_collator(data[:8]), layout=LAYOUT)
        assert audit.ok, str(audit)
        with bf.watch(model, layout=LAYOUT) as seen:
            trainer.train()
        assert len(seen.calls) == 2 * 9  # of 5 steps in two epochs of 5 batches
        assert seen.findings == ()
    else:
        trainer.train()
    return model.state_dict()


def trained_by_skorch(folder: Path, watched: bool) -> dict[str, Tensor]:
    class Plain(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lstm, self.head = nn.LSTM(3, 8, num_layers=2, dropout=0.1, batch_first=True), nn.Linear(8, 1)

        def forward(self, x: Tensor) -> Tensor:
            return self.head(self.lstm(x)[0][:, -1])

    torch.manual_seed(0)
    net = NeuralNetRegressor(Plain, max_epochs=2, verbose=0, train_split=None, iterator_train__shuffle=True)
    net.initialize()
    if watched:
        audit = bf.audit(lambda x, y: net.get_loss(net.infer(x), y), X[:8], Y[:8], layout=list(LAYOUT.values()))
        assert audit.ok, str(audit)
        with bf.watch(net.module_, layout="batch seq features") as seen:
            net.partial_fit(X, Y)
        assert seen.calls
        assert seen.findings == ()
    else:
        net.partial_fit(X, Y)
    return net.module_.state_dict()


@pytest.mark.parametrize("train", [trained_by_transformers, trained_by_skorch])
def test_training_is_the_same_bit_for_bit(train: Any, tmp_path: Path) -> None:
    bare, drawn = train(tmp_path, False), torch.rand(3)
    mine = train(tmp_path, True)
    assert torch.equal(torch.rand(3), drawn)
    assert list(mine) == list(bare)
    assert all(torch.equal(mine[name], bare[name]) for name in bare)
