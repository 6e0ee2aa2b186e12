"""Where a suggestion ends: at its line, or where its block ends.

A block ends before a line that is indented less than its first one; with the bracket or the word that closes it
(`}`, `fi`, `end`), which belongs to it unless the file has it already; in SQL with the statement; in YAML with the
mapping or the list.
"""

from __future__ import annotations

import re

from completion.postprocess.draft import Draft, indentation
from completion.syntax import brackets, languages
from completion.syntax.brackets import Scan
from completion.types import Mode

# Words that open and close blocks where no brackets do. A line of shell may open, close or do both.
_WORDS = {
    "shellscript": (
        re.compile(r"(?:^|[;&|]\s*|\b(?:then|do|else)\s+)\s*(?:if|for|while|until|select|case)\s"),
        re.compile(r"(?:^|[;&|]\s*)\s*(?:fi|done|esac)\b"),
    ),
    "ruby": (
        re.compile(
            r"^\s*(?:def|class|module|if|unless|case|while|until|for|begin)\b(?!.*\bend$)(?!.*\bdef\b.*\)\s*=\s)"
            r"|\bdo(?:\s*\|[^|]*\|)?\s*$"
        ),
        re.compile(r"^\s*end\b"),
    ),
}
_GOES_ON = re.compile(r"(?:else|elif|elsif|except|finally|catch|rescue|ensure|when|in|while|until)\b")
# Only these are no whole statement without what follows their block.
_NEEDS_MORE = re.compile(r"(?:try|begin|do)\b")
_CLOSER = re.compile(r"[)\]}]|(?:fi|done|esac|end|END)\b|;;")
_DIRECTIVES = frozenset({"c", "cpp", "csharp"})
_PROCEDURE = re.compile(r"\b(?:begin|then|else|loop|do|as|is)\s*$|\$\w*\$\s*$", re.IGNORECASE)


def cut_at_block_end(draft: Draft) -> str:
    """Line mode: the first line. Block mode: the lines of the block, at most `max_lines`."""
    lines = draft.text.split("\n")
    if draft.mode is not Mode.BLOCK:
        # A blank at the end joins the text to what follows on its line.
        return lines[0] if draft.rest_of_line.strip() else lines[0].rstrip()
    kept, _ = _block(draft, lines)
    return "\n".join(lines[:kept]).rstrip()


def block_has_ended(draft: Draft) -> bool:
    """Whether generation can stop: the block is complete, a line lies beyond it, or the limit is reached."""
    complete = draft.text.split("\n")[:-1]
    if draft.mode is not Mode.BLOCK:
        return bool(complete)
    return _block(draft, complete)[1]


def _block(draft: Draft, lines: list[str]) -> tuple[int, bool]:
    """How many of `lines` belong to the block, and whether it ends there."""
    first = next((index for index, line in enumerate(lines) if line.strip()), None)
    limit = min(len(lines), draft.max_lines)
    if first is None:
        return limit, len(lines) >= draft.max_lines
    row = languages.find(draft.language)
    language = row.id if row is not None else ""
    text = "\n".join(lines)
    found = brackets.scan(text, language)
    starts = _starts(lines)
    depth = indentation((draft.line_before if first == 0 else "") + lines[first])
    opener = (draft.lines_above(1) or ("",))[0]
    base = min(depth, indentation(opener))
    # Where blocks have brackets or end words, they say where it ends; by indentation alone a list may lie as deep.
    list_depth = depth if language == "yaml" and (draft.line_before + lines[first]).lstrip().startswith("- ") else None
    words = 0
    for index in range(limit):
        line = (draft.line_before if index == 0 else "") + lines[index]
        word = line.strip()
        inside = found.inside(starts[index]) if index else False
        if not word or inside:
            continue
        words, least = _count_words(language, word, words)
        level, lowest = _levels(found, index)
        if lowest < 0 or least < 0:
            if _closed_below(draft, line) or indentation(line) < base:
                return index, True
            if level < 0 or words < 0:
                return index + 1, True
            continue
        column = indentation(line)
        if language == "yaml" and re.match(r"---|\.\.\.", line):
            return index, True
        if list_depth is not None and column == list_depth and index > first and not word.startswith("-"):
            return index, True
        if index > first and column < depth and not _stays(draft, language, opener, base, line):
            return index, True
        if language == "sql" and word.endswith(";") and level <= 0 and not _PROCEDURE.search(opener):
            return index + 1, True
    return limit, len(lines) >= draft.max_lines


def _stays(draft: Draft, language: str, opener: str, base: int, line: str) -> bool:
    """Whether a line that is indented less than the block belongs to it all the same."""
    word = line.strip()
    if language in _DIRECTIVES and word.startswith("#"):
        return True
    if indentation(line) != base or _closed_below(draft, line) or not _GOES_ON.match(word):
        return False
    below = (draft.lines_below(1) or ("",))[0]
    if _GOES_ON.match(below.strip()) and indentation(below) == base:
        return False
    if language in _WORDS:
        # The end word closes it; without that nothing would be whole anyway.
        return not _CLOSER.match(below.strip()) or indentation(below) < base
    return bool(_NEEDS_MORE.match(opener.strip()))


def _closed_below(draft: Draft, line: str) -> bool:
    """Whether what closes the block in `line` stands behind the cursor already."""
    rest = draft.rest_of_line
    below = draft.line_before + rest if rest.strip() else (draft.lines_below(1) or ("",))[0]
    own, other = _CLOSER.match(line.strip()), _CLOSER.match(rest.strip() or below.strip())
    if own is None or other is None or own.group() != other.group():
        return False
    return bool(rest.strip()) or indentation(below) >= indentation(line)


def _count_words(language: str, line: str, count: int) -> tuple[int, int]:
    """The nesting of end words behind `line`, and the least on it."""
    if language not in _WORDS:
        return count, count
    opens, closes = _WORDS[language]
    opened, closed = len(opens.findall(line)), len(closes.findall(line))
    least = count - closed if closes.match(line) else count
    return count + opened - closed, min(least, count + opened - closed)


def _levels(found: Scan, index: int) -> tuple[int, int]:
    return found.depths[index] if index < len(found.depths) else (0, 0)


def _starts(lines: list[str]) -> list[int]:
    """The character position at which each line begins."""
    starts, position = list[int](), 0
    for line in lines:
        starts.append(position)
        position += len(line) + 1
    return starts
