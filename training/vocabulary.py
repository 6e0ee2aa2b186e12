"""The embedded model's vocabulary: text to ids and back, byte for byte.

A SentencePiece BPE model of 16 384 pieces: newlines never merge (a single line ends at one token),
digits stand alone, unknown characters fall back to bytes. Control tokens cannot be spelt by text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

import sentencepiece

from training.controls import NAMES, Controls

SHIPPED = Path(__file__).parent / "vocabulary" / "spm-16384.model"
PAD_MULTIPLE = 64
SPACE = "\u2581"
"""SentencePiece's sign for a blank. Text that contains the sign itself comes back with a blank."""


class Vocabulary:
    """A loaded vocabulary. Raises `ValueError` if the file lacks a control token."""

    def __init__(self, path: Path = SHIPPED) -> None:
        self.path = path
        self.pieces = sentencepiece.SentencePieceProcessor(model_file=str(path))
        ids = {role: self.pieces.piece_to_id(name) for role, name in NAMES.items()}
        missing = [NAMES[role] for role, number in ids.items() if not self.pieces.is_control(number)]
        if missing:
            raise ValueError(f"{path}: no control token {', '.join(missing)}")
        self.controls = Controls(**ids)

    @property
    def size(self) -> int:
        return int(self.pieces.vocab_size())

    @property
    def padded_size(self) -> int:
        """Rows of the embedding: the size rounded up, so that every kernel likes it."""
        return -(-self.size // PAD_MULTIPLE) * PAD_MULTIPLE

    @property
    def digest(self) -> str:
        """SHA-256 of the vocabulary file, which checkpoints record."""
        return hashlib.sha256(self.path.read_bytes()).hexdigest()

    def encode(self, text: str) -> list[int]:
        """Ids of `text`; nothing is added, and no control token can come out."""
        ids: list[int] = self.pieces.encode(text)
        return ids

    def decode(self, ids: Iterable[int]) -> bytes:
        """The bytes that `ids` spell; control tokens spell nothing."""
        return b"".join(self.spelling[number] for number in ids)

    @cached_property
    def spelling(self) -> tuple[bytes, ...]:
        """The bytes of every id below `padded_size`."""
        return tuple(self._spell(number) for number in range(self.padded_size))

    def _spell(self, number: int) -> bytes:
        if number >= self.size or self.pieces.is_control(number) or self.pieces.is_unknown(number):
            return b""
        piece: str = self.pieces.id_to_piece(number)
        if self.pieces.is_byte(number):
            return bytes([int(piece[3:-1], 16)])
        return piece.replace(SPACE, " ").encode()
