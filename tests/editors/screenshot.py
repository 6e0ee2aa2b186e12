"""Draw a terminal's screen, as the editor tests keep it, as a PNG picture. By hand only; needs Pillow.

    LSP_COPILOT_SCREENSHOTS=shots pytest tests/editors
    python tests/editors/screenshot.py shots/neovim.ansi docs/images/neovim.png

The input is text with SGR escape sequences (`tmux capture-pane -e`), and a file .cursor beside it with the
cursor's row and column; the font is DejaVu Sans Mono.
"""

from __future__ import annotations

import argparse
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont  # type: ignore[import-not-found]

Colour = tuple[int, int, int]

FOREGROUND: Colour = (224, 226, 234)
BACKGROUND: Colour = (20, 22, 27)
FONT_SIZE = 22
LINE_HEIGHT = 1.2
MARGIN = 16

_ESCAPE = re.compile(r"\x1b\[([\d;:]*)m|\x1b\[[^a-zA-Z]*[a-zA-Z]|\x1b[()].|[\x0e\x0f]")
_SIXTEEN: tuple[Colour, ...] = (
    (7, 8, 13), (255, 192, 185), (179, 246, 192), (252, 224, 148), (166, 219, 255), (255, 202, 255), (140, 248, 247),
    (238, 241, 248), (79, 82, 88), (255, 192, 185), (179, 246, 192), (252, 224, 148), (166, 219, 255), (255, 202, 255),
    (140, 248, 247), (238, 241, 248),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Style:
    """How a cell is drawn; None is the terminal's default."""

    foreground: Colour | None = None
    background: Colour | None = None
    bold: bool = False
    italic: bool = False
    underlined: bool = False
    reversed: bool = False

    def colours(self) -> tuple[Colour, Colour]:
        """Foreground and background as they are seen."""
        front, back = self.foreground or FOREGROUND, self.background or BACKGROUND
        return (back, front) if self.reversed else (front, back)


def cells(line: str, style: Style) -> tuple[list[tuple[str, Style]], Style]:
    """The characters of a line with their styles, and the style that holds at its end."""
    found, position = list[tuple[str, Style]](), 0
    for escape in _ESCAPE.finditer(line):
        found.extend((character, style) for character in line[position : escape.start()])
        if escape.group(1) is not None:
            style = restyled(style, escape.group(1))
        position = escape.end()
    found.extend((character, style) for character in line[position:])
    return found, style


def restyled(style: Style, parameters: str) -> Style:
    """The style after one SGR sequence."""
    # 4:3 is a kind of underline: what follows a colon only refines, except for colours.
    numbers = iter([int(part.split(":")[0] or 0) for part in _semicolons(parameters).split(";")])
    for number in numbers:
        match number:
            case 0:
                style = Style()
            case 1 | 22:
                style = replace(style, bold=number == 1)
            case 3 | 23:
                style = replace(style, italic=number == 3)
            case 4 | 24:
                style = replace(style, underlined=number == 4)
            case 7 | 27:
                style = replace(style, reversed=number == 7)
            case 38:
                style = replace(style, foreground=_extended(numbers))
            case 48:
                style = replace(style, background=_extended(numbers))
            case 58:
                _extended(numbers)
            case 39:
                style = replace(style, foreground=None)
            case 49:
                style = replace(style, background=None)
            case _ if 30 <= number <= 37 or 90 <= number <= 97:
                style = replace(style, foreground=_SIXTEEN[number - 30 if number < 90 else number - 82])
            case _ if 40 <= number <= 47 or 100 <= number <= 107:
                style = replace(style, background=_SIXTEEN[number - 40 if number < 100 else number - 92])
    return style


def draw(screen: str, cursor: tuple[int, int] | None = None) -> Image.Image:
    """The picture of a screen; `cursor` (row, column from 0) is drawn as a bar."""
    fonts = {name: ImageFont.truetype(f"DejaVuSansMono{name}.ttf", FONT_SIZE) for name in ("", "-Bold", "-Oblique")}
    width, height = round(fonts[""].getlength("m")), round(FONT_SIZE * LINE_HEIGHT)
    lines = screen.rstrip("\n").split("\n")
    style, rows = Style(), list[list[tuple[str, Style]]]()
    for line in lines:
        row, style = cells(line, style)
        rows.append(row)
    columns = max(len(row) for row in rows)
    picture = Image.new("RGB", (columns * width + 2 * MARGIN, len(rows) * height + 2 * MARGIN), BACKGROUND)
    pen = ImageDraw.Draw(picture)
    for number, row in enumerate(rows):
        top, left = MARGIN + number * height, MARGIN
        for character, look in row:
            wide = 2 if unicodedata.east_asian_width(character) in "WF" else 1
            front, back = look.colours()
            right = left + wide * width
            pen.rectangle((left, top, right - 1, top + height - 1), fill=back)
            font = fonts["-Bold" if look.bold else "-Oblique" if look.italic else ""]
            pen.text((left, top), character, font=font, fill=front)
            if look.underlined:
                pen.line((left, top + height - 2, right - 1, top + height - 2), fill=front)
            left = right
    if cursor is not None:
        top, left = MARGIN + cursor[0] * height, MARGIN + cursor[1] * width
        pen.rectangle((left, top, left + 2, top + height - 1), fill=FOREGROUND)
    return picture


def main() -> None:
    """Draw one file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("screen", type=Path, help="text with escape sequences for colours")
    parser.add_argument("picture", type=Path, help="PNG to write")
    given = parser.parse_args()
    beside = given.screen.with_suffix(".cursor")
    cursor = None
    if beside.exists():
        row, column = map(int, beside.read_text("utf-8").split())
        cursor = row, column
    given.picture.parent.mkdir(parents=True, exist_ok=True)
    # A palette keeps the picture small; a terminal has few colours.
    picture = draw(given.screen.read_text("utf-8"), cursor).quantize(128)
    picture.save(given.picture, optimize=True)


def _extended(numbers: Iterator[int]) -> Colour | None:
    kind = next(numbers, 0)
    if kind == 2:
        return next(numbers, 0), next(numbers, 0), next(numbers, 0)
    index = next(numbers, 0)
    if index < 16:
        return _SIXTEEN[index]
    if index >= 232:
        return (8 + 10 * (index - 232),) * 3
    red, green, blue = (index - 16) // 36, (index - 16) // 6 % 6, (index - 16) % 6
    return tuple(55 + 40 * part if part else 0 for part in (red, green, blue))  # type: ignore[return-value]


def _semicolons(parameters: str) -> str:
    """`38:2::1:2:3` written as `38;2;1;2;3`; other sub-parameters are left."""
    return re.sub(r"[345]8:[:\d]+", lambda found: found.group().replace("::", ":").replace(":", ";"), parameters)


if __name__ == "__main__":
    main()
