"""Shell rules of the machine and of what it commands: work in git, users, firewalls, clusters, clouds, databases."""

from __future__ import annotations

import re

from completion.scripts.risk.shell_calls import Call
from completion.scripts.risk.shell_values import PRINTED, SURE

_WHOLE_KINDS = "namespaces?|ns|nodes?|pvc?|persistentvolumes?|persistentvolumeclaims?|crds?|customresourcedefinitions?"
_CONTAINERS = ("docker", "podman", "nerdctl")


def lost_work(call: Call) -> str:
    """Git commands after which commits or changes are gone."""
    if call.name in ("rm", "rimraf") and any(re.search(r"(?:\A|/)\.git/?\Z", path) for path in call.operands):
        return "deletes the repository with all its history"
    if call.name != "git":
        return ""
    command, arguments = _git(call.arguments)
    short = "".join(text[1:] for text in arguments if re.fullmatch(r"-[A-Za-z]+", text))
    match command:
        case "push":
            forced = "f" in short or "--force" in arguments or "--mirror" in arguments
            if forced or any(re.match(r"\+\S", text) for text in arguments):
                return "overwrites the commits on the other side, also those of others"
            if "--delete" in arguments or "d" in short or any(re.match(r":\S", text) for text in arguments):
                return "deletes a branch or tag on the other side"
        case "reset" if "--hard" in arguments:
            return "discards all changes that are not committed, and commits that nothing else points to"
        case "clean" if ("f" in short or "--force" in arguments) and "n" not in short and "--dry-run" not in arguments:
            return "deletes all files that git does not know; they cannot be brought back"
        case "checkout" | "restore" if arguments and arguments[-1] in (".", ":/", "*") and "--staged" not in arguments:
            return "discards all changes that are not committed"
        case "checkout" | "switch" if "f" in short or "--force" in arguments or "--discard-changes" in arguments:
            return "discards all changes that are not committed"
        case "stash" if "clear" in arguments:
            return "deletes all that was put aside"
        case "branch" if "D" in short:
            return "deletes a branch although its commits are merged nowhere"
        case "reflog" if "expire" in arguments or "delete" in arguments:
            return "deletes the record by which lost commits are found again"
        case "filter-branch" | "filter-repo":
            return "rewrites the whole history"
        case "update-ref" if "d" in short:
            return "deletes a branch or tag whatever it points to"
    return ""


def firewall(call: Call) -> str:
    """Firewalls and guards that are switched off."""
    match call.name:
        case "iptables" | "ip6tables" if call.has("-F", "--flush", "-X"):
            return "removes the rules of the firewall"
        case "iptables" | "ip6tables" if "-P" in call.arguments and call.arguments[-1:] == ("ACCEPT",):
            return "lets everything through the firewall"
        case "nft" if "flush" in call.arguments:
            return "removes the rules of the firewall"
        case "ufw" if {"disable", "reset"} & set(call.arguments):
            return "switches the firewall off"
        case "systemctl" | "service" if _stops(call, "firewalld|ufw|iptables|nftables|apparmor|auditd|fail2ban"):
            return "switches off what guards the machine"
        case "setenforce" if call.arguments[:1] in (("0",), ("Permissive",)):
            return "switches off SELinux"
    return ""


def lost_access(call: Call) -> str:
    """Users, passwords and services without which nobody gets in, or everybody does."""
    if (
        call.words
        and re.fullmatch(r"/etc/init\.d/(?:sshd?|networking)", call.words[0].text)
        and "stop" in call.arguments
    ):
        return "stops what one logs in by; from afar nobody gets in any more"
    match call.name:
        case "systemctl" | "service" | "rc-service" if _stops(
            call, r"sshd?|NetworkManager|networking|systemd-networkd"
        ):
            return "stops what one logs in by; from afar nobody gets in any more"
        case "userdel" | "deluser" | "groupdel" | "delgroup":
            return "deletes a user or group of the machine"
        case "passwd" if call.has("-d", "--delete", "-l", "--lock"):
            return "takes a password away or locks a user out"
        case "chpasswd":
            return "sets passwords from a text"
        case "usermod" | "gpasswd" if re.search(r"\b(?:sudo|wheel|root|docker|admin)\b", " ".join(call.arguments)):
            return "gives a user the rights of root"
        case "ip" | "ifconfig" if call.arguments[-1:] == ("down",):
            return "switches the network off"
        case "visudo" if call.has("-f"):
            return "changes who may do everything"
    return ""


def killed_all(call: Call) -> str:
    """Every process at once."""
    if call.name == "kill" and any(text == "-1" for text in call.arguments[1:]):
        return "kills every process that you may kill"
    if call.name == "kill" and call.operands[:1] == ("1",) and call.has("-9"):
        return "kills the first process, on which all others depend"
    if call.name == "killall5":
        return "kills every process"
    if call.name in ("pkill", "killall") and call.has("-u", "--user") and "root" in call.arguments:
        return "kills every process of root"
    return ""


def erased_traces(call: Call) -> str:
    """Histories and logs that are emptied."""
    logs = re.compile(r"/var/log/\S+\Z|~/\.(?:bash|zsh)_history\Z")
    if call.name == "unset" and "HISTFILE" in call.arguments:
        return "keeps no history of what is done"
    if call.name == "history" and call.has("-c", "-d"):
        return "erases the history of commands"
    if any(logs.match(write.path) and ">>" not in write.operator for write in call.writes) and call.name in ("", ":"):
        return "empties a log or a history"
    if call.name in ("rm", "shred", "truncate", "unlink") and any(
        re.match(r"/var/log/(?:auth\.log|secure|wtmp|btmp|audit)|~/\.(?:bash|zsh)_history\Z", text)
        for text in call.operands
    ):
        return "erases a log or a history by which one sees what was done"
    if call.name == "journalctl" and any(re.match(r"--vacuum-time=1s|--vacuum-size=1\b", t) for t in call.arguments):
        return "erases the journal of the machine"
    return ""


def lost_jobs(call: Call) -> str:
    """All scheduled jobs."""
    if call.name == "crontab" and call.has("-r") and not call.has("-l"):
        return "deletes all scheduled jobs"
    return ""


def power(call: Call) -> str:
    """The machine stops."""
    if call.name in ("shutdown", "poweroff", "halt", "reboot") and not call.has("-c", "--help", "-k"):
        return "switches the machine off or starts it anew"
    if call.name == "systemctl" and {"poweroff", "halt", "reboot", "kexec"} & set(call.arguments):
        return "switches the machine off or starts it anew"
    if call.name in ("init", "telinit") and call.arguments[:1] in (("0",), ("6",)):
        return "switches the machine off or starts it anew"
    if any(write.path == "/proc/sysrq-trigger" for write in call.writes):
        return "resets the machine without writing its disks"
    return ""


def privileged(call: Call) -> str:
    """Containers that may do what root of the machine may do."""
    if call.name not in _CONTAINERS or not {"run", "create"} & set(call.arguments):
        return ""
    if call.has("--privileged") and "--privileged=false" not in call.arguments:
        return "starts a container that may do what root of the machine may do"
    for text in call.arguments:
        source = re.sub(r"\A(?:-v|--volume=|--mount=)", "", text)
        mounted = re.match(r"(/|/etc|/root|/boot|/usr|/proc|/dev|~)/?:/", source) or re.search(
            r"(?:source|src)=(/|/etc|/root),", source
        )
        if mounted:
            return f"shows a container the machine's folder {mounted[1]}"
        if re.search(r"/docker\.sock(?:[:,]|\Z)", source):
            return "lets a container command all containers of the machine"
        if re.match(r"--(?:pid|ipc|userns|network|net|uts)=host\Z", text) and not text.startswith("--net"):
            return "lets a container see the machine's processes"
        if re.match(r"(?:--cap-add=)?(?:ALL|SYS_ADMIN)\Z", text):
            return "gives a container nearly all that root may do"
    pid = call.after("--pid")
    return "lets a container see the machine's processes" if pid and pid.text == "host" else ""


def infrastructure(call: Call) -> str:
    """Clusters, clouds and containers that are deleted as a whole."""
    words, text = call.arguments, " ".join(call.arguments)
    match call.name:
        case "terraform" | "tofu" | "pulumi" | "cdk" | "terragrunt" if {"destroy", "-destroy"} & set(words):
            return "destroys everything that was set up"
        case "kubectl" | "oc" if "delete" in words:
            if {"--all", "-A", "--all-namespaces", "--all=true"} & set(words):
                return "deletes all resources of a kind"
            if re.search(rf"\bdelete (?:-\S+ )*(?:{_WHOLE_KINDS})\b", text):
                return "deletes a namespace, a node or stored data with all that is in it"
        case "kubectl" | "oc" if "drain" in words and "--force" in words:
            return "drives everything off a node, also what is not started elsewhere"
        case "kubectl" | "oc" if "cluster-admin" in text and "clusterrolebinding" in text:
            return "lets somebody do everything in the cluster"
        case "helm" if {"uninstall", "delete"} & set(words):
            return "removes an application and its resources"
        case name if name in _CONTAINERS:
            if "prune" in words and (call.has("-a", "--all", "--volumes") or {"system", "volume"} & set(words)):
                return "deletes all images, containers or volumes that are not in use"
            mass = any(mark in word for word in words for mark in (PRINTED, SURE))
            if mass and {"rm", "rmi", "kill"} & set(words[:2]) and (call.has("-f", "--force") or words[0] == "volume"):
                return "removes all containers or images that another command lists"
            if "compose" in words and "down" in words and call.has("-v", "--volumes"):
                return "deletes the volumes with the data"
        case "aws":
            if re.search(r"\bs3 (?:rm\b.*--recursive|rb\b.*--force|sync\b.*--delete)", text):
                return "deletes objects in a bucket, a whole tree at once"
            if re.search(r"\b(?:terminate-|delete-(?:db|stack|bucket|cluster|table|vpc|user|snapshot|volume))", text):
                return "deletes machines or data in the cloud"
        case "gsutil" if ("rm" in words and call.has("-r", "-R")) or "rb" in words:
            return "deletes objects in a bucket, a whole tree at once"
        case "gcloud" | "az" | "doctl" | "eksctl" | "heroku" if re.search(
            r"\b(?:delete|purge|destroy)\b|:destroy", text
        ):
            return "deletes machines or data in the cloud"
    return ""


def dropped(call: Call) -> str:
    """Databases that are dropped by a program of their own."""
    upper = [text.upper() for text in call.arguments]
    if call.name == "redis-cli" and {"FLUSHALL", "FLUSHDB"} & set(upper):
        return "empties the databases of Redis"
    if call.name in ("dropdb", "dropuser") or (call.name == "mysqladmin" and "DROP" in upper):
        return "deletes a database or its user"
    if call.name in ("mongo", "mongosh") and re.search(
        r"dropDatabase|\.drop\(|deleteMany\(\{\}\)", " ".join(upper), re.I
    ):
        return "deletes a database or collection"
    return ""


def _git(arguments: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """The command of git and what stands behind it; git's own options come first."""
    at = 0
    while at < len(arguments) and arguments[at].startswith("-"):
        at += 2 if arguments[at] in ("-C", "-c", "--git-dir", "--work-tree", "--namespace") else 1
    return (arguments[at], arguments[at + 1 :]) if at < len(arguments) else ("", ())


def _stops(call: Call, services: str) -> bool:
    stopping = {"stop", "disable", "mask", "kill"} & set(call.arguments)
    return bool(stopping) and any(re.fullmatch(rf"(?:{services})(?:\.service)?", text) for text in call.arguments)
