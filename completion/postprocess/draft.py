"""What a filter sees: the generated text and what stands around it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from completion.types import Mode


@dataclass(frozen=True, slots=True)
class Draft:
    """Generated `text` between `prefix` and `suffix` (texts with plain newlines).

    `language` is the LSP language id, "" where it is not known; `controls` are the control tokens of the model
    that answers, beside those that the filters know anyway.
    """

    text: str
    prefix: str
    suffix: str
    mode: Mode
    max_lines: int = 12
    language: str = ""
    controls: tuple[str, ...] = ()

    def with_text(self, text: str) -> Draft:
        """The same surroundings, another text."""
        return replace(self, text=text)

    @property
    def line_before(self) -> str:
        """The part of the cursor's line that stands before it."""
        return self.prefix[self.prefix.rfind("\n") + 1 :]

    @property
    def rest_of_line(self) -> str:
        """The part of the cursor's line that stands after it."""
        return self.suffix.split("\n", 1)[0]

    @property
    def next_line(self) -> str:
        """The first line below the cursor's line that is not blank, stripped; "" if there is none."""
        below = self.lines_below(1)
        return below[0].strip() if below else ""

    @property
    def previous_line(self) -> str:
        """The last line above the cursor's line that is not blank, stripped; "" if there is none."""
        above = self.lines_above(1)
        return above[0].strip() if above else ""

    def lines_below(self, count: int) -> tuple[str, ...]:
        """The first `count` lines below the cursor's line that are not blank, from the cursor downward."""
        found, start = list[str](), self.suffix.find("\n") + 1
        while start and len(found) < count:
            end = self.suffix.find("\n", start)
            line = self.suffix[start : end if end >= 0 else len(self.suffix)]
            if line.strip():
                found.append(line)
            start = end + 1
        return tuple(found)

    def lines_above(self, count: int) -> tuple[str, ...]:
        """The last `count` lines above the cursor's line that are not blank, from the cursor upward."""
        found, end = list[str](), self.prefix.rfind("\n")
        while end >= 0 and len(found) < count:
            start = self.prefix.rfind("\n", 0, end) + 1
            line = self.prefix[start:end]
            if line.strip():
                found.append(line)
            end = start - 1
        return tuple(found)


def indentation(line: str) -> int:
    """The column of the first character that is not blank, with tab stops of eight."""
    expanded = line.expandtabs(8)
    return len(expanded) - len(expanded.lstrip())
