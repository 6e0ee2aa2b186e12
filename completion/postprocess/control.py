"""Control tokens that a model has spelt out as text.

A token of a model's vocabulary never reaches the text; what looks like one was written letter by letter, by the
model that answers or by one of another family that it has read about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from completion.postprocess.draft import Draft
from completion.syntax import brackets

# Nothing but a control token looks like these.
_CERTAIN = re.compile(
    r"<[|｜][^<>|｜\n]{1,40}[|｜]>"
    r"|[ ▁]?<(?:PRE|SUF|MID|EOT|AIX-SPAN-[A-Z]+)>"
    r"|<\[(?:fim|end|begin|PAD|SEP|CLS)[^<>\[\]\n]{0,30}\]>"
    r"|</?fim[_-][a-z]+>"
    r"|<(?:repo_name|reponame|file_sep|gh_stars|commit_before|commit_msg|commit_after|empty_output|issue_[a-z]+"
    r"|jupyter_[a-z]+|code_to_intermediate|intermediate_to_code|NAME|EMAIL|KEY|PASSWORD)>"
    r"|</?(?:start|end)_of_(?:turn|text|image)>|<(?:end_of_utterance|endoftext)>"
    r"|</?tool_(?:call|response)>|</?think>|<unused\d+>|<extra_id_\d+>|<0x[0-9A-F]{2}>"
    r"|\[/?INST\]|<</?SYS>>|\[(?:AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS)\]"
)

# These are words, tags and subscripts elsewhere.
_DOUBTFUL = re.compile(
    r"</?s>|<(?:filename|pad|unk|bos|eos|mask|cls|sep)>|\[(?:PREFIX|SUFFIX|MIDDLE|MASK|CLS|SEP|PAD|UNK)\]"
)

_MARKUP = frozenset(
    {"html", "xml", "markdown", "vue", "svelte", "php", "blade", "handlebars", "typescriptreact", "javascriptreact"}
)


def drop_control_text(draft: Draft) -> str:
    """Cut the text before a control token.

    In a file that names the token itself it may stand again, inside a string or a comment.
    """
    for start, token, certain in sorted(_found(draft)):
        named = token in draft.prefix or token in draft.suffix
        if named and _in_literal(draft, start):
            continue
        if not certain and _means_something(draft, start, token):
            continue
        return draft.text[:start]
    return draft.text


def _found(draft: Draft) -> Iterator[tuple[int, str, bool]]:
    """Where something like a control token stands, its text, and whether it can be nothing else."""
    for match in _CERTAIN.finditer(draft.text):
        yield match.start(), match.group(), True
    for match in _DOUBTFUL.finditer(draft.text):
        yield match.start(), match.group(), False
    for token in draft.controls:
        # A vocabulary's word boundary is a blank in the text.
        spelt = token.replace("▁", " ").strip()
        start = draft.text.find(spelt) if len(spelt) > 2 else -1
        if start >= 0:
            doubtful = _DOUBTFUL.fullmatch(spelt) is not None
            yield start, spelt, not doubtful


def _means_something(draft: Draft, start: int, token: str) -> bool:
    """Whether a doubtful token is a tag, a subscript, a word of the file, or part of a message here."""
    if draft.language in _MARKUP or _in_literal(draft, start):
        return True
    if token.startswith("[") and re.search(r"[\w)\]]$", draft.text[:start] or draft.line_before):
        return True
    word = re.escape(token.strip("<>[]/"))
    return re.search(rf"\b{word}\b", draft.prefix) is not None or re.search(rf"\b{word}\b", draft.suffix) is not None


def _in_literal(draft: Draft, position: int) -> bool:
    """Whether a string or comment, which may have begun before the cursor, holds the character at `position`."""
    before = draft.prefix[-4000:]
    # The window begins with a whole line, so that half a string does not turn all others inside out.
    before = before[before.find("\n") + 1 :] if len(draft.prefix) > len(before) else before
    whole = before + draft.text
    at = len(before) + position
    if brackets.scan(whole, draft.language).inside(at):
        return True
    # A string that lacks its end so far.
    line = whole[whole.rfind("\n", 0, at) + 1 : at]
    return any(re.sub(r"\\.", "", line).count(quote) % 2 for quote in ('"', "'", "`"))
