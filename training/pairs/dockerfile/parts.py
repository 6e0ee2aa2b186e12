"""Parts that go into any image: user, port, health check, environment, labels; each with its words and its lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from training.pairs.grammar import Plan, Value
from training.pairs.names import Draw, spaced

Probe = Literal["python", "wget", "curl", "node"]
Packages = Literal["apt", "apk"]

PORTS = (80, 3000, 4000, 5000, 8000, 8080, 8081, 8501, 8888, 9000, 9090)
USERS = ("app", "appuser", "nonroot", "runner", "web", "service")
PATHS = ("/health", "/healthz", "/ping", "/status", "/api/health", "/ready", "/live", "/")


@dataclass(slots=True)
class Notes:
    """What a plan holds while it is drawn: values, and what the sentence must mention besides the stack."""

    draw: Draw
    values: dict[str, Value | str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)

    def hold(self, name: str, code: object, spoken: object | None = None) -> str:
        self.values[name] = Value(str(code if spoken is None else spoken), str(code))
        return f"«{name}»"


def port(notes: Notes) -> str:
    """The port, which every sentence tells."""
    draw = notes.draw
    found = notes.hold("port", draw.one(PORTS) if draw.chance(0.7) else draw.number(1025, 9999))
    notes.said.append(
        f"[on port {found}|port {found}|listening on {found}|exposing port {found}|~reachable at {found}]"
    )
    return found


def user(notes: Notes, packages: Packages, ready: str = "") -> list[str]:
    """The lines that leave root, in about half of the files; `ready` is a user that the base image has."""
    draw = notes.draw
    if draw.chance(0.45):
        return []
    if ready and draw.chance(0.7):
        name = notes.hold("user", ready)
        notes.said.append(f"[as |run as |running as ][the |]{name} user")
        return [f"USER {name}"]
    name = notes.hold("user", draw.one(USERS))
    notes.said.append(
        f"[run as user {name}|with a non-root user {name}|as the unprivileged user {name}|non-root ({name})]"
    )
    return [add_user(draw, name, packages), f"USER {name}"]


def add_user(draw: Draw, name: str, packages: Packages) -> str:
    """The line that makes a user."""
    if packages == "apk":
        return draw.one((f"RUN adduser -D {name}", f"RUN addgroup -S {name} && adduser -S -G {name} {name}"))
    return draw.one(
        (f"RUN useradd --create-home {name}", f"RUN useradd -m {name}", f"RUN useradd --system --create-home {name}")
    )


def health(notes: Notes, probe: Probe, port_: str, share: float = 0.35) -> list[str]:
    """A health check over HTTP, in some files."""
    draw = notes.draw
    if not draw.chance(share):
        return []
    path = notes.hold("path", draw.one(PATHS))
    every = notes.hold("every", draw.one((10, 15, 20, 30, 60)))
    notes.said.append(f"[with a |]health check [on|at] {path} every {every} seconds")
    options = f"--interval={every}s"
    if draw.chance(0.3):
        limit = notes.hold("limit", draw.one((2, 3, 5, 8)))
        notes.said[-1] += f" (timeout {limit} seconds)"
        options += f" --timeout={limit}s"
    gap = " \\\n    " if draw.chance(0.6) else " "
    return [f"HEALTHCHECK {options}{gap}CMD {request(probe, port_, path)}"]


def request(probe: Probe, port_: str, path: str) -> str:
    """A command in JSON form that fails unless the page answers, with what the image has on board."""
    url = f"http://localhost:{port_}{path}"
    words = {
        "python": ("python", "-c", f"import urllib.request; urllib.request.urlopen('{url}')"),
        "wget": ("wget", "-qO-", url), "curl": ("curl", "-fsS", url),
        "node": ("node", "-e", f"fetch('{url}').then(r => process.exit(r.ok ? 0 : 1))"),
    }[probe]  # fmt: skip
    return "[" + ", ".join(f'"{word}"' for word in words) + "]"


def environment(notes: Notes) -> list[str]:
    """A variable or two, in some files."""
    draw = notes.draw
    found: list[str] = []
    for number in range(draw.one((0, 0, 0, 0, 1, 1, 2))):
        name, value = variable(draw)
        held, text = notes.hold(f"env{number}", name), notes.hold(f"to{number}", value)
        notes.said.append(f"[with |]{held}={text}")
        found.append(f"ENV {held}={text}")
    return found


def variable(draw: Draw) -> tuple[str, str]:
    """An environment variable and its value."""
    fixed = (("NODE_ENV", "production"), ("LOG_LEVEL", draw.one(("info", "debug", "warning", "error"))), ("TZ", draw.one(("UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo"))),
             ("APP_ENV", draw.one(("production", "staging", "test"))), ("PORT", str(draw.one(PORTS))), ("WORKERS", str(draw.number(1, 16))), ("DEBUG", draw.one(("0", "1", "false"))))  # fmt: skip
    if draw.chance(0.4):
        return draw.one(fixed)
    suffix, value = draw.one((("URL", f"http://{draw.slug()}:{draw.one(PORTS)}"), ("HOST", draw.slug()), ("TIMEOUT", str(draw.number(1, 120))), ("DIR", f"/var/lib/{draw.noun().replace('_', '-')}"),
                              ("LIMIT", str(draw.number(1, 999))), ("MODE", draw.one(("on", "off", "auto", "strict"))), ("NAME", draw.noun())))  # fmt: skip
    return f"{draw.noun().upper()}_{suffix}", value


def labels(notes: Notes) -> list[str]:
    """A version label, in a few files."""
    if not notes.draw.chance(0.12):
        return []
    version = notes.hold("label", f"{notes.draw.number(0, 5)}.{notes.draw.number(0, 20)}.{notes.draw.number(0, 9)}")
    notes.said.append(f"labelled [with |]version {version}")
    return [f'LABEL ⟦version¦org.opencontainers.image.version⟧="{version}"']


def image(notes: Notes, heads: Sequence[str], lines: Sequence[str]) -> Plan:
    """A plan of a whole file: every head of a sentence, followed by what else it must mention in random order."""
    draw = notes.draw
    notes.draw.rng.shuffle(notes.said)
    first = " " if notes.said and notes.said[0].startswith(("[with ", "[on ", "[as ")) else ", "
    tail = first + draw.one((", ", ", ", ", ", "; ")).join(notes.said) if notes.said else ""
    text = "\n".join(lines)
    if draw.chance(0.25):
        text = text.replace("\nCOPY . .", "\n\nCOPY . .").replace("\nEXPOSE", "\n\nEXPOSE")
    return Plan(tuple(head + tail for head in heads), (text,), notes.values, "dockerfile")


def application(notes: Notes) -> str:
    """The name of the application, said in words."""
    name = notes.draw.slug()
    return notes.hold("app", name, spaced(name) if notes.draw.chance(0.3) else name)
