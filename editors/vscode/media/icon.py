"""Draws `icon.png`, 128 by 128 pixels: lines of code, the last of them still grey, with a cursor before it."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw

_SIZE = 128
_SCALE = 8
_BACKGROUND = (24, 32, 56)
_CODE = (122, 162, 247)
_ACCENT = (158, 206, 106)
_GREY = (118, 128, 160)
_CURSOR = (240, 244, 255)
_HEIGHT = 10


def draw() -> Image.Image:
    """The picture."""
    image = Image.new("RGBA", (_SIZE * _SCALE, _SIZE * _SCALE), (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)

    def bar(left: int, top: int, right: int, colour: tuple[int, int, int], height: int = _HEIGHT) -> None:
        box = [side * _SCALE for side in (left, top, right, top + height)]
        pen.rounded_rectangle(box, min(height, right - left) * _SCALE // 2, fill=colour)

    pen.rounded_rectangle([0, 0, _SIZE * _SCALE - 1, _SIZE * _SCALE - 1], 26 * _SCALE, fill=_BACKGROUND)
    bar(20, 26, 62, _CODE)
    bar(70, 26, 104, _ACCENT)
    bar(34, 48, 88, _CODE)
    bar(34, 74, 54, _CODE)
    bar(61, 66, 65, _CURSOR, height=26)
    bar(72, 74, 108, _GREY)
    bar(34, 98, 80, _GREY)
    return image.resize((_SIZE, _SIZE), Image.Resampling.LANCZOS)


if __name__ == "__main__":
    draw().save(Path(__file__).with_name("icon.png"), optimize=True)
