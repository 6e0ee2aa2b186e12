"""Makes the secrets of `secret_cases.toml` at run time, so that no secret-shaped text stands in a file."""

from __future__ import annotations

import random
import re
import string

ALPHABETS = {
    "base62": string.ascii_letters + string.digits,
    "base64": string.ascii_letters + string.digits + "+/",
    "hex": "0123456789abcdef",
    "HEX": "0123456789ABCDEF",
    "upper32": string.ascii_uppercase + "234567",
    "lower36": string.ascii_lowercase + string.digits,
    "digits": string.digits,
    "word": string.ascii_letters,
}
_SECRET = re.compile("«(.*?)»")
_HARMLESS = re.compile("‹(.*?)›")


def made(alphabet: str, length: int, chance: random.Random) -> str:
    """A random text that has a digit and a letter wherever its alphabet and length allow it."""
    symbols = ALPHABETS[alphabet]
    text = [chance.choice(symbols) for _ in range(length)]
    wanted = [[s for s in symbols if kind(s)] for kind in (str.isdigit, str.isdigit, str.isupper, str.islower)]
    places = chance.sample(range(1, length), min(4, length - 1)) if length > 1 else []
    for place, choice in zip(places, filter(None, wanted), strict=False):
        text[place] = chance.choice(choice)
    return "".join(text)


def spelled(template: str, seed: int = 0) -> tuple[str, str]:
    """The text of a template, and the same with every secret masked."""
    chance = random.Random(seed)

    def secret(match: re.Match[str]) -> str:
        parts = (part.rpartition(":") for part in match[1].split("|"))
        return "".join(
            made(alphabet, int(length), chance) if alphabet in ALPHABETS else alphabet + colon + length
            for alphabet, colon, length in parts
        )

    template = _HARMLESS.sub(lambda match: match[1].replace("|", ""), template)
    text = _SECRET.sub(lambda match: f"«{secret(match)}»", template)
    return _SECRET.sub(r"\1", text), _SECRET.sub(lambda match: "x" * len(match[1]), text)
