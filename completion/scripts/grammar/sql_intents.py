"""Which statements a request can mean, by its verbs and nouns: a model that is unsure should not have to choose.

A request that says nothing plain may mean any statement.
"""

from __future__ import annotations

import re

_MAKES = (
    r"(?:create|make|define|build|set up|write|new|drop|remove|delete|get rid of|wipe|copy|back ?up|migrat\w*|need)"
)
_MEANT: tuple[tuple[str, str], ...] = (
    ("table", rf"\b{_MAKES}\b.{{0,40}}\btables?\b|\btables? (?:for|of|named|called)\b|\bcreate \w+ from\b|\bjoin table\b|\b(?:copy|duplicate)\b.*\binto\b|\bdrop \w+( \w+)?( if\b.*)?$"),
    ("index", r"\bind(?:ex|exes|ices)\b|\bspeed up\b"),
    ("view", r"\bviews?\b"),
    ("alter", r"\b(?:add|drop|remove|delete|purge|rename|new|extra|another)\b.{0,40}\b(?:column|field|flag)s?\b|\bconstraint\b|\balter\b|\brename\b|\brelabel\b"
     r"|\b(?:column|field)s?\b.{0,60}\bto\b|\badd (?:an? )?\w+.{0,60}\bto\b|\bforeign key\b|\bmake\b.*\b(?:unique|required|optional)\b"),
    ("insert", r"\binsert|\bupsert|\bput\b.{0,30}\bin(?:to)?\b|\badd\b.{0,30}\b(?:rows?|records?|entr(?:y|ies)|to|into|with)\b"
     r"|\b(?:new|another) (?:row|record|entry)\b|\bsave\b|\bstore\b|\bregister\b|^\W*(?:now |then )?(?:record|enter|add)\b"
     r"|^\W*(?:\w+: )?(?:now |then |please )?(?:create|new)\b"),
    ("update", r"\bupdate\b|(?<!the )(?<!not )\bset\b|\bclear\b|\bmark\b|\braise\b|\blower\b|\bincrease|\bdecrease|\breset\b"
     r"|\breplace\b|\bchange (?!of)|\bempty\b|\bsubstitute\b|\bbecomes?\b|\bbump\b|\bnull out\b|\bdouble\b|\bhalve\b|\bmove\b|\bswitch\b|\barchive\b|\b(?:de)?activate\b"
     r"|\bdisable\b|\benable\b|\bcut\b(?! .* into)|\breduce\b|\bexchange\b|\bgive\b.{0,80}\bthe\b"),
    ("delete", r"\bdelete\b|\bremove\b|\bpurge\b|\berase\b|\bget rid\b|\bclean up\b|\bthrow (?:away|out)\b|\bwipe\b|\bprune\b"
     r"|^\W*(?:\w+ ){0,3}drop\b|\bdeduplicate\b|\bkeep only\b"),
)  # fmt: skip
_OTHERS = re.compile(
    r"\b(?:triggers?|enums?|grants?|revokes?|(?:read|full|write) access|transactions?|procedures?|partitions?|"
    r"extensions?|sequences?|roles?\b.*\blogin|vacuum|explain|policy|listen|notify)\b", re.I,
)  # fmt: skip
_ASKS = re.compile(
    r"\b(?:show|list|find|count|get|select|give|fetch|which|what|who|how many|how much|top|average|total|sum|number of|"
    r"latest|newest|oldest|first|last|per|report|return|query|rank|compare|tall(?:y|ied)|without|never|every|all)\b", re.I,
)  # fmt: skip


def meant(request: str) -> frozenset[str]:
    """Some of table, index, view, alter, insert, update, delete and select; nothing where it is about something else."""
    if _OTHERS.search(request):
        return frozenset()
    found = {name for name, pattern in _MEANT if re.search(pattern, request, re.I)}
    if found & {"alter", "index"}:
        found -= {"update", "delete", "insert", "table"}
    if "table" in found:
        found -= {"insert", "update", "delete"}
    if not found:
        return frozenset({"select"})
    first = re.match(r"\W*(\w+)", request)
    asks = _ASKS.match(first.group(1)) if first else None
    # "List all orders of removed users" asks; what it says of changes is a condition.
    if asks or "view" in found:
        found.add("select")
    return frozenset(found)
