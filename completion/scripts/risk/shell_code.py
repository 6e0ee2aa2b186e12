"""Shell rules of code that nobody has read, and the scripts that stand within a call."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from completion.scripts.risk.shell_calls import INTERPRETERS, SHELLS, Argument, Call
from completion.scripts.risk.shell_values import MAYBE, PRINTED
from completion.scripts.risk.shell_walk import Script

_SOURCES = ("source", ".")
_DATABASES = {
    "psql": ("-c", "--command"),
    "mysql": ("-e", "--execute"),
    "mariadb": ("-e", "--execute"),
    "sqlcmd": ("-Q", "-q"),
    "duckdb": ("-c",),
    "clickhouse-client": ("-q", "--query"),
    "bq": (),
}
_STARTS = re.compile(r"\b(?:system|exec|execSync|shell_exec|passthru)\s*\(?\s*([\"'])(.+?)\1|`([^`]+)`", re.S)
_DECODED_COMMAND = re.compile(rf"(?:\A|[;&|(\n])\s*{PRINTED}")
"""Where in a shell's text a command begins with what was decoded."""

_SSH_VALUED = ["-p", "-i", "-o", "-l", "-F", "-J", "-L", "-R", "-D", "-b", "-c", "-e", "-m", "-S", "-W"]


def runs_download(call: Call) -> str:
    """What was fetched becomes commands: by a pipe, a substitution or a file."""
    message = "runs a download that nobody has read"
    if _reads_commands(call) and "download" in call.stdin.origins:
        return message
    if call.words and "download" in call.words[0].origins:
        return message
    if call.name in (*SHELLS, *INTERPRETERS, *_SOURCES, "eval") and any(
        "download" in word.origins for word in call.words[1:]
    ):
        return message
    scripts = call.operands[:1] if call.name in (*SHELLS, *INTERPRETERS, *_SOURCES) else ()
    started = (call.words[0].text,) if call.words and "/" in call.words[0].text else ()
    if any(posixpath.basename(path) in call.downloads for path in (*scripts, *started)):
        return message
    return ""


def runs_hidden(call: Call) -> str:
    """Decoded texts and texts that are known only when they run."""
    if _reads_commands(call) and "download" not in call.stdin.origins and call.piped:
        if "decoded" in call.stdin.origins:
            return "runs decoded text, which hides what it does"
        known = call.stdin.text
        from_file = known is None and call.stdin.mark == PRINTED
        if call.name in SHELLS and known is None and not from_file and not call.stdin.line:
            return "runs as commands what another command prints"
        if call.name in SHELLS and known is not None and known.strip()[:1] in (MAYBE, PRINTED) and known.strip():
            return "runs as commands a text that is not known before"
    if call.words and "decoded" in call.words[0].origins and call.words[0].text.startswith(PRINTED):
        return "runs decoded text, which hides what it does"
    text = _command_text(call)
    if text is None:
        return ""
    if "decoded" in text.origins and _DECODED_COMMAND.search(text.text):
        return "runs decoded text, which hides what it does"
    if text.text.strip()[:1] in (MAYBE, PRINTED) and text.text.strip() and "download" not in text.origins:
        return "runs as commands a text that comes from outside"
    return ""


def remote_shell(call: Call) -> str:
    """A shell for somebody else."""
    network = any(re.match(r"/dev/(?:tcp|udp)/", write.path) for write in call.writes)
    if network and (call.name in SHELLS or call.name in ("exec", "")):
        return "gives another machine a shell on this one"
    if call.name in ("nc", "ncat", "netcat") and call.has("-e", "-c", "--exec", "--sh-exec"):
        return "gives another machine a shell on this one"
    if call.name == "socat" and any(re.match(r"(?:exec|system):", text, re.I) for text in call.arguments):
        return "gives another machine a shell on this one"
    return ""


def scripts_within(call: Call) -> Iterator[Script]:
    """The texts in `call` that a shell, Python or a database will run."""
    yield from _shell_texts(call)
    if call.name in ("python", "python2", "python3"):
        given = call.after("-c")
        if given is not None:
            yield Script("python", given.text, given.line)
        elif call.stdin.text is not None and _reads_commands(call):
            yield Script("python", call.stdin.text, call.stdin.line or call.line)
    if call.name in ("perl", "ruby", "node", "php"):
        given = call.after("-e", "-r")
        for match in _STARTS.finditer(given.text) if given else ():
            yield Script("shell", match[2] or match[3], call.line)
    yield from _database_texts(call)


def _shell_texts(call: Call) -> Iterator[Script]:
    text = _command_text(call)
    if text is not None:
        yield Script("shell", text.text, text.line)
    if call.name in SHELLS and _reads_commands(call) and call.stdin.text:
        yield Script("shell", call.stdin.text, call.stdin.line or call.line)
    if call.name == "ssh":
        words = _behind_host(call)
        if words:
            yield Script("shell", " ".join(word.text for word in words), words[0].line)
        elif call.stdin.text:
            yield Script("shell", call.stdin.text, call.stdin.line or call.line)
    if call.name in ("trap", "watch") and call.operands:
        given = next(word for word in call.words[1:] if word.text == call.operands[0])
        yield Script("shell", given.text, given.line)
    if call.name == "alias":
        for word in call.words[1:]:
            if "=" in word.text:
                yield Script("shell", word.text.partition("=")[2], word.line)
    if call.name in ("crontab", "at", "batch") and call.stdin.text:
        lines = call.stdin.text.splitlines()
        # A line of a crontab begins with five fields of time.
        jobs = [re.sub(r"\A(?:\S+\s+){5}", "", line) if call.name == "crontab" else line for line in lines]
        yield Script("shell", "\n".join(jobs), call.stdin.line or call.line)
    if call.name in ("docker", "podman", "nerdctl", "kubectl", "oc"):
        yield from _in_container(call)


def _in_container(call: Call) -> Iterator[Script]:
    for at, word in enumerate(call.words):
        if word.text in SHELLS and at + 2 < len(call.words) and call.words[at + 1].text == "-c":
            yield Script("shell", call.words[at + 2].text, call.words[at + 2].line)


def _database_texts(call: Call) -> Iterator[Script]:
    if call.name in _DATABASES:
        given = call.after(*_DATABASES[call.name])
        joined = next((text for text in call.arguments if re.match(r"-[ec]\S|--(?:command|execute)=", text)), "")
        if given is not None:
            yield Script("sql", given.text, given.line)
        elif joined:
            yield Script("sql", joined.partition("=")[2] if joined.startswith("--") else joined[2:], call.line)
    elif call.name in ("sqlite3", "duckdb") and len(call.operands) > 1:
        yield Script("sql", " ".join(call.operands[1:]), call.line)
    if call.name in (*_DATABASES, "sqlite3") and call.stdin.text:
        yield Script("sql", call.stdin.text, call.stdin.line or call.line)


def _command_text(call: Call) -> Argument | None:
    """The text that is given to a shell as an argument."""
    if call.name == "eval" and len(call.words) > 1:
        origins = frozenset(origin for word in call.words[1:] for origin in word.origins)
        return Argument(" ".join(call.arguments), origins, call.words[1].line)
    if call.name in (*SHELLS, "su", "runuser", "script", "flock"):
        for word, following in zip(call.words[1:], call.words[2:], strict=False):
            if re.fullmatch(r"-[a-zA-Z]*c|--command", word.text):
                return following
    return None


def _reads_commands(call: Call) -> bool:
    """Whether an interpreter runs what it reads."""
    if call.name in _SOURCES and call.operands[:1] in (("/dev/stdin",), ("-",)):
        return True
    if call.name not in SHELLS and call.name not in INTERPRETERS:
        return False
    if _command_text(call) is not None or (call.has("-n") and call.name in SHELLS):
        return False
    if call.name in INTERPRETERS and call.has("-c", "-m", "-e", "-r", "-E", "-p", "-n"):
        return False
    files = [text for text in call.operands if text not in ("-", "/dev/stdin")]
    return not files or call.has("-s")


def _behind_host(call: Call) -> tuple[Argument, ...]:
    at = 1
    while at < len(call.words) and call.words[at].text.startswith("-"):
        at += 2 if call.words[at].text in _SSH_VALUED else 1
    return call.words[at + 1 :]
