"""Goes through a shell script as a shell would, without running anything, and hands every call to the rules.

Follows variables, folders, pipes and downloads, and the scripts within scripts: `bash -c`, `eval`, here-documents,
`trap`, `ssh`, and SQL and Python in their programs' arguments. The rules themselves stand in `shell_rules`.
"""

from __future__ import annotations

import posixpath
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from completion.scripts.risk.shell_calls import SHELLS, Argument, Call, Write, calls_within
from completion.scripts.risk.shell_flow import CHECKS, printed_by, saved_by
from completion.scripts.risk.shell_tree import (
    MAX_LEVELS,
    Assignment,
    Block,
    Command,
    Node,
    Pipeline,
    Redirection,
    Substitution,
    Unparsable,
    Variable,
    Word,
)
from completion.scripts.risk.shell_values import NOTHING, PRINTED, SURE, Flow, Value, value_of

MAX_SCRIPTS = 200
"""Scripts within a script that are looked into."""

MAX_DEPTH = 6

SECONDS = 2.0
"""Processor time that a walk may take; what is left then is not judged."""

_FED = ("<<", "<<-", "<<<")


@dataclass(frozen=True, slots=True)
class Script:
    """A text within a script: its kind, and the line at which it begins."""

    kind: str
    text: str
    line: int


@dataclass(slots=True)
class Walk:
    """Where a walk stands. `parse` makes trees, `judge` is given each call and the scripts in it are asked of `within`.

    `unread` says why a part was left out, "" where none was; `until` is when the walk stops (seconds of this thread).
    `found` are the rules that spoke, with the line, the column and what they say.
    """

    parse: Callable[[str], Block]
    judge: Callable[[Call], Iterator[tuple[str, str]]]
    within: Callable[[Call], Iterator[Script]]
    others: Callable[[Script], Iterator[tuple[str, str, int, int]]]
    variables: dict[str, Value] = field(default_factory=dict)
    folder: str = "."
    downloads: set[str] = field(default_factory=set)
    found: list[tuple[str, str, int, int]] = field(default_factory=list)
    written: dict[str, Script] = field(default_factory=dict)
    offset: int = 0
    depth: int = 0
    scripts: int = 0
    level: int = 0
    unread: str = ""
    until: float = field(default_factory=lambda: time.thread_time() + SECONDS)

    def script(self, text: str, line: int) -> None:
        """Walks through `text`, which begins at `line` of the whole."""
        if self.depth >= MAX_DEPTH or self.scripts >= MAX_SCRIPTS:
            self.unread = "it has too many scripts within scripts"
            return
        try:
            tree = self.parse(text)
        except Unparsable as error:
            self.unread = f"a script within it was not understood ({error})"
            return
        before = self.offset
        self.offset, self.depth, self.scripts = line - 1, self.depth + 1, self.scripts + 1
        self.go(tree)
        self.offset, self.depth = before, self.depth - 1

    def go(self, node: Node, stdin: Flow = NOTHING, *, piped: bool = False) -> Flow:
        """Walks through `node`, which reads `stdin`; what it prints."""
        if self.level >= MAX_LEVELS or time.thread_time() > self.until:
            self.unread = "it is nested too deeply or too long"
            return Flow()
        self.level += 1
        try:
            match node:
                case Command():
                    return self._command(node, stdin, piped)
                case Pipeline():
                    return self._pipeline(node, stdin, piped)
                case Block():
                    return self._block(node, stdin, piped)
        finally:
            self.level -= 1

    def _pipeline(self, node: Pipeline, stdin: Flow, piped: bool) -> Flow:
        folder = self.folder
        for stage in node.stages:
            stdin = self.go(stage, stdin, piped=piped)
            piped = True
        self.folder = folder
        return stdin

    def _block(self, node: Block, stdin: Flow, piped: bool) -> Flow:
        if node.kind == "function" and _multiplies(node):
            message = f"starts itself again and again ({node.name}) until the machine stands still"
            self._add("fork-bomb", message, node.line, node.column)
        fed, writes, fed_piped = self._redirected(node.redirections, stdin, piped)
        if writes:
            self._judge(
                Call((), fed, fed_piped, writes, self.folder, frozenset(self.downloads), node.line, node.column)
            )
        if node.loop is not None:
            self._assign(node.loop, loop=True)
        folder, variables = self.folder, dict(self.variables)
        last = Flow("")
        origins: frozenset[str] = frozenset()
        for each in node.nodes:
            last = self.go(each, fed, piped=fed_piped)
            origins |= last.origins
        if node.kind in ("subshell", "function"):
            self.folder, self.variables = folder, variables
        return last if len(node.nodes) == 1 else Flow(None if node.nodes else "", origins, last.mark)

    def _command(self, node: Command, stdin: Flow, piped: bool) -> Flow:
        if not node.words:
            for assignment in node.assignments:
                self._assign(assignment)
        elif node.assignments:
            for assignment in node.assignments:
                for word in assignment.values:
                    self._value(word)
        fed, writes, fed_piped = self._redirected(node.redirections, stdin, piped)
        words = tuple(each for word in node.words for each in self._arguments(word))
        call = Call(words, fed, fed_piped, writes, self.folder, frozenset(self.downloads), node.line, node.column)
        flow = NOTHING
        for each in calls_within(call):
            self._judge(each)
            for script in self.within(each):
                self._script(script)
            self.downloads |= saved_by(each)
            if each.name in CHECKS:
                self.downloads.clear()
            if each.name == "cd" and each.operands:
                self.folder = _entered(self.folder, each.operands[0])
            flow = printed_by(each)
            self._keep_written(each, flow)
        return flow

    def _keep_written(self, call: Call, flow: Flow) -> None:
        """Remembers a script that is written to a file, and looks into it where that file is run."""
        paths = [write.path for write in call.writes] + (list(call.operands) if call.name == "tee" else [])
        for path in paths if flow.text else ():
            self.written[posixpath.basename(path)] = Script("shell", flow.text or "", flow.line or call.line)
        started = call.operands[:1] if call.name in (*SHELLS, "source", ".") else [each.text for each in call.words[:1]]
        for path in started:
            script = self.written.pop(posixpath.basename(path), None)
            if script is not None and ("/" in path or call.words[0].text != path):
                self._script(script)

    def _script(self, script: Script) -> None:
        line = self.offset + script.line
        if script.kind == "shell":
            self.script(script.text, line)
        else:
            for rule, message, at, column in self.others(script):
                self.found.append((rule, message, line + at - 1, column))

    def _judge(self, call: Call) -> None:
        for rule, message in self.judge(call):
            self._add(rule, message, call.line, call.column)

    def _add(self, rule: str, message: str, line: int, column: int) -> None:
        self.found.append((rule, message, line + self.offset, column))

    def _arguments(self, word: Word) -> Iterator[Argument]:
        value = self._value(word)
        bare = bool(word.pieces) and all(isinstance(piece, Variable | Substitution) for piece in word.pieces)
        for text in value.texts:
            # What a bare variable holds becomes several words.
            for each in text.split() if bare else [text]:
                yield Argument(each, value.origins, word.line)

    def _value(self, word: Word) -> Value:
        return value_of(word, self.variables, self._printed)

    def _printed(self, substitution: Substitution) -> Flow:
        return self.go(Block(substitution.nodes, "subshell"))

    def _assign(self, assignment: Assignment, *, loop: bool = False) -> None:
        values = [self._value(word) for word in assignment.values]
        texts = tuple(text for value in values for text in (value.texts or ("",)))
        origins = frozenset(origin for value in values for origin in value.origins)
        self.variables[assignment.name] = Value(texts or ((SURE,) if loop else ("",)), origins)

    def _redirected(
        self, redirections: tuple[Redirection, ...], stdin: Flow, piped: bool
    ) -> tuple[Flow, tuple[Write, ...], bool]:
        writes = []
        for each in redirections:
            value = self._value(each.word)
            if each.operator in _FED:
                stdin, piped = Flow(value.text, value.origins, SURE, each.word.line), True
            elif each.operator == "<":
                stdin, piped = Flow(None, value.origins, PRINTED), True
            elif ">" in each.operator and not value.text.isdigit() and value.text != "-":
                writes += [Write(each.operator, text) for text in value.texts]
        return stdin, tuple(writes), piped


def _entered(folder: str, path: str) -> str:
    if path.startswith(("/", "~")):
        return path
    return path if folder == "." else f"{folder}/{path}"


def _multiplies(function: Block) -> bool:
    """Whether a function starts itself beside itself: in the background, or more than once in one pipe."""

    def calls(node: Node) -> int:
        match node:
            case Command():
                first = node.words[0].pieces if node.words else ()
                return int(len(first) == 1 and getattr(first[0], "text", "") == function.name)
            case Pipeline():
                return sum(map(calls, node.stages))
            case Block():
                return sum(map(calls, node.nodes))

    def grows(node: Node) -> bool:
        match node:
            case Command():
                return False
            case Pipeline():
                return calls(node) > 1 or any(map(grows, node.stages))
            case Block():
                return (node.kind == "background" and calls(node) > 0) or any(map(grows, node.nodes))

    return any(map(grows, function.nodes))
