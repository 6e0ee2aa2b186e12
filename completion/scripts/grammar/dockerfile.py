"""Dockerfiles as a grammar: stages that begin with FROM, and instructions in their shapes.

What runs in RUN, CMD and HEALTHCHECK is of the shell's grammar.
"""

from __future__ import annotations

import re

from completion.scripts.grammar import mentions
from completion.scripts.grammar.images import image
from completion.scripts.grammar.notation import Rules, add, choice, literal, words, written
from completion.scripts.grammar.shell import add_commands
from completion.scripts.types import ScriptRequest

_NO_PROGRAMS = frozenset(
    {
        "sudo",
        "su",
        "doas",
        "ssh",
        "vim",
        "shutdown",
        "service",
        "ps",
        "free",
        "top",
        "kill",
        "mount",
        "ifconfig",
        "nano",
        "reboot",
        "man",
    }
)
_STAGES = ("build", "builder")


def grammar(request: ScriptRequest, opening: str = "") -> str:
    """The grammar of a Dockerfile; behind an opening that has a FROM already, of a few more instructions."""
    rules: Rules = {}
    said = mentions.of(request.request)
    add_commands(rules, request.request, without=_NO_PROGRAMS)
    _values(rules, said)
    _instructions(rules)
    if re.search(r"^\s*FROM\s", opening, re.M | re.I):
        stages = re.findall(r"^\s*FROM\s+\S+\s+AS\s+(\S+)", opening, re.M | re.I)
        ways = ["step", "closing", *(_copied(name) for name in stages)]
        add(rules, "root", f'{choice(ways)} ( "\\n" step ){{0,3}} "\\n"?')
        return written(rules)
    arguments = '( "ARG " variable-name "=" value "\\n" ){0,2}'
    first = '"FROM " image "\\n" steps last'
    several = []
    for name in _STAGES:
        own = add(rules, f"from-{name}", _copied(name))
        later = f'( ( step | {own} ) "\\n" ){{0,2}} {own} "\\n" ( ( step | {own} ) "\\n" ){{0,2}}'
        several.append(f'"FROM " image " AS " {literal(name)} "\\n" steps "\\n"? "FROM " image "\\n" {later} last')
    add(rules, "root", f"{arguments} {choice((first, *several))}")
    return written(rules)


def _values(rules: Rules, said: mentions.Mentions) -> None:
    add(rules, "image", image(said))
    add(rules, "folder", '"/" ( [a-zA-Z0-9_.-]{1,30} ( "/" [a-zA-Z0-9_.-]{1,30} ){0,3} )?')
    add(rules, "source", '"." | ( "./" )? [a-zA-Z0-9_*-] [a-zA-Z0-9_.*-]{0,30} ( "/" [a-zA-Z0-9_.*-]{1,30} ){0,3} "/"?')
    add(rules, "target", '"." | "./" | folder "/"?')
    add(rules, "variable-name", "[A-Z] [A-Z0-9_]{1,30}")
    add(rules, "value", '[a-zA-Z0-9_./:@-]{1,50} | "\\"" [a-zA-Z0-9_./:@ =,-]{0,60} "\\""')
    ports = [number for number in said.numbers if number.isdigit() and 0 < int(number) < 65536 and int(number) > 19]
    add(rules, "port", words(ports) if ports else "[1-9] [0-9]{1,3}")
    add(rules, "user", "[a-z_] [a-z0-9_-]{1,20}")
    add(rules, "json", '"[\\"" text "\\"" ( ", \\"" text "\\"" ){0,7} "]"')
    add(rules, "text", "[a-zA-Z0-9_./:=@%+,${} -]{1,60}")


def _instructions(rules: Rules) -> None:
    kept = '( "--chown=" user ( ":" user )? " " )?'
    cached = '( "--mount=type=cache,target=" folder " " ){0,2}'
    pair = 'variable-name "=" value'
    on = '( " " | " \\\\\\n" [ ]{4} )'
    linked = '( " && " | " \\\\\\n" [ ]{4} "&& " )'
    ways = [
        f'"RUN " {cached} run ( {linked} run ){{0,3}}',
        f'"COPY " {kept} ( source " " target | source ( " " source ){{1,3}} " ./" | source ( " " source ){{1,2}} " " folder "/" )',
        '"WORKDIR " folder',
        f'"ENV " {pair} ( {on} {pair} ){{0,4}}',
        '"ARG " variable-name ( "=" value )?',
        '"EXPOSE " port ( "/tcp" | "/udp" )? ( " " port ){0,2}',
        '"USER " user ( ":" user )?',
        '"LABEL " [a-z] [a-z0-9.-]{1,30} "=\\"" [a-zA-Z0-9_./:@ -]{0,50} "\\""',
        '"VOLUME " ( "[\\"" folder "\\"]" | folder )',
        '"STOPSIGNAL SIG" ( "TERM" | "INT" | "QUIT" )',
    ]
    add(rules, "run", 'simple ( " | " simple ){0,2} written-to? | "cd" " " folder')
    add(rules, "step", choice(ways))
    add(rules, "steps", '( step "\\n"{1,2} ){0,8}')
    duration = '[1-9] [0-9]? "s"'
    flag = f'( "--interval=" {duration} " " )? ( "--timeout=" {duration} " " )? ( "--start-period=" {duration} " " )? ( "--retries=" [1-9] " " )?'
    healthy = f'"HEALTHCHECK " {flag} "CMD " ( json | simple ( " || exit 1" )? )'
    add(rules, "healthy", healthy)
    add(rules, "closing", '( "CMD " | "ENTRYPOINT " ) json | healthy')
    add(
        rules,
        "last",
        '( healthy "\\n" )? ( "ENTRYPOINT " json "\\n"? | ( "ENTRYPOINT " json "\\n" )? "CMD " json "\\n"? )',
    )


def _copied(stage: str) -> str:
    return f'"COPY --from=" {literal(stage)} " " folder "/"? " " target'
