"""What a filter sees: the generated text and what stands around it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from completion.types import Mode


@dataclass(frozen=True, slots=True)
class Draft:
    """Generated `text` between `prefix` and `suffix` (texts with plain newlines)."""

    text: str
    prefix: str
    suffix: str
    mode: Mode
    max_lines: int = 12

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
        for line in self.suffix.split("\n")[1:]:
            if line.strip():
                return line.strip()
        return ""

    @property
    def previous_line(self) -> str:
        """The last line above the cursor's line that is not blank, stripped; "" if there is none."""
        for line in reversed(self.prefix.split("\n")[:-1]):
            if line.strip():
                return line.strip()
        return ""
