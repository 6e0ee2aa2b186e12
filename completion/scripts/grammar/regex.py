"""Regular expressions as a grammar: brackets close, nothing is repeated twice, classes and bounds are in order.

One line in Python's flavour, without double quotes, so it can stand in a raw string; such a quote ends it.
"""

from __future__ import annotations

import re
from itertools import combinations

from completion.scripts.grammar import mentions, regex_examples
from completion.scripts.grammar.notation import Rules, add, choice, literal, words, written
from completion.scripts.types import ScriptRequest

_NAMED = re.compile(r"\bnamed\b|\bnames?d? groups?\b|\?P<", re.I)


def grammar(request: ScriptRequest, opening: str = "") -> str:
    """The grammar of one pattern; behind an opening that ends with a quote, up to that quote."""
    rules: Rules = {}
    material = request.material
    if not opening and (found := regex_examples.patterns(material.matching, material.other)):
        add(rules, "root", f'{words(found)} "\\n"?')
        return written(rules)
    said = mentions.of(request.request)
    _atoms(rules, said, request.request)
    _groups(rules)
    body = '"^"? whole "$"? ( "|" "^"? few-4 "$"? ){0,2}'
    if _NAMED.search(request.request):
        body = _named(rules, said)
    # Where a quoted text is open, a model closes it when the pattern is whole.
    quote = opening[-1:]
    end = f'{literal(quote)} ")"?' if quote in ('"', "'") and quote else ""
    add(rules, "root", f'( "(?i)" )? {body} {end} "\\n"?')
    return written(rules)


def _atoms(rules: Rules, said: mentions.Mentions, text: str) -> None:
    strange = [sign for sign in dict.fromkeys("".join(said.words + said.quoted) + text) if ord(sign) > 160]
    plain = "[a-zA-Z0-9 _@:,/#%&=<>~;-]"
    add(rules, "sign", choice((plain, *(literal(sign) for sign in strange[:8]))))
    add(rules, "escaped", '"\\\\" [\\]\\[.+*?(){}|^$/\\\\-]')
    add(rules, "kind", '"\\\\" [dwsDWS]')
    add(
        rules,
        "digit-range",
        words([f"0-{digit}" for digit in range(1, 10)] + [f"1-{digit}" for digit in range(2, 10)] + ["2-9"]),
    )
    ranges = words(("a-z", "A-Z", "a-f", "A-F"))
    single = "[a-zA-Z0-9_.@:,/#%+*=;!?$ ()']"
    item = f'{ranges} | digit-range | "\\\\" [dws] | {single} | "\\\\" [.+/\\\\^-]'
    add(rules, "item", item)
    add(rules, "class", '"[" "^"? item{1,7} "-"? "]"')
    add(rules, "turn", '"\\\\b" | "(?<!" ( "\\\\" [dws] | sign ) ")" | "(?<=" ( "\\\\" [dws] | sign ) ")"')
    add(rules, "times", f'( [*+?] | {_bounds(said)} ) "?"?')


def _bounds(said: mentions.Mentions) -> str:
    numbers = sorted({int(number) for number in said.numbers if number.isdigit() and 0 < int(number) < 1000})
    if not numbers:
        return '"{" [1-9] [0-9]? ( "," )? "}" | "{" [01] ",1" [0-9] "}" | "{1," [2-9] "}" | "{2," [3-9] "}"'
    counted = [f"{{{number}}}" for number in numbers] + [f"{{{number},}}" for number in numbers]
    counted += [f"{{{low},{high}}}" for low, high in combinations(numbers[:8], 2)]
    counted += [f"{{{low},{number}}}" for number in numbers for low in (0, 1) if low < number]
    return words(dict.fromkeys((*counted, "{2}", "{3}", "{4}")))


def _groups(rules: Rules) -> None:
    """The rule `whole`: bounded at every level, and written so that a text can be read in one way only.

    An engine follows all readings at once: where letters could be one part or several, there would be thousands.
    """
    add(rules, "special", "( escaped | kind | class | [.] ) times? | sign times | turn")
    add(rules, "letters", "sign{1,14}")
    for most in (1, 2, 4, 10):
        add(rules, f"few-{most}", f"letters? ( special letters? ){{0,{most}}}")
    add(rules, "easy", '"(" "?:"? few-2 ( "|" letters ){0,6} ")" times?')
    add(rules, "inner", '"(" "?:"? few-2 ( "|" few-2 ){0,2} ")" times?')
    add(rules, "middle", 'few-4 ( inner few-1 )? ( "|" few-2 ){0,4}')
    add(rules, "group", '"(" ( "?:" | "?=" | "?!" )? middle ")" times?')
    add(rules, "whole", "few-10 ( group few-2 ( group few-2 ( easy few-1 ){0,4} )? )?")


def _named(rules: Rules, said: mentions.Mentions) -> str:
    """Groups with names, in the order in which the request says them, each once: a name twice is an error."""
    found = [word for word in said.words if re.fullmatch(r"[A-Za-z_]\w{1,20}", word) and word.isidentifier()][:12]
    names = list(dict.fromkeys((*found, "year", "month", "day", "hour", "minute", "second", "key", "value", "name")))
    parts = []
    for index, name in enumerate(names):
        parts.append(
            add(rules, f"named-{index}", f'( {literal(f"(?P<{name}>")} few-4 ( inner few-1 )? ")" "?"? few-2 )?')
        )
    return f'"^"? few-4 {" ".join(parts)} "$"?'
