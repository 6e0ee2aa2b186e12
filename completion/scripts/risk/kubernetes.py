"""The risks of Kubernetes manifests, by the tree of their YAML; commands of containers by the shell rules."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator

from completion.scripts.risk import shell as shell_rules
from completion.scripts.risk.findings import finding, unjudged
from completion.scripts.risk.images import clear_secret, moving_tag
from completion.scripts.risk.shell_tree import Unparsable
from completion.scripts.risk.yaml_tree import Place, documents
from completion.scripts.types import Finding

Rule = Callable[[Place], Iterator[tuple[Place, str]]]

_CAPABILITIES = frozenset(
    [
        "ALL",
        "SYS_ADMIN",
        "SYS_MODULE",
        "SYS_PTRACE",
        "SYS_RAWIO",
        "DAC_READ_SEARCH",
        "BPF",
        "NET_ADMIN",
        "SYS_BOOT",
        "SYS_TIME",
    ]
)
_CONTAINERS = ("containers", "initContainers", "ephemeralContainers")


def privileged(place: Place) -> Iterator[tuple[Place, str]]:
    """Containers without walls."""
    if place.key == "privileged" and place.true and "securityContext" in place.path:
        yield place, "lets the container do what root of the node may do"
    elif place.key == "allowPrivilegeEscalation" and place.true:
        yield place, "lets the container get more rights than it is started with"


def host_path(place: Place) -> Iterator[tuple[Place, str]]:
    """Folders of the node, and the socket by which its containers are commanded."""
    if place.key == "hostPath" and "volumes" in place.path:
        path = place.child("path")
        if path is None or not path.text.endswith(".sock"):
            yield place, f"shows the container the node's {path.text if path else 'disk'}"


def docker_socket(place: Place) -> Iterator[tuple[Place, str]]:
    """The socket of the node's containers."""
    if (
        place.key == "path"
        and "hostPath" in place.path
        and re.search(r"/(?:docker|containerd|crio)\.sock\Z", place.text)
    ):
        yield place, "lets the container command all containers of the node"


def host_network(place: Place) -> Iterator[tuple[Place, str]]:
    """The node's network."""
    if place.key == "hostNetwork" and place.true:
        yield place, "lets the container see all of the node's network"


def host_processes(place: Place) -> Iterator[tuple[Place, str]]:
    """The node's processes."""
    if place.key in ("hostPID", "hostIPC") and place.true:
        yield place, "lets the container see the node's processes"


def capabilities(place: Place) -> Iterator[tuple[Place, str]]:
    """Rights of root one by one."""
    if place.key == "add" and place.path[-2:-1] == ("capabilities",):
        for each in place.children():
            if each.text.upper().removeprefix("CAP_") in _CAPABILITIES:
                yield each, f"gives the container the right {each.text}, with which it can take over the node"


def root_user(place: Place) -> Iterator[tuple[Place, str]]:
    """Root in the container."""
    if place.key == "runAsUser" and place.text == "0":
        yield place, "runs the container as root"
    elif place.key == "runAsNonRoot" and place.text.lower() == "false":
        yield place, "lets the container run as root"


def secrets(place: Place) -> Iterator[tuple[Place, str]]:
    """Secrets among the variables of a container, or in a ConfigMap."""
    if "env" in place.path and not place.key:
        name, value = place.child("name"), place.child("value")
        message = clear_secret(name.text, value.text) if name and value else ""
        if message and value:
            yield value, message


def moving_images(place: Place) -> Iterator[tuple[Place, str]]:
    """Images of which nobody knows what they will be."""
    if place.key == "image" and place.path[-2:-1] and place.path[-2] in _CONTAINERS:
        message = moving_tag(place.text)
        if message:
            yield place, message


def cluster_admin(place: Place) -> Iterator[tuple[Place, str]]:
    """Somebody may do everything."""
    if place.key == "name" and place.path[-2:-1] == ("roleRef",) and place.text == "cluster-admin":
        yield place, "lets somebody do everything in the cluster"
    elif not place.key and place.path[-1:] == ("rules",):
        parts = [place.child(key) for key in ("resources", "verbs")]
        if all(part is not None and any(each.text == "*" for each in part.children()) for part in parts):
            yield place, "lets somebody do everything in the cluster"


RULES: tuple[tuple[str, Rule], ...] = (
    ("privileged", privileged),
    ("host-path", host_path),
    ("docker-socket", docker_socket),
    ("host-network", host_network),
    ("host-processes", host_processes),
    ("capabilities", capabilities),
    ("root-user", root_user),
    ("clear-secret", secrets),
    ("latest-tag", moving_images),
    ("cluster-admin", cluster_admin),
)
"""Each rule's name and the function that yields the places of a risk with the reason."""


def find(text: str) -> tuple[Finding, ...]:
    """The risks of the manifests in `text`."""
    return of_places(text, RULES, ("command", "args"))


def of_places(text: str, rules: tuple[tuple[str, Rule], ...], commands: tuple[str, ...]) -> tuple[Finding, ...]:
    """The risks that `rules` see in the YAML of `text`, and those of the shell in the keys `commands`."""
    found: list[Finding] = []
    try:
        for document in documents(text):
            # Data is nobody's setting, whatever its keys are called.
            for place in document.walk():
                if place.path[:1] in (("data",), ("stringData",), ("binaryData",)):
                    continue
                for name, rule in rules:
                    found.extend(finding(name, message, at.line, at.column) for at, message in rule(place))
                if place.key in commands:
                    found.extend(_of_command(place))
    except Unparsable as error:
        found.append(unjudged(str(error), 1))
    return tuple(found)


def _of_command(place: Place) -> Iterator[Finding]:
    words = [each.text for each in place.children()]
    if not place.text and not words:
        return
    if words and place.key == "args" and len(words) == 1:
        command = words[0]
    else:
        command = shlex.join(words) if words else place.text
    last = list(place.children())[-1] if words else place
    for each in shell_rules.find(command):
        if each.severity != "note":
            yield finding(each.rule, each.message, last.line + max(0, each.line - 1), last.column)
