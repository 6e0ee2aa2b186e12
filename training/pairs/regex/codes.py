"""What names, codes and numbers of things must look like."""

from __future__ import annotations

from training.pairs.grammar import Plan, Value, intents
from training.pairs.names import Draw
from training.pairs.regex.code import plan
from training.pairs.regex.whole import digit

DIGITS = "0123456789012345678901234567890123456789"
LOWER = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"


def prefixed_id(draw: Draw) -> Plan:
    prefix, count = draw.noun().split("_")[0][:3].upper(), draw.number(2, 10)
    gap, said = draw.one((("-", "a dash"), ("_", "an underscore"), ("", "")))
    phrases = (
        f"«prefix»{gap} followed by «count» digits",
        f"an id of «prefix»{', ' + said if said else ''} and «count» digits",
        f"«prefix»{gap} plus exactly «count» digits",
    )
    good = [f"{prefix}{gap}{DIGITS[start : start + count]}" for start in (0, 3)]
    bad = [good[0] + "1", good[0][:-1], good[0].lower(), "x" + good[0]]
    return plan(
        draw,
        "whole",
        draw.noun() + "_id",
        phrases,
        f"«prefix»{gap}{digit(draw)}{{«count»}}",
        good,
        bad,
        {"prefix": prefix, "count": str(count)},
    )


def ranged_id(draw: Draw) -> Plan:
    low = draw.number(1, 6)
    high, letters = low + draw.number(1, 8), draw.number(1, 4)
    phrases = (
        "«letters» capital letters followed by «low» to «high» digits",
        "«letters» upper case letters and then between «low» and «high» digits",
    )
    good = [LOWER[:letters].upper() + DIGITS[:low], LOWER[3 : 3 + letters].upper() + DIGITS[:high]]
    bad = [good[0].lower(), good[1] + "0", "A" + good[0], good[0][:letters]]
    pattern = f"[A-Z]{{«letters»}}{digit(draw)}{{«low»,«high»}}"
    return plan(
        draw,
        "whole",
        draw.one(("code", "sku", "part_number", "serial", "plate")),
        phrases,
        pattern,
        good,
        bad,
        {"letters": str(letters), "low": str(low), "high": str(high)},
    )


def mac_address(draw: Draw) -> Plan:
    gap, said = draw.one(((":", "colons"), ("-", "dashes")))
    good = gap.join(("00", "1a", "2B", "3c", "4d", "5e"))
    return plan(
        draw,
        "whole",
        "mac_address",
        (f"a mac address with {said}", f"six pairs of hex digits separated by {said}"),
        f"(?:[0-9A-Fa-f]{{2}}{gap}){{5}}[0-9A-Fa-f]{{2}}",
        [good, good.upper()],
        [good[:-1], good + gap + "00", good.replace("1a", "1g"), "001a2b3c4d5e"],
    )


def uuid(draw: Draw) -> Plan:
    good = "123e4567-e89b-12d3-a456-426614174000"
    return plan(
        draw,
        "whole",
        "uuid",
        ("a lower case uuid", "a uuid in lower case hex", "uuids such as 123e4567-e89b-12d3-a456-426614174000"),
        "[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}",
        [good, "00000000-0000-0000-0000-000000000000"],
        [good.upper(), good[:-1], good.replace("-", ""), "uuid"],
    )


def slug(draw: Draw) -> Plan:
    phrases = (
        "a url slug of lower case letters, digits and single dashes",
        "a slug: lower case words and digits joined by dashes",
        "kebab-case names",
    )
    return plan(
        draw,
        "whole",
        "slug",
        phrases,
        "[a-z0-9]+(?:-[a-z0-9]+)*",
        ["hello", "my-post-2", "a-b-c"],
        ["-a", "a--b", "Hello", "a_b", ""],
    )


def user_name(draw: Draw) -> Plan:
    low = draw.number(2, 6)
    high = low + draw.number(6, 26)
    extra, said = draw.one(
        (
            ("_", "underscores"),
            ("-", "dashes"),
            (".", "dots"),
            ("_.", "underscores and dots"),
            ("_-", "underscores and dashes"),
        )
    )
    phrases = (
        f"a user name of «low» to «high» lower case letters, digits and {said}",
        f"«low» to «high» characters: lower case letters, digits or {said}",
    )
    good, bad = (
        [LOWER[:low], "a" * (high - 2) + extra[0] + "1"],
        ["a" * (low - 1), "a" * (high + 1), "A" * low, "a b" + "c" * low],
    )
    return plan(
        draw,
        "whole",
        draw.one(("username", "login", "handle", "nickname")),
        phrases,
        f"[a-z0-9{extra}]{{«low»,«high»}}",
        good,
        bad,
        {"low": str(low), "high": str(high)},
    )


def identifier(draw: Draw) -> Plan:
    stem, phrases, pattern, good, bad = draw.one((
        ("snake_case", ("a snake_case name", "lower case words joined by underscores"), "[a-z][a-z0-9]*(?:_[a-z0-9]+)*", ["total", "unit_price2"], ["_a", "Unit_price", "a__b", "2a"]),
        ("constant", ("an UPPER_CASE constant name", "upper case words joined by underscores"), "[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*", ["TOTAL", "MAX_SIZE_2"], ["max", "_A", "A__B", "1A"]),
        ("camel_case", ("a camelCase name", "a name in camelCase, letters and digits only"), "[a-z]+(?:[A-Z][a-z0-9]*)*", ["total", "unitPrice"], ["UnitPrice", "unit_price", "1a"]),
        ("pascal_case", ("a PascalCase name", "a class name in PascalCase"), "(?:[A-Z][a-z0-9]*)+", ["Total", "UnitPrice2"], ["unitPrice", "Unit_price", "2A"]),
        ("identifier", ("a variable name: letters, digits and underscores, no digit first", "an identifier that does not start with a digit"), "[A-Za-z_][A-Za-z0-9_]*", ["_a1", "Total"], ["1a", "a-b", ""]),
    ))  # fmt: skip
    return plan(draw, "whole", stem, phrases, pattern, good, bad)


def version_number(draw: Draw) -> Plan:
    part = r"(?:0|[1-9]\d*)"
    if draw.chance(0.5):
        return plan(
            draw,
            "whole",
            "version",
            ("a version like 1.2.3", "three numbers separated by dots", "MAJOR.MINOR.PATCH without leading zeros"),
            rf"{part}\.{part}\.{part}",
            ["0.1.0", "10.20.30"],
            ["1.2", "1.2.3.4", "01.2.3", "v1.2.3"],
        )
    return plan(
        draw,
        "whole",
        "version_tag",
        (
            "a git tag like v1.2.3, a suffix like -rc.1 is allowed",
            "v, MAJOR.MINOR.PATCH and maybe a pre-release such as -beta",
        ),
        rf"v{part}\.{part}\.{part}(?:-[0-9A-Za-z.-]+)?",
        ["v1.2.3", "v0.1.0-rc.1"],
        ["1.2.3", "v1.2", "v1.2.3-", "v01.2.3"],
    )


def postal_code(draw: Draw) -> Plan:
    if draw.chance(0.4):
        return plan(
            draw,
            "whole",
            "zip_code",
            ("a us zip code, 5 digits and maybe -4 more", "zip codes: 12345 or 12345-6789"),
            r"\d{5}(?:-\d{4})?",
            ["12345", "12345-6789"],
            ["1234", "12345-", "123456", "12345 6789"],
        )
    count = draw.number(3, 8)
    good, bad = [DIGITS[:count], DIGITS[2 : 2 + count]], [DIGITS[: count - 1], DIGITS[: count + 1], "a" * count]
    return plan(
        draw,
        "whole",
        draw.one(("postal_code", "pin", "account_number", "customer_number")),
        ("exactly «count» digits", "a code of «count» digits", "«count» digits and nothing else"),
        f"{digit(draw)}{{«count»}}",
        good,
        bad,
        {"count": str(count)},
    )


def file_name(draw: Draw) -> Plan:
    names = draw.some(
        ("jpg", "png", "gif", "webp", "csv", "json", "yaml", "txt", "pdf", "md", "py", "ts", "sql", "xml"), 2, 4
    )
    held = {f"ext{at}": name for at, name in enumerate(names)}
    marks = [f"«{name}»" for name in held]
    listed = " or ".join([", ".join(marks[:-1]), marks[-1]])
    return plan(
        draw,
        "whole",
        "file_name",
        (f"a file name ending in {listed}", f"file names with the extension {listed}, any case"),
        rf".+\.(?:{'|'.join(marks)})",
        [f"a.{names[0]}", f"b c.{names[-1].upper()}"],
        [f"a{names[0]}", "a.exe", f".{names[0]}", f"a.{names[0]}x"],
        held,
        "i",
    )


def one_of_words(draw: Draw) -> Plan:
    names = list(dict.fromkeys(draw.noun() for _ in range(draw.number(2, 5))))
    held = {f"word{at}": name for at, name in enumerate(names)}
    marks = [f"«{name}»" for name in held]
    listed = " or ".join([", ".join(marks[:-1]), marks[-1]] if len(marks) > 1 else marks)
    loose = draw.chance(0.35)
    tail = ", in any case" if loose else ""
    good, bad = [names[0], names[-1].upper() if loose else names[-1]], [names[0] + "x9", "", "9" + names[-1]]
    return plan(
        draw,
        "whole",
        draw.one(("kind", "command", "mode", "state", "role")),
        (f"one of the words {listed}{tail}", f"{listed}{tail}"),
        f"(?:{'|'.join(marks)})",
        good,
        bad,
        held,
        "i" if loose else "",
    )


def git_hash(draw: Draw) -> Plan:
    low = draw.one((40, 64, 32, 7, 8, 12))
    good, bad = [("0a1b2c3d4e5f" * 6)[:low], "f" * low], ["g" * low, "a" * (low - 1), "a" * (low + 1), "A" * low]
    return plan(
        draw,
        "whole",
        draw.one(("commit", "digest", "hash", "checksum")),
        ("exactly «low» lower case hex digits", "a hash of «low» hex digits (0-9, a-f)"),
        "[0-9a-f]{«low»}",
        good,
        bad,
        {"low": str(low)},
    )


def strong_password(draw: Draw) -> Plan:
    low = draw.number(6, 20)
    phrases = (
        "a password of at least «low» characters with a digit, a lower case and an upper case letter",
        "at least «low» characters, among them a digit, an upper and a lower case letter",
    )
    good, bad = ["aB3" + "x" * low, "Q1" + "w" * low], ["aB3", "a" * (low + 3), "A1" * low, "aB" * low]
    return plan(
        draw, "whole", "password", phrases, r"(?=.*\d)(?=.*[a-z])(?=.*[A-Z]).{«low»,}", good, bad, {"low": str(low)}
    )


def language_tag(draw: Draw) -> Plan:
    return plan(
        draw,
        "whole",
        "locale",
        ("a language tag like en or en-US", "two lower case letters, optionally a dash and two upper case letters"),
        "[a-z]{2}(?:-[A-Z]{2})?",
        ["en", "de-AT"],
        ["EN", "en-us", "eng", "en-"],
    )


def card_number(draw: Draw) -> Plan:
    gap, said = draw.one(((" ", "blanks"), ("-", "dashes")))
    groups, size = draw.one(((4, 4), (3, 4), (5, 4), (4, 3)))
    good = gap.join(DIGITS[at : at + size] for at in range(groups))
    return plan(draw, "whole", "card_number", (f"«groups» groups of «size» digits separated by {said}", f"a number written as «groups» blocks of «size» digits with {said} between"), f"\\d{{«size»}}(?:{gap}\\d{{«size»}}){{«rest»}}", [good], [good.replace(gap, ""), good + gap + "1", good[:-1]],
                {"size": str(size), "groups": Value(str(groups), ""), "rest": Value("", str(groups - 1))})  # fmt: skip


INTENTS = intents(
    prefixed_id, ranged_id, mac_address, uuid, slug, user_name, identifier, version_number, postal_code, file_name, one_of_words, git_hash, strong_password, language_tag, card_number,
)  # fmt: skip
