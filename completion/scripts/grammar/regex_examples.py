"""Patterns that agree with a user's examples: found in every text that must match, and in none that must not.

The examples are cut into runs of digits, letters and single signs; each run may be written in several ways, from the
narrow to the wide, and what remains is tried. So a model that has to choose among them cannot contradict an example.
Whether a pattern is right for other texts, no example says. Knows `re` and no model.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice, product

MOST = 24
"""Patterns to choose from."""

LONGEST = 200
"""Characters of an example: the patterns are tried on them here, where nothing stops a slow one."""

_TRIED = 2_500
_EXAMPLES = 24
_LONGEST_CORE = 7
_RUNS = re.compile(r"[0-9]+|[A-Za-z]+|\s+|.", re.DOTALL)
_WORD_RUNS = re.compile(r"\w+|\s+|.", re.DOTALL)
# Numbers that mean something, by their number of digits; the narrow ones first.
_NUMBERS = {
    1: (),
    2: (r"(?:0[1-9]|1[0-2])", r"(?:0[1-9]|[12]\d|3[01])", r"(?:[01]\d|2[0-3])", r"[0-5]\d"),
    3: (r"(?:25[0-5]|2[0-4]\d|1?\d?\d)",),
}
_CLASSES = (
    *("[0-9]", "[a-z]", "[A-Z]", "[a-f0-9]", "[A-Fa-f0-9]", "[A-Za-z]", "[a-z0-9]", "[A-Z0-9]", "[A-Za-z0-9]", r"\w"),
    *("[a-z0-9-]", r"[\w.-]", r"[\w.+-]"),
)


def patterns(matching: Sequence[str], other: Sequence[str]) -> tuple[str, ...]:
    """At most `MOST` patterns that agree with all examples, the narrow ones first; none where none was found."""
    texts = [text for text in matching if text]
    if not texts or len(texts) + len(other) > _EXAMPLES or any(len(text) > LONGEST for text in (*texts, *other)):
        return ()
    found: dict[str, None] = {}
    for pattern in islice(_candidates(texts), _TRIED):
        if pattern not in found and _agrees(pattern, texts, other):
            found[pattern] = None
            if len(found) == MOST:
                break
    return tuple(found)


def _agrees(pattern: str, matching: Iterable[str], other: Iterable[str]) -> bool:
    compiled = re.compile(pattern)
    return all(map(compiled.search, matching)) and not any(map(compiled.search, other))


def _candidates(texts: Sequence[str]) -> Iterator[str]:
    """Patterns of the whole texts, the ones that must be all of a text first; then of parts of the first text."""
    whole = [islice(_of_runs([cut.findall(text) for text in texts]), _TRIED // 8) for cut in (_RUNS, _WORD_RUNS)]
    for pattern in chain(_in_turn(whole), _of_lists(texts)):
        yield f"^{pattern}$"
        yield rf"\b{pattern}\b" if pattern[0] in "\\[(" else pattern
        yield pattern
    runs = _RUNS.findall(texts[0])
    for length in range(min(_LONGEST_CORE, len(runs)), 0, -1):
        for at in range(len(runs) - length + 1):
            yield from islice(_of_runs([runs[at : at + length]]), 24)


def _of_runs(cut: Sequence[Sequence[str]]) -> Iterator[str]:
    """Patterns of texts that consist of the same number of runs."""
    if len({len(runs) for runs in cut}) != 1:
        return
    choices = [tuple(_of_run(runs)) for runs in zip(*cut, strict=True)]
    if all(choices):
        # The same way at all places first: of many places the product alone would only vary the last ones.
        for way in dict.fromkeys(way for ways in choices for way in ways):
            yield "".join(way if way in ways else ways[0] for ways in choices)
        yield from map("".join, product(*choices))


def _of_run(runs: Sequence[str]) -> Iterator[str]:
    """How the runs at one place can be written."""
    lengths = sorted({len(run) for run in runs})
    same = len(set(runs)) == 1
    if all(run.isspace() for run in runs):
        yield r"\s+"
        return
    if not runs[0][0].isalnum() and same:
        yield _literal(runs[0])
        return
    if same and runs[0].isalpha() and len(runs) > 1:
        yield _literal(runs[0])
    if all(run.isascii() and run.isdigit() for run in runs):
        yield from (number for length in lengths for number in _NUMBERS.get(length, ()))
    for kind in _CLASSES:
        if all(re.fullmatch(f"{kind}+", run) for run in runs):
            short = r"\d" if kind == "[0-9]" else kind
            if lengths[-1] > 1 or len(lengths) > 1:
                yield f"{short}{{{lengths[0]}}}" if len(lengths) == 1 else f"{short}{{{lengths[0]},{lengths[-1]}}}"
                yield f"{short}+"
            else:
                yield short
                yield f"{short}+"


def _of_lists(texts: Sequence[str]) -> Iterator[str]:
    """Patterns of texts that repeat one kind of part between separators, whatever their number."""
    signs = [sign for sign in dict.fromkeys("".join(texts)) if not (sign.isalnum() or sign.isspace() or sign == "_")]
    for sign, kind in product(signs[:6], _CLASSES[:10]):
        yield f"{kind}+(?:{_literal(sign)}{kind}+)*"
        yield f"{kind}+(?:{_literal(sign)}{kind}+)+"
    for kind in _CLASSES:
        yield f"{kind}+"


def _in_turn(sources: Sequence[Iterator[str]]) -> Iterator[str]:
    left = list(sources)
    while left:
        for source in list(left):
            pattern = next(source, None)
            if pattern is None:
                left.remove(source)
            else:
                yield pattern


def _literal(text: str) -> str:
    # `re.escape` writes a backslash before signs that mean nothing outside a class, too.
    return "".join("\\" + sign if sign in r".^$*+?{}[]\|()" else sign for sign in text)
