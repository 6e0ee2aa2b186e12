"""Names in a shell script: commands, what package managers install, images that are run, addresses. By its tree."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from completion.scripts.commands import BUILTINS, COMMON
from completion.scripts.grounding.names import Named, elsewhere, urls
from completion.scripts.risk import shell_grammar, shell_shfmt
from completion.scripts.risk.shell_calls import Argument, Call, calls_within
from completion.scripts.risk.shell_tree import Block, Command, Node, Pipeline, Substitution, Text, Unparsable, Word

# Which word makes a package manager install, and which of its options take a value of their own.
_INSTALLERS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    name: (frozenset(verbs.split()), frozenset(options.split()))
    for names, verbs, options in (
        ("apt apt-get aptitude", "install", "-t --target-release -o -c"),
        ("apk", "add", "-t --virtual --repository -X"),
        ("yum dnf microdnf zypper", "install", "--enablerepo --disablerepo -x"),
        (
            "pip pip3 uv", "install add",
            "-r --requirement -c --constraint -i --index-url --extra-index-url -f --find-links -t --target -e",
        ),
        ("npm pnpm yarn bun", "install i add", "--prefix --registry -w"),
        ("gem", "install", "-v --version --source"),
        ("go", "install get", ""),
        ("cargo", "install add", "--version --git --features"),
        ("brew", "install", ""),
        ("conda mamba", "install", "-c -n --channel --name"),
        ("composer", "require", ""),
        ("pipx snap flatpak", "install", ""),
    )
    for name in names.split()
}  # fmt: skip
_RUN_OPTIONS = re.compile(
    r"-[vpewuhlm]|--(?:volume|publish|env|env-file|name|network|net|workdir|user|entrypoint|hostname|mount|label|restart|"
    r"memory|cpus|platform|link|add-host|device|cap-add|cap-drop|gpus)"
)
_LOCAL = re.compile(r"[./~].*|.*\.(?:whl|deb|rpm|tgz|tar\.gz)|.*[*$].*|.*://.*|-.*")
_HOSTED = re.compile(r"(?:[\w.-]+@)?([\w.-]+):(?!//).*")


def named(text: str, line: int = 1, *, commands: bool = True) -> Iterator[Named]:
    """All names in a script that begins at `line`; nothing of what cannot be read."""
    try:
        tree = _parsed(text)
    except Unparsable:
        return
    own = {node.name for node in _blocks(tree) if node.kind == "function"}
    own |= {word.split("=")[0] for command in _commands(tree) for word in _aliases(command)}
    for command in _commands(tree):
        places: dict[int, tuple[int, int]] = {}
        words = []
        for word in command.words:
            argument = Argument(_text(word), line=word.line)
            places[id(argument)] = (word.line + line - 1, word.column)
            words.append(argument)
            yield from _addresses(word, line)
        here = (command.line + line - 1, command.column)
        for assignment in command.assignments:
            for word in assignment.values:
                yield from _addresses(word, line)
        for call in calls_within(Call(tuple(words))):
            for rule, argument in _of_call(call, own, commands=commands):
                yield Named(rule, _plain(rule, argument.text), *places.get(id(argument), here))


def _of_call(call: Call, own: set[str], *, commands: bool) -> Iterator[tuple[str, Argument]]:
    if not call.words or not call.name:
        return
    first = call.words[0]
    path = first.text
    if commands and re.fullmatch(r"/?[\w./+-]+", path) and not path.startswith(("./", "../")):
        known = call.name in BUILTINS or call.name in COMMON or call.name in own
        if not known and not path.endswith((".sh", ".py")):
            yield "command", first
    words = call.words
    if call.name.startswith("python") and call.arguments[:2] == ("-m", "pip"):
        words = words[2:]
    yield from (("package", word) for word in _packages(posixpath.basename(words[0].text), words[1:]))
    if call.name in ("docker", "podman"):
        yield from (("image", word) for word in _image(words[1:]))
    if call.name in ("ssh", "scp", "sftp", "rsync", "ping", "telnet", "nc", "dig", "nslookup", "host", "ssh-copy-id"):
        yield from (("host", word) for word in _hosts(call.name, words[1:]))


def _packages(name: str, words: Sequence[Argument]) -> Iterator[Argument]:
    if name == "pacman":
        if any(re.match(r"-S[yu]*$", word.text) for word in words):
            yield from (word for word in words if not word.text.startswith("-"))
        return
    if name not in _INSTALLERS:
        return
    verbs, options = _INSTALLERS[name]
    begun, skipped = False, False
    for word in words:
        if skipped:
            skipped = False
        elif word.text in options:
            skipped = True
        elif word.text in verbs:
            begun = True
        elif begun and word.text and not _LOCAL.fullmatch(word.text):
            yield word


def _image(words: Sequence[Argument]) -> Iterator[Argument]:
    verb = next((word.text for word in words if not word.text.startswith("-")), "")
    if verb not in ("run", "pull", "create"):
        return
    at = next(index for index, word in enumerate(words) if word.text == verb) + 1
    while at < len(words):
        text = words[at].text
        if not text.startswith("-"):
            if text and "$" not in text:
                yield words[at]
            return
        at += 2 if _RUN_OPTIONS.fullmatch(text) else 1


def _hosts(name: str, words: Sequence[Argument]) -> Iterator[Argument]:
    for before, word in zip((Argument(""), *words), words, strict=False):
        text = word.text
        if (
            not text
            or text.startswith(("-", "/", ".", "+", "@"))
            or before.text in ("-i", "-p", "-P", "-o", "-e", "-c", "-w", "-F", "-W")
        ):
            continue
        if name in ("scp", "rsync"):
            hosted = _HOSTED.fullmatch(text)
            if hosted and elsewhere(hosted.group(1)):
                yield word
            continue
        host = text.rpartition("@")[2]
        if elsewhere(host) and re.fullmatch(r"[A-Za-z][\w.-]*|\d+(?:\.\d+){3}", host):
            yield word
        return


def _plain(rule: str, text: str) -> str:
    """The name itself: without its version, and of an address the host alone."""
    if rule == "host":
        hosted = _HOSTED.fullmatch(text)
        return hosted.group(1) if hosted else text.rpartition("@")[2]
    if rule == "command":
        return posixpath.basename(text)
    return text.strip("\"'")


def _addresses(word: Word, line: int) -> Iterator[Named]:
    text = _text(word)
    if "://" in text:
        for url, _ in urls(text):
            yield Named("url", url, word.line + line - 1, word.column)


def _text(word: Word) -> str:
    """The letters of a word; a `$` stands for what only a run could tell."""
    return "".join(piece.text if isinstance(piece, Text) else "$" for piece in word.pieces)


def _aliases(command: Command) -> list[str]:
    texts = [_text(word) for word in command.words]
    return texts[1:] if texts[:1] == ["alias"] else []


def _commands(node: Node) -> Iterator[Command]:
    for each in _nodes(node):
        if isinstance(each, Command):
            yield each


def _blocks(node: Node) -> Iterator[Block]:
    for each in _nodes(node):
        if isinstance(each, Block):
            yield each


def _nodes(node: Node, level: int = 0) -> Iterator[Node]:
    if level > 60:
        return
    yield node
    match node:
        case Pipeline():
            inner: list[Node] = list(node.stages)
        case Block():
            inner = list(node.nodes)
            words = node.loop.values if node.loop else ()
            inner += [found for word in words for found in _substituted(word)]
        case Command():
            values = [word for assignment in node.assignments for word in assignment.values]
            files = [redirection.word for redirection in node.redirections]
            inner = [found for word in (*node.words, *values, *files) for found in _substituted(word)]
    for each in inner:
        yield from _nodes(each, level + 1)


def _substituted(word: Word) -> Iterator[Node]:
    for piece in word.pieces:
        if isinstance(piece, Substitution):
            yield from piece.nodes


@lru_cache(maxsize=32)
def _parsed(text: str) -> Block:
    try:
        return shell_shfmt.parse(text)
    except Unparsable:
        tree, whole = shell_grammar.parse(text)
        if not whole:
            raise Unparsable("a part of it cannot be read") from None
        return tree
