"""What a whole string must look like."""

from __future__ import annotations

from training.pairs.grammar import Plan, Value, intents
from training.pairs.names import Draw
from training.pairs.regex.code import plan

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
        f"«prefix»{gap}{_digit(draw)}{{«count»}}",
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
    pattern = f"[A-Z]{{«letters»}}{_digit(draw)}{{«low»,«high»}}"
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


def iso_date(draw: Draw) -> Plan:
    gap, said = draw.one((("-", "YYYY-MM-DD"), ("/", "YYYY/MM/DD"), (r"\.", "YYYY.MM.DD")))
    plain = gap[-1]
    phrases = (f"a date as {said}", f"dates of the form {said}", f"a {said} date with month 01 to 12 and day 01 to 31")
    good, bad = (
        [f"2024{plain}02{plain}29", f"1999{plain}12{plain}31"],
        [f"2024{plain}13{plain}01", f"2024{plain}00{plain}10", f"24{plain}01{plain}01", f"2024{plain}01{plain}32"],
    )
    return plan(
        draw, "whole", "date", phrases, rf"\d{{4}}{gap}(?:0[1-9]|1[0-2]){gap}(?:0[1-9]|[12]\d|3[01])", good, bad
    )


def day_first_date(draw: Draw) -> Plan:
    gap = draw.one((".", "/", "-"))
    phrases = (f"a date as DD{gap}MM{gap}YYYY", f"day, month and year like 31{gap}12{gap}2024", f"DD{gap}MM{gap}YYYY")
    held = r"\." if gap == "." else gap
    good, bad = (
        [f"31{gap}12{gap}2024", f"01{gap}02{gap}1999"],
        [f"32{gap}12{gap}2024", f"1{gap}2{gap}2024", f"12{gap}13{gap}2024", f"01{gap}01{gap}24"],
    )
    return plan(
        draw, "whole", "date", phrases, rf"(?:0[1-9]|[12]\d|3[01]){held}(?:0[1-9]|1[0-2]){held}\d{{4}}", good, bad
    )


def clock_time(draw: Draw) -> Plan:
    seconds = draw.chance(0.4)
    phrases = (
        ("a 24 hour time HH:MM:SS", "HH:MM:SS with hours 00 to 23")
        if seconds
        else ("a 24 hour time HH:MM", "HH:MM from 00:00 to 23:59", "a time of day as HH:MM")
    )
    tail = r":[0-5]\d" if seconds else ""
    end = ":07" if seconds else ""
    return plan(
        draw,
        "whole",
        "time",
        phrases,
        rf"(?:[01]\d|2[0-3]):[0-5]\d{tail}",
        [f"00:00{end}", f"23:59{end}", f"09:30{end}"],
        [f"24:00{end}", f"12:60{end}", f"9:30{end}", "noon"],
    )


def hex_color(draw: Draw) -> Plan:
    if draw.chance(0.5):
        return plan(
            draw,
            "whole",
            "hex_color",
            ("a hex color like #1a2b3c", "# and 6 hex digits", "a css color of # and six hex digits"),
            "#[0-9a-fA-F]{6}",
            ["#1a2B3c", "#000000"],
            ["1a2b3c", "#12345", "#ggg000", "#1234567"],
        )
    return plan(
        draw,
        "whole",
        "hex_color",
        ("a hex color with 3 or 6 digits", "css hex colors, short (#fff) or long (#ffffff)"),
        "#(?:[0-9a-fA-F]{3}){1,2}",
        ["#fff", "#00FF7f"],
        ["#ffff", "fff", "#xyz", "#"],
    )


def ipv4(draw: Draw) -> Plan:
    part = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
    if draw.chance(0.35):
        return plan(
            draw,
            "whole",
            "cidr",
            ("an ipv4 network in cidr notation", "an ipv4 address with a prefix length from /0 to /32"),
            rf"(?:{part}\.){{3}}{part}/(?:3[0-2]|[12]?\d)",
            ["10.0.0.0/8", "192.168.1.0/24", "0.0.0.0/0"],
            ["10.0.0.0", "10.0.0.0/33", "300.0.0.0/8"],
        )
    return plan(
        draw,
        "whole",
        "ipv4",
        ("an ipv4 address", "an ip address with four numbers from 0 to 255"),
        rf"(?:{part}\.){{3}}{part}",
        ["127.0.0.1", "255.255.255.255", "8.8.8.8"],
        ["256.1.1.1", "1.2.3", "1.2.3.4.5", "a.b.c.d"],
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


def signed_number(draw: Draw) -> Plan:
    if draw.chance(0.4):
        return plan(
            draw,
            "whole",
            "integer",
            ("an integer, maybe negative", "a whole number with an optional minus sign"),
            rf"-?{_digit(draw)}+",
            ["0", "-17", "4200"],
            ["1.5", "--1", "+1", "ten", ""],
        )
    count = draw.number(1, 8)
    good, bad = (
        [f"12.{DIGITS[:count]}", f"-0.{DIGITS[:count]}"],
        [f"12.{DIGITS[: count + 1]}", "12", f".{DIGITS[:count]}", f"1,{DIGITS[:count]}"],
    )
    return plan(
        draw,
        "whole",
        draw.one(("amount", "price", "decimal", "rate")),
        (
            "a decimal number with exactly «count» decimals, maybe negative",
            "an optional minus sign, digits, a dot and «count» digits",
        ),
        rf"-?\d+\.\d{{«count»}}",
        good,
        bad,
        {"count": str(count)},
    )


def money(draw: Draw) -> Plan:
    sign, said = draw.one(((r"\$", "$"), ("€", "€"), ("£", "£")))
    good, bad = [f"{said}1", f"{said}1,234.50", f"{said}999,999"], ["1,234.50", f"{said}1234,5", f"{said}1.5", said]
    return plan(
        draw,
        "whole",
        "money",
        (
            f"an amount like {said}1,234.50, cents are optional",
            f"{said} and an amount with thousands separators, two decimals optional",
        ),
        rf"{sign}\d{{1,3}}(?:,\d{{3}})*(?:\.\d{{2}})?",
        good,
        bad,
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
        f"{_digit(draw)}{{«count»}}",
        good,
        bad,
        {"count": str(count)},
    )


def phone(draw: Draw) -> Plan:
    a, b, c = draw.one(((3, 3, 4), (2, 4, 4), (4, 3, 3), (3, 4, 4), (2, 3, 4)))
    gap, said = draw.one((("-", "dashes"), (" ", "blanks"), (r"\.", "dots")))
    good = [gap[-1].join((DIGITS[1 : 1 + a], DIGITS[2 : 2 + b], DIGITS[:c]))]
    bad = [good[0].replace(gap[-1], ""), good[0] + "0", "x" + good[0][1:], good[0][:-1]]
    return plan(
        draw,
        "whole",
        "phone",
        (
            f"a phone number of «a», «b» and «c» digits separated by {said}",
            f"groups of «a», «b» and «c» digits with {said} between them",
        ),
        rf"\d{{«a»}}{gap}\d{{«b»}}{gap}\d{{«c»}}",
        good,
        bad,
        {"a": str(a), "b": str(b), "c": str(c)},
    )


def email(draw: Draw) -> Plan:
    if draw.chance(0.5):
        host = f"{draw.noun().replace('_', '-')}.{draw.one(('com', 'org', 'net', 'io'))}"
        held = {"host": Value(host, host.replace(".", r"\."))}
        return plan(
            draw,
            "whole",
            "email",
            ("an email address at «host»", "addresses that end in @«host»"),
            r"[\w.+-]+@«host»",
            [f"a.b+c@{host}", f"info@{host}"],
            [f"@{host}", f"info@{host}.de", "info@other.example", "info"],
            held,
        )
    return plan(
        draw,
        "whole",
        "email",
        ("an email address", "something@domain.tld, kept simple", "a plausible email address"),
        r"[^@\s]+@[^@\s]+\.[^@\s]+",
        ["a@b.co", "first.last@mail.example.org"],
        ["a@b", "a b@c.de", "@c.de", "abc"],
    )


def web_address(draw: Draw) -> Plan:
    https = draw.chance(0.4)
    phrases = (
        ("an https url", "urls that start with https://")
        if https
        else ("an http or https url", "urls with http:// or https://")
    )
    return plan(
        draw,
        "whole",
        "url",
        phrases,
        f"https{'' if https else '?'}://[^\\s/]+(?:/\\S*)?",
        ["https://example.com", "https://a.example/b?c=d"],
        ["ftp://example.com", "https://", "https://a b", "example.com"],
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


def duration(draw: Draw) -> Plan:
    return plan(
        draw,
        "whole",
        "duration",
        ("a duration like 1h30m, 45m or 2h", "hours and minutes as 2h, 15m or 2h15m"),
        r"(?=\d)(?:\d+h)?(?:\d+m)?",
        ["1h30m", "45m", "2h"],
        ["", "h", "30", "1m2h"],
    )


def coordinates(draw: Draw) -> Plan:
    return plan(
        draw,
        "whole",
        "coordinates",
        ("latitude and longitude like 52.52,13.4", "two signed decimal numbers separated by a comma"),
        r"-?\d+(?:\.\d+)?,\s*-?\d+(?:\.\d+)?",
        ["52.52,13.4", "-33.9, 151"],
        ["52.52", "52.52;13.4", "a,b", "1.,2"],
    )


def card_number(draw: Draw) -> Plan:
    gap, said = draw.one(((" ", "blanks"), ("-", "dashes")))
    groups, size = draw.one(((4, 4), (3, 4), (5, 4), (4, 3)))
    good = gap.join(DIGITS[at : at + size] for at in range(groups))
    return plan(draw, "whole", "card_number", (f"«groups» groups of «size» digits separated by {said}", f"a number written as «groups» blocks of «size» digits with {said} between"), f"\\d{{«size»}}(?:{gap}\\d{{«size»}}){{«rest»}}", [good], [good.replace(gap, ""), good + gap + "1", good[:-1]],
                {"size": str(size), "groups": Value(str(groups), ""), "rest": Value("", str(groups - 1))})  # fmt: skip


def absolute_path(draw: Draw) -> Plan:
    return plan(
        draw,
        "whole",
        "path",
        ("an absolute unix path without blanks", "a path that starts with / and has no blanks"),
        r"/(?:[^/\s]+/?)*",
        ["/", "/etc/hosts", "/var/log/"],
        ["etc", "/a b", "//x y", ""],
    )


def _digit(draw: Draw) -> str:
    return draw.one((r"\d", r"\d", "[0-9]"))


INTENTS = intents(
    prefixed_id, ranged_id, iso_date, day_first_date, clock_time, hex_color, ipv4, mac_address, uuid, slug, user_name, identifier,
    version_number, signed_number, money, postal_code, phone, email, web_address, file_name, one_of_words, git_hash, strong_password,
    language_tag, duration, coordinates, card_number, absolute_path,
)  # fmt: skip
