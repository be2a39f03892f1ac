"""The errors that batchfirst raises. At the bottom of the layers, so that every layer can name them."""

from __future__ import annotations

from typing import Any

from batchfirst.model.finding import Finding


class LayoutError(Exception):
    """A layout mistake. `.finding` says what, where, why, and what to write instead.

    Raised as the subclass that code catching torch's own error for the same mistake also catches: use
    `layout_error(finding, like=RuntimeError)`.

    Example:
        >>> import torch, batchfirst as bf
        >>> gru = bf.GRU(8, 16, batch_first=True)
        >>> try:
        ...     gru(torch.zeros(5, 30, 8), torch.zeros(5, 1, 16))
        ... except RuntimeError as error:  # torch's own for this mistake
        ...     print(isinstance(error, bf.LayoutError), error.finding.code)
        True BF201
    """

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding)
        self.finding = finding

    def __str__(self) -> str:
        return str(self.finding)


class LayoutRuntimeError(LayoutError, RuntimeError):
    """Where torch raises RuntimeError."""


class LayoutValueError(LayoutError, ValueError):
    """Where torch raises ValueError."""


class LayoutTypeError(LayoutError, TypeError):
    """Where torch, or jaxtyping with beartype, raises TypeError."""


class LayoutAttributeError(LayoutError, AttributeError):
    """Where torch raises AttributeError (a tuple in place of a tensor, or the other way round)."""


class LayoutIndexError(LayoutError, IndexError):
    """Where torch raises IndexError."""


class LayoutAssertionError(LayoutError, AssertionError):
    """Where torch raises AssertionError (attention)."""


_KINDS: tuple[type[LayoutError], ...] = (
    LayoutRuntimeError, LayoutValueError, LayoutTypeError, LayoutAttributeError, LayoutIndexError,
    LayoutAssertionError,
)  # fmt: skip


def layout_error(finding: Finding, like: type[BaseException] = RuntimeError) -> LayoutError:
    """The LayoutError for `finding` that an `except like:` catches too."""
    for kind in _KINDS:
        if issubclass(like, kind.__mro__[2]):
            return kind(finding)
    return LayoutError(finding)


class LayoutSyntaxError(ValueError):
    """A layout string that cannot be read. The message shows the string with a caret under the wrong place.

    Example:
        >>> import torch, batchfirst as bf
        >>> try:
        ...     bf.watch(torch.nn.GRU(8, 16), layout="batch (seq features")
        ... except bf.LayoutSyntaxError as error:
        ...     print(error)
        `(` is never closed
          batch (seq features
                ^
    """

    def __init__(self, message: str, layout: str, position: int) -> None:
        super().__init__(message, layout, position)
        self.message, self.layout, self.position = message, layout, position

    def __str__(self) -> str:
        return f"{self.message}\n  {self.layout}\n  {' ' * self.position}^"


class UsageError(ValueError):
    """A bad argument, option or setting: names it, says what was given and what is accepted.

    Example:
        >>> import torch, batchfirst as bf
        >>> try:
        ...     bf.watch(torch.nn.GRU(8, 16), on_mismatch="shout")
        ... except bf.UsageError as error:
        ...     print(error)
        on_mismatch='shout' is not valid; accepted: off, raise, warn, record, breakpoint
    """

    def __init__(self, name: str, given: Any, accepted: str) -> None:
        super().__init__(name, given, accepted)
        self.name, self.given, self.accepted = name, given, accepted

    def __str__(self) -> str:
        return f"{self.name}={self.given!r} is not valid; accepted: {self.accepted}"


class BatchfirstWarning(UserWarning):
    """What policy "warn" issues, for `warnings.filterwarnings`. `.finding` is None for a remark about batchfirst.

    Example:
        >>> import warnings, torch, batchfirst as bf
        >>> gru, x = torch.nn.GRU(8, 16), torch.zeros(32, 50, 8)  # batch seq features
        >>> with warnings.catch_warnings(record=True) as told:
        ...     warnings.simplefilter("always", bf.BatchfirstWarning)
        ...     with bf.watch(gru, layout="batch seq features", on_mismatch="warn"):
        ...         output, h_n = gru(x)
        >>> told[0].message.finding.code
        'BF101'
    """

    def __init__(self, message: str, finding: Finding | None = None) -> None:
        super().__init__(message)
        self.finding = finding
