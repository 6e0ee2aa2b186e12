"""What Kubernetes' API server refuses and no schema says. Each rule yields (path, message) for an object whose shape
the schema has passed."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from typing import Any

from completion.scripts.checks.yaml_nodes import Path

Said = Iterator[tuple[Path, str]]

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$")
_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$")
_QUANTITY = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(([eE][+-]?\d+)|m|u|n|k|Ki|[MGTPE]i?)?$")
_CRON = re.compile(r"(\*|\?|[\dA-Za-z]+)(-[\dA-Za-z]+)?(/\d+)?(,(\*|[\dA-Za-z]+)(-[\dA-Za-z]+)?(/\d+)?)*$")
_CRON_MOST = (59, 23, 31, 12, 7)
_ENVIRONMENT = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*$")


def names(value: dict[str, Any]) -> Said:
    """Every object has a name that DNS can hold, and labels are short words."""
    metadata = value.get("metadata") or {}
    name = metadata.get("name")
    if not name and not metadata.get("generateName"):
        yield ("metadata",), "metadata needs a name"
    elif name:
        pattern = _LABEL if value["kind"] in ("Service", "Namespace") else _SUBDOMAIN
        if not pattern.match(name) or len(name) > 253:
            yield ("metadata", "name"), f"{name} is no name: small letters, digits and hyphens"
    for key, label in (metadata.get("labels") or {}).items():
        if not isinstance(label, str) or not _VALUE.match(label) or len(label) > 63:
            yield ("metadata", "labels", key), f"{label} is no value of a label"


def needed(value: dict[str, Any]) -> Said:
    """Fields without which the server refuses an object although its schema makes them optional."""
    kind, spec = value["kind"], value.get("spec") or {}
    if kind == "PersistentVolumeClaim":
        if not spec.get("accessModes"):
            yield ("spec",), "spec needs accessModes"
        if not ((spec.get("resources") or {}).get("requests") or {}).get("storage"):
            yield ("spec", "resources"), "resources.requests needs storage"
    if (
        kind == "Service"
        and not spec.get("ports")
        and spec.get("type") != "ExternalName"
        and spec.get("clusterIP") != "None"
    ):
        yield ("spec",), "spec needs ports"
    if kind == "Ingress" and not spec.get("rules") and not spec.get("defaultBackend"):
        yield ("spec",), "spec needs rules or a defaultBackend"
    if (
        kind in ("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "HorizontalPodAutoscaler", "Pod")
        and not spec
    ):
        yield (), "the manifest needs spec"
    for path, pod in pods(value):
        if not pod.get("containers"):
            yield path, "a pod needs containers"
        for at, container in containers(path, pod):
            if not container.get("image"):
                yield at, f"the container {container.get('name', '')} needs an image"


def selectors(value: dict[str, Any]) -> Said:
    """A selector must choose the pods of its own template."""
    spec = value.get("spec") or {}
    wanted = (spec.get("selector") or {}).get("matchLabels") if value["kind"] in _SELECTING else None
    if value["kind"] in _SELECTING and not spec.get("selector"):
        yield ("spec",), "spec needs a selector"
    if wanted:
        metadata = (spec.get("template") or {}).get("metadata") or {}
        labels = metadata.get("labels") or {}
        for key, label in wanted.items():
            if labels.get(key) != label:
                yield ("spec", "selector", "matchLabels", key), f"the template has no label {key}: {label}"


def volumes(value: dict[str, Any]) -> Said:
    """What is mounted must be declared."""
    claims = [
        (claim.get("metadata") or {}).get("name")
        for claim in (value.get("spec") or {}).get("volumeClaimTemplates") or []
        if value["kind"] == "StatefulSet"
    ]
    for path, pod in pods(value):
        declared = {volume.get("name") for volume in pod.get("volumes") or []} | set(claims)
        for at, container in containers(path, pod):
            for index, mount in enumerate(container.get("volumeMounts") or []):
                if mount.get("name") not in declared:
                    yield (*at, "volumeMounts", index, "name"), f"there is no volume {mount.get('name')}"


def container_names(value: dict[str, Any]) -> Said:
    """Containers have different names; ports and environment variables are named by rules."""
    for path, pod in pods(value):
        seen: set[str] = set()
        for at, container in containers(path, pod):
            name = container.get("name") or ""
            if not _LABEL.match(name) or len(name) > 63:
                yield (*at, "name"), f"{name} is no name: small letters, digits and hyphens"
            if name in seen:
                yield (*at, "name"), f"the container {name} is there already"
            seen.add(name)
            for index, variable in enumerate(container.get("env") or []):
                if not _ENVIRONMENT.match(str(variable.get("name") or "")):
                    yield (*at, "env", index, "name"), f"{variable.get('name')} is no name of a variable"
                if variable.get("value") is not None and variable.get("valueFrom") is not None:
                    yield (*at, "env", index), "a variable has a value or a valueFrom, not both"


def restarts(value: dict[str, Any]) -> Said:
    """Jobs may not restart always; what runs on may not do otherwise."""
    for path, pod in pods(value):
        policy = pod.get("restartPolicy")
        where = (*path, "restartPolicy")
        if value["kind"] in ("Job", "CronJob") and policy not in ("Never", "OnFailure"):
            yield where, "the pods of a job need restartPolicy Never or OnFailure"
        elif value["kind"] in _SELECTING and policy not in (None, "Always"):
            yield where, f"the pods of a {value['kind']} need restartPolicy Always"


def ports(value: dict[str, Any]) -> Said:
    """Port numbers have a range."""
    for path, number in _found(value, ()):
        if path[-1] in _PORTS and isinstance(number, int) and not 0 < number < 65536:
            yield path, f"{number} is no port"
        if path[-1] == "nodePort" and isinstance(number, int) and not 30000 <= number <= 32767:
            yield path, f"{number} is no nodePort: 30000 to 32767"


def quantities(value: dict[str, Any]) -> Said:
    """CPU, memory and storage have a number and a unit that Kubernetes knows."""
    for path, amount in _found(value, ()):
        inside = len(path) >= 3 and path[-2] in ("limits", "requests") and path[-3] == "resources"
        if inside and not _QUANTITY.match(str(amount)):
            yield path, f"{amount} is no quantity, such as 500m or 256Mi"


def schedules(value: dict[str, Any]) -> Said:
    """A schedule has five fields within their ranges, or one of cron's names."""
    schedule = (value.get("spec") or {}).get("schedule") if value["kind"] == "CronJob" else None
    if not isinstance(schedule, str) or schedule.startswith("@"):
        return
    fields = schedule.split()
    good = len(fields) == 5 and all(_CRON.match(field) for field in fields)
    if good:
        for field, most in zip(fields, _CRON_MOST, strict=True):
            numbers = [int(number) for number in re.findall(r"\d+", re.sub(r"/\d+", "", field))]
            good = good and all(number <= most for number in numbers)
    if not good:
        yield ("spec", "schedule"), f"{schedule} is no schedule of five fields"


def secrets(value: dict[str, Any]) -> Said:
    """The data of a secret is in base64; stringData takes plain text."""
    for key, text in ((value.get("data") or {}) if value["kind"] == "Secret" else {}).items():
        try:
            base64.b64decode("".join(str(text or "").split()), validate=True)
        except (binascii.Error, ValueError):
            yield ("data", key), f"{key} is not in base64 (stringData takes plain text)"


def scaling(value: dict[str, Any]) -> Said:
    """An autoscaler's bounds are in order."""
    spec = (value.get("spec") or {}) if value["kind"] == "HorizontalPodAutoscaler" else {}
    least, most = spec.get("minReplicas"), spec.get("maxReplicas")
    if isinstance(least, int) and isinstance(most, int) and least > most:
        yield ("spec", "minReplicas"), "minReplicas is more than maxReplicas"
    replicas = (value.get("spec") or {}).get("replicas")
    if isinstance(replicas, int) and replicas < 0:
        yield ("spec", "replicas"), "replicas cannot be below 0"


def choices(value: dict[str, Any]) -> Said:
    """Fields that take one of a few words, which the published schemas tell in prose alone."""
    for path, word in _found(value, ()):
        fields = [str(part) for part in path if isinstance(part, str)]
        allowed = _CHOICES.get(".".join(fields[-2:])) or _CHOICES.get(fields[-1]) if fields else None
        if allowed is None or word is None or fields[0] != "spec":
            continue
        if fields[-1] == "type" and fields[-2:] == ["spec", "type"] and value["kind"] != "Service":
            continue
        if word not in allowed:
            yield path, f"{word} is none of {', '.join(allowed)}"


RULES: tuple[Callable[[dict[str, Any]], Said], ...] = (
    names,
    needed,
    selectors,
    volumes,
    container_names,
    restarts,
    ports,
    quantities,
    schedules,
    secrets,
    scaling,
    choices,
)
_CHOICES = {
    "spec.type": ("ClusterIP", "NodePort", "LoadBalancer", "ExternalName"),
    "imagePullPolicy": ("Always", "IfNotPresent", "Never"),
    "ports.protocol": ("TCP", "UDP", "SCTP"),
    "restartPolicy": ("Always", "OnFailure", "Never"),
    "concurrencyPolicy": ("Allow", "Forbid", "Replace"),
    "pathType": ("Exact", "Prefix", "ImplementationSpecific"),
    "accessModes": ("ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"),
    "volumeMode": ("Block", "Filesystem"),
    "strategy.type": ("Recreate", "RollingUpdate"),
    "updateStrategy.type": ("OnDelete", "RollingUpdate"),
    "podManagementPolicy": ("OrderedReady", "Parallel"),
    "sessionAffinity": ("ClientIP", "None"),
    "dnsPolicy": ("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"),
}
_SELECTING = frozenset({"Deployment", "StatefulSet", "DaemonSet"})
_PORTS = frozenset({"containerPort", "hostPort", "port", "targetPort", "number"})


def pods(value: dict[str, Any]) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The specification of an object's pods and its path."""
    spec = value.get("spec") or {}
    path: Path = ("spec",)
    if value["kind"] == "CronJob":
        spec, path = (spec.get("jobTemplate") or {}).get("spec") or {}, (*path, "jobTemplate", "spec")
    if value["kind"] in _SELECTING or value["kind"] in ("Job", "CronJob"):
        yield (*path, "template", "spec"), (spec.get("template") or {}).get("spec") or {}
    elif value["kind"] == "Pod":
        yield path, spec


def containers(path: Path, pod: dict[str, Any]) -> Iterator[tuple[Path, dict[str, Any]]]:
    """All containers of a pod with their paths."""
    for group in ("initContainers", "containers"):
        for index, container in enumerate(pod.get(group) or []):
            yield (*path, group, index), container


def _found(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _found(part, (*path, key))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _found(part, (*path, index))
    elif path:
        yield path, value
