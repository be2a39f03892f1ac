"""The public face, pinned: a name that goes or a parameter that changes breaks somebody's program."""

from __future__ import annotations

import inspect

import pytest

import batchfirst as bf
from batchfirst.diagnosis.codes import CATALOGUE

NAMES = [
    "Audit", "BatchfirstWarning",
    "Explanation", "Finding", "GRU", "GRUCell", "LSTM", "LSTMCell", "LayoutError", "LayoutSyntaxError",
    "RNN", "RNNCell", "UsageError", "__version__", "audit", "checked", "explain", "final_hidden", "last_step", "shapes",
    "unstack_state", "watch",
]  # fmt: skip

CODES = """
BF001 BF002
BF101 BF102 BF103 BF104 BF105 BF106 BF107 BF108
BF201 BF202 BF203 BF204 BF205 BF206 BF207 BF208 BF209 BF210
BF301 BF302 BF303 BF304 BF305 BF306 BF307 BF308 BF309
BF401 BF402 BF403 BF404 BF405 BF406 BF407 BF408 BF409 BF410 BF411 BF412
BF501 BF502 BF503
BF601 BF602
""".split()


def test_the_names_are_these() -> None:
    assert sorted(bf.__all__) == sorted(NAMES)
    assert dir(bf) == bf.__all__


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_there_and_documented(name: str) -> None:
    value = getattr(bf, name)
    assert isinstance(value, str) or (value.__doc__ or "").strip()


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'batchfirst' has no attribute 'Lstm'"):
        bf.Lstm  # noqa: B018


def test_a_deprecated_name_works_and_says_what_takes_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = ("contracts.shapes", "0.3", "batchfirst.shapes", "0.5")
    monkeypatch.setitem(bf._DEPRECATED, "Shapes", entry)
    with pytest.warns(DeprecationWarning, match=r"batchfirst\.Shapes is deprecated .* write batchfirst\.s") as told:
        assert bf.Shapes.__name__ == "Shapes"
    assert told[0].filename == __file__
    assert "Shapes" not in dir(bf)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("audit", ["model_or_function", "inputs", "kwargs", "layout", "lengths", "causal", "seed"]),
        ("watch", ["model", "layout", "on_mismatch"]),
        ("shapes", ["batch", "seq"]),
        ("final_hidden", ["h_n", "lstm"]),
        ("last_step", ["output", "lstm", "lengths"]),
        ("unstack_state", ["h_n", "lstm"]),
    ],
)
def test_parameters_keep_their_names(name: str, parameters: list[str]) -> None:
    there = list(inspect.signature(getattr(bf, name)).parameters)
    assert [parameter for parameter in parameters if parameter not in there] == []


def test_the_codes_are_these() -> None:
    assert list(CATALOGUE) == CODES
    assert len({entry.slug for entry in CATALOGUE.values()}) == len(CODES)


def test_a_finding_has_these_fields() -> None:
    assert list(inspect.signature(bf.Finding).parameters) == [
        "code", "slug", "severity", "summary", "location", "module", "label", "table", "effects", "evidence", "fix",
        "notes", "rivals", "consequences", "rank",
    ]  # fmt: skip
