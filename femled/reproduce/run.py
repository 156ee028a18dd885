"""Rows of the claims table computed one after the other, or in several processes."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import groupby
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from time import perf_counter
from typing import Any

from femled.errors import FemledError, SetupError
from femled.files import write_whole
from femled.reproduce.claim import Claim

Row = dict[str, Any]


@dataclass(frozen=True)
class Computed:
    """A row and what it took.

    Args:
        row: JSON-ready.
        seconds: [s]
        picture: path of its picture, empty if none was wanted.
    """

    row: Row
    seconds: float
    picture: str = ""


def computed_rows(
    claims: Sequence[Claim],
    *,
    workers: int | None = None,
    pictures: str | None = None,
    said: Callable[[str], None] = lambda _: None,
) -> list[Row]:
    """The rows of some claims, in their order.

    Claims of one module share what they compute, and stay in one process. A claim that fails is a row of its own with
    the verdict "failed".

    Args:
        claims: to compute.
        workers: processes; as many as there are cores if not given. With one, everything happens in this process.
        pictures: folder for a picture of each claim; none are drawn if not given.
        said: hears a line about every row that is done.

    Raises:
        SetupError: something is missing on this machine.
        FemledError: a process was ended from outside.
    """
    groups = [list(members) for _, members in groupby(claims, key=lambda one: one.group or one.compute.__module__)]
    count = min(os.cpu_count() or 1 if workers is None else workers, len(groups))
    done: dict[str, Row] = {}
    stream = (
        _in_processes(groups, count, pictures)
        if count > 1
        else (computed(one, pictures) for members in groups for one in members)
    )
    for found in stream:
        row = found.row
        done[row["id"]] = row
        seen = f", {found.picture}" if found.picture else ""
        said(f"{row['id']:<4} {found.seconds:6.1f} s  {row['verdict']}  ({len(done)} of {len(claims)}){seen}")
    return [done[one.id] for one in claims]


def computed(claim: Claim, pictures: str | None = None) -> Computed:
    """One row.

    Args:
        claim: to compute.
        pictures: folder for its picture, if one is wanted.

    Raises:
        SetupError: something is missing on this machine.
    """
    begun = perf_counter()
    try:
        row = claim.row()
    except (SetupError, ImportError):
        raise
    except Exception as error:  # one row that fails must not take the others with it
        row = claim.failed_row(f"{type(error).__name__}: {error}")
    seconds = perf_counter() - begun
    return Computed(row, seconds, "" if pictures is None else _drawn(claim, row, Path(pictures)))


def _drawn(claim: Claim, row: Row, folder: Path) -> str:
    """The picture of a claim as a file; its path, or why there is none."""
    from femled.reproduce.pictures import picture_of

    image, path = BytesIO(), folder / f"{claim.id}.png"
    try:
        picture_of(claim, row).savefig(image, format="png")
        write_whole(path, image.getvalue())
    except Exception as error:  # a picture is no reason to lose a row
        return f"no picture: {error}"
    return str(path)


def _in_processes(groups: list[list[Claim]], count: int, pictures: str | None) -> Iterator[Computed]:
    """Rows as they come out of spawned processes, each of which takes the next group when it is free."""
    context = multiprocessing.get_context("spawn")  # a forked child would share the solvers' state
    waiting = [[one.id for one in members] for members in groups]
    processes: dict[Connection, SpawnProcess] = {}
    try:
        for _ in range(count):
            ours, theirs = context.Pipe()
            process = context.Process(target=_work, args=(theirs, pictures), daemon=True)
            process.start()
            theirs.close()
            processes[ours] = process
        busy = {connection: _next_group(connection, waiting) for connection in processes}
        while any(busy.values()):
            for ready in wait([connection for connection, ids in busy.items() if ids]):
                assert isinstance(ready, Connection)
                found = _received(ready, processes[ready], busy[ready])
                busy[ready].remove(found.row["id"])
                if not busy[ready]:
                    busy[ready] = _next_group(ready, waiting)
                yield found
    finally:
        for process in processes.values():
            process.terminate()
        for process in processes.values():
            process.join()


def _next_group(connection: Connection, waiting: list[list[str]]) -> list[str]:
    """Send the next group of ids to a process; the ids, none if there are no more."""
    ids = waiting.pop(0) if waiting else []
    connection.send(ids)
    return list(ids)


def _received(connection: Connection, process: SpawnProcess, ids: list[str]) -> Computed:
    try:
        found = connection.recv()
    except (EOFError, OSError):
        process.join()
        raise FemledError(
            f"the process that computed {ids[0]} ended with code {process.exitcode}: is memory short? try --workers 1"
        ) from None
    if isinstance(found, str):
        raise SetupError(found)
    assert isinstance(found, Computed)
    return found


def _work(connection: Connection, pictures: str | None) -> None:
    """Compute the groups of ids that arrive, until an empty one does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends its processes
    from femled.__main__ import die_with_parent
    from femled.reproduce.claims import claim

    die_with_parent()
    while ids := connection.recv():
        for name in ids:
            try:
                connection.send(computed(claim(name), pictures))
            except (SetupError, ImportError) as error:
                connection.send(str(error.__cause__ or error))
