"""Writing grammars in the notation of llama.cpp (GBNF): rules by name, and small pieces that rules are made of.

In a body, a bare word in capitals is a keyword and may be written in both cases; names of rules are in small letters.
Format: https://github.com/ggml-org/llama.cpp/blob/master/grammars/README.md. Knows no kind of script.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

Rules = dict[str, str]
"""Bodies by the name of the rule; `root` is where a text begins."""

_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|\[(?:\\.|[^\]\\])*\]|\b[A-Z][A-Z_]*\b')
_SPECIAL = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def literal(text: str) -> str:
    """A text that stands for itself."""
    return '"' + "".join(_SPECIAL.get(sign, sign) for sign in text) + '"'


def choice(parts: Iterable[str]) -> str:
    """One of several bodies, in brackets; at least one is needed."""
    found = list(dict.fromkeys(part for part in parts if part))
    if not found:
        raise ValueError("a choice needs something to choose from")
    return found[0] if len(found) == 1 else "( " + " | ".join(found) + " )"


def words(texts: Iterable[str]) -> str:
    """One of several texts that stand for themselves; at least one is needed.

    What they begin with in common is written once: an engine follows every beginning that is still possible.
    """
    groups: dict[str, list[str]] = {}
    for text in dict.fromkeys(texts):
        groups.setdefault(text[:1], []).append(text)
    if len(groups) == 1 and len(next(iter(groups.values()))) == 1:
        return literal(groups.popitem()[1][0])
    return choice(_beginning(group) for group in groups.values())


def add(rules: Rules, name: str, body: str) -> str:
    """Add a rule and the rules of the keywords in its body; returns its name."""

    def keyword(match: re.Match[str]) -> str:
        word = match.group()
        if not word[0].isalpha():
            return word
        own = "kw-" + word.lower().replace("_", "-")
        rules.setdefault(own, words((word, word.lower())))
        return own

    rules[name] = _TOKEN.sub(keyword, body)
    return name


def _beginning(texts: list[str]) -> str:
    """Texts that share at least their first sign."""
    if len(texts) == 1:
        return literal(texts[0])
    shared = _shared(texts)
    return f"{literal(shared)} {words(text[len(shared) :] for text in texts)}"


def written(rules: Rules) -> str:
    """The grammar as text, its root first, without rules that nothing refers to."""
    kept: dict[str, None] = {}
    waiting = ["root"]
    while waiting:
        name = waiting.pop()
        if name in kept:
            continue
        kept[name] = None
        bare = re.sub(r'"(?:\\.|[^"\\])*"|\[(?:\\.|[^\]\\])*\]', " ", rules[name])
        waiting += [found for found in re.findall(r"[a-z][a-z0-9-]*", bare) if found not in kept]
    return "".join(
        f"{name} ::= {rules[name]}\n" for name in ("root", *(name for name in rules if name in kept and name != "root"))
    )


def _shared(texts: list[str]) -> str:
    first, last = min(texts), max(texts)
    for index, sign in enumerate(first):
        if last[index : index + 1] != sign:
            return first[:index]
    return first
