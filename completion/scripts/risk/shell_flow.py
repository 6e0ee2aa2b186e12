"""What a call prints, as far as the shell rules need it: a known text, a download, something decoded."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable

from completion.scripts.risk.shell_calls import Call, narrowed, roots
from completion.scripts.risk.shell_tree import unescaped_as_in_c
from completion.scripts.risk.shell_values import MAYBE, PRINTED, SURE, Flow

FETCHES = frozenset(["curl", "wget", "fetch", "aria2c", "lynx", "http", "https", "xh"])
CHECKS = frozenset(["sha256sum", "sha512sum", "shasum", "gpg", "gpgv", "cosign", "minisign", "openssl", "b2sum"])
"""Programs by which a download is compared with what it should be."""

_DOWNLOAD = frozenset({"download"})
_DECODED = frozenset({"decoded"})


def printed_by(call: Call) -> Flow:
    """What `call` prints."""
    if call.name in FETCHES:
        return _fetched(call)
    if _decodes(call):
        return Flow(None, call.stdin.origins | _DECODED, PRINTED)
    rule = _PRINTERS.get(call.name)
    return rule(call) if rule else Flow(None, call.stdin.origins, SURE)


def saved_by(call: Call) -> frozenset[str]:
    """The names of the files into which `call` writes a download."""
    if call.name in FETCHES:
        given = _target(call)
        if given:
            return frozenset({posixpath.basename(given)}) if given != "-" else _written(call)
        if call.name in ("wget", "aria2c", "fetch") or call.has("-O", "--remote-name"):
            return frozenset(posixpath.basename(each.split("?")[0]) for each in call.operands if "://" in each)
        return _written(call)
    return _written(call) if "download" in call.stdin.origins else frozenset()


def _target(call: Call) -> str:
    """The file that an option names, "-" for the standard output, "" where none does."""
    letter = "O" if call.name == "wget" else "o"
    for text, following in zip(call.arguments, (*call.arguments[1:], ""), strict=True):
        if text in ("--output", "--output-document"):
            return following
        match = re.fullmatch(rf"(?:-[a-zA-Z]*{letter}|--output(?:-document)?=)(.*)", text)
        if (match and not text.startswith("--")) or (match and "=" in text):
            return match[1] or following
    return ""


def _written(call: Call) -> frozenset[str]:
    files = [write.path for write in call.writes] + (list(call.operands) if call.name == "tee" else [])
    return frozenset(posixpath.basename(path) for path in files if not path.startswith("/dev/"))


def _fetched(call: Call) -> Flow:
    to_file = saved_by(call) and not call.writes
    return Flow("") if to_file else Flow(None, _DOWNLOAD, PRINTED)


def _decodes(call: Call) -> bool:
    match call.name:
        case "base64" | "base32" | "basenc":
            return call.has("-d", "-D", "--decode")
        case "xxd":
            return call.has("-r", "-revert")
        case "openssl":
            return "-d" in call.arguments
        case "uudecode" | "rev" | "tr" | "unhex" | "zcat" | "gunzip" | "xz" | "bunzip2":
            return True
    return False


def _echo(call: Call) -> Flow:
    words = list(call.arguments)
    while words and words[0] in ("-n", "-e", "-ne", "-en", "-E"):
        words.pop(0)
    text = " ".join(words)
    return Flow(unescaped_as_in_c(text) if "-e" in call.arguments else text, _origins(call))


def _printf(call: Call) -> Flow:
    shape, *values = call.arguments or ("",)
    text = unescaped_as_in_c(shape)
    for value in values:
        text = text.replace("%s", value, 1)
    return Flow(text, _origins(call))


def _origins(call: Call) -> frozenset[str]:
    return frozenset(origin for word in call.words for origin in word.origins)


def _cat(call: Call) -> Flow:
    files = [each for each in call.operands if each != "-"]
    if not files:
        return call.stdin
    fetched = any(posixpath.basename(file) in call.downloads for file in files)
    return Flow(None, _DOWNLOAD if fetched else frozenset(), PRINTED)


def _ls(call: Call) -> Flow:
    return Flow("\n".join(call.operands)) if call.operands else Flow(None)


def _find(call: Call) -> Flow:
    return Flow(None) if narrowed(call) else Flow("\n".join(roots(call)))


def _which(call: Call) -> Flow:
    return Flow(call.operands[0] if call.operands else "")


def _pwd(call: Call) -> Flow:
    return Flow(call.folder if MAYBE not in call.folder else None)


_PRINTERS: dict[str, Callable[[Call], Flow]] = {
    "echo": _echo,
    "printf": _printf,
    "cat": _cat,
    "tee": lambda call: call.stdin,
    "ls": _ls,
    "find": _find,
    "which": _which,
    "pwd": _pwd,
}
