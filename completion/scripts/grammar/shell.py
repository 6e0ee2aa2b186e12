"""Shell as a grammar: statements that end, with quotes, brackets, loops and conditions that close.

Commands are those that everybody knows and those that the request says to run; ranges of repetition are bounded, so a
model that goes round in circles comes to an end.
"""

from __future__ import annotations

from completion.scripts.grammar import mentions
from completion.scripts.grammar.notation import Rules, add, choice, literal, written
from completion.scripts.grammar.shell_words import add_words
from completion.scripts.types import ScriptRequest

POSIX = frozenset({"posix", "sh", "dash", "ash"})
_SCRIPT = ("script", "function", "steps?", "retry", "finally", "afterwards", "several", "arguments?", "options?")
_LEVELS = 2
_LINES = 4


def grammar(request: ScriptRequest, opening: str = "") -> str:
    """The grammar of a command line or of a small script."""
    rules: Rules = {}
    add_commands(rules, request.request, dialect=request.material.dialect)
    _blocks(rules)
    for level in range(_LEVELS + 1):
        for inside in ("plain", "loop"):
            _statement(rules, level, inside)
    long = mentions.has(request.request, *_SCRIPT) or len(request.request) > 160
    posix = request.material.dialect in POSIX
    head = '"#!/bin/sh\\n" ( "set -eu\\n" )?' if posix else '"#!/usr/bin/env bash\\n" ( "set -euo pipefail\\n" )?'
    begun = opening.startswith("#!")
    start = "" if begun else f'( {head} "\\n"? )?'
    gap = '"\\n"{1,2}'
    lines = f"chain ( {gap} chain ){{0,{_LINES - 1}}}"
    block = f"block-{_LEVELS}"
    body = f"{lines} | ( {lines} {gap} )? {block} ( {gap} {block} )? ( {gap} {lines} )?" if long else f"chain | {block}"
    add(rules, "root", f'{start} ( {body} ) "\\n"?')
    return written(rules)


def add_commands(rules: Rules, request: str, *, dialect: str = "", without: frozenset[str] = frozenset()) -> None:
    """The rules `simple` (one command), `pipeline` and `chain`, which may stand in other kinds of files too; `without` some programs."""
    add_words(rules, mentions.of(request), request, without)
    flag = '"-" [a-zA-Z0-9] [a-zA-Z0-9]{0,6} | "--" [a-z] [a-z-]{0,30} ( "=" ( [a-zA-Z0-9_./:,+-]{1,40} | quoted ) )?'
    add(rules, "flag", flag)
    several = "( gap ( flag | word ) ){0,8}"
    find_test = choice(
        (
            '( "! " | "-not " )? ( "-name" | "-iname" | "-path" ) gap ( single | double )',
            '"-type" gap [fdl]',
            '( "-mtime" | "-mmin" | "-size" | "-atime" | "-ctime" ) gap [+-]? number [kMGc]?',
            '( "-maxdepth" | "-mindepth" ) gap [0-9]',
            '"-empty" | "-user" gap [a-z] [a-z0-9_-]{0,20} | "-perm" gap [-/]? [0-7]{3,4} | "-newer" gap path',
        )
    )
    add(rules, "found", find_test)
    either = '"\\\\( " found ( " -o " found ){1,3} " \\\\)"'
    run = '( "-exec" | "-execdir" ) gap program ( gap ( flag | word ) ){0,4} gap ( "{} +" | "{} \\\\;" | "\\\\;" )'
    done = f'"-delete" | "-print" | "-print0" | "-ls" | "-printf" gap single | {run}'
    moved = '( "cp" | "mv" ) ( gap "-" [a-zA-Z]{1,4} | gap "--" )? ( gap word ){2,4}'
    formatted = '"printf" gap ( "\'%s\\\\n\'" | "\\"%s\\\\n\\"" | "\'%s\'" | "\'%d\\\\n\'" ) ( gap word ){1,6}'
    edited = '"sed" ( gap "-" [nEir]{1,3} | gap "-i.bak" )? ( gap "-e" )? gap ( single | double ) ( gap word ){0,3}'
    worked = '"awk" ( gap "-F" ( single | [:,;] ) )? ( gap "-v" gap name "=" word )? gap single ( gap word ){0,3}'
    ways = [
        f"program {several}",
        f'"find" ( gap path ){{1,2}} ( gap ( found | {either} ) ){{0,6}} ( gap ( {done} ) )?',
        f"{moved} | {formatted} | {edited} | {worked}",
        '( "bash" | "sh" ) gap ( "-c" gap quoted | word )',
    ]
    add(rules, "simple", choice(ways))
    add(rules, "assigned", 'name "=" ( word | double )')
    target = '( "/dev/null" | [a-zA-Z_./~] [a-zA-Z0-9_./-]{0,60} | double )'
    add(rules, "written-to", f'" " ( ">" | ">>" ) " "? {target}')
    add(rules, "errors", '" 2>&1" | " 2>/dev/null" | " >&2"')
    pipe = '( " | " | " \\\\\\n" [ ]{2,8} "| " )'
    fed = f'( " < " {target} )?'
    tail = '( written-to ( " 2>&1" | " 2>/dev/null" )? | errors )?'
    add(rules, "pipeline", f"simple {fed} ( {pipe} simple ){{0,3}} {tail} | assigned | exit")
    add(
        rules,
        "exit",
        '"exit" ( " " [0-3] )? | "shift" | "cd" gap word | "export" gap name "=" word | "set -" [eux]{1,3} | "read -r" ( gap name ){1,3} | "wait"',
    )
    link = '( " && " | " || " | " \\\\\\n" [ ]{2,8} ( "&& " | "|| " ) )'
    add(rules, "chain", f"( pipeline | test ) ( {link} ( pipeline | test ) ){{0,3}}")
    _tests(rules, posix=dialect in POSIX)


def _tests(rules: Rules, *, posix: bool) -> None:
    equal = '( "=" | "!=" )' if posix else '( "=" | "!=" | "==" )'
    # SC2199: "$@" in [[ ]] would be joined.
    seen = '"\\"" ( variable | substitution | "$" [1-9#?] ) "\\""'
    add(rules, "seen", seen)
    whole = '( seen | "-"? number )'
    file = "( seen | [a-zA-Z0-9_./~-]{1,60} )"
    ways = [
        '( "! " )? "-" [nz] " " seen',
        f'( "! " )? "-" [edfrwxsLh] " " {file}',
        f'seen " " {equal} " " ( single | seen | [a-zA-Z0-9_./-]{{1,40}} )',
        f'( seen | "$#" ) " -" ( "eq" | "ne" | "gt" | "ge" | "lt" | "le" ) " " {whole}',
    ]
    add(rules, "tested", choice(ways))
    double = ' | "[[ " tested ( ( " && " | " || " ) tested ){0,2} " ]]"'
    add(rules, "test", '"[ " tested " ]"' + ("" if posix else double))


def _statement(rules: Rules, level: int, inside: str) -> None:
    """The rule `plain-N` or `loop-N`: statements with at most N levels of blocks in them, indented as they should be."""
    ways = ["chain", *(('"break"', '"continue"', 'test " && " ( "break" | "continue" )') if inside == "loop" else ())]
    blocks: list[str] = []
    if level:
        depth = _LEVELS - level
        end, begin = f"in-{depth}", f"in-{depth + 1}"
        body = f'( {begin} {inside}-{level - 1} "\\n" ){{1,3}}'
        loop = f'( {begin} loop-{level - 1} "\\n" ){{1,3}}'
        blocks = [
            f'"if " chain "; then\\n" {body} ( {end} "elif " chain "; then\\n" {body} )? ( {end} "else\\n" {body} )? {end} "fi"',
            f'"for " name " in " items "; do\\n" {loop} {end} "done"',
            '"for " name " in " items "; do " chain "; " ( chain "; " )? "done"',
            f'( "while " | "until " ) chain "; do\\n" {loop} {end} "done"',
            f'"while IFS= read -r " name "; do\\n" {loop} {end} "done" ( " < " ( double | [a-zA-Z_./~] [a-zA-Z0-9_./-]{{0,40}} ) )?',
            f'"case " seen " in\\n" ( {begin} pattern ") " chain " ;;\\n" ){{1,5}} {end} "esac"',
        ]
        add(rules, f"block-{level}" if inside == "plain" else f"loop-block-{level}", choice(blocks))
    add(rules, f"{inside}-{level}", choice((*ways, *blocks)))


def _blocks(rules: Rules) -> None:
    """The rules `items` of a for loop, `pattern` of a case, and `in-N` for indentation."""
    add(rules, "item", "[a-zA-Z0-9_./~-] [a-zA-Z0-9_./:-]{0,40} | glob | variable")
    counted = '"$(seq 1 " ( number | variable ) ")" | "$(cat " [a-zA-Z0-9_./-]{1,40} ")"'
    add(rules, "items", f'"\\"$@\\"" | item ( " " item ){{0,6}} | {counted}')
    piece = '( [a-zA-Z0-9_.-]{1,20} | "*" | [*] [.] [a-z0-9]{1,6} )'
    add(rules, "pattern", f'{piece} ( " | " {piece} | "|" {piece} ){{0,3}}')
    add(rules, "in-0", '""')
    for depth in range(1, _LEVELS + 2):
        add(rules, f"in-{depth}", choice((literal("    " * depth), literal("  " * depth))))
