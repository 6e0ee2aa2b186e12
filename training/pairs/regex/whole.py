"""What a whole string must look like."""

from __future__ import annotations

from training.pairs.grammar import Plan, Value, intents
from training.pairs.names import Draw
from training.pairs.regex.code import plan

DIGITS = "0123456789012345678901234567890123456789"
LOWER = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"


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


def signed_number(draw: Draw) -> Plan:
    if draw.chance(0.4):
        return plan(
            draw,
            "whole",
            "integer",
            ("an integer, maybe negative", "a whole number with an optional minus sign"),
            rf"-?{digit(draw)}+",
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
        r"-?\d+\.\d{«count»}",
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


def digit(draw: Draw) -> str:
    return draw.one((r"\d", r"\d", "[0-9]"))


INTENTS = intents(
    iso_date, day_first_date, clock_time, hex_color, ipv4, signed_number, money, phone, email, web_address, duration, coordinates, absolute_path,
)  # fmt: skip
