"""The risks of a Python script, by its syntax tree. Follows imports under other names and plain variables."""

from __future__ import annotations

import ast
import shlex
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from completion.scripts.risk import places
from completion.scripts.risk.findings import finding, unjudged
from completion.scripts.types import Finding

_PROCESSES = frozenset(
    f"subprocess.{name}" for name in ("run", "call", "check_call", "check_output", "Popen", "getoutput")
)
_SHELLS = frozenset(
    {"os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput", "commands.getoutput"}
)
_LOADS = frozenset(
    f"{module}.{name}"
    for module in ("pickle", "cPickle", "dill", "marshal", "cloudpickle", "shelve", "jsonpickle")
    for name in ("load", "loads", "Unpickler", "open", "decode")
) - {"marshal.open", "pickle.open"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Names:
    """What names stand for: modules and functions under other names, and the values of plain variables."""

    imported: dict[str, str]
    values: dict[str, ast.expr]


Rule = Callable[[ast.Call, str, Names], str]


def deleted_folder(call: ast.Call, name: str, names: Names) -> str:
    """Whole trees by `shutil`."""
    if name not in ("shutil.rmtree", "os.removedirs", "shutil.move") or not call.args:
        return ""
    path = _path(call.args[0], names)
    lost = places.whole(path) if path else ""
    return f"deletes {lost}" if lost else ""


def shell_injection(call: ast.Call, name: str, names: Names) -> str:
    """A shell's text that is put together when the script runs."""
    in_shell = name in _SHELLS or (
        name in _PROCESSES and any(word.arg == "shell" and _true(word.value) for word in call.keywords)
    )
    if in_shell and call.args and _text(call.args[0], names) is None and not isinstance(call.args[0], ast.List):
        return "hands a shell a text that is put together only when it runs; what is in it may be commands"
    return ""


def runs_input(call: ast.Call, name: str, names: Names) -> str:
    """eval, exec and compile of what is not written here."""
    if name not in ("eval", "exec", "builtins.eval", "builtins.exec", "code.interact") or not call.args:
        return ""
    if _text(call.args[0], names) is not None:
        return ""
    return "runs a text as Python that is known only when it runs"


def unsafe_load(call: ast.Call, name: str, names: Names) -> str:
    """Data that may hold code."""
    if name in _LOADS:
        return "loads data that may run anything while it is loaded"
    if name in ("yaml.load", "yaml.load_all") and not any("Safe" in ast.unparse(each) for each in _given(call)):
        return "loads YAML that may run anything while it is loaded"
    if name == "torch.load" and any(word.arg == "weights_only" and _false(word.value) for word in call.keywords):
        return "loads data that may run anything while it is loaded"
    return ""


def no_verification(call: ast.Call, name: str, names: Names) -> str:
    """Connections in which nobody knows who is on the other side."""
    off = any(word.arg in ("verify", "verify_ssl", "check_hostname") and _false(word.value) for word in call.keywords)
    if off or name == "ssl._create_unverified_context":
        return "does not check who is on the other side; whoever is between can change what is sent"
    return ""


RULES: tuple[tuple[str, Rule], ...] = (
    ("recursive-delete", deleted_folder),
    ("shell-injection", shell_injection),
    ("runs-input", runs_input),
    ("unsafe-load", unsafe_load),
    ("no-verification", no_verification),
)
"""Each rule's name and the function that says why a call is risky; "" where it is not."""


def find(text: str) -> tuple[Finding, ...]:
    """The risks of the Python in `text`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
        nodes = list(ast.walk(tree))
        names = _names(nodes)
        return tuple(each for node in nodes if isinstance(node, ast.Call) for each in _judged(node, names))
    except SyntaxError as error:
        return (unjudged("it cannot be read as Python", error.lineno or 0),)
    except (ValueError, RecursionError, MemoryError):
        return (unjudged("it cannot be read as Python"),)


def _judged(call: ast.Call, names: Names) -> Iterator[Finding]:
    name = _dotted(call.func, names)
    for rule, judge in RULES:
        message = judge(call, name, names)
        if message:
            yield finding(rule, message, call.lineno, call.col_offset + 1)
    command = _command(call, name, names)
    if command:
        # The shell rules look into Python in their turn, so neither can import the other first.
        from completion.scripts.risk.shell import find as find_in_shell

        for each in find_in_shell(command):
            if each.severity != "note":
                yield finding(each.rule, each.message, call.lineno, call.col_offset + 1)


def _names(nodes: list[ast.AST]) -> Names:
    imported: dict[str, str] = {}
    values: dict[str, ast.expr] = {}
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                imported[alias.asname or alias.name.partition(".")[0]] = alias.name
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                imported[alias.asname or alias.name] = f"{node.module or ''}.{alias.name}"
        elif isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            values[node.targets[0].id] = node.value
    return Names(imported, values)


def _dotted(node: ast.expr, names: Names, level: int = 0) -> str:
    """The name of a function as its module has it; "" where it is not a plain one."""
    match node:
        case ast.Name(id):
            value = names.values.get(id)
            if isinstance(value, ast.Name | ast.Attribute) and level < 3:
                return _dotted(value, names, level + 1)
            return names.imported.get(id, id)
        case ast.Attribute(value, attribute):
            inner = _dotted(value, names, level)
            return f"{inner}.{attribute}" if inner else f"?.{attribute}"
        case ast.Call(ast.Name("__import__"), [ast.Constant(str(module))]):
            return module
        case ast.Call(ast.Name("getattr"), [value, ast.Constant(str(attribute))]):
            return f"{_dotted(value, names, level)}.{attribute}"
    return ""


def _text(node: ast.expr, names: Names, level: int = 0) -> str | None:
    """A text that is written in the script; None where it is put together when it runs."""
    match node:
        case ast.Constant(str(text)):
            return text
        case ast.Name(id) if id in names.values and level < 5:
            return _text(names.values[id], names, level + 1)
        case ast.BinOp(left, ast.Add(), right):
            first, second = _text(left, names, level + 1), _text(right, names, level + 1)
            return None if first is None or second is None else first + second
        case ast.JoinedStr([ast.Constant(str(text))]):
            return text
    return None


def _path(node: ast.expr, names: Names, level: int = 0) -> str:
    """A path as far as it is written in the script, the home folder as `~`; "" where it is not known."""
    text = _text(node, names)
    if text is not None:
        return text
    match node:
        case ast.Name(id) if id in names.values and level < 5:
            return _path(names.values[id], names, level + 1)
        case ast.Call():
            name = _dotted(node.func, names)
            if name in ("pathlib.Path.home", "Path.home"):
                return "~"
            if (
                name in ("pathlib.Path", "os.path.expanduser", "os.path.abspath", "str", "os.path.realpath")
                and node.args
            ):
                return _path(node.args[0], names, level + 1)
            if name.endswith((".expanduser", ".resolve", ".absolute")) and isinstance(node.func, ast.Attribute):
                return _path(node.func.value, names, level + 1)
            if name in ("os.getenv", "os.environ.get") and node.args and _text(node.args[0], names) == "HOME":
                return "~"
        case ast.Subscript(ast.Attribute(attr="environ"), ast.Constant("HOME")):
            return "~"
        case ast.BinOp(left, ast.Div(), right):
            first, second = _path(left, names, level + 1), _text(right, names)
            return f"{first}/{second}" if first and second else ""
    return ""


def _command(call: ast.Call, name: str, names: Names) -> str:
    """What a call has the machine run, as a shell script; "" where that is not written in the script."""
    if (name not in _SHELLS and name not in _PROCESSES) or not call.args:
        return ""
    first = call.args[0]
    if isinstance(first, ast.Name):
        first = names.values.get(first.id, first)
    if isinstance(first, ast.List | ast.Tuple):
        words = [_text(each, names) or _path(each, names) for each in first.elts]
        return shlex.join(words) if words and words[0] else ""
    return _text(first, names) or ""


def _given(call: ast.Call) -> list[ast.expr]:
    return [*call.args[1:], *(word.value for word in call.keywords)]


def _true(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and bool(node.value)


def _false(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is False
