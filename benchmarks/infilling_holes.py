"""Holes in real files: what an editor would ask, with the answer known, and the repository that it is asked in.

Four kinds: the rest of a line ("tail"), a whole line, the body of a block of 2 to 8 lines, and the arguments of a
call. Only files are read; nothing of the answer is in a request.
"""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from completion.evaluate import holes as line_holes
from completion.evaluate import repository
from completion.evaluate.repository import Source
from completion.syntax import languages
from completion.syntax.languages import Language
from completion.syntax.tree import TreeStore
from completion.types import CompletionRequest, Document, Trigger
from training import arguments, shards

Kind = Literal["tail", "line", "block", "argument"]

KINDS: tuple[Kind, ...] = ("tail", "line", "block", "argument")
SHARES: Mapping[Kind, float] = {"tail": 0.35, "line": 0.25, "block": 0.2, "argument": 0.2}
"""Of a language's holes, as far as it has each kind."""

FEWEST = 40
"""A language with fewer holes is left out, and it is said."""

MOST_OF_A_FILE = 25
"""Holes for each file of a language: more of the same few files would only seem to be more."""

BLOCK_LINES = range(2, 9)
_TRIES = 300
_IDS = {"shell": "shellscript", "make": "makefile"}


@dataclass(frozen=True, slots=True)
class Repository:
    """Files of one repository by their paths below its root; `root` is None where they stand in no folder yet."""

    name: str
    root: Path | None
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Hole:
    """A cursor between `prefix` and `suffix`, which are the whole file but for `answer`."""

    repository: str
    path: str
    language: str
    kind: Kind
    prefix: str
    answer: str
    suffix: str

    def request(self, trigger: Trigger = Trigger.INVOKED) -> CompletionRequest:
        """What an editor would ask here."""
        before = self.prefix.encode()
        return CompletionRequest(
            Document(self.path, self.language, before + self.suffix.encode()), len(before), trigger
        )

    def original(self) -> Document:
        """The file as it was."""
        return Document(self.path, self.language, (self.prefix + self.answer + self.suffix).encode())


@dataclass(frozen=True, slots=True)
class Material:
    """Holes in a random order that is the same for the same seed, and why some languages have none or fewer."""

    repositories: tuple[Repository, ...]
    holes: tuple[Hole, ...]
    remarks: tuple[str, ...]


def of_corpus(folder: Path) -> tuple[Repository, ...]:
    """The held-out packages of a training corpus. Raises `OSError`."""
    found = defaultdict[str, list[Source]](list)
    for source in shards.read(folder / shards.HELDOUT):
        language = _language_of(source.path, source.language)
        if language and 0 < len(source.text) <= repository.LARGEST_BYTES:
            found[source.package].append(Source(source.path, language, source.text))
    return tuple(Repository(name, None, tuple(sources)) for name, sources in sorted(found.items()))


def of_folder(folder: Path, seed: int) -> Repository:
    """A checkout. Raises `InputError`."""
    return Repository(folder.resolve().name, folder.resolve(), repository.gather(folder, seed=seed).sources)


def punch(repositories: Sequence[Repository], count: int, seed: int) -> Material:
    """`count` holes, an equal number for each language as far as there are so many."""
    chance = random.Random(seed)
    by_language = defaultdict[str, list[Source]](list)
    places = dict[str, tuple[str, str]]()
    for each in repositories:
        for source in each.sources:
            # Two repositories may have a file of the same name.
            where = f"{each.name}/{source.path}"
            places[where] = each.name, source.path
            by_language[source.language].append(Source(where, source.language, source.text))
    found, remarks = dict[str, list[Hole]](), list[str]()
    # Those with the least material first: what they lack is left to the others.
    order = sorted(by_language, key=lambda language: sum(len(source.text) for source in by_language[language]))
    left = count
    for number, language in enumerate(order):
        wanted = left // (len(order) - number)
        some = _of_language(by_language[language], min(wanted, MOST_OF_A_FILE * len(by_language[language])), chance)
        if len(some) < min(FEWEST, wanted):
            remarks.append(f"{language}: only {len(some)} holes, left out")
            continue
        if len(some) < wanted:
            remarks.append(f"{language}: only {len(some)} of {wanted} holes")
        missing = [kind for kind in KINDS if not any(hole.kind == kind for hole in some)]
        if missing:
            remarks.append(f"{language}: no holes of kind {', '.join(missing)}")
        found[language] = some
        left -= len(some)
    holes = [_placed(hole, *places[hole.path]) for some in found.values() for hole in some]
    chance.shuffle(holes)
    return Material(tuple(repositories), tuple(holes), tuple(remarks))


def counts(material: Material) -> dict[str, Any]:
    """Holes by language and by kind."""
    return {
        "language": dict(sorted(Counter(hole.language for hole in material.holes).items())),
        "kind": {kind: sum(hole.kind == kind for hole in material.holes) for kind in KINDS},
    }


def _of_language(sources: Sequence[Source], count: int, chance: random.Random) -> list[Hole]:
    row = languages.find(sources[0].language)
    wanted = {kind: round(share * count) for kind, share in SHARES.items()}
    trees = TreeStore()
    blocks = _gather(sources, wanted["block"], chance, lambda source: _block(source, row, chance)) if row else []
    calls = _gather(sources, wanted["argument"], chance, lambda one: _call(one, trees, chance)) if row else []
    whole = count - len(blocks) - len(calls)
    part = wanted["line"] / max(1, wanted["line"] + wanted["tail"])
    # A third of these stand at the start of a line: as many as give enough of both kinds.
    pool = line_holes.punch(sources, 3 * whole, chance.randrange(1 << 30))
    lines = [_of_line(hole) for hole in pool if hole.kind == "line start"][: round(part * whole)]
    tails = [_of_line(hole) for hole in pool if hole.kind != "line start"][: whole - len(lines)]
    return [*tails, *lines, *blocks, *calls]


def _of_line(hole: line_holes.Hole) -> Hole:
    kind: Kind = "line" if hole.kind == "line start" else "tail"
    return Hole("", hole.path, hole.language, kind, hole.prefix, hole.answer, hole.suffix)


def _placed(hole: Hole, name: str, path: str) -> Hole:
    return Hole(name, path, hole.language, hole.kind, hole.prefix, hole.answer, hole.suffix)


def _gather(
    sources: Sequence[Source], count: int, chance: random.Random, make: Callable[[Source], Hole | None]
) -> list[Hole]:
    found, failed = dict[tuple[str, int], Hole](), 0
    while len(found) < count and failed < _TRIES:
        hole = make(chance.choice(sources))
        place = (hole.path, len(hole.prefix)) if hole is not None else None
        if hole is None or place in found:
            failed += 1
            continue
        failed = 0
        found[hole.path, len(hole.prefix)] = hole
    return list(found.values())


def _block(source: Source, row: Language, chance: random.Random) -> Hole | None:
    """The body below a random line that opens a block, as far as it is indented more."""
    lines = source.text.split("\n")
    heads = [number for number, line in enumerate(lines[:-1]) if _opens(line, row)]
    if not heads:
        return None
    head = chance.choice(heads)
    column, end, written = _column(lines[head]), head + 1, 0
    if not lines[end].strip():
        return None
    while end < len(lines) and (not lines[end].strip() or _column(lines[end]) > column):
        written += bool(lines[end].strip())
        end += 1
    while not lines[end - 1].strip():
        end -= 1
    if written not in BLOCK_LINES or lines[head + 1].lstrip().startswith(row.comment):
        return None
    body = "\n".join(lines[head + 1 : end])
    answer = body.lstrip()
    prefix = "\n".join(lines[: head + 1]) + "\n" + body[: len(body) - len(answer)]
    return Hole("", source.path, source.language, "block", prefix, answer, source.text[len(prefix) + len(answer) :])


def _opens(line: str, row: Language) -> bool:
    written = line.rstrip()
    if not written or written.lstrip().startswith(row.comment):
        return False
    if row.block_openers and written.endswith(row.block_openers):
        return True
    return bool(row.block_line) and re.search(row.block_line, written) is not None


def _call(source: Source, trees: TreeStore, chance: random.Random) -> Hole | None:
    """The arguments of a random call on one line."""
    found = arguments.pick(source.path, source.language, source.text, trees, chance)
    return Hole("", source.path, source.language, "argument", *found) if found is not None else None


def _column(line: str) -> int:
    expanded = line.expandtabs(8)
    return len(expanded) - len(expanded.lstrip())


def _language_of(path: str, name: str) -> str:
    """The LSP language id; "" for what is a mixture of formats."""
    row = languages.of_path(path)
    if row is not None:
        return row.id
    found = languages.find(name)
    return found.id if found is not None else "" if name == "config" else _IDS.get(name, name)
