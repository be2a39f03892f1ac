"""Check the held-out cases themselves: needs only torch.

usage: python check_cases.py

A case is only worth measuring with when it is what it says: a loud program raises, a silent one runs (in training and in
evaluation mode) and gives another result than the program put right, which runs too, the same each time. Traps are
programs that are right as they are. Exit status 1 and one line per fault otherwise.
"""
from __future__ import annotations

import importlib.util
import sys
import warnings
from collections import Counter
from pathlib import Path

import torch

HERE = Path(__file__).parent
NEEDED = ("id", "source", "title", "loud", "cause", "explanation", "fix", "layout")
CAUSES = (
    "batch_seq_swapped mixed_batch_first unbatched_2d seq_len_one input_4d missing_feature_axis missing_seq_axis "
    "feature_seq_swapped seq_as_features cell_loop_axis state_batch_first state_wrong_layers state_fixed_batch "
    "state_carried_smaller_batch dataparallel_hidden state_not_tuple state_not_tensor state_wrong_source "
    "state_hidden_size state_ndim h0_view_scramble state_carried state_batch_mean state_not_carried hn_view_scramble "
    "hn_view_layers hn_view_wrong_size hn_axis_broadcast hn_wrong_index last_step_wrong_axis last_step_wrong_index "
    "last_step_padding bidir_last_step cell_state_as_output head_in_features tuple_passed_on no_last_step "
    "view_not_permute squeeze_batch conv_no_permute softmax_axis bn_axis norm_over_batch mha_batch_first "
    "minibatch_index_axis pad_packed_batch_first lengths_unsorted lengths_wrong_unit lengths_misaligned "
    "sort_not_undone layouts_meet loss_broadcast loss_shape loss_class_axis"
).split()


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def leaves(value):
    if isinstance(value, torch.Tensor):
        return [value.detach()]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (tuple, list)):
        return [t for v in value for t in leaves(v)]
    return []


def result(case, build, train):
    model, inputs, targets = build()
    model.train(train)
    torch.manual_seed(7)
    return leaves(case.run(model, inputs if isinstance(inputs, tuple) else (inputs,), targets))


def same(left, right):
    return len(left) == len(right) and all(a.shape == b.shape and torch.equal(a, b) for a, b in zip(left, right))


def finite(values):
    return bool(values) and all(bool(torch.isfinite(v.double()).all()) for v in values)


def layout_faults(meta, key, inputs):
    layout = meta.get(key, meta["layout"])
    layouts = [layout] + [None] * (len(inputs) - 1) if isinstance(layout, str) else layout
    if len(layouts) != len(inputs):
        yield f"{key}: {len(layouts)} layouts for {len(inputs)} inputs"
    for text, value in zip(layouts, inputs):
        if text is not None and len(text.split()) != value.dim():
            yield f"{key}: {text!r} for an input of shape {tuple(value.shape)}"


def faults(path):
    case, text = load(path), path.read_text()
    meta = case.META
    missing = [k for k in NEEDED if k not in meta and not (path.stem.startswith("trap_") and k in ("loud", "cause", "fix"))]
    if missing:
        yield f"META lacks {missing}"
        return
    if not path.stem.endswith(meta["id"]):
        yield f"id {meta['id']}"
    if max(map(len, text.splitlines())) > 125:
        yield "a line is too long"
    for train in (True, False):
        right, again = result(case, case.fixed, train), result(case, case.fixed, train)
        if not finite(right):
            yield f"put right: no finite result (train={train})"
        if not same(right, again):
            yield f"put right: two runs differ (train={train})"
    yield from layout_faults(meta, "layout", case.fixed()[1])
    if path.stem.startswith("trap_"):
        return
    if meta["cause"] not in CAUSES:
        yield f"cause {meta['cause']}"
    if "# BUG" not in text:
        yield "no line marked # BUG"
    yield from layout_faults(meta, "layout_given", case.make()[1])
    for train in (True, False):
        try:
            wrong = result(case, case.make, train)
        except Exception as error:  # noqa: BLE001 - any error of torch is the subject here
            if not meta["loud"]:
                yield f"said to be silent, but raises (train={train}): {error}"
            continue
        if meta["loud"]:
            yield f"said to be loud, but runs (train={train})"
        elif same(wrong, result(case, case.fixed, train)):
            yield f"wrong and right give the same result (train={train})"


def main():
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    paths = sorted(HERE.glob("case_*.py")) + sorted(HERE.glob("traps/trap_*.py"))
    bad, seen, kinds = 0, Counter(), Counter()
    for path in paths:
        try:
            found = list(faults(path))
            meta = load(path).META
            seen[meta["id"]] += 1
            kinds[meta.get("cause", "trap"), meta.get("loud")] += 1
        except Exception as error:  # noqa: BLE001 - a case that cannot even be loaded is one fault
            found = [f"{type(error).__name__}: {error}"]
        for fault in found:
            print(f"{path.name}: {fault}")
        bad += bool(found)
    twice = [name for name, count in seen.items() if count > 1]
    for cause in CAUSES:
        print(f"{cause:30} silent {kinds[cause, False]}  loud {kinds[cause, True]}")
    print(f"{len(paths)} programs, {bad} faulty; ids twice: {twice}")
    return 1 if bad or twice else 0


if __name__ == "__main__":
    raise SystemExit(main())
