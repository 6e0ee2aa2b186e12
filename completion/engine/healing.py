"""Segments become ids: token healing and the stop strings. Pure functions and one small state.

Token healing: the text up to the cursor is tokenized, its last token (and what belongs to the same
word) is dropped, and generation must begin by spelling that text again; the model then chooses the
tokens that it would have chosen had the text gone on. Without it a model sees token boundaries that
its training hardly contains.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from completion.engine.engine import Token
from completion.errors import EngineRejected
from completion.types import Prompt, Text

_MOST_DROPPED = 12


@dataclass(frozen=True, slots=True)
class Rendered:
    """The ids of a prompt, the text that generation must repeat first, and how many tokens it was."""

    ids: tuple[int, ...]
    left_over: str
    dropped: int


def render(prompt: Prompt, tokenize: Callable[[str], Sequence[Token]], controls: Mapping[str, int]) -> Rendered:
    """All segments as ids. Raises `EngineRejected` for a control token that the model does not have."""
    ids: list[int] = []
    left_over, dropped = "", 0
    for part in prompt.segments:
        if not isinstance(part, Text):
            if part.token not in controls:
                raise EngineRejected(f"{part.token!r} is not a control token of this model.")
            ids.append(controls[part.token])
            continue
        tokens = tokenize(part.text) if part.text else ()
        if part.heal and not prompt.grammar:
            whole = len(tokens)
            tokens, left_over = split_last(tokens)
            dropped = whole - len(tokens)
        ids.extend(token.id for token in tokens)
    if not ids and left_over:
        raise EngineRejected("the prompt is empty after healing.")
    if not ids:
        raise EngineRejected("the prompt is empty.")
    return Rendered(tuple(ids), left_over, dropped)


def split_last(tokens: Sequence[Token]) -> tuple[Sequence[Token], str]:
    """Tokens up to the word at the cursor, and the text of those dropped.

    At least the last token is dropped, and with it the rest of the word that it belongs to and the
    blanks before that word: vocabularies hold words as one token, often together with their blanks.
    Nothing is dropped at a line's start, and a character that spans tokens is dropped whole.
    """
    dropped, keep = b"", len(tokens)
    for token in reversed(tokens[-_MOST_DROPPED:]):
        if token.piece.endswith(b"\n") or (dropped and not _belongs(token.piece, dropped)):
            break
        dropped, keep = token.piece + dropped, keep - 1
    while keep < len(tokens):
        try:
            return tokens[:keep], dropped.decode("utf-8")
        except UnicodeDecodeError:
            # The limit fell into a character: that one stays.
            dropped, keep = dropped[len(tokens[keep].piece) :], keep + 1
    return tokens, ""


def _belongs(piece: bytes, dropped: bytes) -> bool:
    """Whether the token before the dropped text is dropped too."""
    if _is_continuation(dropped[0]):
        return True
    if not piece.strip(b" \t"):
        return not dropped[:1].isspace()
    return _is_word(piece[-1]) and _is_word(dropped[0])


def _is_continuation(byte: int) -> bool:
    return 0x80 <= byte < 0xC0


def _is_word(byte: int) -> bool:
    return byte >= 0x80 or chr(byte).isalnum() or byte == ord("_")


class StopFilter:
    """Lets text through up to a stop string; holds back what may be the beginning of one."""

    def __init__(self, stops: Sequence[str], skip: int = 0) -> None:
        self._stops = tuple(stops)
        self._skip = skip
        self._held = ""
        self.stopped = False

    def swallows(self, text: str) -> bool:
        """Whether nothing of `text`, which comes next, belongs to the answer."""
        return len(text) <= self._skip

    def feed(self, text: str) -> str:
        """The text that may be shown now. The first `skip` characters are swallowed."""
        if self.stopped:
            return ""
        if self._skip:
            swallowed = min(self._skip, len(text))
            self._skip -= swallowed
            text = text[swallowed:]
        text = self._held + text
        # The stop that is complete first counts, so that it does not matter in which parts the text comes.
        found = [(start + len(stop), start) for stop in self._stops if (start := text.find(stop)) >= 0]
        if found:
            self.stopped, self._held = True, ""
            return text[: min(found)[1]]
        keep = self._possible_start(text)
        self._held = text[len(text) - keep :] if keep else ""
        return text[: len(text) - keep]

    def flush(self) -> str:
        """What was held back and is no stop after all."""
        held, self._held = self._held, ""
        return held

    def _possible_start(self, text: str) -> int:
        """How many characters at the end of `text` could begin a stop string."""
        longest = max((len(stop) - 1 for stop in self._stops), default=0)
        for length in range(min(longest, len(text)), 0, -1):
            if any(stop.startswith(text[-length:]) for stop in self._stops):
                return length
        return 0
