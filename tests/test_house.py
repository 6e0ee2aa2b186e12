"""The house rules of ARCHITECTURE.md as tests: layers, cycles, who may import what, room sizes."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("completion", "lsp_server")
MAX_LINES = 300

# Arrows point downward only: a module may import rooms on its own level or below.
LEVELS = {
    "lsp_server": 6,
    "completion.inline": 5,
    "completion.scripts": 5,
    "completion.normalize": 5,
    "completion.evaluate": 5,
    "completion.idle": 5,
    "completion.memory": 5,
    "completion.running": 5,
    "completion.question": 5,
    "completion.several": 5,
    "completion.checking": 5,
    "completion.trace": 4,
    "completion.rhythm": 4,
    "completion.prompt": 4,
    "completion.cache": 4,
    "completion.gate": 4,
    "completion.copy": 3,
    "completion.postprocess": 4,
    "completion.syntax": 3,
    "completion.engine": 3,
    "completion.workspace": 3,
    "completion.models": 2,
    "completion.types": 1,
    "completion.errors": 1,
    "completion.settings": 1,
    "completion": 0,
}

# Who alone may import a library.
OWNERS = {
    "pygls": ("lsp_server",),
    "lsprotocol": ("lsp_server",),
    "tree_sitter": ("completion.syntax",),
    "aiohttp": ("completion.engine",),
    "pathspec": ("completion.workspace",),
    "sqlglot": ("completion.scripts", "completion.normalize"),
    "ruamel": ("completion.scripts",),
    "jsonschema": ("completion.scripts",),
    "duckdb": ("completion.scripts",),
    "xllamacpp": ("completion.engine.llama",),
    "torch": ("completion.engine.transformers",),
    "transformers": ("completion.engine.transformers",),
    "ctransformers": ("completion.engine.ctransformers",),
    "tokenizers": ("completion.engine.folder", "completion.engine.vocabulary"),
    "sentencepiece": ("completion.engine.folder", "completion.engine.vocabulary"),
    "huggingface_hub": ("completion.models.pull",),
    "httpx2": ("completion.models.pull",),
}

# Libraries that open connections or run code that we do not want in the product at all.
FORBIDDEN = ("requests", "httpx", "urllib.request", "pickle", "tree_sitter_language_pack", "training")


def modules() -> dict[str, Path]:
    """All modules of the product by dotted name."""
    found = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def imports(path: Path, *, top_level_only: bool = False) -> set[str]:
    """Dotted names that a module imports; imports for type checking only do not count."""
    names: set[str] = set()
    tree = ast.parse(path.read_text("utf-8"))
    stack: list[ast.AST] = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if top_level_only and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
        stack.extend(ast.iter_child_nodes(node))
    return names


def level(name: str) -> int:
    """The level of the longest room name that contains `name`."""
    while name not in LEVELS:
        name = name.rpartition(".")[0]
    return LEVELS[name]


def inner(names: set[str]) -> set[str]:
    """Only our own modules."""
    return {name for name in names if name in MODULES}


@pytest.mark.parametrize("name", MODULES)
def test_imports_point_downward(name: str) -> None:
    upward = [other for other in inner(imports(MODULES[name])) if level(other) > level(name)]
    assert not upward, f"{name} (level {level(name)}) imports upward: {upward}"


def test_no_import_cycles() -> None:
    graph = {name: inner(imports(path, top_level_only=True)) - {name} for name, path in MODULES.items()}
    # A package's own children may import it and be re-exported by it.
    graph = {name: {other for other in others if not name.startswith(other + ".")} for name, others in graph.items()}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, f"import cycle: {' -> '.join((*trail[trail.index(name) :], name))}"
        if name in done:
            return
        for other in sorted(graph[name]):
            visit(other, (*trail, name))
        done.add(name)

    for name in sorted(graph):
        visit(name, ())


@pytest.mark.parametrize("name", MODULES)
def test_libraries_stay_in_their_rooms(name: str) -> None:
    for imported in imports(MODULES[name]):
        for library, owners in OWNERS.items():
            if imported == library or imported.startswith(library + "."):
                assert name.startswith(owners), f"{name} imports {imported}; only {owners} may"
        forbidden = any(imported == library or imported.startswith(library + ".") for library in FORBIDDEN)
        assert not forbidden, f"{name} imports {imported}"


@pytest.mark.parametrize("name", MODULES)
def test_rooms_are_small_and_say_what_they_do(name: str) -> None:
    text = MODULES[name].read_text("utf-8")
    assert len(text.splitlines()) <= MAX_LINES, f"{name} has more than {MAX_LINES} lines"
    assert ast.get_docstring(ast.parse(text)), f"{name} has no module docstring"


def test_the_rule_checks_can_fail(tmp_path: Path) -> None:
    module = tmp_path / "bad.py"
    module.write_text("def f():\n    import torch\nfrom completion.engine import lease\n")
    assert "torch" in imports(module)
    assert "completion.engine.lease" in imports(module, top_level_only=True)
    assert "torch" not in imports(module, top_level_only=True)
    assert level("completion.engine.lease") > level("completion.types")
