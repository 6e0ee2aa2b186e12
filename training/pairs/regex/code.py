"""A pattern as code: constants and functions in Python, JavaScript and TypeScript."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from training.pairs.grammar import Plan, Value
from training.pairs.items import Examples
from training.pairs.names import Draw, camel, pascal

Mode = Literal["whole", "inside", "capture"]
"""The whole string must match; the pattern is looked for in a text; or parts of it are taken out."""

WHOLE = (
    "<validate> {}",
    "<match> {}",
    "pattern for {}",
    "{}",
    "only {}",
    "the whole string must be {}",
    "~accept nothing but {}",
)
INSIDE = (
    "<find> {} in a text",
    "pattern that finds {}",
    "all {} in a text",
    "<find> {}",
    "~spot {} anywhere in a text",
)
CAPTURE = ("<capture> {}", "pattern that captures {}", "groups for {}", "~tell apart {}")


def plan(
    draw: Draw,
    mode: Mode,
    stem: str,
    phrases: Sequence[str],
    pattern: str,
    matches: Sequence[str],
    others: Sequence[str],
    values: Mapping[str, Value | str] | None = None,
    flags: str = "",
) -> Plan:
    """One of the ways to write a pattern down. `stem` is what it is for: `order_id`."""
    known = dict(values or {})
    skeletons = {"whole": WHOLE, "inside": INSIDE, "capture": CAPTURE}[mode]
    says = [skeleton.format(phrase) for skeleton in skeletons for phrase in phrases]
    name = f"{draw.noun()}_{stem}" if draw.chance(0.45) else stem
    language = draw.one(("python", "python", "python", "typescript", "typescript", "javascript"))
    code, spelled = (_python if language == "python" else _script)(
        draw, mode, name, pattern, flags, typed=language == "typescript"
    )
    if name != stem or draw.chance(0.3):  # a name that cannot be guessed is told
        known["name"] = spelled
        code = code.replace(spelled, "«name»")
        says = [
            f"~«name»: {one[1:]}"
            if one.startswith("~")
            else draw.one((f"«name»: {one}", f"«name», {one}", f"{one} (as «name»)"))
            for one in says
        ]
    return Plan(tuple(says), (code,), known, language, "", "", Examples(tuple(matches), tuple(others)))


def _python(draw: Draw, mode: Mode, name: str, pattern: str, flags: str, *, typed: bool) -> tuple[str, str]:
    del typed
    option = f", {draw.one(('re.IGNORECASE', 're.I'))}" if flags else ""
    if draw.chance(0.6):
        constant = draw.one((name, name, f"{name}_re", f"{name}_pattern")).upper()
        body = f"^{pattern}$" if mode == "whole" else pattern
        return f"{constant} = re.compile({_raw(body)}{option})", constant
    if mode == "whole":
        function = draw.one((f"is_{name}", f"is_valid_{name}", f"valid_{name}"))
        return (
            f"def {function}(⟦text¦value¦value⟧: str) -> bool:\n    return re.fullmatch({_raw(pattern)}, ⟦text⟧{option}) is not None".replace(
                "(⟦text¦value¦value⟧", "(value"
            ).replace("⟦text⟧", "value"),
            function,
        )
    if mode == "inside":
        function = draw.one((f"find_{name}", f"all_{name}", f"{name}_in"))
        return (
            f"def {function}(text: str) -> list[str]:\n    return [found.group() for found in re.finditer({_raw(pattern)}, text{option})]",
            function,
        )
    function = draw.one((f"parse_{name}", f"split_{name}", f"match_{name}"))
    return (
        f"def {function}(text: str) -> re.Match[str] | None:\n    return re.search({_raw(pattern)}, text{option})",
        function,
    )


def _script(draw: Draw, mode: Mode, name: str, pattern: str, flags: str, *, typed: bool) -> tuple[str, str]:
    body = pattern.replace("(?P<", "(?<").replace("/", "\\/").replace("\\\\/", "\\/")
    body = f"^{body}$" if mode == "whole" else body
    export = draw.one(("", "export ", "export "))
    if draw.chance(0.6):
        constant = draw.one((name.upper(), f"{name.upper()}_PATTERN", camel(f"{name}_pattern"), camel(f"{name}_regex")))
        return f"{export}const {constant} = /{body}/{'g' if mode == 'inside' else ''}{flags};", constant
    argument = "⟦value⟧: string" if typed else "⟦value⟧"
    word = draw.one(("value", "text", "input"))
    if mode == "whole":
        function, result, inside = (
            f"is{draw.one(('', 'Valid'))}{pascal(name)}",
            ": boolean",
            f"/{body}/{flags}.test(⟦value⟧)",
        )
    elif mode == "inside":
        function, result, inside = f"find{pascal(name)}", ": string[]", f"⟦value⟧.match(/{body}/g{flags}) ?? []"
    else:
        function, result, inside = (
            f"parse{pascal(name)}",
            ": RegExpMatchArray | null",
            f"⟦value⟧.match(/{body}/{flags})",
        )
    code = f"{export}function {function}({argument}){result if typed else ''} {{\n  return {inside};\n}}"
    return code.replace("⟦value⟧", word), function


def _raw(pattern: str) -> str:
    quote = "'" if '"' in pattern else '"'
    return f"r{quote}{pattern}{quote}"
