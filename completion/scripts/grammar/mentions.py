"""What a request mentions that may stand in its script: numbers, words, quoted texts, names and images.

Knows no kind of script; whether a mention fits, the grammar of the kind says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_QUOTED = re.compile(r"\"([^\"\n]{1,80})\"|'([^'\n]{1,80})'|`([^`\n]{1,80})`")
_NUMBER = re.compile(r"(?<![\w.])\d{1,12}(?:\.\d{1,6})?(?![\w.]*\d)|(?<=\D)\d{1,12}(?=\D|$)")
_WORD = re.compile(r"[A-Za-z0-9_À-ɏ][A-Za-z0-9_.@:/+%À-ɏ-]*")
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_IMAGE = re.compile(
    r"(?<![\w./:@-])(?!localhost)(?:[a-z0-9.-]+(?::\d+)?/)*[a-z0-9][a-z0-9._-]*:[A-Za-z0-9][\w.-]*|(?<![\w./:@-])[a-z0-9.-]+\.[a-z]+/[a-z0-9][\w./-]*"
)
_SPOKEN = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
MOST = 40

# Words of the language that are no values and no names.
COMMON = frozenset(
    [
        "a",
        "an",
        "and",
        "any",
        "are",
        "as",
        "at",
        "be",
        "below",
        "but",
        "by",
        "do",
        "does",
        "each",
        "for",
        "from",
        "get",
        "give",
        "has",
        "have",
        "how",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "list",
        "make",
        "me",
        "more",
        "most",
        "my",
        "no",
        "not",
        "of",
        "off",
        "on",
        "one",
        "only",
        "or",
        "our",
        "out",
        "per",
        "put",
        "set",
        "so",
        "some",
        "such",
        "than",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "this",
        "those",
        "to",
        "up",
        "use",
        "using",
        "via",
        "was",
        "what",
        "when",
        "where",
        "which",
        "who",
        "whose",
        "will",
        "with",
        "without",
        "write",
        "you",
        "your",
        "all",
        "also",
        "now",
        "please",
        "should",
        "must",
        "can",
        "could",
        "would",
        "i",
        "we",
        "he",
        "she",
        "between",
        "over",
        "under",
        "above",
        "least",
        "create",
        "add",
        "show",
    ]
)


@dataclass(frozen=True, slots=True)
class Mentions:
    """Each without repetition, in the order of the request, at most `MOST`.

    `numbers` are digits as written, numbers said in words too; `words` are as written, without signs at their ends;
    `quoted` are texts in quotes; `names` could be names of hosts, services and objects (RFC 1123, no common word);
    `images` look like an image with a tag or a registry.
    """

    numbers: tuple[str, ...]
    words: tuple[str, ...]
    quoted: tuple[str, ...]
    names: tuple[str, ...]
    images: tuple[str, ...]


def of(request: str) -> Mentions:
    """The mentions of a request."""
    quoted = ["".join(found) for found in _QUOTED.findall(request)]
    words = [word.rstrip(".:/-") for word in _WORD.findall(request)]
    numbers = _NUMBER.findall(request) + [str(_SPOKEN.index(word.lower())) for word in words if word.lower() in _SPOKEN]
    images = [
        image.rstrip(".-:") for image in _IMAGE.findall(request) if not re.match(r"[\d.]+:\d+$|\w+:\d{4,5}$", image)
    ]
    names = [
        word for word in words if _NAME.fullmatch(word) and word not in COMMON and not word.isdigit() and len(word) < 50
    ]
    return Mentions(*(tuple(dict.fromkeys(found))[:MOST] for found in (numbers, words, quoted, names, images)))


def has(request: str, *words: str) -> bool:
    """Whether one of the words (patterns without sides) stands in the request, in any case."""
    return re.search(rf"\b(?:{'|'.join(words)})\b", request, re.I) is not None
