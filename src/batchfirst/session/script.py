"""A user's script as Python itself would run it: its `__main__`, its arguments, its path, its errors and its status."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import io
import os
import pkgutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import CodeType, ModuleType, TracebackType
from typing import Any, NoReturn

from batchfirst.model.errors import UsageError
from batchfirst.observe.callsite import is_ours

_MOST_CHAINED = 64
_before: list[Any] = []  # modules that were `__main__`: their names are still in use


@dataclass(frozen=True)
class Program:
    """Code that can become `__main__`, and what Python sets for it; `called` is `sys.argv[0]`."""

    code: CodeType
    file: str
    called: str
    loader: Any
    spec: importlib.machinery.ModuleSpec | None = None

    def run(self, arguments: Sequence[str]) -> BaseException | None:
        """Run it as `__main__`. What it raises, SystemExit too, is returned, without frames of ours."""
        main = ModuleType("__main__")
        package = None if self.spec is None else self.spec.parent
        cached = None if self.spec is None else self.spec.cached
        vars(main).update(__file__=self.file, __loader__=self.loader, __package__=package, __spec__=self.spec)
        vars(main).update(__builtins__=sys.modules["builtins"], __cached__=cached)
        if sys.version_info < (3, 14):
            vars(main)["__annotations__"] = {}
        _before.append(sys.modules["__main__"])
        # For good, not for the time of the run: exit handlers, threads and pickles look for it later.
        sys.modules["__main__"] = main
        sys.argv[:] = [self.called, *arguments]
        try:
            exec(self.code, vars(main))
        except BaseException as error:
            return error
        return None


def script(path: str) -> Program:
    """The program in a file, or in a folder or zip file that holds a `__main__.py`.

    Raises UsageError for a file that is not there, cannot be read or is no Python.
    """
    if not os.path.exists(path):
        raise UsageError("SCRIPT", path, "a file of Python that exists")
    file = os.path.abspath(path)
    spec = None
    importer = pkgutil.get_importer(file)
    if importer is not None:
        _first_in_path(file)
        spec = importer.find_spec("__main__", None)
        if spec is None or spec.loader is None:
            raise UsageError("SCRIPT", path, "a file of Python, or a folder with a __main__.py")
        return Program(_code_of(spec, path, "SCRIPT"), spec.origin or file, path, spec.loader, spec)
    try:
        with io.open_code(file) as opened:
            source = opened.read()
    except OSError as error:
        raise UsageError("SCRIPT", path, f"a file that can be read: {error.strerror}") from error
    code = _compiled(source, file, path)
    _first_in_path(os.path.dirname(os.path.realpath(file)))
    return Program(code, file, path, importlib.machinery.SourceFileLoader("__main__", file))


def module(name: str) -> Program:
    """The program that `python -m name` runs. Its packages are imported.

    Raises UsageError where there is no such module, and what importing its packages raises.
    """
    _first_in_path(os.getcwd())
    spec = _spec_of(name, name)
    if spec.submodule_search_locations is not None:  # a package: its __main__
        spec = _spec_of(f"{name}.__main__", name)
    file = spec.origin or name
    return Program(_code_of(spec, name, "-m"), file, file, spec.loader, spec)


def _spec_of(name: str, asked: str) -> importlib.machinery.ModuleSpec:
    try:
        spec = importlib.util.find_spec(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise  # something else that its package needs
        spec = None
    except ValueError:  # an empty name, or a module without a spec
        spec = None
    if spec is None or spec.loader is None:
        raise UsageError("-m", asked, f"a module that can be run: there is no {name}")
    return spec


def _code_of(spec: importlib.machinery.ModuleSpec, asked: str, name: str) -> CodeType:
    get_code = getattr(spec.loader, "get_code", None)
    try:
        code = None if get_code is None else get_code(spec.name)
    except SyntaxError as error:
        raise _no_python(asked, error, name) from error
    if code is None:
        raise UsageError(name, asked, "a module written in Python")
    assert isinstance(code, CodeType)
    return code


def _compiled(source: bytes, file: str, asked: str) -> CodeType:
    try:
        return compile(source, file, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:  # ValueError: null bytes
        raise _no_python(asked, error, "SCRIPT") from error


def _no_python(asked: str, error: Exception, name: str) -> UsageError:
    where = f" at line {error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
    return UsageError(name, asked, f"Python; {error.msg if isinstance(error, SyntaxError) else error}{where}")


def _first_in_path(folder: str) -> None:
    """Exchange what Python put first in the path for this program, which is not the user's."""
    if not sys.flags.safe_path:
        sys.path[0] = folder


# Errors ------------------------------------------------------------------------------------------------------------


def show(error: BaseException) -> int:
    """Tell the user of what ended the program as Python would, and the exit status that Python would give it."""
    if isinstance(error, SystemExit):
        if error.code is None or isinstance(error.code, int):
            return error.code or 0
        print(error.code, file=sys.stderr)
        return 1
    for link in _links(error):
        link.__traceback__ = _without_ours(link.__traceback__)
    sys.last_type, sys.last_value, sys.last_traceback = type(error), error, error.__traceback__
    if sys.version_info >= (3, 12):  # before, nobody else would ever put a later one there
        sys.last_exc = error
    try:
        sys.excepthook(type(error), error, error.__traceback__)
    except Exception:
        sys.__excepthook__(type(error), error, error.__traceback__)
    return 1


def end(error: BaseException | None, status: int) -> NoReturn:
    """End as Python would have: after an interrupt by the signal, else with the status."""
    if isinstance(error, KeyboardInterrupt):
        sys.excepthook = lambda *_: None  # it has been shown
        raise KeyboardInterrupt
    raise SystemExit(status)


def _links(error: BaseException) -> Iterator[BaseException]:
    """The error and all that it came from."""
    queue: list[BaseException | None] = [error]
    seen: set[int] = set()
    while queue and len(seen) < _MOST_CHAINED:
        link = queue.pop()
        if link is None or id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        queue += [link.__cause__, link.__context__]
        if isinstance(link, BaseExceptionGroup):
            queue += link.exceptions


def _without_ours(trace: TracebackType | None) -> TracebackType | None:
    entries: list[TracebackType] = []
    while trace is not None:
        if not is_ours(trace.tb_frame.f_code.co_filename):
            entries.append(trace)
        trace = trace.tb_next
    made: TracebackType | None = None
    for entry in reversed(entries):
        made = TracebackType(made, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    return made
