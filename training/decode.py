"""Greedy decoding as the engine does it: key-value cache, token healing, nothing of the answer visible.

Healing drops the last token before the cursor and lets only tokens through that spell its text
again; the boundary comes from the prefix alone. One generation at a time, on one thread or more.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from training.layouts import LAYOUTS, PARTS, Example, header, to_ids
from training.model import Cache, LanguageModel, empty_cache
from training.vocabulary import Vocabulary

LONGEST_ANSWER = 48
HEADER_TOKENS = 12


@dataclass(frozen=True, slots=True)
class Question:
    """Ids up to where the answer begins, and the bytes that it has to begin with (not part of the answer)."""

    ids: tuple[int, ...]
    required: bytes = b""


def ask(example: Example, vocabulary: Vocabulary, context: int, *, healed: bool) -> Question:
    """The question of an example (its answer is not looked at), cut to leave room for an answer in `context`."""
    head = to_ids(header(example.path, example.repository), vocabulary)
    head = head if len(head) <= HEADER_TOKENS else []
    order = LAYOUTS[example.layout]
    room = context - LONGEST_ANSWER - len(head) - len(order)
    after = vocabulary.encode(example.suffix)[: room // 4] if "S" in order else []
    before, required = vocabulary.encode(example.prefix), b""
    if healed and before and vocabulary.spelling[before[-1]] != b"\n":
        required = vocabulary.spelling[before.pop()]
    before = before[-(room - len(after)) :]
    ids = head
    for part in order:
        if part in PARTS:
            ids = ids + (after if part == "S" else before if part != "M" else [])
        elif part != "end":
            ids = [*ids, getattr(vocabulary.controls, part)]
    return Question(tuple(ids), required)


class Decoder:
    """A model with the cache of its last question, reused as far as the next one begins alike."""

    def __init__(self, model: LanguageModel, vocabulary: Vocabulary) -> None:
        self.model, self.vocabulary = model.eval(), vocabulary
        self._cache: Cache = empty_cache(model.shape)
        self._seen: list[int] = []
        self._allowed: dict[bytes, torch.Tensor] = {}

    @torch.no_grad()
    def line(self, question: Question, limit: int = LONGEST_ANSWER) -> str:
        """The greedy answer up to a newline, a control token or `limit` tokens."""
        text, need = b"", question.required
        fresh = list(question.ids)
        for _ in range(limit):
            logits = self._feed(fresh)
            if need:
                allowed = self._spelling(need)
                pick = int(allowed[logits[allowed].argmax()])
            else:
                pick = int(logits.argmax())
            piece = self.vocabulary.spelling[pick]
            if not piece:
                break
            taken = min(len(need), len(piece))
            need, text = need[taken:], text + piece[taken:]
            if b"\n" in text:
                break
            fresh = [*fresh, pick]
        return text.split(b"\n")[0].decode("utf-8", "replace")

    @torch.no_grad()
    def ids(self, prompt: list[int], count: int) -> list[int]:
        """The `count` greedy ids after `prompt`, whatever they are."""
        out: list[int] = []
        for _ in range(count):
            out.append(int(self._feed(prompt + out).argmax()))
        return out

    def _feed(self, ids: list[int]) -> torch.Tensor:
        # The last token is always fed again: its logits are what is asked for.
        shared = 0
        for old, new in zip(self._seen, ids[:-1], strict=False):
            if old != new:
                break
            shared += 1
        self._cache = [(keys[:, :, :shared], values[:, :, :shared]) for keys, values in self._cache]
        logits = self.model.logits(torch.tensor([ids[shared:]]), self._cache)[0]
        self._seen = list(ids)
        return logits

    def _spelling(self, need: bytes) -> torch.Tensor:
        found = self._allowed.get(need)
        if found is None:
            pieces = enumerate(self.vocabulary.spelling)
            fitting = [
                number for number, piece in pieces if piece and (piece.startswith(need) or need.startswith(piece))
            ]
            found = self._allowed[need] = torch.tensor(fitting)
        return found
