"""One call of a program as the shell rules see it, and what is called behind `sudo`, `env`, `xargs` and their like.

Knows how those programs take their options. Judges nothing.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from completion.scripts.risk.shell_values import NOTHING, PRINTED, Flow

SHELLS = frozenset(["sh", "bash", "dash", "zsh", "ksh", "ash", "mksh", "fish", "rbash"])
INTERPRETERS = frozenset(
    ["python", "python2", "python3", "perl", "ruby", "node", "php", "lua", "pwsh", "osascript", "tclsh"]
)

_WRAPPERS = {
    "sudo": (
        ["-u", "-g", "-h", "-p", "-C", "-r", "-t", "-U", "-D", "-T", "-R", "--user", "--group", "--host", "--chdir"],
        0,
    ),
    "doas": (["-u", "-C"], 0),
    "env": (["-u", "-C", "-S", "--unset", "--chdir"], 0),
    "nice": (["-n", "--adjustment"], 0),
    "ionice": (["-c", "-n"], 0),
    "timeout": (["-k", "-s", "--kill-after", "--signal"], 1),
    "nohup": ([], 0),
    "setsid": ([], 0),
    "time": (["-f", "-o"], 0),
    "command": ([], 0),
    "builtin": ([], 0),
    "exec": (["-a"], 0),
    "stdbuf": (["-i", "-o", "-e"], 0),
    "strace": (["-o", "-e", "-p", "-s"], 0),
    "busybox": ([], 0),
    "toybox": ([], 0),
    "chroot": ([], 1),
    "unshare": ([], 0),
    "nsenter": (["-t", "--target"], 0),
    "runuser": (["-u", "-g"], 0),
    "pkexec": (["--user"], 0),
    "taskset": ([], 1),
    "chronic": ([], 0),
    "caffeinate": (["-t", "-w"], 0),
    "then": ([], 0),
    "!": ([], 0),
}
_XARGS = [
    "-I",
    "-n",
    "-P",
    "-L",
    "-d",
    "-a",
    "-s",
    "-E",
    "--max-args",
    "--max-procs",
    "--replace",
    "--delimiter",
    "--arg-file",
]
_NEVER_RUN = {"command": ("-v", "-V"), "sudo": ("-l", "-v", "-k", "-e")}
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_EXECUTES = ("-exec", "-execdir", "-ok", "-okdir")


@dataclass(frozen=True, slots=True)
class Argument:
    """One word as the program gets it; `origins` as those of a `Value`."""

    text: str
    origins: frozenset[str] = frozenset()
    line: int = 1


@dataclass(frozen=True, slots=True)
class Write:
    """A file that the shell opens for writing: `>` empties it, `>>` adds to it."""

    operator: str
    path: str


@dataclass(frozen=True, slots=True)
class Call:
    """A program with what it is given.

    `words` are the name and its arguments, without wrappers; `stdin` is what it reads, `piped` whether something feeds
    it; `folder` is where it runs, as far as a `cd` says; `downloads` are files fetched before.
    """

    words: tuple[Argument, ...]
    stdin: Flow = NOTHING
    piped: bool = False
    writes: tuple[Write, ...] = ()
    folder: str = "."
    downloads: frozenset[str] = frozenset()
    line: int = 1
    column: int = 1

    name: str = field(init=False, default="")
    """The program without its folder; "" where only a redirection stands."""
    arguments: tuple[str, ...] = field(init=False, default=())
    """All behind the name."""

    def __post_init__(self) -> None:
        # Every rule asks for these of every call.
        if self.words:
            object.__setattr__(self, "name", posixpath.basename(self.words[0].text))
            object.__setattr__(self, "arguments", tuple(word.text for word in self.words[1:]))

    @property
    def operands(self) -> tuple[str, ...]:
        """The arguments that are no options; all behind `--` are operands."""
        found, ended = [], False
        for text in self.arguments:
            if ended or text == "-" or not text.startswith("-"):
                found.append(text)
            elif text == "--":
                ended = True
        return tuple(found)

    def has(self, *options: str) -> bool:
        """Whether one of the options is given: `-r` also within `-fr`, `--force` also as `--force=…`."""
        for text in self.arguments:
            if text == "--":
                return False
            for option in options:
                if option.startswith("--") or len(option) > 2:
                    if text == option or text.startswith(f"{option}="):
                        return True
                elif re.fullmatch(r"-[A-Za-z0-9]+", text) and option[1] in text[1:]:
                    return True
        return False

    def after(self, *options: str) -> Argument | None:
        """The argument behind one of the options."""
        for word, following in zip(self.words[1:], self.words[2:], strict=False):
            if word.text in options:
                return following
        return None


def calls_within(call: Call) -> Iterator[Call]:
    """`call` without its wrappers, then the calls that it makes by itself (`xargs`, `find -exec`)."""
    inner = replace(call, words=tuple(_unwrapped(call.words)))
    if inner.name == "parallel" and ":::" in inner.arguments:
        at = inner.arguments.index(":::") + 1
        words = inner.words[_behind_options(inner.words, ("-j", "--jobs")) : at]
        fed = (*words, *inner.words[at + 1 :]) if not any("{}" in word.text for word in words) else words
        yield from calls_within(replace(inner, words=fed, stdin=NOTHING, piped=False))
        return
    if inner.name == "xargs":
        words = inner.words[_behind_options(inner.words, _XARGS) :]
        yield from calls_within(replace(inner, words=_fed(inner, words), stdin=NOTHING, piped=False))
        return
    yield inner
    if inner.name in ("find", "fd", "fdfind"):
        for start, word in enumerate(inner.words):
            if word.text in _EXECUTES or (inner.name != "find" and word.text in ("-x", "-X", "--exec")):
                ends = [at for at in range(start, len(inner.words)) if inner.words[at].text in (";", "+")]
                words = inner.words[start + 1 : ends[0] if ends else None]
                yield from calls_within(replace(inner, words=_with_found(inner, words), piped=False))


def narrowed(call: Call) -> bool:
    """Whether a `find` looks for something narrower than everything."""
    tests = ("-name", "-iname", "-path", "-regex", "-mtime", "-mmin", "-size", "-user", "-newer", "-perm", "-inum")
    pairs = zip(call.arguments, call.arguments[1:], strict=False)
    return any(test in tests and value != "*" for test, value in pairs) or "-empty" in call.arguments


def roots(call: Call) -> tuple[str, ...]:
    """The folders in which a `find` begins."""
    found = []
    for text in call.arguments:
        if text.startswith(("-", "(", "!")) and text not in ("-H", "-L", "-P"):
            break
        found.append(text)
    return tuple(text for text in found if not text.startswith("-")) or (".",)


def _unwrapped(words: Sequence[Argument]) -> Sequence[Argument]:
    while words:
        name = posixpath.basename(words[0].text)
        if name not in _WRAPPERS:
            return words
        valued, positional = _WRAPPERS[name]
        end = _behind_options(words, valued)
        if any(word.text in _NEVER_RUN.get(name, ()) for word in words[1:end]):
            return words
        while end < len(words) and _ASSIGNMENT.match(words[end].text):
            end += 1
        split = words[end - 1].text.split() if end > 1 and words[end - 2].text in ("-S", "--split-string") else []
        rest = [*(replace(words[0], text=text) for text in split), *words[end + positional :]]
        if not rest:
            return words
        words = rest
    return words


def _behind_options(words: Sequence[Argument], valued: Sequence[str]) -> int:
    at = 1
    while at < len(words) and words[at].text.startswith("-"):
        if words[at].text == "--":
            return at + 1
        at += 2 if words[at].text in valued else 1
    return at


def _fed(call: Call, words: Sequence[Argument]) -> tuple[Argument, ...]:
    """The command of an `xargs` with what it reads in its place."""
    text, origins = call.stdin.text, call.stdin.origins
    first = words[0] if words else Argument("echo")
    given = [replace(first, text=each, origins=origins) for each in (text.split() if text else [call.stdin.mark])]
    place = call.after("-I", "--replace")
    mark = place.text if place else "{}" if "-I{}" in call.arguments or "-i" in call.arguments else ""
    if not mark:
        return (*(words or (first,)), *given)
    # A shell's text is fed too, with all that is read.
    joined = " ".join(each.text for each in given)
    return tuple(
        replace(word, text=word.text.replace(mark, joined)) if word.text != mark else each
        for word in words
        for each in (given if word.text == mark else [word])
    )


def _with_found(call: Call, words: Sequence[Argument]) -> tuple[Argument, ...]:
    """The command of a `find -exec` with the found files in place of `{}`."""
    found = [PRINTED + "found"] if narrowed(call) else list(roots(call))
    return tuple(
        replace(word, text=text if word.text == "{}" else word.text.replace("{}", " ".join(found)))
        for word in words
        for text in (found if word.text == "{}" else [word.text])
    )
