"""A throw-away folder in which a shell script may run, and what is left of the machine around it.

Namespaces of Linux (`unshare`): no network, processes of its own, a root that holds the system's programs read-only,
an empty `/tmp`, no home, and one folder to write in. The script has no capability, cannot gain any, and is bounded in
time, memory, processes, open files and the size of a file. Started as root it runs as nobody. Where the system allows
no such thing, `Unmade` says why, and nothing is run. Knows nothing of tasks and answers.
"""

from __future__ import annotations

import functools
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

SECONDS = 5.0
PROGRAMS = ("unshare", "bash", "mount", "umount", "pivot_root", "setpriv")
SYSTEM = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PATH = f"/stubs:{SYSTEM}"
WRITTEN = 4 << 20

# Runs as pid 1 of the namespaces. What is mounted of the old root is let go before the script begins.
_SETUP = r"""
set -eu
base=$1; shift
root=$base/root
mount --bind "$root" "$root"
for name in usr bin sbin lib lib32 lib64 libx32 etc/alternatives; do
    if [ -d "$root/$name" ] && [ ! -L "$root/$name" ]; then
        mount --bind -o ro,nosuid,nodev "/$name" "$root/$name"
    fi
done
mount -t proc -o ro,nosuid,nodev,noexec proc "$root/proc"
for name in null zero random urandom; do
    mount --bind "/dev/$name" "$root/dev/$name"
done
mount --bind -o nosuid,nodev "$base/work" "$root/work"
mount --bind -o nosuid,nodev "$base/calls" "$root/calls"
mount -t tmpfs -o size=16m,mode=1777,nosuid,nodev tmpfs "$root/tmp"
cd "$root"
pivot_root . old
umount -l /old
mount -o remount,bind,ro,nosuid,nodev /
cd /work
ulimit -c 0 -f 8192 -n 128 -t 5 -u 128 -v 1048576
exec setpriv --no-new-privs --bounding-set=-all --inh-caps=-all --ambient-caps=-all bash --noprofile --norc "$@"
"""

_STUB = """#!/bin/sh
printf '%s\\n' "${{0##*/}} $*" >> /calls/log
cat <<'END_OF_STUB'
{said}END_OF_STUB
"""


class Unmade(Exception):
    """There is no sandbox on this machine; the argument is the reason as a sentence without capital and full stop."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What a script did: its status (None where it was stopped for its time), both streams, calls of stubs."""

    status: int | None
    stdout: str
    stderr: str
    calls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Folder:
    """A throw-away folder: `work` is what the script sees as its working directory."""

    base: Path

    @property
    def work(self) -> Path:
        return self.base / "work"

    def text(self, name: str) -> str | None:
        """The text of a file below the folder; None where there is none. Links that lead out are not followed."""
        path = self.work / name
        try:
            if not path.resolve().is_relative_to(self.work.resolve()) or not stat.S_ISREG(path.stat().st_mode):
                return None
            with path.open("rb") as stream:
                return stream.read(WRITTEN).decode("utf-8", "replace")
        except OSError:
            return None

    def has(self, name: str) -> bool:
        """Whether anything of that name is there, a broken link too."""
        return os.path.lexists(self.work / name)

    def link(self, name: str) -> str | None:
        """Where a link points, without a slash at its end; None where it is no link."""
        try:
            return os.readlink(self.work / name).rstrip("/")
        except OSError:
            return None


@contextmanager
def folder() -> Iterator[Folder]:
    """An empty folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="lsps", ignore_cleanup_errors=True) as name:
        base = Path(name).resolve()
        for inner in ("root", "work", "calls"):
            (base / inner).mkdir()
        yield Folder(base)


def run(
    place: Folder,
    script: str,
    *,
    arguments: Sequence[str] = (),
    stdin: str = "",
    stubs: Mapping[str, str] | None = None,
    seconds: float = SECONDS,
) -> Ran:
    """Run a bash script in the folder. `stubs` stand for programs that only tell that they were called, and say a text.

    Raises `Unmade`.
    """
    reason = unmade()
    if reason:
        raise Unmade(reason)
    return _run(place, script, arguments, stdin, stubs or {}, seconds)


@functools.cache
def unmade() -> str:
    """Why there can be no sandbox here; "" where there can."""
    if sys.platform != "linux":
        return "namespaces are a matter of Linux"
    missing = [name for name in PROGRAMS if _find(name) is None]
    if missing:
        return f"{', '.join(missing)} is not installed"
    with folder() as place:
        try:
            ran = _run(place, "echo made > here; echo fine", (), "", {}, SECONDS)
        except OSError as error:
            return f"unshare cannot be started ({error.strerror})"
        if ran.stdout != "fine\n" or place.text("here") != "made\n":
            said = ran.stderr.strip().splitlines() or ["it was stopped"]
            return f"the system refuses namespaces ({said[0][:120]})"
    return ""


def _run(
    place: Folder, script: str, arguments: Sequence[str], stdin: str, stubs: Mapping[str, str], seconds: float
) -> Ran:
    root = place.base / "root"
    _furnish(root)
    for name, said in stubs.items():
        stub = root / "stubs" / name
        stub.write_text(_STUB.format(said=said), encoding="utf-8")
        stub.chmod(0o755)
    user: dict[str, Any] = {}
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        _give(place.base, nobody.pw_uid, nobody.pw_gid)
    namespaces = ("--user", "--map-root-user", "--net", "--mount", "--pid", "--ipc", "--uts", "--fork", "--kill-child")
    # The text is an argument, not a file: a script must not find itself in its folder.
    command = [_find("unshare") or "unshare", *namespaces, "bash", "-c", _SETUP, "setup", str(place.base)]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            [*command, "-c", script, "script.sh", *arguments],
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=errors,
            cwd="/",
            env={"PATH": PATH, "HOME": "/nowhere", "LC_ALL": "C.UTF-8", "TZ": "UTC", "USER": "nobody"},
            start_new_session=True,
            **user,
        )
        status: int | None
        try:
            process.communicate(stdin.encode(), timeout=seconds)
            status = process.returncode
        except subprocess.TimeoutExpired:
            status = None
        finally:
            _kill(process)
        log = place.base / "calls" / "log"
        calls = log.read_text("utf-8", "replace").splitlines() if log.is_file() and not log.is_symlink() else []
        return Ran(status, _read(out), _read(errors), tuple(line.rstrip() for line in calls))


def _furnish(root: Path) -> None:
    """Make what is mounted upon, the links of the system's own root, and the few files that programs look for."""
    for name in ("proc", "dev", "tmp", "old", "work", "stubs", "calls", "etc/alternatives"):
        (root / name).mkdir(parents=True)
    for name in ("usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32"):
        own = Path("/", name)
        if own.is_symlink():
            (root / name).symlink_to(own.readlink())
        elif own.is_dir():
            (root / name).mkdir()
    if not Path("/etc/alternatives").is_dir():
        (root / "etc/alternatives").rmdir()
    for name in ("passwd", "group", "nsswitch.conf", "ld.so.cache"):
        if Path("/etc", name).is_file():
            shutil.copyfile(Path("/etc", name), root / "etc" / name)
    for name in ("null", "zero", "random", "urandom"):
        (root / "dev" / name).touch()
    for name, target in (("fd", "fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")):
        (root / "dev" / name).symlink_to(f"/proc/self/{target}")


def _find(name: str) -> str | None:
    return shutil.which(name, path=SYSTEM)


def _give(base: Path, user: int, group: int) -> None:
    os.chown(base, user, group)
    for root, folders, files in os.walk(base):
        for name in (*folders, *files):
            os.chown(Path(root) / name, user, group, follow_symlinks=False)


def _kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _read(stream: IO[bytes]) -> str:
    stream.seek(0)
    return stream.read(WRITTEN).decode("utf-8", "replace")
