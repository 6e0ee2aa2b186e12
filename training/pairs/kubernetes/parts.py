"""What manifests are made of: containers, probes, resources, and the notes that a plan is drawn into."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from training.pairs.dockerfile.parts import Notes, variable
from training.pairs.grammar import Plan
from training.pairs.kubernetes.emit import Look, Node, Raw, emit
from training.pairs.names import Draw

PORTS = (80, 3000, 5000, 8000, 8080, 8081, 8443, 9000, 9090)
PATHS = ("/health", "/healthz", "/ready", "/live", "/ping", "/status", "/api/health", "/")
CPU = ("50m", "100m", "200m", "250m", "500m", "750m", "1", "2")
MEMORY = ("64Mi", "128Mi", "256Mi", "384Mi", "512Mi", "768Mi", "1Gi", "2Gi", "4Gi")
PUBLIC = (
    "nginx:1.27",
    "redis:7",
    "postgres:16",
    "rabbitmq:3.13",
    "memcached:1.6",
    "mysql:8.4",
    "busybox:1.36",
    "httpd:2.4",
    "mongo:7",
    "nats:2.10",
)


@dataclass(frozen=True, slots=True)
class Cluster:
    """What a manifest is drawn from."""

    draw: Draw
    look: Look

    def notes(self) -> Notes:
        return Notes(self.draw)


def manifest(cluster: Cluster, notes: Notes, heads: Sequence[str], *documents: Node) -> Plan:
    """A plan of one or more documents or of a part of one: heads, then what else to mention in random order."""
    draw = cluster.draw
    draw.rng.shuffle(notes.said)
    tail = ""
    if notes.said:
        tail = (
            draw.one((", ", ", ", " with "))
            + ", ".join(notes.said[:-1])
            + (" and " if len(notes.said) > 1 else "")
            + notes.said[-1]
        )
    texts = ["\n".join(emit(document, cluster.look, notes.values)) for document in documents]
    return Plan(tuple(head + tail for head in heads), ("\n---\n".join(texts),), notes.values, "yaml")


def number(notes: Notes, name: str, value: int) -> Raw:
    """A number that the sentence tells."""
    return Raw(notes.hold(name, value))


def app(notes: Notes) -> str:
    return notes.hold("app", notes.draw.slug())


def image(notes: Notes) -> str:
    """The image of a container, always told."""
    draw = notes.draw
    if draw.chance(0.25):
        return notes.hold("image", draw.one(PUBLIC))
    registry = draw.one(("registry.example.com/", "ghcr.io/example/", "docker.io/example/", "registry.local/", "", ""))
    tag = draw.one(
        (
            f"{draw.number(0, 9)}.{draw.number(0, 20)}.{draw.number(0, 9)}",
            f"v{draw.number(1, 40)}",
            f"{draw.number(1, 9)}.{draw.number(0, 9)}",
        )
    )
    return notes.hold("image", f"{registry}{draw.slug()}:{tag}")


def metadata(name: str, *, labelled: bool) -> dict[str, Node]:
    return {"name": name, "labels": {"app": name}} if labelled else {"name": name}


def resources(notes: Notes, share: float = 0.35) -> dict[str, Node]:
    """Limits, sometimes with requests; they are mentioned."""
    draw = notes.draw
    if not draw.chance(share):
        return {}
    cpu, memory = notes.hold("cpu", draw.one(CPU)), notes.hold("memory", draw.one(MEMORY))
    if draw.chance(0.55):
        notes.said.append(f"[limits of |limits ]{cpu} cpu and {memory} memory")
        return {"resources": {"limits": {"cpu": cpu, "memory": memory}}}
    low, little = notes.hold("low", draw.one(CPU[:4])), notes.hold("little", draw.one(MEMORY[:4]))
    notes.said.append(f"requests {low} cpu and {little} memory")
    notes.said.append(f"limits {cpu} cpu and {memory} memory")
    return {"resources": {"requests": {"cpu": low, "memory": little}, "limits": {"cpu": cpu, "memory": memory}}}


def environment(notes: Notes, share: float = 0.25) -> dict[str, Node]:
    """Variables of a container; they are mentioned."""
    draw = notes.draw
    if not draw.chance(share):
        return {}
    rows: list[Node] = []
    for at in range(draw.one((1, 1, 2))):
        name, value = variable(draw)
        held, text = notes.hold(f"env{at}", name), notes.hold(f"to{at}", value)
        notes.said.append(f"{held}={text}")
        rows.append({"name": held, "value": text})
    return {"env": rows}


def probe(notes: Notes, port: Raw, share: float = 0.25) -> dict[str, Node]:
    """A readiness or liveness probe over HTTP; it is mentioned."""
    draw = notes.draw
    if not draw.chance(share):
        return {}
    path, kind = notes.hold("path", draw.one(PATHS)), draw.one(("readiness", "liveness"))
    notes.said.append(f"a {kind} probe on {path}")
    return {f"{kind}Probe": {"httpGet": {"path": path, "port": port}}}


def container(notes: Notes, name: str, *, port: Raw | None) -> dict[str, Node]:
    """A container with what the dice give it."""
    found: dict[str, Node] = {"name": name, "image": image(notes)}
    if port is not None:
        found["ports"] = [{"containerPort": port}]
    found |= environment(notes)
    if port is not None:
        found |= probe(notes, port)
    return found | resources(notes)


def pod(name: str, *containers: Node) -> dict[str, Node]:
    """A pod template."""
    return {"metadata": {"labels": {"app": name}}, "spec": {"containers": list(containers)}}
