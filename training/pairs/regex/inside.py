"""What is looked for inside a text, and what is taken out of it."""

from __future__ import annotations

from training.pairs.grammar import Plan, Value, intents
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


def markdown_link(draw: Draw) -> Plan:
    return plan(
        draw,
        "capture",
        "markdown_link",
        ("text and target of a markdown link", "label and url of «sample»"),
        r"\[([^\]]+)\]\(([^)\s]+)\)",
        ["[a](b)", "see [the docs](https://example.com)"],
        ["[a]", "(b)", "[](b)"],
        {"sample": Value("[label](url)", "")},
    )


def key_value(draw: Draw) -> Plan:
    gap, said = draw.one((("=", "="), (":", ":")))
    return plan(
        draw,
        "capture",
        "pair",
        (f"key and value of a line key{said}value", f"name and value around the first {said}"),
        rf"^\s*([\w.-]+)\s*{gap}\s*(.*)$",
        [f"a{gap}1", f" unit.price {gap} 3 "],
        ["a", f"{gap}1", ""],
    )


def section_header(draw: Draw) -> Plan:
    return plan(
        draw,
        "capture",
        "section",
        ("the name of an ini section like «sample»", "what stands between square brackets on a line of its own"),
        r"^\s*\[([^\]]+)\]\s*$",
        ["[main]", " [a b] "],
        ["main", "[]", "[a] b"],
        {"sample": Value("[name]", "")},
    )


def log_line(draw: Draw) -> Plan:
    levels = draw.some(("DEBUG", "INFO", "WARN", "ERROR", "FATAL", "TRACE", "NOTICE"), 2, 4)
    held = {f"level{at}": level for at, level in enumerate(levels)}
    marks = [f"«{name}»" for name in held]
    said = " or ".join([", ".join(marks[:-1]), marks[-1]])
    return plan(
        draw,
        "capture",
        "log_line",
        (f"level ({said}) and message of a log line", f"a line that starts with {said}: the level and the rest"),
        rf"^({'|'.join(marks)})[: ]\s*(.*)$",
        [f"{levels[0]}: disk full", f"{levels[-1]} done"],
        ["disk full", "x " + levels[0], levels[0].lower()],
        held,
    )


def time_stamp(draw: Draw) -> Plan:
    return plan(
        draw,
        "capture",
        "timestamp",
        ("date and time of a timestamp 2024-05-06T07:08:09", "the date and the time around the T"),
        r"(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})",
        ["at 2024-05-06T07:08:09Z"],
        ["2024-05-06 07:08:09", "T07:08:09", "2024-05-06"],
    )


def named_date(draw: Draw) -> Plan:
    return plan(
        draw,
        "capture",
        "date_parts",
        ("year, month and day of YYYY-MM-DD in named groups", "a date with the groups year, month and day"),
        r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})",
        ["2024-05-06", "on 1999-12-31"],
        ["2024-5-6", "24-05-06"],
    )


def extension(draw: Draw) -> Plan:
    return plan(
        draw,
        "capture",
        "extension",
        ("the extension of a file name", "what follows the last dot"),
        r"\.([^./]+)$",
        ["a.txt", "a.tar.gz"],
        ["a", "a.", ".d/a"],
    )


def host_and_port(draw: Draw) -> Plan:
    low = draw.number(2, 5)
    return plan(
        draw,
        "capture",
        "endpoint",
        (
            "host and port of host:port, a port of «low» to 5 digits"
            if low < 5
            else "host and port of host:port, a port of «low» digits",
        ),
        r"^([\w.-]+):(\d{«low»,5})$" if low < 5 else r"^([\w.-]+):(\d{«low»})$",
        ["db.example.com:54321", "localhost:80801"],
        ["localhost", ":8080", "a b:80801", "a:x"],
        {"low": str(low)},
    )


def function_name(draw: Draw) -> Plan:
    word, said = draw.one(
        (("def", "python"), ("func", "go"), ("fn", "rust"), ("function", "javascript"), ("sub", "perl"))
    )
    return plan(
        draw,
        "capture",
        "function_name",
        (f"the name of a {said} function defined with «word»", "what is defined after «word»"),
        r"\b«word»\s+(\w+)",
        [f"{word} run", f"x; {word}   a_1("],
        ["run()", f"{word}"],
        {"word": word},
    )


def between_marks(draw: Draw) -> Plan:
    opening, closing, said = draw.one(
        (
            (r"\{\{", r"\}\}", "double curly braces"),
            (r"\$\{", r"\}", "${ and }"),
            ("<%", "%>", "<% and %>"),
            (r"\(", r"\)", "parentheses"),
        )
    )
    plain = [mark.replace("\\", "") for mark in (opening, closing)]
    return plan(
        draw,
        "capture",
        "placeholder",
        (f"what stands between {said}", f"the name inside {said}, blanks around it left out"),
        rf"{opening}\s*(\w+)\s*{closing}",
        [f"a {plain[0]} b {plain[1]}", f"{plain[0]}name{plain[1]}"],
        [f"{plain[0]}{plain[1]}", "name"],
    )


def import_line(draw: Draw) -> Plan:
    return plan(
        draw,
        "capture",
        "import_line",
        ("module and name of a python line from module import name", "from X import Y: both parts"),
        r"^from\s+([\w.]+)\s+import\s+(\w+)",
        ["from a.b import c", "from re import sub, match"],
        ["import a", "x from a import b"],
    )


def field_after(draw: Draw) -> Plan:
    word = draw.noun()
    gap = draw.one((":", "="))
    return plan(
        draw,
        "capture",
        "field",
        (f"the number after «word»{gap}", f"the integer behind «word»{gap}, blanks allowed"),
        rf"«word»{gap}\s*(\d+)",
        [f"{word}{gap} 12", f"a {word}{gap}7 b"],
        [f"{word} 12", f"{word}{gap} x", "12"],
        {"word": word},
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
    hashtags, issue_numbers, numbers, quoted, repeated_word, trailing_blanks, word_with_start, word_of_length, tags, markdown_link, key_value,
    section_header, log_line, time_stamp, named_date, extension, host_and_port, function_name, between_marks, import_line, field_after, line_prefix,
)  # fmt: skip
