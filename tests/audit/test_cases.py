"""The held-out cases and the traps: what the audit finds in wrong programs, and that it leaves right ones alone."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import batchfirst as bf

CASES = Path(__file__).parent.parent / "cases"
# Which code names the cause of a case. The same as in the score outside the project, for causes that occur silently.
CODES = {
    "batch_seq_swapped": "BF101 BF103", "mixed_batch_first": "BF101", "unbatched_2d": "BF102",
    "seq_len_one": "BF103 BF106", "missing_feature_axis": "BF104 BF102 BF105",
    "missing_seq_axis": "BF104 BF102 BF206 BF108", "feature_seq_swapped": "BF106 BF105",
    "seq_as_features": "BF106 BF103", "cell_loop_axis": "BF108 BF101", "h0_view_scramble": "BF207",
    "state_batch_first": "BF201", "state_carried": "BF208",
    "state_batch_mean": "BF402 BF208 BF203", "state_not_carried": "BF210", "hn_view_scramble": "BF301",
    "hn_view_layers": "BF301", "hn_view_wrong_size": "BF301", "hn_axis_broadcast": "BF302 BF301",
    "hn_wrong_index": "BF302", "last_step_wrong_axis": "BF303", "last_step_wrong_index": "BF303 BF411",
    "last_step_padding": "BF304", "bidir_last_step": "BF305", "cell_state_as_output": "BF306",
    "no_last_step": "BF309 BF601 BF101", "view_not_permute": "BF401", "squeeze_batch": "BF404",
    "conv_no_permute": "BF405", "softmax_axis": "BF406", "bn_axis": "BF407", "norm_over_batch": "BF407",
    "mha_batch_first": "BF408", "minibatch_index_axis": "BF409 BF401", "pad_packed_batch_first": "BF501",
    "lengths_wrong_unit": "BF502", "lengths_unsorted": "BF502 BF503", "lengths_misaligned": "BF502 BF503",
    "sort_not_undone": "BF503", "layouts_meet": "BF402", "loss_broadcast": "BF601", "loss_shape": "BF601",
    "loss_class_axis": "BF602",
}  # fmt: skip
KNOWN_MISSES = {
    "case_c090": "the target's axes are not declared, and its broadcast makes no more pairs than there are numbers",
    "case_c092": "slices of time without a state are what a hierarchical model takes too",
    "case_c261": "slices of time without a state are what a hierarchical model takes too",
    "case_c093": "what the numbers in an undeclared index count cannot be measured",
    "case_c112": "a state passed on by hand between two inputs of which one only is declared",
    "case_c272": "a detached state between two declared inputs is what truncated training carries on too",
    "case_c290": "weights that are normalised over time and summed over variables are gates over time too",
    "case_c306": "the axis that is scrambled, characters of a word, is none of batch, seq and features",
    "case_c328": "an undeclared index takes steps out of order, two in each round, and they may be meant as they are",
    "case_c218": "a detached state between two declared inputs is what truncated training carries on too",
}


def _load(path: Path) -> ModuleType:
    name = f"batchfirst_{path.stem}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


def _audit(case: ModuleType, made: tuple[Any, Any, Any], layout: Any) -> list[bf.Finding]:
    model, inputs, targets = made
    inputs = inputs if isinstance(inputs, tuple) else (inputs,)
    model.eval()
    layouts = [layout] + [None] * (len(inputs) - 1) if isinstance(layout, str) else layout
    result = bf.audit(lambda *given: case.run(model, given, targets), *inputs, layout=layouts)
    return [found for found in result.findings if found.severity in ("error", "warning")]


def _paths(folder: Path, pattern: str) -> list[Any]:
    return [pytest.param(path, id=path.stem) for path in sorted(folder.glob(pattern))]


def _silent(path: Any) -> bool:
    return not _load(path.values[0]).META["loud"]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("path", [path for path in _paths(CASES, "case_*.py") if _silent(path)])
def test_the_mistake_is_found_named_and_placed(path: Path) -> None:
    case = _load(path)
    found = _audit(case, case.make(), case.META.get("layout_given", case.META["layout"]))
    if path.stem in KNOWN_MISSES:
        assert not found, f"no miss any more: {found[0].code}; take it off the list"
        return
    assert found
    assert found[0].code in CODES[case.META["cause"]].split()
    marked = [n for n, line in enumerate(path.read_text().splitlines(), 1) if "# BUG" in line]
    assert found[0].location is not None
    assert Path(found[0].location.file).name == path.name
    assert found[0].location.line in marked


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("path", _paths(CASES, "case_*.py") + _paths(CASES / "traps", "trap_*.py"))
def test_the_program_put_right_is_left_alone(path: Path) -> None:
    case = _load(path)
    assert _audit(case, case.fixed(), case.META["layout"]) == []


def test_the_readme_counts_these_programs() -> None:
    silent = [path.values[0].stem for path in _paths(CASES, "case_*.py") if _silent(path)]
    right = _paths(CASES, "case_*.py") + _paths(CASES / "traps", "trap_*.py")
    text = (CASES.parent.parent / "README.md").read_text(encoding="utf-8")
    assert f"of {len(silent)} silent mistakes, " in text
    assert f"for {len(silent) - len(KNOWN_MISSES)}. " in text
    assert f"of {len(right)} right programs, none" in text
