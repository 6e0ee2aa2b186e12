"""Text to tokens, through the engine library's own listener, with what was asked before remembered.

At a key press one line has changed. Where the vocabulary keeps line breaks apart from everything else,
a text is its lines, and only new lines are asked for; that saves milliseconds at every key.

A text is tokenized as one that stands inside another: SentencePiece's blank in front is taken away (a template
says where it belongs). And plain text stays plain where the library would read a marker in it: vocabularies hold
some, such as DeepSeek-Coder's `<|EOT|>`, as tokens that were added by a user, which it looks for in every text.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from itertools import pairwise

from completion.engine.engine import Token
from completion.engine.listener import Listener

_KEPT_LINES, _KEPT_TEXTS = 4096, 64
_LONGEST_KEPT = 20_000
_BREAK = "\n"
# The bars are ASCII or U+FF5C. No token that text needs looks like this.
_MARKER = re.compile(rb"<(\||\xef\xbd\x9c).+(\||\xef\xbd\x9c)>", re.DOTALL)


class Tokenizer:
    """Plain text as tokens, special parsing off. `by_lines` says that no token holds a line break and more."""

    def __init__(self, listener: Listener, *, by_lines: bool) -> None:
        self._listener = listener
        self._by_lines = by_lines
        self._blank_first: bool | None = None
        self._known: OrderedDict[str, tuple[Token, ...]] = OrderedDict()
        # The listener's connection is for one caller at a time, and so is the memory.
        self._lock = threading.Lock()

    def tokenize(self, text: str) -> tuple[Token, ...]:
        """Tokens of plain text; nothing in it is taken for a control token."""
        with self._lock:
            parts = _lines(text) if self._by_lines else (text,)
            found = {part: self._known[part] for part in parts if part in self._known}
            missing = [part for part in dict.fromkeys(parts) if part not in found]
            if missing:
                found.update(self._ask_for(missing))
            self._remember(found)
        return tuple(token for part in parts for token in found[part])

    def control_candidates(self, name: str) -> tuple[tuple[Token, ...], tuple[Token, ...]]:
        """Tokens of `name` with special parsing, and without."""
        with self._lock:
            return self._ask(name, special=True), self._ask(name, special=False)

    def _remember(self, found: Mapping[str, tuple[Token, ...]]) -> None:
        for part, tokens in found.items():
            if len(part) <= _LONGEST_KEPT:
                self._known[part] = tokens
                self._known.move_to_end(part)
        while len(self._known) > (_KEPT_LINES if self._by_lines else _KEPT_TEXTS):
            self._known.popitem(last=False)

    def _ask_for(self, parts: Sequence[str]) -> dict[str, tuple[Token, ...]]:
        """All at once: every part but the last ends with a line break, so their tokens can be told apart."""
        ordered = sorted(parts, key=lambda part: not part.endswith(_BREAK))
        if len(ordered) == 1:
            return {ordered[0]: self._plain(ordered[0])}
        groups: list[list[Token]] = [[]]
        for token in self._plain("".join(ordered)):
            groups[-1].append(token)
            if token.piece == _BREAK.encode():
                groups.append([])
        if len(groups) < len(ordered):
            return {part: self._plain(part) for part in ordered}
        return {part: tuple(group) for part, group in zip(ordered, groups, strict=False)}

    def _plain(self, text: str) -> tuple[Token, ...]:
        tokens = self._inside(text)
        parts = without_markers(text, tokens)
        return tokens if len(parts) == 1 else tuple(token for part in parts for token in self._inside(part))

    def _inside(self, text: str) -> tuple[Token, ...]:
        if self._blank_first is None:
            self._blank_first = b"".join(token.piece for token in self._ask("a", special=False)).startswith(b" ")
        if not self._blank_first or not text:
            return self._ask(text, special=False)
        return after_break(self._ask(_BREAK + text, special=False))

    def _ask(self, text: str, *, special: bool) -> tuple[Token, ...]:
        if not text:
            return ()
        request = {"content": text, "add_special": False, "parse_special": special, "with_pieces": True}
        answer = self._listener.ask("POST", "/tokenize", request)
        return tuple(Token(token["id"], _piece_bytes(token["piece"])) for token in answer["tokens"])


def without_markers(text: str, tokens: Sequence[Token]) -> tuple[str, ...]:
    """`text` in parts, none of which holds a marker that `tokens`, which are of the whole, took for one token."""
    markers = {token.piece.decode("utf-8", "ignore") for token in tokens if _MARKER.fullmatch(token.piece)}
    if not markers:
        return (text,)
    names = "|".join(re.escape(marker) for marker in sorted(markers, key=len, reverse=True))
    cuts = [0, *(match.start() + 1 for match in re.finditer(f"(?={names})", text)), len(text)]
    return tuple(text[begin:end] for begin, end in pairwise(cuts))


def after_break(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """The tokens behind the first line break: those of a text that was asked for with one in front."""
    place = next((number for number, token in enumerate(tokens) if token.piece == _BREAK.encode()), -1)
    return tuple(tokens[place + 1 :])


def _lines(text: str) -> tuple[str, ...]:
    """Lines with their breaks; only the line feed is one (`str.splitlines` knows a dozen)."""
    lines = text.split(_BREAK)
    whole = [line + _BREAK for line in lines[:-1]]
    return (*whole, lines[-1]) if lines[-1] else tuple(whole)


def _piece_bytes(piece: str | list[int]) -> bytes:
    return piece.encode("utf-8") if isinstance(piece, str) else bytes(piece)
