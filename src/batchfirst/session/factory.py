"""What `batchfirst audit` is pointed at: a factory by its name, the model that it makes, and inputs made by shape."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import operator
import os
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn

from batchfirst.model.errors import UsageError
from batchfirst.observe.callsite import frame_kind

_TARGET = "package.module:factory or path/to/file.py:factory"
_DTYPES = ("float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool")
_FEW = 2  # ids below this are safe for any embedding and any number of classes


@dataclass(frozen=True)
class Made:
    """What a factory made: a model, and its inputs where it made them too."""

    model: nn.Module
    inputs: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)


def load(target: str) -> Any:
    """What `package.module:name` or `path/to/file.py:name` names. The user's code is imported.

    Raises UsageError where the text is no such name, nothing is there, or the import raises.
    """
    place, _, name = target.rpartition(":")
    if not place or not name:
        raise UsageError("TARGET", target, _TARGET)
    as_file = place.endswith(".py") or os.sep in place
    if as_file and not os.path.isfile(place):
        raise UsageError("TARGET", target, f"a file that exists; {place} does not")
    try:
        module = _file(place) if as_file else _module(place)
    except ModuleNotFoundError as error:
        if not as_file and error.name and f"{place}.".startswith(f"{error.name}."):
            raise UsageError("TARGET", target, f"a module that can be imported: there is no {error.name}") from error
        raise UsageError("TARGET", target, f"a module that can be imported; it raised {_told(error)}") from error
    except (Exception, SystemExit) as error:
        raise UsageError("TARGET", target, f"a module that can be imported; it raised {_told(error)}") from error
    try:
        return operator.attrgetter(name)(module)
    except AttributeError:
        names = [key for key, value in vars(module).items() if _is_factory(value, module)]
        known = f"; there are {', '.join(sorted(names))}" if names else ""
        raise UsageError("TARGET", target, f"a name in {place}{known}") from None


def made(factory: Any, target: str) -> Made:
    """The model that a factory makes: a module, a class of modules, or a function that returns a model or
    (model, inputs), inputs being a tensor, a tuple of arguments or a dict of keyword arguments.

    Raises UsageError for anything else, and for what the factory raises.
    """
    if not isinstance(factory, nn.Module):
        if not callable(factory):
            raise UsageError("TARGET", target, f"a module, or what makes one; this is of type {type(factory).__name__}")
        needed = _needed(factory)
        if needed:
            raise UsageError("TARGET", target, f"a factory that needs no arguments; this one needs {', '.join(needed)}")
        try:
            factory = factory()
        except (Exception, SystemExit) as error:
            raise UsageError("TARGET", target, f"a factory that makes a model; it raised {_told(error)}") from error
    if isinstance(factory, nn.Module):
        return Made(factory)
    if isinstance(factory, tuple) and len(factory) == 2 and isinstance(factory[0], nn.Module):
        model, given = factory
        if isinstance(given, Mapping):
            return Made(model, (), dict(given))
        return Made(model, tuple(given) if isinstance(given, (tuple, list)) else (given,))
    kind = type(factory).__name__
    raise UsageError("TARGET", target, f"a factory that returns a model or (model, inputs); it returned {kind}")


def inputs_of(texts: tuple[str, ...], model: nn.Module, seed: int) -> tuple[Tensor, ...]:
    """Random inputs, each by its `SHAPE[:DTYPE[:BELOW]]`: "5,30,1", "5,30:int64", "5,30:int64:100".

    Floats are normal; whole numbers are at least 0 and below BELOW, by default the rows of the model's smallest
    embedding, else 2. Raises UsageError.

    Example:
        >>> [(tuple(x.shape), x.dtype) for x in inputs_of(("5,30,1", "5:int64"), nn.LSTM(1, 1), 0)]
        [((5, 30, 1), torch.float32), ((5,), torch.int64)]
    """
    rows = [part.num_embeddings for part in model.modules() if isinstance(part, nn.Embedding)]
    generator = torch.Generator().manual_seed(seed)
    return tuple(_input(text, min(rows, default=_FEW), generator) for text in texts)


def _input(text: str, below: int, generator: torch.Generator) -> Tensor:
    sizes, *rest = text.split(":")
    try:
        shape = tuple(int(size) for size in sizes.split(","))
        below = int(rest[1]) if len(rest) == 2 else below
    except ValueError:
        shape = ()
    if not shape or min(shape) < 1 or below < 1 or len(rest) > 2:
        raise UsageError("--input", text, "sizes such as 5,30,1, then :DTYPE and :BELOW for ids, as in 5,30:int64:100")
    name = rest[0] if rest else "float32"
    if name not in _DTYPES:
        raise UsageError("--input", text, f"one of the dtypes {', '.join(_DTYPES)}")
    dtype: torch.dtype = getattr(torch, name)
    if dtype.is_floating_point:
        if len(rest) == 2:
            raise UsageError("--input", text, f"no bound for {name}: only whole numbers are drawn below one")
        return torch.randn(shape, generator=generator).to(dtype)
    most = 2 if dtype == torch.bool else min(below, torch.iinfo(dtype).max)
    return torch.randint(0, most, shape, generator=generator).to(dtype)


def _file(path: str) -> ModuleType:
    name = os.path.splitext(os.path.basename(path))[0]
    if name in sys.modules:  # random.py, say
        name = f"{name} of {path}"
    _first_in_path(os.path.dirname(os.path.realpath(path)))
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # as an import would: pickles and dataclasses look for it
    spec.loader.exec_module(module)
    return module


def _module(name: str) -> ModuleType:
    _first_in_path(os.getcwd())
    return importlib.import_module(name)


def _first_in_path(folder: str) -> None:
    if folder not in sys.path:
        sys.path.insert(0, folder)


def _is_factory(value: Any, module: ModuleType) -> bool:
    own = getattr(value, "__module__", None) == module.__name__
    return isinstance(value, nn.Module) or (own and callable(value) and not _needed(value))


def _needed(factory: Any) -> list[str]:
    """Parameters without a default."""
    try:
        parameters = inspect.signature(factory).parameters.values()
    except (TypeError, ValueError):
        return []
    several = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [one.name for one in parameters if one.default is one.empty and one.kind not in several]


def _told(error: BaseException) -> str:
    """Type, message and the user's line of an error."""
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    entries = [e for e in traceback.extract_tb(error.__traceback__) if frame_kind(e.filename) == "user"]
    return f"{text} ({os.path.basename(entries[-1].filename)}:{entries[-1].lineno})" if entries else text
