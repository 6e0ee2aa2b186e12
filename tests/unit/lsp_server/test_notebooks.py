"""The cells of notebooks: their order, their texts, and what a request in one of them sees."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from completion.syntax import languages
from completion.syntax.tree import TreeStore
from lsp_server.notebooks import Cell, CellText, Edit, NotebookChange, Notebooks, Splice
from lsp_server.session import Change, Session, Snapshot

BOOK = "file:///w/notes/a.ipynb"


def uri_of(name: str) -> str:
    return f"vscode-notebook-cell:/w/notes/a.ipynb#{name}"


def opened(**cells: str) -> Notebooks:
    """A notebook of code cells, named and in order; `md_` begins the names of markup, `sql_` of another language."""
    notebooks = Notebooks(Session())
    listed = [Cell(uri_of(name), not name.startswith("md_")) for name in cells]
    texts = [CellText(uri_of(name), _language(name), 1, text) for name, text in cells.items()]
    notebooks.open(BOOK, listed, texts)
    return notebooks


def _language(name: str) -> str:
    return "markdown" if name.startswith("md_") else "sql" if name.startswith("sql_") else "python"


def seen(notebooks: Notebooks, name: str) -> Snapshot:
    snapshot = notebooks.snapshot(uri_of(name))
    assert snapshot is not None
    return snapshot


def edit(notebooks: Notebooks, name: str, text: str, version: int = 2) -> None:
    assert notebooks.change(BOOK, NotebookChange(edits=(Edit(uri_of(name), version, (Change(text),)),)))


def test_a_cell_sees_the_code_around_it() -> None:
    notebooks = opened(a="import os\n", md_t="# Title", b="x = 1", sql_q="select 1", c="print(x)")
    snapshot = seen(notebooks, "b")
    assert snapshot.document.source == b"import os\n\nx = 1\n\nprint(x)"
    assert snapshot.before == len(b"import os\n\n")
    assert snapshot.text.source == b"x = 1"
    assert snapshot.document.language == "python"
    assert snapshot.place == "/w/notes/a.ipynb, cell 3"
    assert seen(notebooks, "md_t").document.source == b"# Title"
    assert seen(notebooks, "sql_q").document.source == b"select 1"


def test_offsets_are_those_of_the_cell() -> None:
    notebooks = opened(a="é = 1\r\n", b="x = é\n")
    snapshot = seen(notebooks, "b")
    request = snapshot.request(6, trigger=None)  # type: ignore[arg-type]
    assert request.prefix == "é = 1\n\nx = é"
    assert request.suffix == "\n"


def test_magics_are_comments_and_masked_lines_are_known() -> None:
    notebooks = opened(a="%load_ext x\nimport os", b="!ls\ny = 1", c="%%bash\nls -l", d="f(")
    snapshot = seen(notebooks, "b")
    assert snapshot.document.source == b"#load_ext x\nimport os\n\n#ls\ny = 1"
    assert snapshot.is_masked(2)
    assert not snapshot.is_masked(5)
    assert not seen(notebooks, "d").is_masked(0)
    shell = seen(notebooks, "c")
    assert (shell.document.language, shell.document.source, shell.before) == ("shellscript", b"      \nls -l", 0)


def test_cells_that_leave_something_open_do_not_swallow_others() -> None:
    notebooks = opened(a='text = """', b="x = (", c="def f():\n    return 1\n", d="[1,")
    snapshot = seen(notebooks, "c")
    assert snapshot.document.source == snapshot.text.source
    row = languages.find("python")
    assert row is not None
    parsed = TreeStore().parse(snapshot.document, row)
    assert parsed is not None
    assert parsed.error_count() == 0


def test_statements_of_sql_end() -> None:
    notebooks = opened(sql_a="select 1", sql_b="select 2;\n", sql_c="select 3", sql_d="select 4")
    snapshot = seen(notebooks, "sql_c")
    assert snapshot.document.source == b"select 1;\n\nselect 2;\n\nselect 3"


def test_paths_stay_and_differ() -> None:
    notebooks = opened(a="1", b="2")
    paths = {name: seen(notebooks, name).document.path for name in "ab"}
    assert len(set(paths.values())) == 2
    assert all(path.startswith("/w/notes/a.ipynb/") and path.endswith("/a.py") for path in paths.values())
    edit(notebooks, "a", "3")
    notebooks.change(BOOK, NotebookChange(Splice(0, 2, (Cell(uri_of("b"), True), Cell(uri_of("a"), True)))))
    assert {name: seen(notebooks, name).document.path for name in "ab"} == paths
    assert seen(notebooks, "a").document.source == b"2\n\n3"


def test_what_is_around_a_cell_stands_still_while_it_is_typed() -> None:
    """So that the engine's window, which is a beginning of both sides, is used again."""
    notebooks = opened(a="import os\n\n", b="", c="print(x)\n")
    before, text, version = b"import os\n\n", "", 1
    for character in 'if x:\n    y = f(")"\n%t\n':
        text, version = text + character, version + 1
        edit(notebooks, "b", text, version)
        snapshot = seen(notebooks, "b")
        source = snapshot.document.source
        assert source[: snapshot.before] == before
        assert source[snapshot.before + len(text.encode()) :] == b"\n\nprint(x)"


def test_only_what_is_near_is_joined() -> None:
    large = "x = 1\n" * 20_000
    notebooks = opened(far=large, near=large, here="y", behind=large, last=large)
    snapshot = seen(notebooks, "here")
    assert len(snapshot.document.source) < 2 * len(large) + 10
    assert snapshot.before == len(large) + 1


def test_a_cell_is_in_one_notebook_and_there_once() -> None:
    notebooks = opened(a="1", b="2")
    a, b = uri_of("a"), uri_of("b")
    other = "file:///w/b.ipynb"
    notebooks.open(other, [Cell(b, True), Cell(b, False), Cell("c", True)], [])
    assert notebooks.cells(BOOK) == (Cell(a, True),)
    assert notebooks.cells(other) == (Cell(b, False), Cell("c", True))
    notebooks.close(BOOK)
    assert notebooks.snapshot(b) is not None
    notebooks.close(other)
    assert notebooks.snapshot(b) is None


def test_documents_of_others_are_not_closed() -> None:
    session = Session()
    notebooks = Notebooks(session)
    session.open("file:///w/m.py", "python", 1, "x")
    notebooks.open(BOOK, [Cell(uri_of("a"), True)], [])
    notebooks.change(BOOK, NotebookChange(closed=("file:///w/m.py", "nobody")))
    notebooks.close(BOOK)
    notebooks.close(BOOK)
    assert session.find("file:///w/m.py") is not None


def test_a_change_of_a_notebook_that_is_not_open_is_left() -> None:
    notebooks = opened(a="1")
    assert not notebooks.change("file:///other.ipynb", NotebookChange(opened=(CellText("n", "python", 1, "x"),)))
    assert notebooks.snapshot("n") is None


# --- against a reference ---------------------------------------------------------------------

BOOKS = ("file:///w/a.ipynb", "file:///w/b.ipynb")
NAMES = st.sampled_from([f"cell:/w/x.ipynb#{number}" for number in range(6)])
CELLS = st.lists(st.builds(Cell, NAMES, st.booleans()), max_size=4).map(tuple)
WORDS = st.sampled_from(["", "x = 1", "y = 2\n", "%time z", "f(", "\r\n"])
TEXTS = st.lists(st.builds(CellText, NAMES, st.sampled_from(["python", "sql"]), st.just(1), WORDS), max_size=3)
EDITS = st.lists(st.builds(lambda uri, text: Edit(uri, 2, (Change(text),)), NAMES, WORDS), max_size=2).map(tuple)
NUMBERS = st.integers(0, 8) | st.just(2**31 - 1)
CHANGES = st.builds(
    NotebookChange,
    st.none() | st.builds(Splice, NUMBERS, NUMBERS, CELLS),
    TEXTS.map(tuple),
    st.lists(NAMES, max_size=2).map(tuple),
    CELLS,
    EDITS,
)
STEPS = st.lists(st.tuples(st.sampled_from(BOOKS), CHANGES | st.tuples(CELLS, TEXTS) | st.just("close")), max_size=12)


@dataclass
class Reference:
    """The same, said as plainly as possible."""

    lists: dict[str, list[Cell]] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)

    def insert(self, book: str, at: int, cells: tuple[Cell, ...]) -> None:
        left, right = self.lists[book][:at], self.lists[book][at:]
        new: dict[str, Cell] = {}
        for cell in cells:
            new[cell.uri] = cell
        for uri in new:
            for name in self.lists:
                self.lists[name] = [cell for cell in self.lists[name] if cell.uri != uri]
            left = [cell for cell in left if cell.uri != uri]
            right = [cell for cell in right if cell.uri != uri]
            if uri in self.owners:
                self.owners[uri] = book
        self.lists[book] = [*left, *new.values(), *right]

    def open_text(self, book: str, text: CellText) -> None:
        for name in self.lists:
            if name != book:
                self.lists[name] = [cell for cell in self.lists[name] if cell.uri != text.uri]
        self.owners[text.uri] = book
        self.texts[text.uri] = text.text

    def close(self, book: str) -> None:
        self.lists.pop(book, None)
        for uri in [uri for uri, owner in self.owners.items() if owner == book]:
            del self.owners[uri], self.texts[uri]

    def change(self, book: str, change: NotebookChange) -> None:
        if book not in self.lists:
            return
        if change.splice is not None:
            start, delete = change.splice.start, change.splice.delete
            cells = self.lists[book]
            start = min(start, len(cells))
            right = cells[start : start + delete]
            self.lists[book] = [cell for cell in cells if cell not in right]
            self.insert(book, start, change.splice.cells)
        for text in change.opened:
            self.open_text(book, text)
        for uri in change.closed:
            if self.owners.get(uri) == book:
                del self.owners[uri], self.texts[uri]
        for cell in change.cells:
            self.lists[book] = [cell if cell.uri == known.uri else known for known in self.lists[book]]
        for one in change.edits:
            if one.uri in self.texts:
                self.texts[one.uri] = one.changes[0].text


@given(STEPS)
def test_any_messages_leave_what_a_reference_says(steps: list[tuple[str, object]]) -> None:
    session, reference = Session(), Reference()
    notebooks = Notebooks(session)
    for book, step in steps:
        if isinstance(step, NotebookChange):
            assert notebooks.change(book, step) == (book in reference.lists)
            reference.change(book, step)
        elif isinstance(step, tuple):
            notebooks.open(book, *step)
            reference.close(book)
            reference.lists[book] = []
            reference.insert(book, 0, step[0])
            for text in step[1]:
                reference.open_text(book, text)
        else:
            notebooks.close(book)
            reference.close(book)
        assert len(notebooks) == len(reference.lists)
        assert len(session) == len(reference.texts)
        for name in BOOKS:
            assert list(notebooks.cells(name)) == reference.lists.get(name, [])
        for uri, text in reference.texts.items():
            snapshot = notebooks.snapshot(uri)
            assert snapshot is not None
            assert snapshot.text.source.decode() == text
            size = len(snapshot.text.source)
            own = snapshot.document.source[snapshot.before : snapshot.before + size]
            assert len(own) == size
            assert all(one == other or one in b"# " for one, other in zip(own, snapshot.text.source, strict=True))
    for book in BOOKS:
        notebooks.close(book)
    assert len(session) == 0
    assert not notebooks._homes
