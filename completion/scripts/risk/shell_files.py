"""Shell rules of files, disks and rights: what is deleted, overwritten or opened to everybody."""

from __future__ import annotations

import re
from collections.abc import Iterator

from completion.scripts.risk import places
from completion.scripts.risk.shell_calls import Call, narrowed, roots
from completion.scripts.risk.shell_values import MAYBE

_REMOVERS = ("rm", "rimraf", "trash", "srm", "del", "unlink")


def deleted_folder(call: Call) -> str:
    """`rm -r`, `find -delete` and an `rsync --delete` of what hurts."""
    if call.name in _REMOVERS and call.has("-r", "-R", "--recursive", "--no-preserve-root"):
        return _first("deletes", (places.whole(path, call.folder) for path in call.operands))
    if call.name == "find" and "-delete" in call.arguments:
        found = roots(call)
        # Below the root folder nobody knows what else has such a name.
        hurts = found if not narrowed(call) else tuple(path for path in found if path in ("/", "~"))
        return _first("deletes", (places.whole(path, call.folder) for path in hurts))
    if call.name == "rsync" and any(text.startswith("--del") for text in call.arguments):
        return _first("deletes what the source lacks from", (places.whole(path) for path in call.operands[-1:]))
    return ""


def lost_files(call: Call) -> str:
    """Files that are moved into nothing, or deleted by name although the machine needs them."""
    if call.name == "mv" and call.operands[-1:] == ("/dev/null",):
        return "moves files into nothing, where they are lost"
    if call.name == "mv":
        return _first("moves away", (places.whole(path, call.folder) for path in call.operands[:-1]))
    if call.name in _REMOVERS:
        hit = next((path for path in call.operands if places.settings(path) or places.dotfile(path)), "")
        if hit:
            return f"deletes {hit}, on which the machine or your account depends"
        if not call.has("-r", "-R", "--recursive"):
            return _first("deletes", (places.whole(path) for path in call.operands if "*" in path and path[0] in "/~"))
    if call.name == "shred" and not any(map(places.device, call.operands)):
        return _first("shreds", (places.whole(path) for path in call.operands))
    return ""


def overwritten_device(call: Call) -> str:
    """Disks and partitions that are written to, made anew or wiped."""
    for path in _written(call):
        if places.device(path):
            return f"overwrites the disk {path}; what is on it is lost"
    disks = [text for text in call.arguments if places.device(text)]
    match call.name:
        case name if re.fullmatch(r"mkfs(\..+)?|mke2fs|mkswap|mkntfs|newfs", name) and disks:
            return f"makes a new file system on {disks[-1]}; what is on it is lost"
        case "wipefs" if disks and call.has("-a", "--all", "-o", "--offset"):
            return f"removes the signatures of {disks[-1]}, so that its files are no longer found"
        case "shred" | "blkdiscard" | "badblocks" | "nwipe" | "scrub" if disks:
            return f"erases the disk {disks[-1]}"
        case "sgdisk" if call.has("-Z", "-z", "-o", "--zap-all", "--zap", "--clear"):
            return "deletes the table of partitions"
        case "sfdisk" if disks and (call.piped or call.has("--delete")):
            return f"replaces the table of partitions of {disks[-1]}"
        case "parted" if {"mklabel", "mktable", "rm", "mkpart"} & set(call.arguments):
            return "changes the table of partitions"
        case "cryptsetup" if {"luksFormat", "erase", "luksErase"} & set(call.arguments):
            return "encrypts the disk anew; what is on it is lost"
        case "zpool" | "zfs" if "destroy" in call.arguments:
            return "destroys disks and snapshots of ZFS"
        case "lvremove" | "vgremove" | "pvremove":
            return "removes a volume and what is on it"
        case "mdadm" if "--zero-superblock" in call.arguments:
            return "takes a disk out of its array for good"
        case "hdparm" if any(text.startswith("--security-erase") for text in call.arguments):
            return "erases the disk"
        case "diskutil" if {"eraseDisk", "eraseVolume", "partitionDisk", "zeroDisk"} & set(call.arguments):
            return "erases the disk"
    return ""


def overwritten_settings(call: Call) -> str:
    """Files on which the machine depends: replaced, added to, edited in place."""
    for path in _written(call, adding=True):
        if places.settings(path):
            return f"writes to {path}, on which the machine depends"
    return ""


def overwritten_dotfile(call: Call) -> str:
    """Start files and keys of the user that are replaced; adding to them is everyday use."""
    for path in _written(call):
        if places.dotfile(path):
            return f"replaces {path} with all that is in it"
    return ""


def opened_rights(call: Call) -> str:
    """Rights for everybody, and an owner for whole system folders."""
    recursive = call.has("-R", "--recursive")
    if call.name == "chmod" and call.arguments:
        mode, *paths = [text for text in call.arguments if not re.fullmatch(r"-[Rcvf]+|--\w+.*", text)] or [""]
        if re.fullmatch(r"[0-7]?777|[0-7]?666|(?:a|o|ugo)?[+=]r?w[xX]?|(?:a|ugo|o)[+=]rwx", mode):
            hit = next((path for path in paths if places.settings(path) or places.whole(path)), "")
            if recursive or hit or mode.endswith("777"):
                return f"lets everybody on the machine change {' '.join(paths).replace(MAYBE, '')}"
        if re.search(r"u\+\w*s|\A[4567]\d{3}\Z", mode) and not re.fullmatch(r"0?\d{3}", mode):
            return f"lets everybody run {' '.join(paths)} with its owner's rights"
    if call.name in ("chmod", "chown", "chgrp") and recursive:
        return _first("changes the rights of", (places.whole(path, call.folder) for path in call.operands[1:]))
    if call.name == "setfacl" and recursive:
        return _first("changes the rights of", (places.whole(path) for path in call.operands))
    return ""


def _first(verb: str, lost: Iterator[str]) -> str:
    return next((f"{verb} {what}" for what in lost if what), "")


def _written(call: Call, *, adding: bool = False) -> list[str]:
    """The files that a call writes; with `adding`, also those that it only adds to or edits."""
    paths = [write.path for write in call.writes if adding or ">>" not in write.operator]
    operands = call.operands
    match call.name:
        case "dd":
            paths += [text[3:] for text in call.arguments if text.startswith("of=")]
        case "tee" if adding or not call.has("-a", "--append"):
            paths += operands
        case "cp" | "mv" | "install" | "ln" | "rsync" | "scp" if len(operands) > 1:
            paths.append(operands[-1])
        case "truncate":
            paths += operands
        case "sed" | "perl" if adding and call.has("-i", "--in-place"):
            paths += operands
        case "curl" | "wget":
            target = call.after("-o", "--output", "--output-document") or (
                call.after("-O") if call.name == "wget" else None
            )
            paths += [target.text] if target else []
    return paths
