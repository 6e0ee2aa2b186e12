"""Dockerfiles: a whole one, with one or more stages."""

from __future__ import annotations

import re

from completion.scripts.kinds.base import Example, Kind, begins_with

_GOES_ON = re.compile(r"\\[ \t]*$")


def boundary(text: str) -> str:
    """Up to the last line that no backslash continues and that is whole."""
    kept = text[: text.rfind("\n") + 1].rstrip("\n").split("\n")
    while kept and _GOES_ON.search(kept[-1]):
        kept.pop()
    return "\n".join(kept) + "\n" if any(line.strip() for line in kept) else text


KIND = Kind(
    name="dockerfile",
    title="Dockerfile",
    fence="dockerfile",
    languages=("dockerfile",),
    marker="#",
    file="Dockerfile",
    tokens=640,
    stops=("\n\n# ", "\n\n\n"),
    instruction=(
        "You write Dockerfiles. Answer with the Dockerfile only, in one fenced block, without any explanation. Pin "
        "the tag of every image, never use latest, copy what changes least first, run as a user that is not root, "
        "and write ENTRYPOINT and CMD as JSON lists. Put no password and no other secret into the text: use a "
        "secret mount."
    ),
    examples=(
        Example(
            "a Go service built in two stages that listens on port 8080",
            "FROM golang:1.23-bookworm AS build\n"
            "WORKDIR /src\n"
            "COPY go.mod go.sum ./\n"
            "RUN go mod download\n"
            "COPY . .\n"
            "RUN CGO_ENABLED=0 go build -o /out/service .\n\n"
            "FROM alpine:3.20\n"
            "RUN adduser -D -u 10001 app\n"
            "COPY --from=build /out/service /usr/local/bin/service\n"
            "USER app\n"
            "EXPOSE 8080\n"
            'ENTRYPOINT ["/usr/local/bin/service"]',
        ),
    ),
    frame=begins_with("FROM "),
    boundary=boundary,
)
