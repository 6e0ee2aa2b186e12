"""Texts without what a model should not learn by heart: licence notices off, addresses and keys masked.

Pure functions from text to text. A notice is taken out by paragraphs, so that the sentence about the module that
stands in the same comment or docstring stays. Knows languages by their names only, and no files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from training.marks import ADDRESS, KEY_BLOCK, SECRET

HEAD_LINES = 80
MASKED_ADDRESS = "user@example.com"
MASKED_KEY = "<redacted>"

# One of these makes a comment a notice.
NOTICE = re.compile(
    r"copyright\s*(\(c\)|©|&copy;|:|,|[12]\d{3}|by\b|the\b|holder|notice|and\b|\N{EN DASH}|-|\{)"
    r"|\(c\)\s*(copyright|[12]\d{3})|©"
    r"|:copyright:|@copyright|@licen[cs]e|:licen[cs]e:|^\W*licen[cs]ed?\s*[:=-]|spdx-|all rights reserved"
    r"|licensed (under|to|by|according)|unless required by|permission is hereby|permission to use, copy"
    r"|redistribution and use|(file|work) except in compliance"
    r"|under the terms (of|and)|released under|distributed under|subject to the terms|(is|was|are) licensed"
    r"|governed by|see (the )?(accompanying )?(file )?[\"'`]?(licen[cs]e|copying|notice)\b"
    r"|placed in(to)? the public domain"
    r"|\b(mit|bsd|apache|isc)[- ](style )?licen[cs]e|licen[cs]e (text|information|terms|file)|^\W*@preserve",
    re.IGNORECASE | re.MULTILINE,
)
# These belong to a notice where one has begun; alone they say little.
SEQUEL = re.compile(
    r"copyright|licen[cs]e|warrant(y|ies)|redistribut|as is\b|without limitation|merchantab|infringement|liab(le|ility)"
    r"|damages|endorse or promote|contributors?\b|hereby|provided that|software is furnished|apache\.org"
    r"|opensource\.org|conditions are met|notice\b|obtain a copy|conveys? |permitted|file except in compliance",
    re.IGNORECASE,
)
# A file that still holds one of these after cleaning carries a licence in its code or data, and is left out.
LICENCE_TEXT = re.compile(
    r"permission\W+is\W+hereby\W+granted,?\W+free|redistribution\W+and\W+use\W+in\W+source"
    r"|unless\W+required\W+by\W+applicable\W+law|gnu\W+(lesser\W+|affero\W+)?general\W+public\W+licen[cs]e"
    r"|permission\W+to\W+use,\W+copy,\W+modify|subject\W+to\W+the\W+terms\W+of\W+the\W+mozilla"
    r"|without\W+warranty\W+of\W+any\W+kind|without\W+warranties\W+or\W+conditions",
    re.IGNORECASE,
)
# A file under another licence than its package, by its own head.
FOREIGN = re.compile(
    r"gnu\W+(lesser\W+|affero\W+|library\W+)?general\W+public|\b[al]?gpl(v?[23]|-[23])|mozilla\W+public\W+licen"
    r"|cc[- ]by[- ](nc|sa|nd)|creative\W+commons\W+attribution"
    r"|spdx-license-identifier:\W*(([al]?gpl|mpl|cc-by|eupl|epl)\b)"
    r"|(proprietary|confidential) (and|information|software)",
    re.IGNORECASE,
)

LINE_SIGNS = {
    "python": ("#",), "shell": ("#",), "yaml": ("#",), "dockerfile": ("#",), "make": ("#",), "config": ("#", ";"),
    "typescript": ("//",), "javascript": ("//",), "sql": ("--",), "markdown": (), "json": (),
}  # fmt: skip
BLOCK_SIGNS = {
    "python": (('"""', '"""'), ("'''", "'''"), ('r"""', '"""')),
    "typescript": (("/*", "*/"),), "javascript": (("/*", "*/"), ("<!--", "-->")), "sql": (("/*", "*/"), ("{#", "#}")),
    "markdown": (("<!--", "-->"),), "yaml": (("{#", "#}"),),
}  # fmt: skip
PRAGMA = re.compile(r"^#!|^#.*\bcoding[:=]|^// ?@ts-|^/// ?<|^# ?(type|ruff|mypy|pylint|shellcheck|syntax)[:=]")
DECORATION = re.compile(r"[\s*#/;\-=~_+<>!|.\"'{}%]*")
BLANK = re.compile(r"\s*([#*;]|//|--)?\s*")
AUTHOR = re.compile(
    r"((?:authors?|maintainers?|contributors?|contact|written|created|developed)(?![A-Za-z])[^<(\[]*?)[ \t]*"
    r"[<(\[]" + ADDRESS.pattern + r"[>)\]]",
    re.IGNORECASE,
)
# Lower-case parts of what the long patterns find.
NOTICE_SIGNS = (
    "copyright", "licen", "\xa9", "(c)", "spdx", "reserved", "permission", "redistribut", "public domain", "released",
    "governed", "under the terms", "@preserve", "distributed", "subject to",
    "unless required", "in compliance", "see the", "see copying", "see notice",
)  # fmt: skip
LICENCE_SIGNS = ("hereby", "redistribution", "applicable", "gnu", "to use, copy", "mozilla", "warrant")
FOREIGN_SIGNS = ("gpl", "gnu", "mozilla", "cc-by", "cc by", "creative", "spdx", "proprietary", "confidential")
KEY_SIGNS = ("eyJ", "AKIA", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "xox", "sk-")
SHORT_LINE = 120
LICENCE_HEADING = re.compile(r"(?im)^(#{1,6})[ \t]+.*\b(licen[cs](e|es|ing)|copyright)\b.*$")
LICENCE_TITLE = re.compile(r"(?im)^.*\b(licen[cs](e|es|ing)|copyright)\b.*\n([=~^*\-])\3{2,}[ \t]*$")


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A text after cleaning: whether a notice was taken out, and how many strings were masked."""

    text: str
    notice: bool
    masked: int


def clean(text: str, language: str) -> Cleaned:
    """Notices off, then addresses and keys masked. Doing it twice changes nothing."""
    bare = without_notices(text, language)
    hidden, count = masked(bare)
    return Cleaned(hidden, bare != text, count)


def masked(text: str) -> tuple[str, int]:
    """Addresses and key-like strings replaced, and how many; an author's line loses its address."""
    count = 0
    if "PRIVATE KEY" in text:
        text, count = KEY_BLOCK.subn(MASKED_KEY, text)
    # Cheap looks first: the patterns are tried at every character.
    keys = any(sign in text for sign in KEY_SIGNS)
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if "@" in line:
            line, found = AUTHOR.subn(r"\1", line)
            line, other = ADDRESS.subn(MASKED_ADDRESS, line)
            count += found + other
            lines[number] = line
        if keys or len(line) > SHORT_LINE:
            lines[number], found = SECRET.subn(MASKED_KEY, line)
            count += found
    return ("\n".join(lines), count) if count else (text, 0)


def foreign(text: str) -> bool:
    """Whether the head of a file names a licence that is not permissive."""
    return _holds("\n".join(text.split("\n", HEAD_LINES)[:HEAD_LINES]), FOREIGN_SIGNS, FOREIGN)


def licence_text(text: str) -> bool:
    """Whether a text holds sentences of a licence, in whatever part of it."""
    return _holds(text, LICENCE_SIGNS, LICENCE_TEXT)


def _holds(text: str, signs: tuple[str, ...], pattern: re.Pattern[str]) -> bool:
    lowered = text.lower()
    return any(sign in lowered for sign in signs) and bool(pattern.search(text))


def without_notices(text: str, language: str) -> str:
    """The text without licence notices in its comments, and in the docstring of a Python module."""
    lowered = text.lower()
    if not any(sign in lowered for sign in NOTICE_SIGNS):
        return text
    lines, out, at = text.split("\n"), list[str](), 0
    for block in _comments(lines, language):
        out += lines[at : block.start]
        kept = _kept(lines[block.start : block.end], block)
        out += kept
        at = block.end
        # Where a comment went, the empty lines above and below it become one gap.
        while not kept and at < len(lines) and not lines[at].strip() and not (out and out[-1].strip()):
            at += 1
    out += lines[at:]
    cleaned = "\n".join(out)
    if language == "markdown":
        cleaned = _without_sections(cleaned)
    return text if cleaned == text else re.sub(r"\A\s*\n", "", cleaned)


@dataclass(frozen=True, slots=True)
class _Block:
    """A run of comment lines, or a comment between `opening` and `closing`; ends before line `end`."""

    start: int
    end: int
    opening: str = ""
    closing: str = ""


def _comments(lines: list[str], language: str) -> Iterator[_Block]:
    signs, pairs = LINE_SIGNS.get(language, ("#", "//")), BLOCK_SIGNS.get(language, ())
    at, above_code = 0, True
    while at < len(lines):
        line = lines[at].strip()
        pair = next((pair for pair in pairs if line.startswith(pair[0])), None)
        if signs and line.startswith(signs) and not PRAGMA.match(line):
            end = next_ = at + 1
            # A notice often goes on behind an empty line.
            while next_ < len(lines) and (not lines[next_].strip() or lines[next_].strip().startswith(signs)):
                next_ += 1
                end = next_ if lines[next_ - 1].strip() else end
            yield _Block(at, end)
            at = end
        elif pair is not None and (language != "python" or above_code):
            closed = _closed(lines, at, pair)
            # Code behind the end of a comment keeps the comment: cutting there would need a parser.
            if closed is not None and lines[closed - 1].rstrip().rstrip(";").endswith(pair[1]):
                yield _Block(at, closed, *pair)
                at = closed
            else:
                at += 1
        elif language == "markdown" and at < HEAD_LINES and line:
            end = at + 1
            while end < len(lines) and lines[end].strip():
                end += 1
            yield _Block(at, end)
            at = end
        else:
            # From here on three quotes at the margin may as well end a string.
            above_code = above_code and (not line or line.startswith("#"))
            at += 1


def _closed(lines: list[str], at: int, pair: tuple[str, str]) -> int | None:
    rest = lines[at].strip()[len(pair[0]) :]
    if pair[1] in rest:
        return at + 1
    return next((number + 1 for number in range(at + 1, len(lines)) if pair[1] in lines[number]), None)


def _kept(lines: list[str], block: _Block) -> list[str]:
    if not _holds("\n".join(lines), NOTICE_SIGNS, NOTICE):
        return lines
    first, last = lines[0], lines[-1]
    inner = list(lines)
    if block.opening:
        # The signs stay with the comment, whatever leaves it.
        lead = first[: len(first) - len(first.lstrip())] + block.opening
        inner[0] = first.lstrip()[len(block.opening) :]
        tail = inner[-1].rstrip().rstrip(";")
        inner[-1] = tail[: -len(block.closing)]
    kept = _without_notice(inner)
    if not any(map(_says_something, kept)):
        return []
    if not block.opening:
        return _tidy(kept)
    if len(lines) == 1:
        return [lead + kept[0] + block.closing]
    if kept[0] is inner[0]:
        lead += kept.pop(0)
    if kept and kept[-1] is inner[-1]:
        ending = kept.pop() + block.closing
    else:
        ending = last[: len(last) - len(last.lstrip())] + block.closing
    return [lead, *_tidy(kept), ending]


def _says_something(line: str) -> bool:
    return bool(DECORATION.sub("", line))


def _tidy(lines: list[str]) -> list[str]:
    """No two blank comment lines in a row, where a paragraph went, and none at the ends."""
    kept: list[str] = []
    for line in lines:
        if not BLANK.fullmatch(line) or (kept and not BLANK.fullmatch(kept[-1])):
            kept.append(line)
    return kept[:-1] if kept and BLANK.fullmatch(kept[-1]) else kept


def _without_notice(lines: list[str]) -> list[str]:
    kept: list[str] = []
    begun = False
    for paragraph in _paragraphs(lines):
        whole = " ".join(DECORATION.sub(" ", line, count=1) for line in paragraph)
        if not (NOTICE.search("\n".join(paragraph)) or NOTICE.search(whole) or (begun and SEQUEL.search(whole))):
            kept += paragraph
            continue
        # What stands above the first such line of a paragraph is a title or a sentence about the code.
        first = (at for at, line in enumerate(paragraph) if NOTICE.search(line) or SEQUEL.search(line))
        kept += paragraph[: next(first, 0)]
        begun = True
    return kept


def _paragraphs(lines: list[str]) -> Iterator[list[str]]:
    part: list[str] = []
    for line in lines:
        blank = not _says_something(line)
        if blank and part:
            yield part
            part = []
        if blank:
            yield [line]
        else:
            part.append(line)
    if part:
        yield part


def _without_sections(text: str) -> str:
    """Markdown without its sections about the licence."""
    while (found := LICENCE_HEADING.search(text)) is not None:
        following = re.compile(rf"(?m)^#{{1,{len(found[1])}}}[ \t]").search(text, found.end())
        text = text[: found.start()] + (text[following.start() :] if following else "")
    while (found := LICENCE_TITLE.search(text)) is not None:
        following = re.compile(r"(?m)^.+\n([=~^*\-])\1{2,}[ \t]*$").search(text, found.end())
        text = text[: found.start()] + (text[following.start() :] if following else "")
    return text
