"""What is taken out of a text."""

from __future__ import annotations

from training.pairs.grammar import Plan, Value, intents
from training.pairs.names import Draw
from training.pairs.regex.code import plan


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


INTENTS = intents(
    markdown_link, key_value, section_header, log_line, time_stamp, named_date, extension, host_and_port, function_name, between_marks, import_line, field_after,
)  # fmt: skip
