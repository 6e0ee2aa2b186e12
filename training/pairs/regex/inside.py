"""What is looked for inside a text."""

from __future__ import annotations

from training.pairs.grammar import Plan, intents
from training.pairs.names import Draw
from training.pairs.regex.code import plan


def hashtags(draw: Draw) -> Plan:
    sign, said, stem = draw.one((("#", "hashtags", "hashtags"), ("@", "mentions like @name", "mentions")))
    return plan(
        draw,
        "inside",
        stem,
        (said, f"words that start with {sign}"),
        rf"{sign}\w+",
        [f"so {sign}fine", f"{sign}a_1 and {sign}b"],
        ["nothing here", f"{sign} alone", "a.b"],
    )


def issue_numbers(draw: Draw) -> Plan:
    prefix = draw.noun().split("_")[0][:4].upper()
    if draw.chance(0.5):
        return plan(
            draw,
            "inside",
            "issues",
            ("issue keys like «prefix»-123", "ticket numbers of the project «prefix»"),
            r"\b«prefix»-\d+\b",
            [f"see {prefix}-12", f"{prefix}-1, {prefix}-22"],
            [prefix, f"x{prefix}-1", "ABC"],
            {"prefix": prefix},
        )
    return plan(
        draw,
        "inside",
        "issues",
        ("issue references like #123", "numbers after a hash sign"),
        r"#\d+",
        ["fixes #12", "#1 and #22"],
        ["# 12", "no issue", "#a"],
    )


def numbers(draw: Draw) -> Plan:
    low = draw.number(2, 9)
    if draw.chance(0.5):
        return plan(
            draw,
            "inside",
            "numbers",
            ("numbers with at least «low» digits", "runs of «low» or more digits"),
            r"\d{«low»,}",
            ["x" + "7" * low, "1" * (low + 2) + " ok"],
            ["1" * (low - 1), "none", "1 2 3"],
            {"low": str(low)},
        )
    return plan(
        draw,
        "inside",
        "numbers",
        ("decimal numbers, maybe negative", "signed numbers with optional decimals"),
        r"-?\d+(?:\.\d+)?",
        ["t = -3.5", "17 of 20"],
        ["none", "- .", "a-b"],
    )


def quoted(draw: Draw) -> Plan:
    mark, said = draw.one((('"', "double quoted"), ("'", "single quoted")))
    return plan(
        draw,
        "inside",
        "quoted",
        (f"{said} strings without escapes", f"{said} strings"),
        f"{mark}[^{mark}]*{mark}",
        [f"say {mark}hi{mark}", f"{mark}{mark}"],
        [f"{mark}open", "plain"],
    )


def repeated_word(draw: Draw) -> Plan:
    return plan(
        draw,
        "inside",
        "repeated_words",
        ("words that are written twice in a row", "doubled words such as that that"),
        r"\b(\w+)\s+\1\b",
        ["the the end", "it is is"],
        ["the end", "this is"],
    )


def trailing_blanks(draw: Draw) -> Plan:
    if draw.chance(0.5):
        return plan(
            draw,
            "inside",
            "trailing_blanks",
            ("blanks and tabs at the end of the string", "trailing spaces or tabs"),
            r"[ \t]+$",
            ["a ", "a\t \t"],
            ["a", " a"],
        )
    return plan(
        draw,
        "inside",
        "blanks",
        ("two or more blanks in a row", "runs of several spaces"),
        " {2,}",
        ["a  b", "   "],
        ["a b", "ab"],
    )


def word_with_start(draw: Draw) -> Plan:
    start = draw.noun().split("_")[0][:4]
    if draw.chance(0.5):
        return plan(
            draw,
            "inside",
            "words",
            ("words that start with «start»", "words beginning with «start»"),
            r"\b«start»\w*",
            [f"a {start}ed b", start],
            ["xyz", "z" + start],
            {"start": start},
        )
    return plan(
        draw,
        "inside",
        "words",
        ("words that end with «start»", "words with the ending «start»"),
        r"\b\w*«start»\b",
        [f"un{start}", f"a {start} b"],
        ["xyz", start + "zz"],
        {"start": start},
    )


def word_of_length(draw: Draw) -> Plan:
    low = draw.number(2, 12)
    return plan(
        draw,
        "inside",
        "words",
        ("words of exactly «low» letters", "«low»-letter words"),
        r"\b[A-Za-z]{«low»}\b",
        ["q" * low, "a1 " + "B" * low],
        ["q" * (low + 1), "1 2"],
        {"low": str(low)},
    )


def tags(draw: Draw) -> Plan:
    name = draw.one(("div", "span", "a", "p", "img", "table", "script", "li", "section", "button", "h1", "input"))
    if draw.chance(0.6):
        return plan(
            draw,
            "inside",
            "tags",
            ("opening html tags <«tag»>, with or without attributes", "html start tags of «tag»"),
            r"<«tag»\b[^>]*>",
            [f"<{name}>", f'x <{name} id="a">'],
            [f"</{name}>", f"<{name}x>", name],
            {"tag": name},
        )
    return plan(
        draw,
        "inside",
        "comments",
        ("html comments on one line", "<!-- comments -->"),
        "<!--.*?-->",
        ["<!-- a -->", "x<!---->"],
        ["<!- a ->", "<p>"],
    )


def line_prefix(draw: Draw) -> Plan:
    mark, said = draw.one(((">", "quoted"), ("#", "comment"), ("//", "comment"), (";", "comment"), (r"\*", "list")))
    plain = mark.replace("\\", "")
    return plan(
        draw,
        "inside",
        "line_start",
        (f"the start of a {said} line: blanks and then {plain}", f"lines that begin with {plain}, maybe after blanks"),
        rf"^\s*{mark}",
        [f"{plain} a", f"   {plain}b"],
        [f"a {plain}", "a"],
    )


INTENTS = intents(
    hashtags, issue_numbers, numbers, quoted, repeated_word, trailing_blanks, word_with_start, word_of_length, tags, line_prefix,
)  # fmt: skip
