"""Manifests of what runs: deployments, stateful sets, daemon sets, jobs."""

from __future__ import annotations

from training.pairs.grammar import Plan, intents
from training.pairs.kubernetes.emit import Node
from training.pairs.kubernetes.parts import (
    PORTS,
    Cluster,
    app,
    container,
    image,
    manifest,
    metadata,
    number,
    pod,
    resources,
)

SCHEDULES = (("every hour", "0 * * * *"), ("every 5 minutes", "*/5 * * * *"), ("every 15 minutes", "*/15 * * * *"), ("every 30 minutes", "*/30 * * * *"), ("every Sunday at 3", "0 3 * * 0"),
             ("every Monday at 6", "0 6 * * 1"), ("on the first of each month", "0 0 1 * *"), ("on weekdays at 8", "0 8 * * 1-5"), ("every 6 hours", "0 */6 * * *"), ("at midnight", "0 0 * * *"))  # fmt: skip


def deployment(cluster: Cluster) -> Plan:
    notes, draw = cluster.notes(), cluster.draw
    name, replicas, port = (
        app(notes),
        number(notes, "replicas", draw.number(1, 12)),
        number(notes, "port", draw.one(PORTS)),
    )
    found = container(notes, name, port=port)
    heads = (f"deployment {name} with {replicas.text} [replicas|pods|copies] of «image» on port {port.text}", f"<run> {replicas.text} replicas of «image» as {name}, port {port.text}",
             f"Deployment for {name}: image «image», {replicas.text} replicas, container port {port.text}", f"~{replicas.text} pods of {name} from «image», serving port {port.text}")  # fmt: skip
    return manifest(cluster, notes, heads, _deployment(name, replicas, found, labelled=draw.chance(0.6)))


def deployment_with_service(cluster: Cluster) -> Plan:
    notes, draw = cluster.notes(), cluster.draw
    name, replicas, port = (
        app(notes),
        number(notes, "replicas", draw.number(1, 8)),
        number(notes, "port", draw.one(PORTS)),
    )
    found: dict[str, Node] = {"name": name, "image": image(notes), "ports": [{"containerPort": port}]}
    found |= resources(notes)
    heads = (
        f"deployment and service for {name}: {replicas.text} replicas of «image», port {port.text}",
        f"<run> «image» as {name} with {replicas.text} replicas and <expose> port {port.text} with a service",
    )
    service: Node = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {"selector": {"app": name}, "ports": [{"port": port, "targetPort": port}]},
    }
    return manifest(cluster, notes, heads, _deployment(name, replicas, found, labelled=False), service)


def worker(cluster: Cluster) -> Plan:
    notes, draw = cluster.notes(), cluster.draw
    name, replicas = app(notes), number(notes, "replicas", draw.number(1, 12))
    words = [
        notes.hold(f"word{at}", word)
        for at, word in enumerate(
            draw.one(
                (
                    ("python", "-m", draw.noun()),
                    ("./" + draw.noun(),),
                    ("node", f"{draw.noun()}.js"),
                    ("bin/" + draw.noun(), draw.one(("work", "consume", "run"))),
                )
            )
        )
    ]
    found = container(notes, name, port=None) | {"command": [*words]}
    heads = (
        f"deployment {name}, {replicas.text} replicas of «image» running {' '.join(words)}",
        f"worker {name}: «image» with the command {' '.join(words)}, {replicas.text} replicas",
    )
    return manifest(cluster, notes, heads, _deployment(name, replicas, found, labelled=draw.chance(0.4)))


def stateful_set(cluster: Cluster) -> Plan:
    notes, draw = cluster.notes(), cluster.draw
    name, replicas, port = (
        app(notes),
        number(notes, "replicas", draw.number(1, 7)),
        number(notes, "port", draw.one((5432, 6379, 3306, 27017, 9092, 9200, 2379))),
    )
    size, path = (
        notes.hold("size", f"{draw.one((1, 2, 5, 8, 10, 20, 50, 100, 200))}Gi"),
        notes.hold(
            "mount",
            draw.one(
                ("/data", "/var/lib/data", f"/var/lib/{draw.noun().replace('_', '-')}", "/var/lib/postgresql/data")
            ),
        ),
    )
    found: dict[str, Node] = {
        "name": name,
        "image": image(notes),
        "ports": [{"containerPort": port}],
        "volumeMounts": [{"name": "data", "mountPath": path}],
    }
    found |= resources(notes)
    heads = (
        f"stateful set {name} with {replicas.text} replicas of «image» on port {port.text}, {size} each at {path}",
        f"StatefulSet {name}: «image», port {port.text}, {replicas.text} replicas, volume of {size} mounted at {path}",
    )
    claim: Node = {
        "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}},
    }
    spec: Node = {
        "serviceName": name,
        "replicas": replicas,
        "selector": {"matchLabels": {"app": name}},
        "template": pod(name, found),
        "volumeClaimTemplates": [claim],
    }
    return manifest(
        cluster,
        notes,
        heads,
        {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": name}, "spec": spec},
    )


def daemon_set(cluster: Cluster) -> Plan:
    notes = cluster.notes()
    name = app(notes)
    found: dict[str, Node] = {"name": name, "image": image(notes)}
    found |= resources(notes)
    spec: dict[str, Node] = {"selector": {"matchLabels": {"app": name}}, "template": pod(name, found)}
    heads = (
        f"daemon set {name} that runs «image» on every node",
        f"<run> «image» as {name} on each node",
        f"DaemonSet {name} with «image»",
    )
    return manifest(
        cluster,
        notes,
        heads,
        {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": metadata(name, labelled=False), "spec": spec},
    )


def job(cluster: Cluster) -> Plan:
    notes, draw = cluster.notes(), cluster.draw
    name = app(notes)
    words = [
        notes.hold(f"word{at}", word)
        for at, word in enumerate(
            draw.one(
                (
                    ("python", "manage.py", "migrate"),
                    ("npm", "run", "migrate"),
                    ("./" + draw.noun(),),
                    ("rake", "db:migrate"),
                    ("python", "-m", draw.noun()),
                    ("alembic", "upgrade", "head"),
                )
            )
        )
    ]
    found: dict[str, Node] = {"name": name, "image": image(notes), "command": [*words]}
    found |= resources(notes, 0.2)
    spec: dict[str, Node] = {}
    if draw.chance(0.5):
        limit = number(notes, "limit", draw.number(0, 8))
        notes.said.append(f"backoff limit {limit.text}")
        spec["backoffLimit"] = limit
    spec["template"] = {"spec": {"restartPolicy": "Never", "containers": [found]}}
    heads = (
        f"job {name} that runs {' '.join(words)} in «image» [once|]",
        f"one-off job {name}: «image», command {' '.join(words)}",
    )
    return manifest(
        cluster, notes, heads, {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "spec": spec}
    )


def cron_job(cluster: Cluster) -> Plan:
    notes, draw = cluster.notes(), cluster.draw
    name = app(notes)
    if draw.chance(0.55):
        hour, minute = draw.number(0, 23), draw.one((0, 0, 5, 10, 15, 20, 30, 40, 45, 50))
        when = notes.hold(
            "when",
            f"{minute} {hour} * * *",
            f"[every day|daily] at {hour:02d}:{minute:02d}".replace(
                "[every day|daily]", draw.one(("every day", "daily"))
            ),
        )
    else:
        said, text = draw.one(SCHEDULES)
        when = notes.hold("when", text, said)
    found: dict[str, Node] = {"name": name, "image": image(notes)}
    if draw.chance(0.5):
        words = [
            notes.hold(f"word{at}", word)
            for at, word in enumerate(
                draw.one((("python", "-m", draw.noun()), ("./" + draw.noun(),), ("bin/" + draw.noun(), "--all")))
            )
        ]
        found["command"] = [*words]
        notes.said.append(f"command {' '.join(words)}")
    heads = (
        f"cron job {name} {when} running «image»",
        f"<run> «image» {when} as the cron job {name}",
        f"CronJob {name}: «image», {when}",
    )
    spec: dict[str, Node] = {"schedule": when}
    if draw.chance(0.3):
        notes.said.append("[never two at a time|no overlapping runs]")
        spec["concurrencyPolicy"] = "Forbid"
    spec["jobTemplate"] = {"spec": {"template": {"spec": {"restartPolicy": "OnFailure", "containers": [found]}}}}
    return manifest(
        cluster, notes, heads, {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": name}, "spec": spec}
    )


def plain_pod(cluster: Cluster) -> Plan:
    notes = cluster.notes()
    name, port = app(notes), number(notes, "port", cluster.draw.one(PORTS))
    found = container(notes, name, port=port)
    heads = (f"pod {name} with «image» on port {port.text}", f"single pod {name}: «image», port {port.text}")
    return manifest(
        cluster,
        notes,
        heads,
        {"apiVersion": "v1", "kind": "Pod", "metadata": metadata(name, labelled=True), "spec": {"containers": [found]}},
    )


def configured_deployment(cluster: Cluster) -> Plan:
    notes, draw = cluster.notes(), cluster.draw
    name, port = app(notes), number(notes, "port", draw.one(PORTS))
    source, said, config = draw.one((("configMapRef", "config map", "config"), ("secretRef", "secret", "secrets")))
    held = notes.hold("config", f"{draw.noun().replace('_', '-')}-{config}")
    found: dict[str, Node] = {
        "name": name,
        "image": image(notes),
        "ports": [{"containerPort": port}],
        "envFrom": [{source: {"name": held}}],
    }
    found |= resources(notes, 0.2)
    heads = (
        f"deployment {name} of «image» on port {port.text} with all variables from the {said} {held}",
        f"Deployment {name}: «image», port {port.text}, environment from {said} {held}",
    )
    return manifest(cluster, notes, heads, _deployment(name, None, found, labelled=False))


def _deployment(name: str, replicas: Node | None, found: Node, *, labelled: bool) -> dict[str, Node]:
    spec: dict[str, Node] = {} if replicas is None else {"replicas": replicas}
    spec |= {"selector": {"matchLabels": {"app": name}}, "template": pod(name, found)}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata(name, labelled=labelled), "spec": spec}


INTENTS = intents(
    deployment,
    deployment_with_service,
    worker,
    stateful_set,
    daemon_set,
    job,
    cron_job,
    plain_pod,
    configured_deployment,
)
