"""Blocks of YAML as rules: lines that stand as they are, with places in them, and the values that fit there.

A template is text with `<rule>` and `<rule?>` (may be missing) in it; `{}` of a name stands for itself. Knows no schema.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from completion.scripts.grammar.images import image
from completion.scripts.grammar.mentions import Mentions
from completion.scripts.grammar.notation import Rules, add, choice, literal, words

_PLACE = re.compile(r"<([a-z0-9-]+)(\??)>")
_USUAL_PORTS = ("80", "8080", "443", "3000", "5000", "8000")


def block(template: str, indent: int = 0, values: Mapping[str, str] | None = None) -> str:
    """A body for the template, each of its lines moved in; `values` are texts for `{name}` in it."""
    text = "".join(" " * indent + line for line in template.splitlines(keepends=True))
    # What may be missing brings its own line and its own indentation.
    text = re.sub(r"^ +(?=<[a-z0-9-]+\?>)", "", text, flags=re.M)
    for name, value in (values or {}).items():
        text = text.replace("{" + name + "}", value)
    parts: list[str] = []
    at = 0
    for match in _PLACE.finditer(text):
        if match.start() > at:
            parts.append(literal(text[at : match.start()]))
        parts.append(f"{match[1]}{match[2]}")
        at = match.end()
        if match[2] and text[at : at + 1] == "\n":
            at += 1
    if at < len(text):
        parts.append(literal(text[at:]))
    return " ".join(parts)


def add_values(rules: Rules, said: Mentions, request: str) -> None:
    """The rules of values: `image`, `int`, `port`, `dns`, `host`, `cpu`, `memory`, `text`, `variable`, `path`, `percent`."""
    whole = [number for number in said.numbers if number.isdigit()]
    small = [number for number in whole if 0 < int(number) < 1000]
    plain = [
        number
        for number in re.findall(r"\bports? (\d{2,5})\b|\bat (\d{4,5})\b|:(\d{4,5})\b", request)
        for number in number
        if number
    ]
    ports = [number for number in plain or whole if 9 < int(number) < 65536]
    add(rules, "image", image(said))
    add(rules, "int", words(small) if small else "[1-9]")
    add(
        rules,
        "count",
        words(number for number in small if int(number) < 101) if any(int(n) < 101 for n in small) else "[1-5]",
    )
    add(rules, "port", words(ports) if ports else words(_USUAL_PORTS))
    add(rules, "dns", '[a-z] [a-z0-9]{1,20} ( "-" [a-z0-9]{1,12} ){0,2}')
    hosts = re.findall(r"\b(?:[a-z0-9-]+\.)+[a-z]{2,10}\b", request)
    add(rules, "host", words(hosts[:6]) if hosts else 'dns ".example.com"')
    cpus = re.findall(r"\b\d+m\b", request) + [
        f'"{number}"' for number in re.findall(r"\b(\d(?:\.\d)?) cpus?\b", request, re.I)
    ]
    add(rules, "cpu", words(cpus) if cpus else '[1-9] "00m" | "\\"" [1-4] "\\""')
    sizes = re.findall(r"\b\d+(?:Ki|Mi|Gi|Ti)\b", request)
    add(rules, "memory", words(sizes) if sizes else '( "64" | "128" | "256" | "512" ) "Mi" | [1-9] "Gi"')
    add(rules, "size", words(sizes) if sizes else '[1-9] [0-9]? "Gi"')
    add(
        rules,
        "percent",
        words(number for number in small if 9 < int(number) < 100)
        if any(9 < int(n) < 100 for n in small)
        else '[5-9] "0"',
    )
    add(rules, "quoted", '"\\"" [a-zA-Z0-9 _./:@,=+?&%-]{0,24} "\\""')
    add(rules, "plain", "[a-zA-Z] [a-zA-Z0-9_./-]{0,40}")
    add(rules, "text", "quoted | plain-text")
    # A bare word must not read as true, false, null or a number.
    add(rules, "plain-text", "[a-zA-Z/] [a-zA-Z0-9_./-]{5,20}")
    variables = re.findall(r"\b[A-Z][A-Z0-9]*_[A-Z0-9_]*[A-Z0-9]\b|\b[A-Z]{3,}(?==)", request)
    add(
        rules,
        "variable",
        words(dict.fromkeys(variables)) if variables else '[A-Z] [A-Z0-9]{1,16} ( "_" [A-Z0-9]{1,12} ){0,3}',
    )
    add(rules, "key", "[a-z] [a-z0-9]{1,16} ( [._-] [a-z0-9]{1,12} ){0,2}")
    paths = re.findall(r"(?<![\w:/.])/[a-zA-Z0-9_./-]{1,60}", request)
    add(
        rules,
        "path",
        choice((words(paths), '"/"')) if paths else '"/" ( [a-z] [a-z0-9_-]{0,20} ( "/" [a-z0-9_-]{1,20} ){0,2} )?',
    )
    add(
        rules,
        "folder",
        choice((words(path.rstrip("/") or "/" for path in paths), '"/data"', '"/etc/config"'))
        if paths
        else '"/" [a-z] [a-z0-9_-]{0,20} ( "/" [a-z0-9_-]{1,20} ){0,2}',
    )
