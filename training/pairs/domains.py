"""The table of domains: what can be asked for, what of it is held out, and who checks it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from training.pairs.checks import Check
from training.pairs.checks import dockerfile as dockerfile_check
from training.pairs.checks import kubernetes as kubernetes_check
from training.pairs.checks import regex as regex_check
from training.pairs.checks import shell as shell_check
from training.pairs.checks import sql as sql_check
from training.pairs.dockerfile import files as dockerfile
from training.pairs.items import Item
from training.pairs.kubernetes import files as kubernetes
from training.pairs.names import Draw
from training.pairs.regex import files as regex
from training.pairs.shell import files as shell
from training.pairs.sql import files as sql


class Compose(Protocol):
    """Writes a file around one intent."""

    def __call__(self, draw: Draw, name: str, *, held_out: bool) -> Item | None: ...


@dataclass(frozen=True, slots=True)
class Domain:
    """A kind of script. `share` is its part of all items."""

    name: str
    share: float
    intents: tuple[str, ...]
    held_out: tuple[str, ...]
    compose: Compose
    cheap: Check
    deep: Check


DOMAINS: tuple[Domain, ...] = (
    Domain("sql", 0.36, tuple(sql.BY_NAME), sql.HELD_OUT, sql.compose, sql_check.cheap, sql_check.deep),
    Domain("shell", 0.3, tuple(shell.BY_NAME), shell.HELD_OUT, shell.compose, shell_check.cheap, shell_check.deep),
    Domain(
        "dockerfile",
        0.1,
        tuple(dockerfile.BY_NAME),
        dockerfile.HELD_OUT,
        dockerfile.compose,
        dockerfile_check.cheap,
        dockerfile_check.deep,
    ),
    Domain(
        "yaml",
        0.12,
        tuple(kubernetes.BY_NAME),
        kubernetes.HELD_OUT,
        kubernetes.compose,
        kubernetes_check.cheap,
        kubernetes_check.deep,
    ),
    Domain("regex", 0.12, tuple(regex.BY_NAME), regex.HELD_OUT, regex.compose, regex_check.cheap, regex_check.cheap),
)
