"""Which paths of a machine hurt when they are lost or overwritten, in words that a person understands.

Knows paths as texts with the marks of `shell_values`; looks at no disk.
"""

from __future__ import annotations

import posixpath
import re

from completion.scripts.risk.shell_values import MAYBE, PRINTED, SURE

_SYSTEM = frozenset(
    [
        "bin",
        "boot",
        "dev",
        "etc",
        "home",
        "lib",
        "lib32",
        "lib64",
        "media",
        "mnt",
        "opt",
        "proc",
        "root",
        "run",
        "sbin",
        "srv",
        "sys",
        "usr",
        "var",
        "Users",
        "System",
        "Applications",
        "Library",
        "Volumes",
    ]
)
_SECOND = frozenset(
    [
        "/usr/bin",
        "/usr/lib",
        "/usr/sbin",
        "/usr/share",
        "/usr/local",
        "/var/lib",
        "/var/log",
        "/var/spool",
        "/etc/ssh",
        "/etc/systemd",
        "/lib/modules",
        "/boot/efi",
        "/boot/grub",
    ]
)
_PERSONAL = {
    "~/.ssh": "your SSH keys",
    "~/.gnupg": "your GnuPG keys",
    "~/.aws": "your AWS keys",
    "~/.kube": "your keys for clusters",
    "~/.config": "the settings of your programs",
    "~/Documents": "your documents",
    "~/Desktop": "your desktop",
}
_EVERYTHING = re.compile(r"(?:\*+|\.\*|\.\[!\.\]\*|\.\?\?\*|\?\*)\Z")
_DEVICE = re.compile(
    r"/dev/(?:sd[a-z*?]|hd[a-z]|vd[a-z]|xvd[a-z]|nvme\d|mmcblk\d|disk\d?|rdisk\d|md\d|dm-\d|mapper/|loop\d|mem\b|kmem\b|"
    r"port\b|mtd|block/|disk/)"
)
_SETTINGS = re.compile(
    r"/etc/(?:passwd|shadow|group|gshadow|sudoers|sudoers\.d/.*|fstab|hosts|hostname|resolv\.conf|crontab|cron\.[^/]+/.*|"
    r"ssh/.*|pam\.d/.*|ld\.so\.preload|ld\.so\.conf.*|profile|profile\.d/.*|bash\.bashrc|environment|inittab|"
    r"systemd/[^/]+\.conf|nsswitch\.conf|default/grub|security/.*|init\.d/.*|rc\.local|selinux/.*)\Z"
    r"|/boot/.*|/proc/sys.*|/sys/(?:firmware|power)/.*|/(?:usr/)?s?bin/[^/]+\Z|/(?:usr/)?lib(?:64)?/[^/]+\Z"
    r"|/var/spool/cron/.*"
)
_DOTFILES = re.compile(
    r"~/\.(?:bashrc|bash_profile|bash_login|bash_logout|profile|zshrc|zprofile|zshenv|zlogin|kshrc|inputrc|vimrc|"
    r"gitconfig|netrc|pgpass|npmrc|pypirc|tmux\.conf|config/fish/config\.fish|ssh/.+|gnupg/.+|aws/.+|kube/config|"
    r"docker/config\.json)\Z"
)


def whole(path: str, folder: str = ".") -> str:
    """What is lost when all below `path` is deleted, or "" where it is an ordinary folder.

    `folder` is where a path that is not absolute begins.
    """
    if path.strip() in (PRINTED, f"{PRINTED}/", f"{PRINTED}/*"):
        return "whatever another command prints, which nobody has seen"
    unset = MAYBE in path
    place = _joined(path.replace(MAYBE, ""), folder) if not unset or path.replace(MAYBE, "") else ""
    lost = _lost(place, everything=_EVERYTHING.search(path) is not None)
    if lost and unset:
        return f"{lost} if a variable is not set"
    return lost


def device(path: str) -> bool:
    """Whether `path` is a disk, a partition or the memory."""
    return _DEVICE.match(path.replace("//", "/")) is not None


def settings(path: str) -> bool:
    """Whether `path` is a file on which the machine's users, rights or start depend."""
    return _SETTINGS.fullmatch(_joined(path, ".")) is not None


def dotfile(path: str) -> bool:
    """Whether `path` is a start file, a key or a setting in the home folder."""
    return _DOTFILES.fullmatch(_joined(path, ".")) is not None


def _lost(place: str, *, everything: bool) -> str:
    if SURE in place or PRINTED in place or not place:
        return ""
    below = "everything in" if everything else "everything below"
    if place == "/":
        return f"{below} the root folder"
    if place in ("~", "~root") or re.fullmatch(r"/(?:home|Users)/[^/]+|/root", place) or re.fullmatch(r"~\w+", place):
        return f"{below} the home folder {place}"
    if (place.count("/") == 1 and place[1:] in _SYSTEM) or place in _SECOND:
        return f"{below} the system's folder {place}"
    if place in _PERSONAL:
        return _PERSONAL[place]
    if re.fullmatch(r"\.\.(?:/\.\.)*", place):
        return f"{below} the folder above"
    return "everything in the folder where it happens to be run" if place == "." else ""


def _joined(path: str, folder: str) -> str:
    """`path` without detours, its home folder as `~`; a last `*` stands for the folder itself."""
    path = re.sub(r"/{2,}", "/", path)
    if not path.startswith(("/", "~")) and folder != ".":
        path = f"{folder}/{path}"
    head, _, last = path.rstrip("/").rpartition("/")
    if _EVERYTHING.fullmatch(last):
        path = head or ("/" if path.startswith("/") else ".")
    path = posixpath.normpath(path) if path else ""
    return "/" if path == "//" else path
