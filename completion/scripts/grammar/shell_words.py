"""Words of the shell as rules: quotes and brackets that close, variables, and what ShellCheck calls errors left out.

The rule `word` may stand as any argument. Knows no statement.
"""

from __future__ import annotations

import re

from completion.scripts.commands import COMMON
from completion.scripts.grammar.mentions import Mentions
from completion.scripts.grammar.notation import Rules, add, choice, words

# What takes its arguments in a way of its own, or changes what follows it, has a rule of its own or none.
_OWN = frozenset("cp mv find printf expr test alias awk sed bc cron sh bash dash ksh zsh ash tclsh busybox".split())
_RUN = re.compile(
    r"\b(?:run|runs|running|using|use|with|call|calls|execute|via|command)\s+`?([a-z][a-z0-9._-]{1,30})\b"
)
_NO_COMMANDS = frozenset(
    "the a an all each its it no only is as of to in on for and or bash shell sh posix names name files file lines "
    "size more less than at by from user root test sed awk cp mv find printf until if then else do done case while".split()
)


def add_words(rules: Rules, mentions: Mentions, request: str, without: frozenset[str]) -> None:
    """The rules `word`, `quoted`, `path`, `name`, `variable`, `number`, `program`, `gap`."""
    add(rules, "gap", '" " | " \\\\\\n" [ ]{2,8}')
    add(rules, "name", "[a-zA-Z_] [a-zA-Z0-9_]{0,20}")
    add(
        rules,
        "number",
        words((*(n for n in mentions.numbers if n.isdigit() and len(n) < 10), "0", "1"))
        if mentions.numbers
        else "[0-9]{1,5}",
    )
    # Which arguments are read bare, and a digit behind $1 or a bracket behind $name, is where scripts go wrong.
    add(
        rules,
        "variable",
        '"$" name | "${" name ( ( ":-" | ":=" | "#" | "##" | "%" | "%%" ) [a-zA-Z0-9_./*-]{0,30} )? "}"',
    )
    add(rules, "special", '"$" [1-9@#?]')
    add(rules, "letter", '[^"$`\\\\!\\x00-\\x1F\\x7F]')
    add(rules, "tame", '[^"$`\\\\!\\[\\x00-\\x1F\\x7F0-9A-Za-z_]')
    # Behind a variable something must follow that cannot belong to it.
    inside = "( ( variable | substitution ) ( tame letter{0,30} )? ){1,3}"
    add(
        rules,
        "double",
        f'"\\"" ( letter{{1,60}} | letter{{0,40}} {inside} | "$" [1-9@#?] ( [ /.:,=-] letter{{0,60}} )? ) "\\""',
    )
    add(rules, "single", '"\'" [^\'\\x00-\\x1F\\x7F]{1,80} "\'"')
    add(rules, "quoted", "single | double")
    add(rules, "substitution", '"$(" simple ( " | " simple ){0,3} ")" | "$((" sum "))"')
    term = "( name | [1-9] [0-9]{0,5} )"
    add(rules, "sum", f'{term} ( " "? [-+*/%] " "? {term} ){{0,3}}')
    add(rules, "first", "[a-zA-Z0-9_./~-]")
    add(rules, "bare", "first [a-zA-Z0-9_./:@%+,=~-]{0,60}")
    add(rules, "glob", '( bare )? [*?] [a-zA-Z0-9_./-]{0,40} ( "*" )?')
    add(rules, "joined", "( variable | double ) ( [/.:_-] [a-zA-Z0-9_./-]{0,40} )? ( [*] )? | bare [/=:] double")
    add(rules, "word", '[+]? bare | glob | quoted | joined | special | "{}"')
    add(rules, "path", choice(("( [/~.a-zA-Z0-9_] [a-zA-Z0-9_./*-]{0,80} )", "double", "variable")))
    own = [word for word in _RUN.findall(request) if word not in _NO_COMMANDS and not word.endswith(("-", "."))]
    known = sorted((COMMON - _OWN | set(own)) - without)
    add(rules, "program", choice((words(known), '"./" [a-zA-Z0-9_][a-zA-Z0-9_./-]{0,40} ".sh"')))
