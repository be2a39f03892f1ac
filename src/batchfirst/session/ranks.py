"""The processes of one run: which of them this is, and one report of what all of them found."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from batchfirst.model.errors import UsageError
from batchfirst.model.finding import Finding
from batchfirst.model.report import Report, ReportBuilder
from batchfirst.render.report_json import report_from_json, report_json

fcntl: Any
try:
    import fcntl
except ImportError:  # Windows: ranks that end in the same moment are not kept apart there
    fcntl = None


@dataclass(frozen=True, slots=True)
class Process:
    """One of `size` processes, numbered from 0."""

    rank: int
    size: int


@dataclass(frozen=True, slots=True)
class Due:
    """What this process is to write, and where first; `whole`: it is the report of all. None: nothing is left to do."""

    report: Report | None
    first_to: str
    whole: bool


def this_process() -> Process | None:
    """This process as torch.distributed numbers it, else as torchrun does in RANK and WORLD_SIZE; None alone."""
    distributed = getattr(sys.modules.get("torch"), "distributed", None)
    if distributed is not None and distributed.is_available() and distributed.is_initialized():
        return Process(distributed.get_rank(), distributed.get_world_size())
    try:
        rank, size = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    except (KeyError, ValueError):
        return None
    return Process(rank, size) if 0 <= rank < size and size > 1 else None


def among_several() -> bool:
    """Whether this is one of several processes of one run."""
    process = this_process()
    return process is not None and process.size > 1


def ranked(finding: Finding) -> Finding:
    """The finding with this process's rank, where it is one of several."""
    process = this_process()
    return finding if process is None else replace(finding, rank=process.rank)


def forget(path: str) -> None:
    """Throw away what this rank wrote for a report at `path` in an earlier run that did not end well."""
    process = this_process()
    if process is not None:
        with suppress(OSError):
            _part(path, process.rank).unlink(missing_ok=True)


@contextmanager
def of_all_ranks(report: Report, path: str) -> Iterator[Due]:
    """What is to be written, and where before it takes the place of `path`, while no other rank here writes there.

    Alone, that is `report`. Among several, every rank puts its own part beside `path`, in the folder `path`.ranks, as
    JSON, and takes the parts that are there: so the last one writes the whole, no rank waits for another, and what was
    found is told even where a rank was killed. The folder goes when all parts are in. None where another rank has
    written the whole already. Where one rank raises, torchrun kills the others at any moment: a file that is not
    whole must not stand at `path` then.
    """
    process = this_process()
    if process is None or process.size == 1:
        yield Due(report, path, True)
        return
    mine, part = _of_rank(report, process.rank), _part(path, process.rank)
    try:
        part.parent.mkdir(exist_ok=True)
        partial = part.with_suffix(".partial")
        partial.write_text(report_json(mine), "utf-8", errors="backslashreplace")
        os.replace(partial, part)
    except OSError:
        yield Due(mine, path, False)  # whoever writes to `path` next will tell why that is not possible
        return
    with _alone(part.parent):
        if not part.exists():
            yield Due(None, path, False)
            return
        reports = {rank: found for rank in range(process.size) if (found := _read(_part(path, rank))) is not None}
        whole = len(reports) == process.size
        yield Due(_joined({**reports, process.rank: mine}, process.size), str(part.with_name("whole")), whole)
        if whole:
            shutil.rmtree(part.parent, ignore_errors=True)


def _part(path: str, rank: int) -> Path:
    return Path(f"{path}.ranks", f"{rank}.json")


def _read(part: Path) -> Report | None:
    try:
        return report_from_json(part.read_text("utf-8"))
    except (OSError, UsageError, UnicodeDecodeError):
        return None  # not there yet, or of another version's run


def _of_rank(report: Report, rank: int) -> Report:
    """The report with this rank as the one who met what nobody is named for."""
    builder = ReportBuilder()
    builder.merge(replace(report, findings=(), places=(), audits=(), who=report.who or "ranks"))
    for number, finding in enumerate(report.findings):
        builder.add(finding, *(report.met(number) or (f"rank {rank}",)))
    builder.audits = [replace(audit, name=f"{audit.name}, rank {rank}") for audit in report.audits]
    return builder.build()


def _joined(reports: dict[int, Report], size: int) -> Report:
    builder = ReportBuilder()
    for rank in sorted(reports):
        builder.merge(reports[rank])
    missing = [str(rank) for rank in range(size) if rank not in reports]
    if missing:
        ranks = f"rank {missing[0]}" if len(missing) == 1 else f"ranks {', '.join(missing)}"
        builder.remark(f"without {ranks} of {size}: not ended yet, or ended before a report could be written")
    return builder.build()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait until no other process of this machine is in here; where that cannot be had, go on without."""
    try:
        file = open(folder / "lock", "w")  # noqa: SIM115 - closed below, whether it could be locked or not
    except OSError:  # another rank has just written the whole
        yield
        return
    with file:
        if fcntl is not None:
            with suppress(OSError):
                fcntl.flock(file, fcntl.LOCK_EX)
        yield
