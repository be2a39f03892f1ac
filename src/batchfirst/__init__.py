"""batchfirst: which axis is batch, which is time, which is features, and where a model reads them differently.

Importing the package imports no torch; a name that needs torch imports it when it is first used (PEP 562).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOME = {
    "Audit": "session.audit",
    "BatchfirstWarning": "model.errors",
    "Explanation": "session.explain",
    "Finding": "model.finding",
    "GRU": "frontends.wrappers",
    "GRUCell": "frontends.wrappers",
    "LSTM": "frontends.wrappers",
    "LSTMCell": "frontends.wrappers",
    "LayoutError": "model.errors",
    "LayoutSyntaxError": "model.errors",
    "RNN": "frontends.wrappers",
    "RNNCell": "frontends.wrappers",
    "UsageError": "model.errors",
    "audit": "session.audit",
    "checked": "frontends.decorator",
    "explain": "session.explain",
    "final_hidden": "frontends.readers",
    "last_step": "frontends.readers",
    "shapes": "contracts.shapes",
    "unstack_state": "frontends.readers",
    "watch": "frontends.watch",
}

__all__ = sorted([*_HOME, "__version__"])

if TYPE_CHECKING:
    from batchfirst.contracts.shapes import shapes as shapes
    from batchfirst.frontends.decorator import checked as checked
    from batchfirst.frontends.readers import final_hidden as final_hidden
    from batchfirst.frontends.readers import last_step as last_step
    from batchfirst.frontends.readers import unstack_state as unstack_state
    from batchfirst.frontends.watch import watch as watch
    from batchfirst.frontends.wrappers import GRU as GRU
    from batchfirst.frontends.wrappers import LSTM as LSTM
    from batchfirst.frontends.wrappers import RNN as RNN
    from batchfirst.frontends.wrappers import GRUCell as GRUCell
    from batchfirst.frontends.wrappers import LSTMCell as LSTMCell
    from batchfirst.frontends.wrappers import RNNCell as RNNCell
    from batchfirst.model.errors import BatchfirstWarning as BatchfirstWarning
    from batchfirst.model.errors import LayoutError as LayoutError
    from batchfirst.model.errors import LayoutSyntaxError as LayoutSyntaxError
    from batchfirst.model.errors import UsageError as UsageError
    from batchfirst.model.finding import Finding as Finding
    from batchfirst.session.audit import Audit as Audit
    from batchfirst.session.audit import audit as audit
    from batchfirst.session.explain import Explanation as Explanation
    from batchfirst.session.explain import explain as explain


# Names that still work and will go: name -> (where it is, since, what to write instead, gone in).
_DEPRECATED: dict[str, tuple[str, str, str, str]] = {}


def __getattr__(name: str) -> Any:
    if name in _DEPRECATED:
        from batchfirst.model.deprecation import deprecated

        home, since, instead, gone = _DEPRECATED[name]
        deprecated(f"batchfirst.{name}", since=since, instead=instead, gone=gone)
        return getattr(import_module(f"batchfirst.{home}"), name)
    if name not in _HOME:
        raise AttributeError(f"module 'batchfirst' has no attribute {name!r}")
    value = getattr(import_module(f"batchfirst.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__


def load_ipython_extension(shell: Any) -> None:
    """What IPython calls at `%load_ext batchfirst`: `%%watch`, `%audit`, and explanations under tracebacks."""
    from batchfirst.frontends.ipython import load

    load(shell)


def unload_ipython_extension(shell: Any) -> None:
    """What IPython calls at `%unload_ext batchfirst`."""
    from batchfirst.frontends.ipython import unload

    unload(shell)
