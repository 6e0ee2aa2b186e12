"""The risks of a compose file, by the tree of its YAML; commands of services by the shell rules."""

from __future__ import annotations

import re
from collections.abc import Iterator

from completion.scripts.risk.images import clear_secret, moving_tag
from completion.scripts.risk.kubernetes import Rule, of_places
from completion.scripts.risk.yaml_tree import Place
from completion.scripts.types import Finding

_CAPABILITIES = ("ALL", "SYS_ADMIN", "SYS_MODULE", "SYS_PTRACE", "SYS_RAWIO", "NET_ADMIN")


def privileged(place: Place) -> Iterator[tuple[Place, str]]:
    """Containers without walls."""
    if place.key == "privileged" and place.true:
        yield place, "lets the container do what root of the machine may do"


def host_path(place: Place) -> Iterator[tuple[Place, str]]:
    """Folders of the machine that hold more than the application's own."""
    source = _source(place)
    if re.fullmatch(r"/|~/?|/(?:etc|root|boot|usr|proc|sys|dev|var|home)/?", source):
        yield place, f"shows the container the machine's folder {source}"


def docker_socket(place: Place) -> Iterator[tuple[Place, str]]:
    """The socket of the machine's containers."""
    if re.search(r"/(?:docker|containerd|podman)\.sock\Z", _source(place)):
        yield place, "lets the container command all containers of the machine"


def host_network(place: Place) -> Iterator[tuple[Place, str]]:
    """The machine's network."""
    if place.key == "network_mode" and place.text == "host":
        yield place, "lets the container see all of the machine's network"


def host_processes(place: Place) -> Iterator[tuple[Place, str]]:
    """The machine's processes."""
    if place.key in ("pid", "ipc", "userns_mode") and place.text == "host":
        yield place, "lets the container see the machine's processes"


def capabilities(place: Place) -> Iterator[tuple[Place, str]]:
    """Rights of root one by one."""
    if not place.key and place.path[-1:] == ("cap_add",) and place.text.upper().removeprefix("CAP_") in _CAPABILITIES:
        yield place, f"gives the container the right {place.text}, with which it can take over the machine"
    elif not place.key and place.path[-1:] == ("security_opt",) and "unconfined" in place.text:
        yield place, "takes the container's walls away"


def root_user(place: Place) -> Iterator[tuple[Place, str]]:
    """Root in the container."""
    if place.key == "user" and re.match(r"(?:root|0)(?::|\Z)", place.text):
        yield place, "runs the container as root"


def secrets(place: Place) -> Iterator[tuple[Place, str]]:
    """Secrets among the variables of a service."""
    if place.path[-2:-1] == ("environment",):
        message = clear_secret(place.key, place.text)
        if message:
            yield place, message
    elif not place.key and place.path[-1:] == ("environment",):
        name, _, value = place.text.partition("=")
        message = clear_secret(name, value)
        if message:
            yield place, message


def moving_images(place: Place) -> Iterator[tuple[Place, str]]:
    """Images of which nobody knows what they will be."""
    if place.key == "image" and place.path[:1] == ("services",) and len(place.path) == 3:
        message = moving_tag(place.text)
        if message:
            yield place, message


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
)
"""Each rule's name and the function that yields the places of a risk with the reason."""


def find(text: str) -> tuple[Finding, ...]:
    """The risks of the compose file in `text`."""
    return of_places(text, RULES, ("command", "entrypoint"))


def _source(place: Place) -> str:
    """The machine's side of a volume, in its short or its long form; "" where `place` is none."""
    if place.path[-1:] == ("volumes",) and not place.key:
        return place.text.partition(":")[0] if ":" in place.text else ""
    if place.key == "source" and "volumes" in place.path:
        return place.text
    return ""
