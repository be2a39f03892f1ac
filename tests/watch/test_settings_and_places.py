"""Which policy is in force, and where in the user's code a call stands."""

from __future__ import annotations

import functools
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from batchfirst.model.errors import UsageError
from batchfirst.model.finding import Location
from batchfirst.model.settings import POLICIES, policy
from batchfirst.observe.callsite import frame_kind, user_location


def test_the_argument_beats_the_environment_which_beats_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BATCHFIRST", raising=False)
    assert policy() == "raise"
    monkeypatch.setenv("BATCHFIRST", "warn")
    assert policy() == "warn"
    assert policy("record") == "record"
    monkeypatch.setenv("BATCHFIRST", "")
    assert policy() == "raise"


@pytest.mark.parametrize("name", POLICIES)
def test_every_policy_is_accepted(name: str) -> None:
    assert policy(name) == name


def test_a_bad_policy_names_where_it_was_given_and_what_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError) as caught:
        policy("Raise")
    assert str(caught.value) == "on_mismatch='Raise' is not valid; accepted: off, raise, warn, record, breakpoint"
    monkeypatch.setenv("BATCHFIRST", "loud")
    with pytest.raises(UsageError, match="the environment variable BATCHFIRST='loud' is not valid; accepted: off"):
        policy()


def here() -> Location | None:
    return user_location()


def source(location: Location | None) -> str:
    assert location is not None
    line = Path(location.file).read_text(encoding="utf-8").splitlines()[location.line - 1]
    return line[location.column : location.end_column]


class Place(nn.Module):
    """Stands where torch calls the user's code back."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Location | None] = []
        self.linear = nn.Linear(2, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.linear(x)


def test_columns_are_those_of_the_expression() -> None:
    assert source(here()) == "user_location()"
    model = Place()
    seen: list[Location | None] = []
    # partial keeps the hook itself out of the stack: user_location is called by torch's frame.
    model.linear.register_forward_pre_hook(functools.partial(lambda keep, *_: keep.append(outer()), seen))
    größe = "ä"
    _ = größe, model(torch.zeros(1, 2)), "behind"
    assert source(seen[0]) == "self.linear(x)"
    assert seen[0] is not None
    assert seen[0].function == "Place.forward"


def outer() -> Location | None:
    """The place outside of this file's hook: what a hook of batchfirst's own sees."""
    frame: Any = sys._getframe(2)
    return user_location(frame)


def test_columns_count_characters_not_bytes() -> None:
    places = [("ää", here_now()), ("ß", here_now())]
    assert [source(place) for _, place in places] == ["here_now()", "here_now()"]


def here_now() -> Location | None:
    return user_location(sys._getframe(1))


def test_an_expression_over_lines_has_no_end_column() -> None:
    place = (
        here_now(
        )
    )  # fmt: skip
    assert place is not None
    assert place.end_column is None


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        (torch.__file__, "machinery"),
        (nn.LSTM.forward.__code__.co_filename, "machinery"),
        (user_location.__code__.co_filename, "machinery"),
        (functools.__file__, "machinery"),
        (pytest.__file__, "library"),
        (__file__, "user"),
        ("<stdin>", "user"),
        ("<@beartype(f) at 0x1>", "machinery"),
        ("<frozen importlib._bootstrap>", "machinery"),
    ],
)
def test_whose_code_a_file_is(file: str, kind: str) -> None:
    assert frame_kind(file) == kind


def test_the_worked_example_is_a_user() -> None:
    import batchfirst

    assert frame_kind(str(Path(batchfirst.__file__).parent / "forecaster" / "model.py")) == "user"


def test_a_library_stands_in_where_no_frame_is_the_users() -> None:
    code = compile("def call(f, keep):\n    keep.append(f())\n", pytest.__file__, "exec")
    scope: dict[str, Any] = {}
    exec(code, scope)
    found: list[Location | None] = []
    scope["call"](here_now, found)
    alone = threading.Thread(target=scope["call"], args=(here_now, found))
    alone.start()
    alone.join()
    assert [place.file for place in found if place is not None] == [__file__, pytest.__file__]
