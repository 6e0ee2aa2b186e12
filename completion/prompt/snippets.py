"""What the model is shown of other places: gathered by source, without what it sees anyway, within a budget.

A snippet that was shown before stays where it stands as long as it is still of use, and new ones come behind it:
each change in front of a prompt costs its evaluation. Pure but for the lines that it asks the workspace for; knows no
engine, and tokens only through the function that counts them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from completion.prompt.anchors import Piece
from completion.syntax import symbols
from completion.syntax.tree import Parsed
from completion.types import CompletionRequest, Document, SyntaxContext
from completion.workspace import secrets
from completion.workspace.index import Definition
from completion.workspace.workspace import Workspace

SOURCES = ("above", "diagnostics", "definitions", "imports", "recent")
"""In the order of their worth: what comes first is shown where not all of it fits."""

NAMES_NEAR = 24
NAMES_IMPORTED = 24
MEMBERS = 6
RECENT_DOCUMENTS = 3
RECENT_LINES = 12
"""Lines shown on each side of the place where another document was last worked on."""

_LEAST_TOKENS = 8


@dataclass(frozen=True, slots=True)
class Snippet:
    """Lines of a place and why they are shown; `lines` say where it is, counted from 1."""

    source: str
    path: str
    lines: str
    text: str
    tokens: int = 0

    @property
    def piece(self) -> Piece:
        """As prompts show it."""
        return Piece(self.path, self.text)

    def __str__(self) -> str:
        where = f"{self.path}:{self.lines}" if self.lines else self.path
        return f"{where} ({self.source}, {self.tokens} tokens)"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a request is asked in: its tree, and what is known of the workspace (None: nothing)."""

    request: CompletionRequest
    parsed: Parsed | None
    syntax: SyntaxContext
    workspace: Workspace | None = None


def gather(
    around: Surroundings,
    shown: str,
    budget: int,
    count: Callable[[str], int],
    *,
    before: Sequence[Snippet] = (),
    without: Collection[str] = (),
) -> tuple[Snippet, ...]:
    """Snippets of at most `budget` tokens as `count` counts them, for a window that shows the text `shown`.

    `before` was shown until now; sources in `without` are left out.
    """
    makers = {
        "above": _above,
        "diagnostics": _diagnostics,
        "definitions": _definitions,
        "imports": _imports,
        "recent": _recent,
    }
    there = {line.strip() for line in shown.split("\n")}
    found, left = list[Snippet](), budget
    for source in SOURCES:
        if source in without:
            continue
        for snippet in makers[source](around):
            text = _new_lines(snippet.text, there)
            if not text or (tokens := count(text)) > left or tokens < _LEAST_TOKENS:
                continue
            there.update(line.strip() for line in text.split("\n"))
            left -= tokens
            found.append(Snippet(snippet.source, snippet.path, snippet.lines, text, tokens))
    return _in_place(found, before)


def _in_place(found: Sequence[Snippet], before: Sequence[Snippet]) -> tuple[Snippet, ...]:
    kept = [snippet for snippet in before if snippet in found]
    return (*kept, *(snippet for snippet in found if snippet not in kept))


def _new_lines(text: str, there: Collection[str]) -> str:
    """`text` without lines that stand elsewhere already; "" where nothing of worth is left."""
    lines = [line for line in text.split("\n") if not line.strip() or line.strip() not in there]
    return "\n".join(lines).strip("\n") + "\n" if any(line.strip() for line in lines) else ""


def _above(around: Surroundings) -> Iterator[Snippet]:
    """Imports of the file and the heads of what surrounds the cursor, which a window further down does not show."""
    lines = (*around.syntax.imports, *around.syntax.scopes)
    if lines:
        yield Snippet("above", around.request.document.path, "", _masked("\n".join(lines)))


def _diagnostics(around: Surroundings) -> Iterator[Snippet]:
    """What other tools find wrong near the cursor, as comments."""
    request = around.request
    if request.diagnostics and around.parsed is not None:
        mark = around.parsed.language.comment
        lines = (f"{mark} line {row.line + 1}: {' '.join(row.message.split())[:160]}" for row in request.diagnostics)
        yield Snippet("diagnostics", request.document.path, "", _masked("\n".join(lines)))


def _definitions(around: Surroundings) -> Iterator[Snippet]:
    """What other files define of the names that are used near the cursor."""
    if around.parsed is not None:
        yield from _of_names(
            "definitions", islice(symbols.identifiers_near(around.parsed, around.request.offset), NAMES_NEAR), around
        )


def _imports(around: Surroundings) -> Iterator[Snippet]:
    """What other files define of the names that this one imports."""
    if around.parsed is not None:
        names = dict.fromkeys(each.original or each.name for each in symbols.imported(around.parsed) if each.name)
        yield from _of_names("imports", islice(names, NAMES_IMPORTED), around)


def _of_names(source: str, names: Iterable[str], around: Surroundings) -> Iterator[Snippet]:
    """One snippet a file, the file of the nearest name first."""
    if around.workspace is None:
        return
    document, index = around.request.document, around.workspace.index
    files: dict[str, dict[tuple[int, str], str]] = {}
    for name in names:
        for definition in index.find(name, document.language, near=document.path, most=1):
            if not around.workspace.may_show(definition.path):
                continue
            rows = files.setdefault(definition.path, {})
            for line, text in _lines_of(definition, around.workspace):
                rows[line, text] = text
    for path, rows in files.items():
        numbers = sorted({line + 1 for line, _ in rows})
        text = "\n".join(rows[key] for key in sorted(rows))
        yield Snippet(source, path, ",".join(map(str, numbers[:8])), _masked(text))


def _lines_of(definition: Definition, workspace: Workspace) -> Iterator[tuple[int, str]]:
    symbol = definition.symbol
    yield symbol.line, symbol.signature
    if symbol.kind in ("class", "struct", "interface", "trait", "enum"):
        for member in workspace.index.members(definition)[:MEMBERS]:
            yield member.line, "    " + member.signature


def _recent(around: Surroundings) -> Iterator[Snippet]:
    """Where other open documents were last worked on."""
    for document in around.request.neighbours[:RECENT_DOCUMENTS]:
        if document.place is None or (around.workspace and not around.workspace.may_show(document.path)):
            continue
        yield from _lines_around(document, document.place)


def _lines_around(document: Document, line: int) -> Iterator[Snippet]:
    lines = document.source.decode("utf-8", "replace").splitlines()
    begin, end = max(0, line - RECENT_LINES), min(len(lines), line + RECENT_LINES + 1)
    # Masked as a whole, so that a key that spans lines is seen as one.
    text = _masked("\n".join(lines)).split("\n")[begin:end] if len(document.source) < _LARGEST_MASKED else []
    if text:
        yield Snippet("recent", document.path, f"{begin + 1}-{end}", "\n".join(text))


_LARGEST_MASKED = 200_000


def _masked(text: str) -> str:
    return secrets.masked(text).text
