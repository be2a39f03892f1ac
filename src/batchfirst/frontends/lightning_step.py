"""A LightningModule's training step as a function that an audit can run: nothing is logged, stepped or synchronised."""

from __future__ import annotations

import contextlib
import functools
import inspect
import io
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

from torch import Tensor, nn

_MISSING = object()


class _Still:
    """An optimizer or scheduler of the trainer's that can be read, and that does not step."""

    def __init__(self, real: Any) -> None:
        self._real = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def step(self, *args: Any, **kwargs: Any) -> Any:
        closure = next((one for one in (*args, *kwargs.values()) if callable(one)), None)
        return None if closure is None else closure()

    def zero_grad(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: an audit makes no gradients."""

    def toggle_model(self, *args: Any, **kwargs: Any) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()


def training_step(trainer: Any, module: Any, make: Callable[..., Any], batch_idx: int) -> Callable[..., Any]:
    """A function of the batch's parts that runs the module's own training step, its `on_train_batch_start` before it.

    make: what makes a batch of its parts. To be called within `undisturbed`.
    """
    # What the step may change beyond the module; an audit puts back whatever it reaches from the function it is given.
    reached = (module, trainer.optimizers, [config.scheduler for config in trainer.lr_scheduler_configs])
    return functools.partial(_run, reached, trainer.precision_plugin.train_step_context, make, batch_idx)


def _run(reached: Any, context: Any, make: Any, batch_idx: int, /, *parts: Any, **named: Any) -> Any:
    module, batch = reached[0], make(*parts, **named)
    with context():
        if module.on_train_batch_start(batch, batch_idx) == -1:
            return None
        wanted = inspect.signature(module.training_step).parameters.values()
        takes_index = len(wanted) > 1 or any(one.kind is one.VAR_POSITIONAL for one in wanted)
        return module.training_step(batch, batch_idx) if takes_index else module.training_step(batch)


@contextlib.contextmanager
def undisturbed(trainer: Any, module: Any) -> Iterator[None]:
    """While open, training steps of `module` can be run without a trace in the trainer, its loggers and its optimizers.

    What the step prints is dropped: the step that is not audited prints it.
    """
    before = vars(trainer).copy()
    shadowed: list[tuple[Any, str, Any]] = []
    for part in module.modules():
        # A LightningModule, and any module of the user's that a trainer was given to.
        if hasattr(type(part), "training_step") and callable(getattr(type(part), "manual_backward", None)):
            for name, stand_in in _stand_ins(trainer, part).items():
                shadowed.append((part, name, vars(part).get(name, _MISSING)))
                vars(part)[name] = stand_in
    silent = _silent_logger(trainer)
    trainer.loggers = [silent for _ in trainer.loggers]
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        for part, name, held in reversed(shadowed):
            if held is _MISSING:
                vars(part).pop(name, None)
            else:
                vars(part)[name] = held
        for name in vars(trainer).keys() - before.keys():
            delattr(trainer, name)
        vars(trainer).update(before)


def _stand_ins(trainer: Any, module: nn.Module) -> dict[str, Any]:
    """By name, what stands on a LightningModule for the methods that reach into its trainer."""
    owner: Any = type(module)

    def still(name: str) -> Callable[..., Any]:
        def read(*args: Any, **kwargs: Any) -> Any:
            found = getattr(owner, name)(module, *args, **kwargs)
            if isinstance(found, (list, tuple)):
                return [_Still(one) for one in found]
            return None if found is None else _Still(found)

        return read

    def backward(loss: Tensor, *args: Any, **kwargs: Any) -> None:
        loss.backward(*args, **kwargs)  # which an audit records and does not carry out

    def gathered(data: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        # The other processes are not here: each would have such a tensor.
        return data if trainer.world_size == 1 else data.unsqueeze(0).expand(trainer.world_size, *data.shape)

    quiet = ("log", "log_dict", "print", "clip_gradients", "toggle_optimizer", "untoggle_optimizer")
    return {
        **dict.fromkeys(quiet, _nothing),
        "toggled_optimizer": lambda *args, **kwargs: contextlib.nullcontext(),
        "optimizers": still("optimizers"),
        "lr_schedulers": still("lr_schedulers"),
        "manual_backward": backward,
        "all_gather": gathered,
    }


def _nothing(*args: Any, **kwargs: Any) -> None:
    """Stands for what is not to happen in an audit."""


def _silent_logger(trainer: Any) -> Any:
    """Lightning's own logger that takes everything and keeps nothing, of the package that the trainer is from."""
    kind = next(kind for kind in type(trainer).__mro__ if kind.__module__.endswith(".trainer.trainer"))
    package = kind.__module__.removesuffix(".trainer.trainer")
    return import_module(f"{package}.loggers.logger").DummyLogger()
