"""nn.DataParallel: which axis of a declared input it splits among its replicas.

Source: torch.nn.DataParallel, "splitting the input across the specified devices by chunking in the batch dimension" and
argument dim, https://docs.pytorch.org/docs/stable/generated/torch.nn.DataParallel.html. With one device it splits
nothing.
"""

from __future__ import annotations

from batchfirst.diagnosis.calls.case import Case, seen
from batchfirst.model.finding import AxisRow, AxisTable, Finding


def split(case: Case) -> tuple[Finding, ...]:
    """BF409 where the axis that is split is declared to be another one than the batch."""
    layout, x = case.declared, case.tensor("inputs")
    replicas = len(str(case.settings.get("device_ids", "")).split(", "))
    if layout is None or x is None or layout.rank != x.ndim or replicas < 2 or "dim" not in case.settings:
        return ()
    axis, batch = case.setting("dim") % x.ndim, layout.index("batch", x.ndim)
    if batch is None or batch == axis:
        return ()
    is_time = layout.index("seq", x.ndim) == axis
    what = "time" if is_time else f'the axis "{layout.names[axis]}"'
    dim = f"dim={case.setting('dim')}"
    share = -(-x.shape[axis] // replicas)
    rows = (
        AxisRow("input", tuple(map(str, x.shape))),
        AxisRow("declared", tuple(layout.names), f'"{layout}"'),
        AxisRow("DataParallel", tuple("batch" if at == axis else "" for at in range(x.ndim)), dim),
    )
    effect = f"every replica gets all samples, and up to {share} of their {x.shape[axis]} steps: its memory starts anew"
    found = case.make(
        "BF409", f"DataParallel splits {what} among its {replicas} replicas, not the samples", label=f"input: {x}",
        table=AxisTable(rows, (axis,), "split here"),
        effects=(effect,) if is_time else (),
        evidence=[seen(f'the input is declared "{layout}"', "declared"),
                  seen(f"{dim}: axis {axis} is cut into {replicas} parts", "contract")],
        fix=f"split the batch: nn.DataParallel(model, dim={batch}), or DistributedDataParallel, which splits nothing",
        notes=("all arguments are split along this axis: a state (layers, batch, hidden) has its batch on axis 1",),
    )  # fmt: skip
    return (found,)
