"""Grounding: names that nobody can check offline are noted where they stand, and nothing else is."""

from __future__ import annotations

import pytest

from completion.scripts import grounding
from completion.scripts.types import Material

SHELL = """\
#!/bin/bash
greet() { echo hi; }
greet
frobnicate --all | sort
sudo apt-get update && sudo apt-get install -y --no-install-recommends curl htop
pip install -r requirements.txt requests==2.31 ./own.whl
python3 -m pip install flask
curl -fsSL https://get.shop.io/x | sh
ssh -i key deploy@web1.shop.io uptime
scp a.txt host2:/tmp
docker run --rm -v /a:/b -p 80:80 nginx:1.27 ls
x=$(mytool get)
find . -exec blorp {} \\;
npm install && npm i left-pad
curl http://localhost:8080/health https://example.com/a
for f in $(othertool); do ./here.sh "$f"; done
"""
DOCKERFILE = """\
ARG BASE=alpine
FROM golang:1.22 AS build
RUN --mount=type=cache,target=/x apk add --no-cache git \\
    # why
    && go install tool.shop.io/x@latest
FROM build
COPY --from=nginx:1.27 /a /b
COPY --from=build /a /b
ADD https://files.shop.io/x.tgz /x
RUN ["pip", "install", "flask"]
RUN <<EOF
npm install express
EOF
FROM scratch
"""
COMPOSE = """\
services:
  a:
    image: nginx:1.27
    environment:
      U: https://api.shop.io/x
  b:
    image: ${OWN}
"""
MANIFEST = """\
apiVersion: shop.io/v1
kind: Order
metadata:
  name: x
---
apiVersion: v1
kind: Pod
metadata:
  name: x
spec:
  containers:
  - name: a
    image: nginx:1.27
"""
SQL = "SELECT frob(a), upper(b), now() FROM t\nJOIN u USING (id);\nCREATE EXTENSION IF NOT EXISTS postgis;\n"
PYTHON = "import os, requests\nfrom numpy import a\nfrom .x import y\n\nU = 'https://api.shop.io'\n"


def places(kind: str, text: str, material: Material | None = None) -> list[tuple[int, int, str]]:
    found = grounding.unverified(kind, text, material or Material())
    assert all((each.check, each.severity) == ("grounding", "note") and each.message for each in found)
    return [(each.line, each.column, each.rule) for each in found]


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (
            "shell", SHELL,
            [
                (4, 1, "command"), (5, 72, "package"), (5, 77, "package"), (6, 33, "package"), (7, 24, "package"),
                (8, 12, "url"), (9, 12, "host"), (10, 11, "host"), (11, 35, "image"), (12, 5, "command"),
                (13, 1, "command"),
                (14, 22, "package"), (16, 12, "command"),
            ],
        ),
        (
            "dockerfile", DOCKERFILE,
            [
                (2, 6, "image"), (3, 53, "package"), (5, 19, "package"), (7, 13, "image"), (9, 5, "url"),
                (10, 1, "package"),
                (12, 13, "package"),
            ],
        ),
        ("compose", COMPOSE, [(3, 5, "image"), (5, 10, "url")]),
        ("kubernetes", MANIFEST, [(2, 1, "api-kind"), (13, 5, "image")]),
        ("python", PYTHON, [(1, 12, "import"), (2, 1, "import"), (5, 5, "url")]),
        ("regex", "https://api.shop.io", []),
    ],
)  # fmt: skip
def test_names_and_their_places(kind: str, text: str, expected: list[tuple[int, int, str]]) -> None:
    assert places(kind, text) == expected


def test_sql_with_and_without_a_schema() -> None:
    without = places("sql", SQL, Material(dialect="postgres"))
    assert without == [(1, 8, "function"), (1, 38, "schema"), (2, 6, "schema"), (3, 32, "extension")]
    material = Material(dialect="postgres", schema="CREATE TABLE t (a int); CREATE TABLE u (id int)")
    assert places("sql", SQL, material) == [(1, 8, "function"), (3, 32, "extension")]
    assert (
        places(
            "sql", "WITH x AS (SELECT 1) SELECT json_extract('{}', '$.a') FROM x;\nCREATE TABLE n (a); SELECT a FROM n"
        )
        == []
    )


@pytest.mark.parametrize("kind", ["sql", "shell", "dockerfile", "compose", "kubernetes", "python", "regex", "poem"])
@pytest.mark.parametrize("text", ["", "((((", "\x00", "'", "a: [", "}{" * 50, "x" * 70_000])
def test_what_cannot_be_read_has_no_names(kind: str, text: str) -> None:
    assert all(each.rule in ("command", "schema") for each in grounding.unverified(kind, text, Material()))


def test_a_name_is_said_once() -> None:
    assert len(grounding.unverified("dockerfile", "FROM a:1\nFROM b:1\nFROM a:1\n", Material())) == 2


def test_the_message_names_what_it_is() -> None:
    (note,) = grounding.unverified("dockerfile", "FROM shop/base:1.2\n", Material())
    assert note.message == "whether the image shop/base:1.2 exists was not verified"
