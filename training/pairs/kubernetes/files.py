"""Manifests: a request above a document, inside one, or below one that it refers to."""

from __future__ import annotations

from typing import Literal

from training.pairs.grammar import Intent, Pair, Value, render
from training.pairs.items import Item
from training.pairs.kubernetes import access, around, fragments, objects, workloads
from training.pairs.kubernetes.emit import HOLE, Node, emit, look
from training.pairs.kubernetes.parts import PORTS, Cluster
from training.pairs.layout import Place, item
from training.pairs.names import Draw

NAME = "yaml"
Spot = Literal["container", "containers", "pod", "spec", "below", "document"]

INTENTS: tuple[Intent[Cluster], ...] = (
    *workloads.INTENTS,
    *objects.INTENTS,
    *access.INTENTS,
    *fragments.INTENTS,
    *around.INTENTS,
)
BY_NAME = {intent.name: intent for intent in INTENTS}
HELD_OUT: tuple[str, ...] = ("job", "headless-service", "deny-all", "service-account", "tcp-probe", "tolerations")

IN_POD = ("volumes", "init-container", "node-selector", "tolerations", "pull-secret")
SPOTS: dict[str, Spot] = {
    **{intent.name: "container" for intent in fragments.INTENTS}, **dict.fromkeys(IN_POD, "pod"),
    "sidecar": "containers", "rolling-update": "spec", "service-above": "below", "autoscaler-above": "below", "budget-above": "below",
}  # fmt: skip


def compose(draw: Draw, name: str, *, held_out: bool) -> Item | None:
    """A manifest with a request for one intent; None where it has no held-out wording."""
    cluster = Cluster(draw, look(draw))
    pair = render(name, BY_NAME[name].plan(cluster), draw.rng, held_out=held_out)
    if pair is None:
        return None
    spot = SPOTS.get(name, "document")
    indent, above, below = "", "", "\n"
    if spot == "document":
        if draw.chance(0.3):
            above = _document(cluster, "") + "---\n"
    elif spot == "below":
        above = _document(cluster, "", pair) + "---\n"
    else:
        above, below = _document(cluster, spot, pair).split(HOLE)
        line = above.rsplit("\n", 1)[1]
        above, indent = above[: len(above) - len(line)], line
    return item(draw, Place(NAME, "yaml", _path(draw), above, below, indent), pair, held_out=held_out)


def _document(cluster: Cluster, spot: str, pair: Pair | None = None) -> str:
    draw = cluster.draw
    known = pair.plan.values if pair and spot == "" else {}
    app = _code(known.get("app")) or draw.slug()
    port = int(_code(known.get("target")) or draw.one(PORTS))
    taken = set() if pair is None or spot == "" else {line.split(":")[0] for line in pair.code.split("\n")}
    container: dict[str, Node] = {
        "name": app,
        "image": f"registry.example.com/{app}:{draw.number(0, 9)}.{draw.number(0, 20)}",
    }
    if draw.chance(0.8) or spot == "":
        container["ports"] = [{"containerPort": port}]
    if spot == "container":
        container[HOLE] = ""
    if draw.chance(0.3) and "resources" not in taken:
        container["resources"] = {"limits": {"cpu": "500m", "memory": "256Mi"}}
    found: dict[str, Node] = {"containers": [container]}
    if spot == "pod":
        found = {HOLE: "", **found} if draw.chance(0.5) else {**found, HOLE: ""}
    spec: dict[str, Node] = {"replicas": draw.number(1, 6)} if draw.chance(0.8) else {}
    if spot == "spec":
        spec[HOLE] = ""
    spec |= {
        "selector": {"matchLabels": {"app": app}},
        "template": {"metadata": {"labels": {"app": app}}, "spec": found},
    }
    lines = emit(
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": app}, "spec": spec}, cluster.look, {}
    )
    if spot == "containers":
        dash = next(line for line in lines if line.lstrip().startswith("- name"))
        lines.append(" " * (len(dash) - len(dash.lstrip())) + HOLE)
    return "\n".join(lines) + "\n"


def _code(value: Value | str | None) -> str:
    return "" if value is None else value if isinstance(value, str) else value.code


def _path(draw: Draw) -> str:
    folder = draw.one(("", "k8s/", "k8s/", "deploy/", "manifests/", "kubernetes/", "infra/", "base/"))
    stem = draw.one(("deployment", "app", "manifest", "all", "service", draw.slug(), draw.slug()))
    return f"{folder}{stem}.{draw.one(('yaml', 'yaml', 'yml'))}"
