"""`notebookDocument/…` over real pipes, with the embedded model: cells see their notebook, and nothing upsets it."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.lsp.wire import Client

LINE = "measure_width(alpha, beta, gamma)"
USED = "def measure_width(alpha, beta, gamma):\n    return alpha + beta + gamma\n\nmeasure_width(alpha, beta, gamma)"
BEGUN = "import os\nmeasure_width(al"
"""Goes on as in the line of `USED`, if that can be seen from here."""

END = (1, len("measure_width(al"))

_numbers = itertools.count()


class Book:
    """A notebook in an editor: code cells, named by their position at the beginning."""

    def __init__(self, client: Client, *texts: str, language: str = "python") -> None:
        self.client = client
        self.path = f"/w/book{next(_numbers)}.ipynb"
        self.uri = f"file://{self.path}"
        self.version = 1
        cells = [self.cell(number) for number in range(len(texts))]
        client.notify(
            "notebookDocument/didOpen",
            {
                "notebookDocument": {
                    "uri": self.uri,
                    "notebookType": "jupyter-notebook",
                    "version": 1,
                    "metadata": {"kernelspec": {"name": "python3"}},
                    "cells": cells,
                },
                "cellTextDocuments": [self.text(number, text, language) for number, text in enumerate(texts)],
            },
        )

    def cell_uri(self, number: int) -> str:
        return f"vscode-notebook-cell:{self.path}#W{number}"

    def cell(self, number: int, kind: int = 2) -> dict[str, Any]:
        return {"kind": kind, "document": self.cell_uri(number), "metadata": {"id": "x"}}

    def text(self, number: int, text: str, language: str = "python") -> dict[str, Any]:
        return {"uri": self.cell_uri(number), "languageId": language, "version": 1, "text": text}

    def change(self, cells: object) -> None:
        self.version += 1
        document = {"uri": self.uri, "version": self.version}
        self.client.notify("notebookDocument/didChange", {"notebookDocument": document, "change": {"cells": cells}})

    def type(self, number: int, line: int, character: int, text: str) -> None:
        self.version += 1
        at = {"line": line, "character": character}
        document = {"uri": self.cell_uri(number), "version": self.version}
        changes = [{"range": {"start": at, "end": at}, "text": text}]
        self.change({"textContent": [{"document": document, "changes": changes}]})

    def close(self) -> None:
        self.client.notify(
            "notebookDocument/didClose",
            {"notebookDocument": {"uri": self.uri}, "cellTextDocuments": [{"uri": self.cell_uri(0)}]},
        )

    def shown(self, number: int, line: int, character: int, *, invoked: bool = True) -> list[str]:
        items = self.client.items(self.cell_uri(number), line, character, invoked=invoked)
        at = {"line": line, "character": character}
        assert all(item["range"] == {"start": at, "end": at} for item in items)
        return [item["insertText"] for item in items]

    def knows(self, number: int = 1) -> bool:
        """Whether the begun line in this cell is completed from another one."""
        return "pha, beta, gamma)" in [text.split("\n")[0] for text in self.shown(number, *END)]


def test_it_is_offered_to_clients_with_notebooks(isolated: dict[str, str]) -> None:
    for capabilities in ({}, {"notebookDocument": {"synchronization": {}}}):
        with Client({**isolated, "LSP_COPILOT_ENABLED": "false"}) as client:
            offered = client.initialize(capabilities=capabilities)
            expected = {"notebookSelector": [{"notebook": "*"}]} if capabilities else None
            assert offered.get("notebookDocumentSync") == expected
            assert client.close() == 0


def test_a_cell_is_completed_from_those_around_it(live: Client) -> None:
    assert Book(live, USED, BEGUN).knows()
    assert Book(live, "x = 1", BEGUN, "# later", USED).knows()
    assert Book(live, "%pip install x\n!ls (\n" + USED, BEGUN).knows()
    assert not Book(live, "x = 1", BEGUN).knows()


def test_typing_through_a_suggestion_in_a_cell_needs_no_engine(live: Client) -> None:
    book = Book(live, USED, BEGUN, "print('é😀')")
    line, character = END
    first, *_ = book.shown(1, line, character)
    for count in range(1, 4):
        book.type(1, line, character + count - 1, first[count - 1])
        number = live.complete(book.cell_uri(1), line, character + count, invoked=False)
        (item,) = live.answer(number)["result"]["items"]
        assert item["insertText"] == first[count:]
        live.wait_for_log(f"request {number} textDocument/inlineCompletion mode=- source=cache")


def test_the_engine_keeps_what_it_knows_of_the_notebook_while_a_cell_is_typed(live: Client) -> None:
    book = Book(live, "\n".join(f"value_{number} = {number} * {number}" for number in range(30)), "", "print(value_1)")
    text = "total = va"
    known = []
    for at, character in enumerate(text):
        book.type(1, 0, at, character)
        book.shown(1, 0, at + 1)
        record = live.ask("workspace/executeCommand", {"command": "lspCopilot.why"})["record"]
        if record["prompt_tokens"]:
            known.append(record["cached_tokens"] > record["prompt_tokens"])
    assert len(known) >= 3
    assert all(known[1:])


def test_cells_come_go_and_move(live: Client) -> None:
    book = Book(live, "x = 1", BEGUN)
    assert not book.knows()
    new = {"start": 0, "deleteCount": 0, "cells": [book.cell(7)]}
    book.change({"structure": {"array": new, "didOpen": [book.text(7, USED)]}})
    assert book.knows()
    moved = {"start": 0, "deleteCount": 3, "cells": [book.cell(1), book.cell(0), book.cell(7)]}
    book.change({"structure": {"array": moved}})
    assert book.knows()
    book.change({"data": [book.cell(7, kind=1)]})
    assert not book.knows()
    book.change({"data": [book.cell(7, kind=2)]})
    assert book.knows()
    gone = {"start": 2, "deleteCount": 1}
    book.change({"structure": {"array": gone, "didClose": [{"uri": book.cell_uri(7)}]}})
    assert not book.knows()
    assert live.items(book.cell_uri(7), 0, 0) == []


def test_nothing_is_said_by_itself_in_a_line_for_the_notebook(live: Client) -> None:
    book = Book(live, "%matplotlib inl")
    assert book.shown(0, 0, 15, invoked=False) == []
    live.wait_for_log("a line for the notebook")


NOISE: dict[str, Any] = {
    "beyond the end": {"structure": {"array": {"start": 99, "deleteCount": 2**31 - 1}}},
    "a cell without text": {
        "structure": {"array": {"start": 0, "deleteCount": 0, "cells": [{"kind": 2, "document": "cell:nowhere"}]}}
    },
    "unknown cells": {
        "structure": {"array": {"start": 0, "deleteCount": 0}, "didClose": [{"uri": "cell:none"}]},
        "data": [{"kind": 1, "document": "cell:none"}],
        "textContent": [{"document": {"uri": "cell:none", "version": 1}, "changes": [{"text": "x"}]}],
    },
    "a range beyond the text": {
        "textContent": [
            {
                "document": {"uri": "{first}", "version": 5},
                "changes": [
                    {"range": {"start": {"line": 99, "character": 9}, "end": {"line": 999, "character": 9}}, "text": ""}
                ],
            }
        ]
    },
    "a summary without order": {"data": [{"kind": 2, "document": "{first}", "executionSummary": {"success": True}}]},
    "a summary of nonsense": {"data": [{"kind": 2, "document": "{first}", "executionSummary": [-1, "x"]}]},
    "a summary in the structure": {
        "structure": {
            "array": {
                "start": 0,
                "deleteCount": 1,
                "cells": [{"kind": 2, "document": "{first}", "executionSummary": {"executionOrder": -7.5}}],
            }
        }
    },
    "the same cell thrice": {
        "structure": {"array": {"start": 0, "deleteCount": 0, "cells": [{"kind": 2, "document": "{first}"}] * 3}}
    },
    "nothing": {},
    "null": None,
}


def filled(value: Any, first: str) -> Any:
    if isinstance(value, dict):
        return {key: filled(inner, first) for key, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, first) for inner in value]
    return first if value == "{first}" else value


@pytest.mark.parametrize("name", NOISE)
def test_odd_changes_lose_nothing(live: Client, name: str) -> None:
    book = Book(live, USED, BEGUN)
    before = live.log.count("ERROR")
    for _ in range(2):
        book.change(filled(NOISE[name], book.cell_uri(0)))
        assert book.knows()
    book.close()
    assert live.items(book.cell_uri(1), *END) == []
    assert "Traceback" not in live.log
    assert live.log.count("ERROR") == before


BROKEN: dict[str, Any] = {
    "a negative start": {"structure": {"array": {"start": -1, "deleteCount": 0}}},
    "a fraction": {"structure": {"array": {"start": 0.5, "deleteCount": 0}}},
    "no array": {"structure": {}},
    "cells without documents": {"structure": {"array": {"start": 0, "deleteCount": 0, "cells": [{"kind": 2}]}}},
    "a number": 5,
    "text that is none": {"textContent": [{"document": {"uri": "{first}", "version": 1}, "changes": [{"text": 5}]}]},
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_change_that_cannot_be_understood_closes_the_notebook(live: Client, name: str) -> None:
    """What is not known any more gets no suggestions, rather than wrong ones."""
    book = Book(live, USED, BEGUN)
    book.change(filled(BROKEN[name], book.cell_uri(0)))
    assert live.items(book.cell_uri(1), *END) == []
    assert Book(live, USED, BEGUN).knows()
    assert "Traceback" not in live.log


def test_closing_twice_and_what_is_not_open(live: Client) -> None:
    book, other = Book(live, USED, BEGUN), Book(live, USED, BEGUN)
    book.close()
    book.close()
    book.change({"structure": {"array": {"start": 0, "deleteCount": 1}, "didOpen": [book.text(0, "x")]}})
    live.notify("notebookDocument/didSave", {"notebookDocument": {"uri": book.uri}})
    live.notify("notebookDocument/didOpen", {"notebookDocument": {"uri": book.uri}})
    live.notify("notebookDocument/didClose", {})
    assert live.items(book.cell_uri(0), 0, 0) == []
    assert other.knows()
    assert "Traceback" not in live.log


def test_closing_a_notebook_ends_the_request_in_its_cell(live: Client) -> None:
    book = Book(live, USED, BEGUN)
    number = live.complete(book.cell_uri(1), *END, invoked=False)
    book.close()
    assert live.answer(number)["result"]["items"] == []


def test_the_popup_in_a_cell(isolated: dict[str, str]) -> None:
    with Client(isolated) as client:
        client.initialize(capabilities={"notebookDocument": {"synchronization": {}}})
        # Said often enough that we are sure of it: the popup opens by itself.
        book = Book(client, USED + "\nmeasure_width(alpha, beta, gamma)" * 4, BEGUN)
        params = {"textDocument": {"uri": book.cell_uri(1)}, "position": {"line": 1, "character": END[1]}}
        (item,) = client.ask("textDocument/completion", params)["items"]
        text = item["textEdit"]["newText"]
        # On a busy machine it is answered with what was said in time.
        assert text.startswith("alpha, beta, gamma)") or (text and "alpha, beta, gamma)".startswith(text))
        start = {"line": 1, "character": len("measure_width(")}
        assert item["textEdit"]["range"] == {"start": start, "end": params["position"]}
        assert client.close() == 0
