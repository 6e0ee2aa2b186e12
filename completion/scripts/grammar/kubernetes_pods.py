"""Containers of pods as rules, at each depth at which a kind holds them.

A part that the request asks for must be there, one that it may mean can be, and others cannot.
"""

from __future__ import annotations

import re

from completion.scripts.grammar.notation import Rules, add
from completion.scripts.grammar.yaml_blocks import block

_DEPTHS = (6, 10)
"""How far in the specification of pods stands: in most kinds, and in a CronJob."""


def add_containers(rules: Rules, request: str) -> None:
    """The rules `rest-N`: what follows the name and the image of a container, N signs in."""
    for depth in _DEPTHS:
        _container(rules, depth, request)


def _container(rules: Rules, at: int, request: str) -> None:
    inside = at + 4
    for name, template in {
        "args": "command:\n  - <word>\n",
        "ports": "ports:\n  - containerPort: <port>\n",
        "env": "env:\n",
        "from": "envFrom:\n  - configMapRef:\n      name: <dns>\n",
        "limits": "limits:\n",
    }.items():
        add(rules, f"{name}-{at}", block(template, inside))
    add(rules, "word", "[a-zA-Z/.] [a-zA-Z0-9_./=-]{5,40} | quoted")
    add(rules, f"command-{at}", f'args-{at} ( {block("  - <word>", inside)} "\\n" ){{0,4}}')
    value = block("  - name: <variable>\n    value: <quoted>\n", inside)
    source = block("      name: <dns>\n      key: <key>\n", inside + 2)
    referred = block("  - name: <variable>\n    valueFrom:\n", inside)
    reference = (
        f'{referred} ( {block("secretKeyRef:", inside + 6)} | {block("configMapKeyRef:", inside + 6)} ) "\\n" {source}'
    )
    add(rules, f"variables-{at}", f"env-{at} ( {value} | {reference} ){{1,3}}")
    http = block("httpGet:\n  path: <path>\n  port: <port>\n", inside + 2)
    socket = block("tcpSocket:\n  port: <port>\n", inside + 2)
    times = [f'( {block(f"{field}: <int>", inside + 2)} "\\n" )?' for field in ("initialDelaySeconds", "periodSeconds")]
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        add(
            rules,
            f"{probe.lower()}-{at}",
            f'{block(probe + ":", inside)} "\\n" ( {http} | {socket} ) {" ".join(times)}',
        )
    amounts = f'( {block("cpu: <cpu>", inside + 4)} "\\n" )? {block("memory: <memory>", inside + 4)} "\\n" | {block("cpu: <cpu>", inside + 4)} "\\n"'
    add(rules, f"amounts-{at}", amounts)
    requests, limits = (f'{block(word + ":", inside + 2)} "\\n" amounts-{at}' for word in ("requests", "limits"))
    add(rules, f"resources-{at}", f'{block("resources:", inside)} "\\n" ( {requests} ( {limits} )? | {limits} )')
    mount = f'{block("volumeMounts:", inside)} "\\n" {block("  - name: data", inside)} "\\n" {block("    mountPath: <folder>", inside)} "\\n"'
    volume = (
        f'{block("volumes:", at)} "\\n" {block("  - name: data", at)} "\\n" ( '
        + " | ".join(
            (
                block("    emptyDir: {}\n", at),
                block("    persistentVolumeClaim:\n      claimName: <dns>\n", at),
                block("    configMap:\n      name: <dns>\n", at),
                block("    secret:\n      secretName: <dns>\n", at),
            )
        )
        + " )"
    )
    parts = {
        "command": f"command-{at}",
        "ports": f"ports-{at}",
        "from": f"from-{at}",
        "env": f"variables-{at}",
        "resources": f"resources-{at}",
        "startup": f"startupprobe-{at}",
        "liveness": f"livenessprobe-{at}",
        "readiness": f"readinessprobe-{at}",
        "volume": f"{mount} {volume}",
    }
    rest = [f"( {body} ){_wanted(name, request)}" for name, body in parts.items() if _wanted(name, request) is not None]
    add(rules, f"rest-{at}", " ".join(rest) or '""')


def _wanted(part: str, request: str) -> str | None:
    """ "" where the request asks for a part, "?" where it may mean it, None where nothing speaks of it."""
    asked, meant = _ASKED[part]
    if asked and re.search(rf"\b(?:{asked})\b", request, re.I):
        return ""
    return "?" if re.search(rf"\b(?:{meant})\b", request, re.I) else None


_PROBE = r"prob\w+|health\w*|checks?"
_ASKED = {
    "command": ("", r"runs?|running|commands?|execut\w+|args?|arguments?|starts?|that \w+s|sleep|prints?|with \w+ -"),
    "ports": ("", r"ports?|serv\w+|listen\w*|expos\w+|reachable|http|web|api|on \d+"),
    "from": ("", r"all (?:keys|variables|of)|env ?from|from (?:the )?(?:config ?map|secret)"),
    "env": ("", r"env\w*|variables?|settings?|passwords?|(?-i:[A-Z][A-Z0-9]*_[A-Z0-9_]+)|secret\w*|config ?map"),
    "resources": (r"cpu|memory|\d+[MG]i|resources?", r"limits?|requests?"),
    "startup": (r"startup prob\w+", _PROBE),
    "liveness": (r"liveness|(?<!/)alive", _PROBE),
    "readiness": (r"readiness|(?<!/)ready", _PROBE),
    "volume": (r"mounted|mounts?|mounting", r"volumes?|emptydir|claims?|disk|storage|persist\w*"),
}
"""Patterns of the words that ask for a part of a container, and of those that may."""
