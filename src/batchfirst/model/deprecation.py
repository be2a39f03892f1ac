"""How something leaves the public face: it works on for two minor versions, and says what takes its place."""

from __future__ import annotations

import warnings


def deprecated(name: str, *, since: str, instead: str, gone: str, level: int = 2) -> None:
    """Warn, at the line `level` frames up, that `name` goes: called by what still stands for it.

    name: as the user writes it ("bf.old", "bf.audit(old=…)"). since, gone: the versions that said it first and that
    will not have it any more. instead: what to write.

    Example:
        >>> import warnings
        >>> def old():
        ...     deprecated("bf.old", since="0.3", instead="bf.new", gone="0.5")
        >>> with warnings.catch_warnings(record=True) as told:
        ...     warnings.simplefilter("always")
        ...     old()
        >>> print(told[0].message)
        bf.old is deprecated since batchfirst 0.3 and will be gone in 0.5: write bf.new
    """
    text = f"{name} is deprecated since batchfirst {since} and will be gone in {gone}: write {instead}"
    warnings.warn(text, DeprecationWarning, stacklevel=level + 1)
