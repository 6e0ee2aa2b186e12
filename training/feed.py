"""Rows for each step, made ahead by other processes: the same rows in the same order however many there are.

Worker k of N makes the steps k, k + N, k + 2 N and so on. What a step holds follows from the stream's seed,
the rank and the step alone, so it does not matter who makes it. Workers know no torch: they are started
before a card is touched, share the loaded corpus with the trainer where processes can be forked, and end
with it.
"""

from __future__ import annotations

import copy
import gc
import multiprocessing
import signal
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

import numpy as np
from numpy.typing import NDArray

from training.data import Stream

AHEAD = 2
"""Steps that each worker is asked for before they are needed."""
CLOSING_SECONDS = 5.0

Rows = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Want:
    """What the rows of a step are to be: how many, of how many tokens, with which share of generated pairs."""

    rows: int
    context: int
    pairs: float


Take = Callable[[int, Want], Rows]
"""The ids of one step: (rows, context + 1). Raises `RuntimeError` where a worker failed."""


@contextmanager
def feeding(stream: Stream, rank: int = 0, workers: int = 0) -> Iterator[Take]:
    """A source of rows for one rank, with `workers` processes behind it or none."""
    if workers == 0:
        yield lambda step, want: make(stream, rank, step, want)
        return
    # A collection in a child would touch, and so copy, every page that it shares.
    gc.freeze()
    forks = "fork" in multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("fork") if forks else multiprocessing.get_context("spawn")
    ends: list[Connection] = []
    processes: list[BaseProcess] = []
    try:
        with warnings.catch_warnings():
            # Newer Pythons warn of forking beside threads; the children run Python and SentencePiece only.
            warnings.simplefilter("ignore", DeprecationWarning)
            for _ in range(workers):
                ours, theirs = context.Pipe()
                ends.append(ours)
                # A forked child has our ends too; while it held one, the end of the trainer would not be seen.
                inherited = tuple(ends) if forks else ()
                process: BaseProcess = context.Process(
                    target=_work, args=(stream, rank, theirs, inherited), daemon=True
                )
                process.start()
                theirs.close()
                processes.append(process)
        yield _asking(ends)
    finally:
        for end in ends:
            end.close()
        for process in processes:
            process.join(CLOSING_SECONDS)
            if process.is_alive():
                process.kill()
                process.join()


def make(stream: Stream, rank: int, step: int, want: Want) -> Rows:
    """The rows of one step, from this process."""
    fitting = copy.copy(stream)
    fitting.context = want.context
    fitting.mixture = replace(stream.mixture, pairs=want.pairs)
    return np.array(fitting.rows(step, want.rows, rank), np.int32)


def _asking(ends: list[Connection]) -> Take:
    asked: dict[int, Want] = {}

    def receive(step: int) -> Rows:
        del asked[step]
        try:
            found = ends[step % len(ends)].recv()
        except (EOFError, OSError) as error:
            raise RuntimeError(f"data worker {step % len(ends)} has died") from error
        if isinstance(found, str):
            raise RuntimeError(f"data worker {step % len(ends)} failed:\n{found}")
        rows: Rows = found
        return rows

    def take(step: int, want: Want) -> Rows:
        if any(other != want for other in asked.values()) or (asked and step not in asked):
            for made in sorted(asked):  # for another context, or from before a jump
                receive(made)
        for ahead in range(step, step + AHEAD * len(ends)):
            if ahead not in asked:
                ends[ahead % len(ends)].send((ahead, want))
                asked[ahead] = want
        return receive(step)

    return take


def _work(stream: Stream, rank: int, end: Connection, inherited: tuple[Connection, ...]) -> None:
    for other in inherited:
        other.close()
    # The trainer decides when work is over, by closing its end; a signal to all must not take the rows from it.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        while True:
            step, want = end.recv()
            try:
                end.send(make(stream, rank, step, want))
            except Exception:
                end.send(traceback.format_exc())
    except (EOFError, OSError):
        return
