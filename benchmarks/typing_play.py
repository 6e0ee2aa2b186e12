"""Plays traces through a policy: in natural rhythm, at full speed, and in two windows in turn.

In natural rhythm a key waits for nobody, and an answer counts until the next key. At full speed each key is pressed
as soon as the last one was answered. The first key in a document is apart from both: its answer is waited for.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from benchmarks.typing_lsp import LspWindow, Ours
from benchmarks.typing_policies import Answer, Generation, Policy, Window
from benchmarks.typing_traces import State, Trace, states

PATIENCE_SECONDS = 60.0
SETTLE_SECONDS = 1.0
LINE_TOKENS = 16
BLOCK = 6
"""Keys that one of two windows presses alone before the other has its turn."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key: when, the time until the next, and what was offered before that (None: nothing was answered).

    `matched` says that it is what the suggestion on the screen had begun with; `apart` that it is no key like the
    others: its document was just opened, or the window had to wait for its turn. `asked` is the request's number,
    which the policy knows; `tokens` are the prompt tokens evaluated from it until the next key, `background` those of
    them that were evaluated in preparation. `line16_ms` is the time until a line of 16 tokens would have been written
    at the pace of its generation, `decode16_ms` how much of it is the writing alone; 0 where that is not known.
    """

    trace: str
    index: int
    at: float
    gap_ms: float
    answer: Answer | None
    matched: bool
    apart: bool
    asked: int
    tokens: int = 0
    background: int = 0
    line16_ms: float = 0.0
    decode16_ms: float = 0.0

    @property
    def latency_ms(self) -> float:
        """From the key to the answer; infinite where there is none."""
        return (self.answer.at - self.at) * 1000 if self.answer is not None else float("inf")


@dataclass(frozen=True, slots=True)
class Section:
    """What was played, in order, and processor milliseconds of the engine and of the policy's own processes."""

    keys: tuple[Key, ...]
    engine_ms: float = 0.0
    client_ms: float = 0.0

    @property
    def plain(self) -> list[Key]:
        """All keys but those that are apart."""
        return [key for key in self.keys if not key.apart]


def natural(policy: Policy, traces: Sequence[Trace]) -> Section:
    """In the traces' own rhythm."""
    window = policy.window()
    keys, engine, client = list[Key](), 0.0, 0.0
    for trace in traces:
        window.open(trace)
        before = (0.0, 0.0)
        for key in _pressed(window, trace, in_rhythm=True):
            keys.append(key)
            if key.apart:
                before = policy.engine_seconds(), policy.client_seconds()
        # What was begun for the last keys belongs to them.
        time.sleep(SETTLE_SECONDS)
        engine += policy.engine_seconds() - before[0]
        client += policy.client_seconds() - before[1]
    window.close()
    return Section(tuple(_known(policy, window, keys)), engine * 1000, client * 1000)


def full_speed(policy: Policy, traces: Sequence[Trace], seconds: float) -> Section:
    """Each key as soon as the last was answered, for about so long; every trace gets its share of the time.

    What the first key in a document takes does not count.
    """
    window = policy.window()
    keys = list[Key]()
    for trace in traces:
        window.open(trace)
        until = float("inf")
        for key in _pressed(window, trace, in_rhythm=False):
            keys.append(key)
            if key.apart:
                until = time.monotonic() + seconds / len(traces)
            elif time.monotonic() > until:
                break
    window.close()
    return Section(tuple(_known(policy, window, keys)))


def in_turn(policy: Policy, one: Sequence[Trace], other: Sequence[Trace], seconds: float) -> tuple[Section, Section]:
    """Two windows at full speed: a few keys in the one, a few in the other, then as many key by key in turn, and so on.

    Returns the keys that were pressed alone, less the first after each change, and those in turn.
    """
    windows = (policy.window(), policy.window())
    typists = [_typed(window, traces) for window, traces in zip(windows, (one, other), strict=True)]
    pressed = tuple([next(typist)] for typist in typists)
    alone, begun = {key.at for keys in pressed for key in keys}, time.monotonic()
    order = [*((number, place) for number in (0, 1) for place in range(BLOCK)), *((0, -1), (1, -1)) * BLOCK]
    for number, place in itertools.cycle(order):
        key = next(typists[number], None)
        if key is None or time.monotonic() > begun + seconds:
            break
        pressed[number].append(replace(key, apart=key.apart or place == 0))
        if place >= 0:
            alone.add(key.at)
    for window in windows:
        window.close()
    known = [key for number in (0, 1) for key in _answered(policy, windows[number], pressed[number])]
    keys = _counted(policy, known)
    return (
        Section(tuple(key for key in keys if key.at in alone)),
        Section(tuple(key for key in keys if key.at not in alone)),
    )


def _typed(window: Window, traces: Sequence[Trace]) -> Iterator[Key]:
    """One document after the other, at full speed."""
    for trace in traces:
        window.open(trace)
        yield from _pressed(window, trace, in_rhythm=False)


def _pressed(window: Window, trace: Trace, *, in_rhythm: bool) -> Iterator[Key]:
    """Press the keys of a trace whose document is open."""
    shown = ""
    for state in states(trace):
        matched = _goes_on(shown, trace, state)
        first = state.index == 0
        at, gap = time.monotonic(), trace.gaps[state.index]
        waiting = window.key(state)
        until = at + (gap / 1000 if in_rhythm and not first else PATIENCE_SECONDS)
        answer = window.answer(waiting, until)
        yield Key(trace.name, state.index, at, gap, answer, matched, first, waiting.number)
        if in_rhythm:
            end = time.monotonic() + gap / 1000 if first else until
            time.sleep(max(0.0, end - time.monotonic()))
        shown = answer.text if answer is not None else shown[len(trace.keys[state.index]) :] if matched else ""


def _goes_on(shown: str, trace: Trace, state: State) -> bool:
    key = trace.keys[state.index]
    return len(shown) > len(key) and shown.startswith(key)


def _known(policy: Policy, window: Window, keys: Sequence[Key]) -> list[Key]:
    return _counted(policy, _answered(policy, window, keys))


def _answered(policy: Policy, window: Window, keys: Sequence[Key]) -> list[Key]:
    """The keys with what our server's log says of their answers."""
    if not isinstance(policy, Ours) or not isinstance(window, LspWindow):
        return list(keys)
    completed = policy.completed(window, {key.asked: key.answer for key in keys if key.answer is not None})
    return [replace(key, answer=completed.get(key.asked)) for key in keys]


def _counted(policy: Policy, keys: Sequence[Key]) -> list[Key]:
    """The keys in order, with the prompt tokens that were evaluated because of them."""
    ordered, done = sorted(keys, key=lambda key: key.at), policy.generations()
    found = list[Key]()
    for key, end in zip(ordered, [*(key.at for key in ordered[1:]), float("inf")], strict=False):
        mine = [one for one in done if key.at <= one.begun < end]
        background = sum(one.prompt for one in mine if one.background)
        line, decode = _line_of(key, mine)
        tokens = sum(one.prompt for one in mine)
        found.append(replace(key, tokens=tokens, background=background, line16_ms=line, decode16_ms=decode))
    return found


def _line_of(key: Key, done: Sequence[Generation]) -> tuple[float, float]:
    """Milliseconds from the key to the 16th token, and those between that and none; zeros where nothing was written."""
    if key.answer is None or not key.answer.generated:
        return 0.0, 0.0
    for one in done:
        if not one.background and one.pace_ms and one.first <= key.answer.at:
            return (one.first - key.at) * 1000 + (LINE_TOKENS - 1) * one.pace_ms, LINE_TOKENS * one.pace_ms
    return 0.0, 0.0
