"""Dockerfiles: a whole one below its request, or one that lacks an instruction."""

from __future__ import annotations

from training.pairs.dockerfile import building, built_stacks, instructions, node_stacks, stacks
from training.pairs.grammar import Intent, render
from training.pairs.items import Item
from training.pairs.layout import Place, item, written
from training.pairs.names import Draw

NAME = "dockerfile"
STACKS: tuple[Intent[Draw], ...] = (*stacks.INTENTS, *node_stacks.INTENTS, *built_stacks.INTENTS)
INTENTS: tuple[Intent[Draw], ...] = (*STACKS, *instructions.INTENTS, *building.INTENTS)
BY_NAME = {intent.name: intent for intent in INTENTS}
WHOLE = frozenset(intent.name for intent in STACKS)
HELD_OUT: tuple[str, ...] = ("rust-binary", "php-apache", "celery-worker", "volume", "time-zone", "numbered-user")

# What needs something of the file above it: a language, a stage, a tool.
NEEDS = {
    "copy-from-stage": "stage",
    "pip-with-cache": "python",
    "pip-packages": "python",
    "secret-mount": "python",
    "default-command": "python",
}
CLOSING = frozenset(
    {
        "health-check",
        "health-check-detailed",
        "unprivileged-user",
        "numbered-user",
        "expose-ports",
        "entry-script",
        "stop-signal",
        "default-command",
    }
)
TOGETHER = ("apt-packages", "environment-variables", "build-argument", "image-labels")
"""Instructions that may stand above any other one."""


def compose(draw: Draw, name: str, *, held_out: bool) -> Item | None:
    """A Dockerfile with a request for one intent; None where it has no held-out wording."""
    pair = render(name, BY_NAME[name].plan(draw), draw.rng, held_out=held_out)
    if pair is None:
        return None
    folder = draw.one(("", "", "", "docker/", "build/", f"{draw.noun().replace('_', '-')}/"))
    path = folder + draw.one(
        (
            "Dockerfile",
            "Dockerfile",
            "Dockerfile",
            f"Dockerfile.{draw.one(('prod', 'dev', 'web', 'worker', 'ci'))}",
            f"{draw.noun()}.Dockerfile",
        )
    )
    if name in WHOLE:
        above = draw.one(("", "", "", "# syntax=docker/dockerfile:1\n\n", "# syntax=docker/dockerfile:1\n"))
        return item(draw, Place(NAME, "dockerfile", path, above), pair, held_out=held_out)
    above, below = _around(draw, name, pair.code)
    return item(draw, Place(NAME, "dockerfile", path, above, below), pair, held_out=held_out)


def _around(draw: Draw, name: str, code: str) -> tuple[str, str]:
    need, app = NEEDS.get(name, ""), draw.noun()
    if need == "stage":
        stage = code.split("--from=")[1].split(" ")[0]
        binary = code.rsplit("/", 1)[1]
        above = f"FROM golang:1.{draw.number(21, 24)} AS {stage}\nWORKDIR /src\nCOPY . .\nRUN CGO_ENABLED=0 go build -o {binary} .\n\nFROM alpine:3.{draw.number(18, 21)}\n\n"
        return above, f'\n\nENTRYPOINT ["/usr/local/bin/{binary}"]\n'
    if need == "python" or draw.chance(0.4):
        base, work = (
            f"python:3.{draw.number(9, 13)}-slim",
            "COPY requirements.txt .\nRUN pip install --no-cache-dir -r requirements.txt\nCOPY . .\n",
        )
        command = f'CMD ["python", "-m", "{app}"]\n'
    elif draw.chance(0.5):
        base, work = (
            f"node:{draw.one((18, 20, 22))}-bookworm-slim",
            "COPY package*.json ./\nRUN npm ci --omit=dev\nCOPY . .\n",
        )
        command = f'CMD ["node", "{app}.js"]\n'
    else:
        base, work = (
            draw.one(("debian:bookworm-slim", "ubuntu:22.04", "ubuntu:24.04")),
            f"COPY bin/{app} /usr/local/bin/{app}\n",
        )
        command = f'CMD ["{app}"]\n'
    above = f"FROM {base}\n\n"
    if draw.chance(0.25) and name not in TOGETHER:
        other = draw.one(TOGETHER)
        found = render(other, BY_NAME[other].plan(draw), draw.rng)
        above += written(draw, found) + "\n" if found else ""
    above += f"WORKDIR {draw.one(('/app', '/srv', '/opt/app', '/usr/src/app'))}\n"
    late = name in CLOSING
    if late:
        above += work
    above += "\n"
    after = "" if late else "\n" + work
    if "CMD" not in code.replace("    CMD", "").replace("s CMD", "") and "ENTRYPOINT" not in code and draw.chance(0.85):
        after += "\n" + command
    return above, "\n" + after
