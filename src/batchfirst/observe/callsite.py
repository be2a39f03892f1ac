"""Where in the user's code a call stands: file, line, function and exact columns, without a traceback."""

from __future__ import annotations

import ast
import inspect
import os
import site
import sys
import sysconfig
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dis import opmap
from functools import cache
from itertools import islice
from linecache import getline
from types import CodeType, FrameType, TracebackType
from typing import Any, Literal

from batchfirst.model.finding import Location

# Frames of these packages are machinery: the user's call is the nearest one outside them. Plugins and helpers
# through which a call passes unchanged (pluggy's hooks, einops' wrappers) are other people's code, not machinery.
_MACHINERY = ("torch", "batchfirst", "jaxtyping", "beartype", "importlib", "contextlib.py", "functools.py")

_Kind = Literal["user", "library", "machinery"]


def _roots() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    roots = {paths["purelib"], paths["platlib"], paths["stdlib"], paths["platstdlib"], *site.getsitepackages()}
    roots.add(site.getusersitepackages())
    # Longest first: site-packages lies below the standard library.
    return tuple(sorted((os.path.join(root, "") for root in roots), key=len, reverse=True))


_ROOTS = _roots()
_OURS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "")
_RECORDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "recorder.py")
_COMMANDS = os.path.join(_OURS, "frontends", "cli_")  # beyond a command lies the program `batchfirst`, no user's code
_EXAMPLE = os.path.join(_OURS, "forecaster", "")  # the worked example is a user of this package


@cache
def frame_kind(filename: str) -> _Kind:
    """Whose code a file is: "machinery" (torch, batchfirst, jaxtyping, …), another "library", or the "user"'s."""
    if is_ours(filename):
        return "machinery"
    if filename.startswith(_OURS):
        return "user"
    if filename.startswith("<"):
        # `python -c`, a REPL cell and exec'd text are the user's; generated code of the machinery is not.
        return "machinery" if filename.startswith(("<@beartype", "<frozen", "<eval_with_key")) else "user"
    for root in _ROOTS:
        if filename.startswith(root):
            first = filename[len(root) :].split(os.sep, 1)[0]
            return "machinery" if first in _MACHINERY else "library"
    return "user"


def is_ours(filename: str) -> bool:
    """Whether a file is batchfirst's own; the worked example is a user of it."""
    return filename.startswith(_OURS) and not filename.startswith(_EXAMPLE)


def user_location(frame: FrameType | None = None) -> Location | None:
    """The place in the user's code that a call comes from.

    The nearest frame, outwards from `frame` (default: the caller's), that is neither torch's, batchfirst's,
    jaxtyping's, beartype's nor import machinery. Another installed library's frame is taken only where no frame is
    the user's, or none of the program that is audited. None where there is nothing but machinery.

    The columns are those of the expression being evaluated there, as in `ast`, where the interpreter kept them
    (`-X no_debug_ranges` drops them); an expression over several lines has its first line and no end column.

    Example:
        >>> user_location() is not None
        True
    """
    if _traced.place is not None:
        return _traced.place
    found = user_frame(frame if frame is not None else sys._getframe(1))
    return None if found is None else location_of(found)


class _Traced(threading.local):
    place: Location | None = None


_traced = _Traced()


@contextmanager
def traced_places(place: Location | None) -> Iterator[None]:
    """While open, `place` is the user's location: a compiler traces the user's code, and no frame of it runs."""
    before, _traced.place = _traced.place, place
    try:
        yield
    finally:
        _traced.place = before


def user_frame(frame: FrameType | None) -> FrameType | None:
    """The frame that `user_location` describes, outwards from `frame`; None where all is machinery."""
    library = None
    while frame is not None:
        kind = frame_kind(frame.f_code.co_filename)
        if kind == "user":
            return frame
        if library is None and kind == "library":
            library = frame
        if (library is not None and runs_audit(frame)) or frame.f_code.co_filename.startswith(_COMMANDS):
            break
        frame = frame.f_back
    return library


def user_frames(frame: FrameType | None) -> Iterator[FrameType]:
    """The user's frames outwards from `frame`, nearest first, as far as the audited program goes."""
    while frame is not None and not runs_audit(frame):
        if frame_kind(frame.f_code.co_filename) == "user":
            yield frame
        frame = frame.f_back


def runs_audit(frame: FrameType) -> bool:
    """Whether this frame runs the audited program: beyond it lies the call of `bf.audit`, no line of the program."""
    return frame.f_code.co_name == "record" and frame.f_code.co_filename == _RECORDER


def with_callers(trace: TracebackType | None) -> TracebackType | None:
    """A traceback as if the error had been raised without us: the callers outside of batchfirst, then `trace`.

    A caller that `trace` begins with already (it has a `with` around the call) stands there once, where it failed.
    """
    there, entry = set[FrameType](), trace
    while entry is not None:
        there.add(entry.tb_frame)
        entry = entry.tb_next
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and is_ours(frame.f_code.co_filename):
        frame = frame.f_back
    while frame is not None:
        if frame.f_lasti >= 0 and frame not in there:
            trace = TracebackType(trace, frame, frame.f_lasti, frame.f_lineno)
        frame = frame.f_back
    return trace


def until_user(trace: TracebackType | None) -> TracebackType | None:
    """The traceback up to the last frame that is not machinery; as it is where all are."""
    entries: list[TracebackType] = []
    entry, last = trace, 0
    while entry is not None:
        entries.append(entry)
        last = len(entries) if frame_kind(entry.tb_frame.f_code.co_filename) != "machinery" else last
        entry = entry.tb_next
    made: TracebackType | None = None
    for entry in reversed(entries[:last]):
        made = TracebackType(made, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    return made or trace


def local_names(frame: FrameType) -> dict[str, Any]:
    """A frame's local names and their values, as a copy; the frame keeps nothing alive for having been read.

    Up to Python 3.12 `frame.f_locals` of a function is a dictionary that stays with the frame and holds its values,
    tensors among them, until the function ends. Where nobody else has it, it is emptied again: the names themselves
    are stored elsewhere.
    """
    names = frame.f_locals
    found = dict(names)
    if type(names) is dict and frame.f_code.co_flags & inspect.CO_OPTIMIZED and sys.getrefcount(names) == 3:
        names.clear()
    return found


def location_of(frame: FrameType) -> Location:
    """The Location of the expression that `frame` is evaluating now."""
    code, lasti = frame.f_code, frame.f_lasti
    found = _PLACES.get((id(code), lasti))
    if found is None:
        if len(_PLACES) >= _MANY:
            _PLACES.clear()
        found = _PLACES[id(code), lasti] = (code, instruction_location(code, lasti, frame.f_lineno))
    return found[1]


# An audit asks for the same places in every run, and finding the columns walks through the whole function. The code
# is kept with its place: only while it lives is its id its own.
_PLACES: dict[tuple[int, int], tuple[CodeType, Location]] = {}
_MANY = 4096
_GET_ITER = opmap["GET_ITER"]


def stand_in(frame: FrameType, name: str) -> CodeType:
    """Code for `exec` that calls what `name` stands for, and looks like `frame` at the place where it is now.

    File, function, line and columns are the frame's; nothing of it is kept alive.
    """
    code = frame.f_code
    start, end, column, end_column = next(islice(code.co_positions(), max(frame.f_lasti, 0) // 2, None), (None,) * 4)
    line = start or frame.f_lineno or code.co_firstlineno
    first = min(code.co_firstlineno, line)
    called = ast.Name(name, ast.Load())
    call = ast.Call(called, [], [])
    statement = ast.Expr(call)
    for node in (statement, call, called):
        node.lineno, node.end_lineno = line - first + 1, (end or line) - first + 1  # counted from `first` below
        node.col_offset, node.end_col_offset = column or 0, end_column or column or 0
    made: CodeType = compile(ast.Module([statement], []), code.co_filename, "exec")
    return made.replace(co_firstlineno=first, co_name=code.co_name, co_qualname=code.co_qualname)


def instruction_location(code: CodeType, lasti: int, line: int) -> Location:
    """The Location of one instruction: `lasti` and `line` as in a frame or a traceback entry."""
    if lasti > 1 and code.co_code[lasti] == _GET_ITER:
        lasti -= 2  # it stands for the whole `for` statement; before it, what is gone through was put on the stack
    found = next(islice(code.co_positions(), lasti // 2, None), None) if lasti >= 0 else None
    if found is None or None in found[:3]:
        found = (line, line, None, None)
    return location_in(code, found)


def location_in(code: CodeType, positions: tuple[int | None, int | None, int | None, int | None]) -> Location:
    """The Location of an instruction by its positions: first and last line, first and last column in bytes."""
    start, end, column, end_column = positions
    start, end = start or code.co_firstlineno, end or start
    file = code.co_filename
    if column is not None:
        column = _characters(file, start, column)
        end_column = _characters(file, end, end_column) if end == start and end_column is not None else None
    return Location(file, start, _function(code), column, end_column)


def _function(code: CodeType) -> str:
    """`Model.forward` for a method or a nested function's last two parts; "" at module level."""
    name = code.co_qualname.rsplit("<locals>.", 1)[-1]
    return "" if name == "<module>" else name


def _characters(file: str, line: int, offset: int) -> int:
    """co_positions counts UTF-8 bytes, a Location characters: they differ only after non-ASCII text."""
    if offset == 0:
        return 0
    text = getline(file, line)
    if text.isascii() or not text:
        return offset
    return len(text.encode()[:offset].decode(errors="ignore"))
