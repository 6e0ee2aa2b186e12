"""What would have to follow a line that opens something: the shortest text with which it parses.

Heads of blocks, open brackets and continued lines are whole only with the next line. Knows a few languages' ways to
close a block; brackets serve all others.
"""

from __future__ import annotations

import re

from completion.syntax import brackets
from completion.syntax.tree import Parsed

_LOOKED_AT = 8000
_SHELL_ENDS = {"then": "fi", "do": "done", "else": "fi", "{": "}", "in": "esac"}
_RUBY_OPENERS = re.compile(
    r"^\s*(?:def|class|module|if|unless|case|while|until|for|begin)\b|\bdo(?:\s*\|[^|]*\|)?$|=\s*(?:if|case|begin)\b"
)
# A head may stand on a line of its own, with the brace on the next one.
_BRACE_BELOW = frozenset({"c", "cpp", "csharp", "java", "php", "kotlin", "javascript", "typescript", "typescriptreact"})
_HEAD = re.compile(r"\)$|^\s*(?:\w+\s+)*(?:class|struct|interface|enum|namespace|union|object|record)\s+[\w<>:, .]+$")


def continuations(parsed: Parsed, start: int, end: int, candidate: str) -> tuple[str, ...]:
    """Texts that may have to follow `candidate`, at bytes `start`..`end`, before the file can parse; "" is first."""
    source, language = parsed.source, parsed.language.id
    line = source[source.rfind(b"\n", 0, start) + 1 : start].decode("utf-8", "replace") + candidate
    if "\n" in candidate:
        # A block is whole by itself, but for brackets that were open before it.
        closers = missing_closers(parsed, start, end, candidate) if parsed.tree.root_node.has_error else ""
        return ("", closers) if closers else ("",)
    indentation, stripped = line[: len(line) - len(line.lstrip())], line.rstrip()
    last_word = stripped.rsplit(maxsplit=1)[-1] if stripped else ""
    own = "".join(needed for _, needed in reversed(brackets.scan(line, language).openers))
    found = ["", own]
    if language == "python" and stripped.endswith(":"):
        found.append(f"\n{indentation}    pass")
    elif language == "shellscript" and last_word in _SHELL_ENDS:
        body = f"\n{indentation}:" if last_word != "in" else ""
        found.append(f"{body}\n{indentation}{_SHELL_ENDS[last_word]}")
    elif language == "ruby" and _RUBY_OPENERS.search(stripped):
        found.append(f"\n{indentation}end")
    if stripped.endswith("\\"):
        found.append("\n x")
    if own:
        found += [own + " {}", own + ";", "0" + own, "0" + own + ";"]
        if language == "sql":
            found.append("id int" + own)
        if language == "json":
            found.append('""' + own)
    elif language in _BRACE_BELOW and _HEAD.search(stripped):
        found += [" {}", " {};"]
    if parsed.tree.root_node.has_error and (all_closers := missing_closers(parsed, start, end, candidate)) != own:
        found += [all_closers, all_closers + ";"]
    return tuple(dict.fromkeys(found))


def missing_closers(parsed: Parsed, start: int, end: int, text: str) -> str:
    """The brackets that are open behind `text`, at bytes `start`..`end`, and that nothing below closes."""
    source, language = parsed.source, parsed.language.id
    begin = max(0, start - _LOOKED_AT)
    begin = source.find(b"\n", begin) + 1 if begin else 0
    before = source[begin:start].decode("utf-8", "replace") + text
    stack = [needed for _, needed in brackets.scan(before, language).openers]
    after = source[end : end + _LOOKED_AT].decode("utf-8", "replace")
    closers = [closer for _, closer in brackets.scan(after, language).closers]
    skipped = list[str]()
    first = next((closer for closer in closers if closer in stack), None)
    while stack and stack[-1] != first:
        skipped.append(stack.pop())
    complete = begin == 0 and end + _LOOKED_AT >= len(source)
    # Outside the looked-at text may stand what closes them.
    return "".join(skipped) if first is not None or complete else ""
