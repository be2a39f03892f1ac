"""Each classic mistake is silent in torch, is found by the audit, and costs what it is said to cost."""

from __future__ import annotations

import pytest
import torch

import batchfirst as bf
from batchfirst.forecaster.data import load
from batchfirst.forecaster.mistakes import LAYOUT, MISTAKES, Mistake, find, measure
from batchfirst.forecaster.model import ArticleAsPublished, ArticleForecaster, ArticleHalfRepaired, Forecaster
from batchfirst.forecaster.presets import REFERENCE

CODES = {
    "batch-first data into batch_first=False": "BF101",
    "view for a transpose": "BF401",
    "output[-1] (batch == seq)": "BF303",
    "output[:, 0]": "BF411",
    "h_n.view(batch, -1), two layers": "BF301",
    "a loss that broadcasts": "BF601",
    "h_0 and c_0 drawn at random": "BF209",
}
IDS = [mistake.title for mistake in MISTAKES]


@pytest.mark.parametrize("mistake", MISTAKES, ids=IDS)
def test_the_audit_finds_the_mistake_and_nothing_else(mistake: Mistake) -> None:
    assert [finding.code for finding in find(mistake)] == [CODES[mistake.title]]


@pytest.mark.parametrize("mistake", MISTAKES, ids=IDS)
def test_the_right_counterpart_is_left_in_peace(mistake: Mistake) -> None:
    torch.manual_seed(0)
    model = mistake.right(1, REFERENCE.hidden)
    assert not bf.audit(model, torch.randn(mistake.batch_size, REFERENCE.window, 1), layout=LAYOUT).findings


@pytest.mark.parametrize("mistake", MISTAKES, ids=IDS)
@pytest.mark.filterwarnings("error")
def test_torch_says_nothing(mistake: Mistake) -> None:
    model = mistake.wrong(1, 8)
    x, y = torch.randn(mistake.batch_size, 30, 1), torch.randn(mistake.batch_size, 1)
    mistake.loss(model(x), y).backward()  # type: ignore[no-untyped-call]


def test_what_the_mistakes_cost() -> None:
    """At a small scale: each costs something, except a random state, which one layer forgets over thirty steps."""
    series = load("nino")
    factors = {mistake.title: measure(mistake, series, seed=0, epochs=8).factor for mistake in MISTAKES}
    assert 0.95 < factors.pop("h_0 and c_0 drawn at random") < 1.05
    assert all(factor > 1.5 for factor in factors.values()), factors


def test_our_own_models_are_right() -> None:
    torch.manual_seed(0)
    for model, inputs in ((Forecaster(3, 32), 3), (ArticleForecaster(), 1)):
        assert bf.audit(model, torch.randn(5, 30, inputs), layout=LAYOUT).ok


def test_the_article_s_mistakes_are_found_in_its_model() -> None:
    torch.manual_seed(0)
    x = torch.randn(5, 30, 1)
    codes = {finding.code for finding in bf.audit(ArticleAsPublished(), x, layout=LAYOUT).findings}
    assert codes >= {"BF209"}
    with pytest.raises(RuntimeError) as caught:
        ArticleAsPublished()(x[:3])
    assert bf.explain(caught.value).findings[0].code == "BF203"


def test_data_taken_for_sizes_is_refused_by_torch_as_soon_as_they_are_used() -> None:
    with pytest.raises(TypeError):
        ArticleHalfRepaired()(torch.randn(5, 30, 1))
    with pytest.raises(IndexError):
        ArticleAsPublished()(torch.randn(1, 30, 1))
