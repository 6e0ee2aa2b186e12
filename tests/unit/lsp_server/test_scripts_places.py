"""Which documents are scripts, and which comments read like a request."""

from __future__ import annotations

import pytest

from lsp_server.scripts_places import comment_at, kind_of, reads_like_request, whole_lines


@pytest.mark.parametrize(
    "words",
    [
        "names of all customers without orders",
        "all orders of last month",
        "Remove empty folders below build",
        "TODO: write a backup of the database",
        "please list the ten largest files",
        "a deployment named web with 3 replicas",
        "count users per country",
        "How many orders has each customer?",
    ],
)
def test_requests(words: str) -> None:
    assert reads_like_request(words)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "remove",
        "list files",
        "!/usr/bin/env bash",
        "shellcheck disable=SC2086 because it splits",
        "syntax=docker/dockerfile:1",
        "Copyright 2026 the authors of this",
        "SPDX-License-Identifier: Apache-2.0",
        "noqa: E501 show this line",
        "SELECT name FROM users WHERE id = 3;",
        "print(value of this thing)",
        "set x to y; then {",
        "This module holds the helpers",
        "See the other file for details",
        "-----------------",
        "42 rows are all there is",
    ],
)
def test_other_comments(words: str) -> None:
    assert not reads_like_request(words)


@pytest.mark.parametrize(
    ("language", "path", "source", "kind"),
    [
        ("sql", "a.sql", "", "sql"),
        ("shellscript", "a.sh", "", "shell"),
        ("dockerfile", "Dockerfile", "", "dockerfile"),
        ("dockercompose", "a.yml", "", "compose"),
        ("python", "a.py", "", "python"),
        ("yaml", "docker-compose.dev.yml", "", "compose"),
        ("yaml", "deploy/compose.yaml", "", "compose"),
        ("yaml", "a.yaml", "# x\nservices:\n  web: {}\n", "compose"),
        ("yaml", "a.yaml", "---\napiVersion: v1\nkind: Pod\n", "kubernetes"),
        ("yaml", "a.yaml", "spec:\n  kind: Pod\n", ""),
        ("rust", "a.rs", "", ""),
    ],
)
def test_kinds(language: str, path: str, source: str, kind: str) -> None:
    assert kind_of(language, path, source.encode()) == kind


def test_a_comment_of_several_lines() -> None:
    lines = ["#!/bin/sh", "# list the files", "# that are empty", "", "x=1  # all the rest", "  # one", "# two", "a"]
    found = comment_at(lines, 2, "#")
    assert found is not None
    assert (found.first, found.last, found.words) == (1, 2, "list the files that are empty")
    assert not found.followed
    assert comment_at(lines, 4, "#") is None
    inner = comment_at(lines, 5, "#")
    assert inner is not None
    assert (inner.first, inner.last, inner.indent, inner.followed) == (5, 5, "  ", True)
    assert comment_at(lines, 99, "#") is None
    assert comment_at(["# text"] * 40, 20, "#") is None


def test_whole_lines_of_a_selection() -> None:
    assert whole_lines((1, 4), (1, 9)) == (1, 1)
    assert whole_lines((3, 2), (1, 4)) == (1, 3)
    assert whole_lines((1, 0), (3, 0)) == (1, 2)
    assert whole_lines((1, 0), (1, 0)) == (1, 1)
