"""What a model says becomes a script: fences and talk fall away, loops are cut, and the end is a clean one.

`Listener` takes an answer as it comes and says what may be shown of it; its `result` is the script. Pure text: it knows
no engine, and whether a script is right the checks say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from completion.postprocess.characters import drop_invisible
from completion.postprocess.control import drop_control_text
from completion.postprocess.draft import Draft
from completion.scripts.kinds import Kind
from completion.scripts.kinds.base import says_something
from completion.types import Mode

_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})[ \t]*([\w+.#-]*)[^\n`]*$", re.MULTILINE)
_THOUGHT = re.compile(r"\A\s*<think>.*?(?:</think>\s*|\Z)", re.DOTALL)
# Behind these on a line something may follow that falls away.
_DOUBTFUL = "<[`~"
_TIMES = 3
_IDLE_LINES = 12
"""Lines of comments, and of the head, behind which nothing else comes."""
_UNIT_LOOP = re.compile(r"([^\n]{2,60}?)\1{11,}")


@dataclass(frozen=True, slots=True)
class Script:
    """What an answer came to; `finished` is False where its end is missing."""

    text: str
    finished: bool


class Listener:
    """An answer of a `kind` on its way.

    `head` is what the script begins with before the answer; `in_fence` says that the answer begins inside a fenced
    block, `in_file` that it goes on with a file. `controls` are the model's control tokens. Without a kind it is prose.
    """

    def __init__(
        self,
        kind: Kind | None,
        *,
        head: str = "",
        in_fence: bool = False,
        in_file: bool = False,
        controls: tuple[str, ...] = (),
    ) -> None:
        self._kind = kind
        self._head = head
        self._in_fence = in_fence
        self._in_file = in_file
        self._controls = controls
        self._raw = ""
        self._shown = ""
        self._looped = False
        self.ended = False
        """Nothing that follows belongs to the script."""

    def feed(self, text: str) -> str:
        """What may be shown now, of all that was said so far."""
        self._raw += text
        script = self._head + self._script(whole=False)
        # One line is not shown before it is known what of it is the pattern.
        if self._kind is not None and self._kind.name == "regex":
            self.ended = self.ended or (self._in_file and "\n" in self._raw)
            return ""
        if self._kind is not None:
            if script.count("\n") > _IDLE_LINES and not says_something(script[len(self._head) :], self._kind.marker):
                self.ended = self._looped = True
            calm = without_loop(script)
            self._looped = self._looped or len(calm) < len(script)
            self.ended, script = self.ended or self._looped, calm
        return self._show(script)

    def result(self, reason: str) -> Script:
        """The whole script; `reason` is the engine's, "length" where the model was cut off by a limit."""
        script = self._script(whole=True)
        if self._kind is None:
            return Script(script.strip() + "\n" if script.strip() else "", reason != "length")
        if self._in_file:
            script = self._kind.found(script)
        script = without_loop(script)
        cut = (reason == "length" and not self.ended) or self._looped
        if cut:
            script = self._kind.boundary(script)
        if not says_something(script, self._kind.marker):
            return Script("", not cut)
        return Script(self._kind.clean(self._head + script), not cut)

    def rest(self, script: Script) -> str:
        """What of the whole script was not shown, where all that was shown is its beginning."""
        return script.text[len(self._shown) :] if script.text.startswith(self._shown) else ""

    def _show(self, script: str) -> str:
        line = script.rfind("\n") + 1
        if any(mark in script[line:] for mark in _DOUBTFUL):
            script = script[:line]
        # Blank lines at the end may fall away.
        script = script.rstrip() if script.strip() else ""
        if not script.startswith(self._shown):
            return ""
        more = script[len(self._shown) :]
        self._shown = script
        return more

    def _script(self, *, whole: bool) -> str:
        """The script in what was said; before the whole is known only what certainly belongs to it."""
        text = drop_invisible(Draft(self._raw, "", "", Mode.BLOCK)).replace("\r", "")
        if self._kind is None:
            return self._without_controls(_THOUGHT.sub("", text))
        if self._in_file:
            return self._without_controls(text)
        text = self._without_controls(_THOUGHT.sub("", text))
        return self._unfenced(text, whole=whole)

    def _unfenced(self, text: str, *, whole: bool) -> str:
        marks = list(_FENCE.finditer(text)) if whole else [m for m in _FENCE.finditer(text) if m.end() < len(text)]
        if self._in_fence:
            if marks and not text[: marks[0].start()].strip() and marks[0].group(2):
                # It has opened a block of its own inside ours.
                return self._closed(text[marks[0].end() + 1 :], whole=whole)
            if len(marks) > 1 and marks[0].group(2) and whole:
                return self._closed(text[marks[0].end() + 1 :], whole=whole)
            return self._closed(text, whole=whole)
        if not marks:
            return text if whole else ""
        return self._closed(text[marks[0].end() + 1 :], whole=whole)

    def _closed(self, text: str, *, whole: bool) -> str:
        end = _FENCE.search(text)
        if end is None or (not whole and end.end() >= len(text)):
            return text
        self.ended = True
        return text[: end.start()]

    def _without_controls(self, text: str) -> str:
        language = self._kind.languages[0] if self._kind is not None else "markdown"
        draft = Draft(text, "", "", Mode.BLOCK, language=language, controls=self._controls)
        clean = drop_control_text(draft)
        self.ended = self.ended or len(clean) < len(text)
        return clean


def without_loop(text: str) -> str:
    """The text up to where it begins to repeat itself: lines three times over, or pieces of a line a dozen times."""
    lines = text.split("\n")
    for size in range(1, len(lines) // _TIMES + 1):
        for start in range(len(lines) - _TIMES * size + 1):
            group = lines[start : start + size]
            if group * _TIMES == lines[start : start + _TIMES * size] and any(map(_says_something, group)):
                return "\n".join(lines[: start + size]) + "\n"
    found = _UNIT_LOOP.search(text)
    if found is not None and _says_something(found.group(1)):
        return text[: found.start() + len(found.group(1))]
    return text


def _says_something(text: str) -> bool:
    return any(character.isalnum() or character == "#" for character in text)
