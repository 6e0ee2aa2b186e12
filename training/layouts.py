"""How an infilling example is laid out: the one place that knows the order of its parts.

`completion.prompt.fim` renders the same layouts for the editor, up to the cursor. With `P` before
the cursor, `S` after it and `M` the answer:

    psm            <|fim_prefix|>P<|fim_suffix|>S<|fim_middle|>M</s>
    spm            <|fim_suffix|>S<|fim_prefix|>P<|fim_middle|>M</s>
    contiguous     <|fim_suffix|>S<|fim_middle|>PM</s>     P and M tokenized as one text
    anchored       <|fim_prefix|>A<|fim_suffix|>S<|fim_middle|>TM</s>     P = AT, A ends at a line start
    left-to-right  PM</s>

in front of which may stand `<|repo_name|>NAME\\n`, other files as `<|file_sep|>PATH\\nTEXT`, and
`<|file_sep|>PATH\\n`. Pure: text and ids only. `tests/golden/prompt/frozen.toml` holds both sides to this.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import ceil
from typing import Literal, Protocol

from completion.types import Control, Segment, Text
from training.controls import NAMES, Controls

Layout = Literal["psm", "spm", "contiguous", "anchored", "left-to-right"]
Part = Literal["P", "S", "M", "PM", "A", "TM"]
Role = Literal["prefix", "suffix", "middle", "end"]

LAYOUTS: dict[Layout, tuple[Role | Part, ...]] = {
    "psm": ("prefix", "P", "suffix", "S", "middle", "M", "end"),
    "spm": ("suffix", "S", "prefix", "P", "middle", "M", "end"),
    "contiguous": ("suffix", "S", "middle", "PM", "end"),
    "anchored": ("prefix", "A", "suffix", "S", "middle", "TM", "end"),
    "left-to-right": ("PM", "end"),
}
PARTS = frozenset({"P", "S", "M", "PM", "A", "TM"})


class Encoder(Protocol):
    """What is needed of a vocabulary."""

    @property
    def controls(self) -> Controls: ...

    def encode(self, text: str) -> list[int]: ...


@dataclass(frozen=True, slots=True)
class Example:
    """One infilling example as text; a left-to-right example is all prefix where nothing is asked.

    `anchor` is where the frozen part of the prefix ends (characters, a line start; anchored layout only).
    `pieces` are (path, text) of other files of the repository.
    """

    layout: Layout
    prefix: str
    middle: str
    suffix: str = ""
    path: str = ""
    repository: str = ""
    anchor: int = 0
    pieces: tuple[tuple[str, str], ...] = ()


def header(path: str = "", repository: str = "", pieces: Iterable[tuple[str, str]] = ()) -> tuple[Segment, ...]:
    """The segments in front of an example; an empty name leaves its part out."""
    segments: list[Segment] = []
    if repository:
        segments += [Control(NAMES["repository"]), Text(repository + "\n")]
    for other, text in pieces:
        segments += [Control(NAMES["file"]), Text(f"{other}\n{text}")]
    if path:
        segments += [Control(NAMES["file"]), Text(path + "\n")]
    return tuple(segments)


def segments(example: Example) -> tuple[Segment, ...]:
    """The whole example, answer and end token included."""
    texts = _texts(example)
    body = tuple(Text(texts[part]) if part in PARTS else Control(NAMES[part]) for part in LAYOUTS[example.layout])
    return (*header(example.path, example.repository, example.pieces), *body)


def question(example: Example) -> tuple[Segment, ...]:
    """The example up to where the answer begins, with the token at the cursor to be healed."""
    texts = _texts(replace(example, middle=""))
    body: list[Segment] = []
    for part in LAYOUTS[example.layout]:
        if part in ("P", "PM", "TM"):
            body.append(Text(texts[part], heal=True))
        elif part in ("A", "S"):
            body.append(Text(texts[part]))
        elif part not in ("M", "end"):
            body.append(Control(NAMES[part]))
    return (*header(example.path, example.repository, example.pieces), *body)


def _texts(example: Example) -> dict[str, str]:
    prefix, middle = example.prefix, example.middle
    return {
        "P": prefix,
        "S": example.suffix,
        "M": middle,
        "PM": prefix + middle,
        "A": prefix[: example.anchor],
        "TM": prefix[example.anchor :] + middle,
    }


def to_ids(pieces: Iterable[Segment], vocabulary: Encoder) -> list[int]:
    """Ids of segments: each text on its own, controls as their one id. Healing is left to the caller."""
    numbers = {name: getattr(vocabulary.controls, role) for role, name in NAMES.items()}
    out: list[int] = []
    for piece in pieces:
        out += vocabulary.encode(piece.text) if isinstance(piece, Text) else [numbers[piece.token]]
    return out


def fit(example: Example, vocabulary: Encoder, room: int) -> list[int] | None:
    """Ids of the example in at most `room` tokens, the far ends of prefix and suffix trimmed.

    The answer and the text next to the cursor are never cut; None where even the answer and its
    markers need more than half of the room.
    """
    order = LAYOUTS[example.layout]
    head = to_ids(header(example.path, example.repository, example.pieces), vocabulary)
    free = room - len(head) - sum(part not in PARTS for part in order)
    texts = _texts(example)
    parts = {"S": vocabulary.encode(example.suffix)}
    if "PM" in order:
        joint = vocabulary.encode(texts["PM"])
        if "S" in order:
            parts["S"] = parts["S"][: max(0, free // 4)]
            free -= len(parts["S"])
        parts["PM"] = joint[max(0, len(joint) - free) :]
        answer = len(vocabulary.encode(example.middle))
    else:
        before, after = ("A", "TM") if "TM" in order else ("P", "M")
        parts |= {"P": vocabulary.encode(texts[before]), "M": vocabulary.encode(texts[after])}
        answer = len(parts["M"])
        _trim(parts, max(0, free - answer))
        parts |= {"A": parts["P"], "TM": parts["M"]}
    if answer > room // 2 or free < answer:
        return None
    controls = vocabulary.controls
    out = head
    for part in order:
        out = out + (parts[part] if part in PARTS else [getattr(controls, part)])
    return out


def _trim(parts: dict[str, list[int]], free: int) -> None:
    # Two thirds from the end of the suffix, the rest from the start of the prefix; each side keeps what it has up to
    # a quarter of the room.
    prefix, suffix = parts["P"], parts["S"]
    excess = len(prefix) + len(suffix) - free
    if excess <= 0:
        return
    least, most = min(len(suffix), free // 4), free - min(len(prefix), free // 4)
    kept = min(most, max(least, len(suffix) - ceil(excess * 2 / 3)))
    parts["S"] = suffix[:kept]
    parts["P"] = prefix[max(0, len(prefix) - (free - kept)) :]
