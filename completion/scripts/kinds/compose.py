"""Compose files: services that run together."""

from __future__ import annotations

from completion.scripts.kinds.base import Example, Kind, begins_with

KIND = Kind(
    name="compose",
    title="Compose file",
    fence="yaml",
    languages=("dockercompose", "yaml"),
    marker="#",
    file="compose.yaml",
    tokens=640,
    stops=("\n\n# ", "\n---", "\n\n\n"),
    instruction=(
        "You write compose files for Docker. Answer with the file only, in one fenced block, without any explanation. "
        "Begin with services, without a version. Pin the tag of every image, never use latest, name every volume and "
        "network that is used, and quote ports. Put no password and no other secret into the text: take it from a "
        "variable such as ${DB_PASSWORD}."
    ),
    examples=(
        Example(
            "postgres 16 with a volume for its data, reachable on this machine only",
            "services:\n"
            "  db:\n"
            "    image: postgres:16-alpine\n"
            "    environment:\n"
            "      POSTGRES_PASSWORD: ${DB_PASSWORD}\n"
            "    ports:\n"
            '      - "127.0.0.1:5432:5432"\n'
            "    volumes:\n"
            "      - data:/var/lib/postgresql/data\n\n"
            "volumes:\n"
            "  data:",
        ),
    ),
    frame=begins_with("services:\n"),
)
