"""The tokenizer of a folder as model publishers lay it out, and whether our engine can serve the model in it.

Only tables are used: what would run code or render templates is not read. Knows nothing of how the weights are
evaluated.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from completion.engine.vocabulary import Vocabulary, after_break, bytes_of_piece, plain_ids
from completion.errors import ModelFileInvalid, ModelFileMissing
from completion.models import safetensors

_KNOWN_LAYERS = {"full_attention", "sliding_attention"}


class FolderTokenizer:
    """Text to ids; `encode` may give control ids for text that spells one, `ids` never does.

    A text is read as one that stands inside another: where a vocabulary puts a blank in front, it is taken away.
    """

    def __init__(self, vocabulary: Vocabulary, encode: Callable[[str], Sequence[int]]) -> None:
        self.vocabulary = vocabulary
        self.blank_first = any(vocabulary.pieces[number].startswith(b" ") for number in encode("a"))
        self._encode = encode

    def ids(self, text: str) -> list[int]:
        """Ids of plain text."""
        return plain_ids(text, self._inside, self.vocabulary.controls) if text else []

    def _inside(self, text: str) -> Sequence[int]:
        return after_break(text, self._encode, self.vocabulary.pieces) if self.blank_first else self._encode(text)


def check_model(folder: Path) -> None:
    """Check weights and config.json. Raises `ModelFileMissing` or `ModelFileInvalid`."""
    safetensors.check_folder(folder)
    layers = safetensors.read_config(folder).get("layer_types")
    strange = sorted({str(kind) for kind in layers} - _KNOWN_LAYERS) if isinstance(layers, list) else []
    if strange:
        raise ModelFileInvalid(
            f"{folder} has layers of the kind {strange[0]}, whose state cannot be taken back to an earlier token.",
            advice="Use a GGUF file of this model, which the engine llama loads.",
        )


def read_tokenizer(folder: Path, controls: Sequence[str], size: int) -> FolderTokenizer:
    """The tokenizer of a model with `size` rows of logits; `controls` are tokens that the catalogue names.

    Raises `ModelFileMissing` or `ModelFileInvalid`.
    """
    if (folder / "tokenizer.json").is_file():
        return _read_json(folder / "tokenizer.json", controls, size)
    if (folder / "tokenizer.model").is_file():
        return _read_pieces(folder / "tokenizer.model", controls, size)
    raise ModelFileMissing(
        f"{folder} has neither tokenizer.json nor tokenizer.model.", advice="Copy or download it again."
    )


def control_id(path: Path, vocabulary: Vocabulary, name: str) -> int:
    """The id of a control token. Raises `ModelFileInvalid` where the name is none."""
    if name in vocabulary.controls:
        return vocabulary.controls[name]
    raise ModelFileInvalid(
        f"{path}: {name!r} is not a control token of this vocabulary.",
        advice="The files are not the model that the catalogue describes.",
    )


def _read_json(path: Path, controls: Sequence[str], size: int) -> FolderTokenizer:
    """tokenizer.json without its markers.

    The library finds them in text, also those that are not flagged as special. What else is added (runs of blanks,
    letters) stays: it is text.
    """
    import tokenizers

    table = _json(path)
    added = [entry for entry in table.get("added_tokens") or () if isinstance(entry, dict)]
    try:
        kind = table["model"]["type"]
        markers = {str(entry["content"]): int(entry["id"]) for entry in added if _is_marker(entry, controls)}
        expected = _defuse(table, added, markers)
        tokenizer = tokenizers.Tokenizer.from_str(json.dumps(table))
    except Exception as error:  # the library raises a bare Exception
        raise _bad(f"{path} is not a tokenizer that can be read: {error}.") from error
    if kind not in ("BPE", "Unigram"):
        raise _bad(f"{path}: a vocabulary of the kind {kind} does not write text.")
    moved = next((name for name, number in expected.items() if tokenizer.token_to_id(name) != number), None)
    if moved is not None or not all(0 <= number < size for number in markers.values()):
        raise _bad(f"{path}: the added tokens are outside of the model's {size}, or not where they should be.")
    tokenizer.no_padding()
    tokenizer.no_truncation()
    by_bytes = any("ByteLevel" in json.dumps(table.get(part)) for part in ("pre_tokenizer", "decoder"))
    pieces = [b""] * size
    for piece, number in tokenizer.get_vocab().items():
        if number >= size:
            raise _bad(f"{path}: token {number} is outside of the model's {size}.")
        if number not in markers.values():
            pieces[number] = piece.encode() if piece in expected else _spelt(piece, by_bytes)
    return FolderTokenizer(
        Vocabulary(pieces, markers), lambda text: tokenizer.encode(text, add_special_tokens=False).ids
    )


def _defuse(table: dict[str, Any], added: Sequence[dict[str, Any]], markers: Mapping[str, int]) -> dict[str, int]:
    """Take the markers out of `table`, in place; the added tokens that are left, with the ids that they must keep.

    The library numbers added tokens as they come. One that is in the vocabulary proper can be left out; another keeps
    its place under a name that nobody can guess.
    """
    vocabulary = table["model"].get("vocab") or ()
    proper = set(vocabulary) if isinstance(vocabulary, dict) else {entry[0] for entry in vocabulary}
    kept: list[dict[str, Any]] = []
    for entry in added:
        if entry["content"] not in markers:
            kept.append(entry)
        elif entry["content"] not in proper:
            kept.append({**entry, "content": f"\ue000{secrets.token_hex(16)}"})
    table["added_tokens"] = kept
    return {str(entry["content"]): int(entry["id"]) for entry in kept}


def _is_marker(entry: Mapping[str, Any], controls: Sequence[str]) -> bool:
    name = str(entry["content"])
    framed = name.startswith(("<|", "<\uff5c")) and name.endswith(("|>", "\uff5c>"))
    return bool(entry.get("special")) or name in controls or framed


def _spelt(piece: str, by_bytes: bool) -> bytes:
    if not by_bytes:
        return bytes_of_piece(piece)
    if all(character in _BYTES for character in piece):
        return bytes(_BYTES[character] for character in piece)
    return piece.encode()


def _byte_table() -> dict[str, int]:
    """Byte-level vocabularies write each byte as a visible character (GPT-2, `bytes_to_unicode`)."""
    visible = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [byte for byte in range(256) if byte not in visible]
    return {chr(byte): byte for byte in visible} | {chr(256 + place): byte for place, byte in enumerate(hidden)}


_BYTES = _byte_table()


def _read_pieces(path: Path, controls: Sequence[str], size: int) -> FolderTokenizer:
    """tokenizer.model, SentencePiece's own file, read by SentencePiece itself."""
    import sentencepiece

    try:
        model = sentencepiece.SentencePieceProcessor(model_file=str(path))
    except (RuntimeError, OSError) as error:
        raise _bad(f"{path} is not a SentencePiece model.") from error
    count = int(model.vocab_size())
    if count > size:
        raise _bad(f"{path} has {count} tokens, the model only {size}.")
    pieces, markers = [b""] * size, dict[str, int]()
    for number in range(count):
        piece = str(model.id_to_piece(number))
        if model.is_control(number) or model.is_unknown(number):
            markers[piece] = number
        elif not model.is_unused(number):
            pieces[number] = bytes_of_piece(piece)
    for name, number in _added(path.parent, controls).items():
        if number < size:
            markers[name], pieces[number] = number, b""
    return FolderTokenizer(Vocabulary(pieces, markers), lambda text: list(model.encode(text)))


def _added(folder: Path, controls: Sequence[str]) -> dict[str, int]:
    """Markers that tokenizer_config.json adds to a SentencePiece vocabulary."""
    path = folder / "tokenizer_config.json"
    table = _json(path).get("added_tokens_decoder") if path.is_file() else None
    if not isinstance(table, dict):
        return {}
    return {
        str(entry["content"]): int(number)
        for number, entry in table.items()
        if isinstance(entry, dict) and str(number).isdigit() and "content" in entry and _is_marker(entry, controls)
    }


def _json(path: Path) -> dict[str, Any]:
    try:
        table = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ModelFileMissing(f"{path} does not exist.", advice="Copy or download the model again.") from None
    except (OSError, ValueError, RecursionError) as error:
        raise _bad(f"{path} is not valid JSON.") from error
    if not isinstance(table, dict):
        raise _bad(f"{path} is not a JSON object.")
    return table


def _bad(sentence: str) -> ModelFileInvalid:
    return ModelFileInvalid(sentence, advice="Copy or download the model again.")
