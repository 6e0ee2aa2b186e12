"""Manifests of what surrounds workloads: services, configuration, storage, scaling."""

from __future__ import annotations

from training.pairs.dockerfile.parts import variable
from training.pairs.grammar import Plan, intents
from training.pairs.kubernetes.emit import Node
from training.pairs.kubernetes.parts import PORTS, Cluster, app, manifest, number

VERBS = (
    ("read", ("get", "list", "watch")),
    ("manage", ("get", "list", "watch", "create", "update", "patch", "delete")),
    ("list", ("get", "list")),
    ("create", ("create",)),
)
RESOURCES = ("pods", "services", "configmaps", "secrets", "endpoints", "persistentvolumeclaims", "events")


def service(cluster: Cluster) -> Plan:
    notes, draw = cluster.notes(), cluster.draw
    name, port = app(notes), number(notes, "port", draw.one((80, 443, *PORTS)))
    target = number(notes, "target", draw.one(PORTS)) if draw.chance(0.5) else port
    kind, said = draw.one(
        (
            ("", ""),
            ("", ""),
            ("NodePort", "node port "),
            ("LoadBalancer", "load balancer "),
            ("ClusterIP", "cluster ip "),
        )
    )
    tail = "" if target is port else f" to {target.text} [of the pods|]"
    heads = (
        f"{said}service for {name} on port {port.text}{tail}",
        f"<expose> {name} on port {port.text}{tail}" + (f" with a {said}service" if said else ""),
        f"{said}service {name}, port {port.text}{tail}",
    )
    spec: dict[str, Node] = {"type": kind} if kind else {}
    spec |= {"selector": {"app": name}, "ports": [{"port": port, "targetPort": target}]}
    return manifest(
        cluster, notes, heads, {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec}
    )


def headless_service(cluster: Cluster) -> Plan:
    notes = cluster.notes()
    name, port = app(notes), number(notes, "port", cluster.draw.one((5432, 6379, 9092, 9200, 27017, 8080)))
    heads = (
        f"headless service for {name} on port {port.text}",
        f"service {name} without a cluster ip, port {port.text}",
    )
    spec: Node = {"clusterIP": "None", "selector": {"app": name}, "ports": [{"port": port}]}
    return manifest(
        cluster, notes, heads, {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec}
    )


def ingress(cluster: Cluster) -> Plan:
    notes, draw = cluster.notes(), cluster.draw
    name, port = app(notes), number(notes, "port", draw.one(PORTS))
    host, path = (
        notes.hold("host", f"{draw.noun().replace('_', '-')}.example.{draw.one(('com', 'org', 'net'))}"),
        draw.one(("/", "/", "/api", f"/{draw.noun().replace('_', '-')}")),
    )
    held = notes.hold("path", path) if path != "/" else "/"
    where = host if path == "/" else f"{host}{held}"
    spec: dict[str, Node] = {}
    if draw.chance(0.35):
        secret = notes.hold("secret", f"{draw.noun().replace('_', '-')}-tls")
        notes.said.append(f"tls from the secret {secret}")
        spec["tls"] = [{"hosts": [host], "secretName": secret}]
    if draw.chance(0.3):
        kind = notes.hold("class", draw.one(("nginx", "traefik", "haproxy", "public", "internal")))
        notes.said.append(f"ingress class {kind}")
        spec = {"ingressClassName": kind} | spec
    spec["rules"] = [
        {
            "host": host,
            "http": {
                "paths": [
                    {
                        "path": held,
                        "pathType": "Prefix",
                        "backend": {"service": {"name": name, "port": {"number": port}}},
                    }
                ]
            },
        }
    ]
    heads = (
        f"ingress that sends {where} to {name} on port {port.text}",
        f"<expose> the service {name} (port {port.text}) at {where}",
        f"route {where} to {name}:{port.text}",
        f"~make {name}:{port.text} answer at {where}",
    )
    return manifest(
        cluster,
        notes,
        heads,
        {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": name}, "spec": spec},
    )


def config_map(cluster: Cluster) -> Plan:
    notes, draw = cluster.notes(), cluster.draw
    name = notes.hold("name", f"{draw.slug()}-config")
    pairs = dict(variable(draw) for _ in range(draw.number(1, 4)))
    held = {
        notes.hold(f"key{at}", key): notes.hold(f"value{at}", value) for at, (key, value) in enumerate(pairs.items())
    }
    said = ", ".join(f"{key}={value}" for key, value in held.items())
    data: dict[str, Node] = dict(held)
    heads = (f"config map {name} with {said}", f"ConfigMap {name}: {said}")
    return manifest(
        cluster, notes, heads, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}
    )


def secret(cluster: Cluster) -> Plan:
    notes, draw = cluster.notes(), cluster.draw
    name = notes.hold("name", f"{draw.slug()}-credentials")
    user, password = (
        notes.hold("user", draw.noun()),
        notes.hold("password", draw.one(("change-me", "replace-me", "example", "secret"))),
    )
    heads = (
        f"secret {name} with username {user} and password {password}",
        f"credentials {name}: username {user}, password {password}",
    )
    return manifest(
        cluster,
        notes,
        heads,
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name},
            "type": "Opaque",
            "stringData": {"username": user, "password": password},
        },
    )


def volume_claim(cluster: Cluster) -> Plan:
    notes, draw = cluster.notes(), cluster.draw
    name, size = (
        notes.hold("name", f"{draw.noun().replace('_', '-')}-data"),
        notes.hold("size", f"{draw.one((1, 2, 5, 8, 10, 20, 50, 100, 250, 500))}Gi"),
    )
    mode, said = draw.one(
        (
            ("ReadWriteOnce", "one node"),
            ("ReadWriteOnce", "one node"),
            ("ReadWriteMany", "many nodes"),
            ("ReadOnlyMany", "many nodes, read only"),
        )
    )
    spec: dict[str, Node] = {"accessModes": [mode]}
    if draw.chance(0.4):
        kind = notes.hold("class", draw.one(("standard", "fast", "ssd", "local-path", "gp3", "premium", "nfs")))
        notes.said.append(f"storage class {kind}")
        spec["storageClassName"] = kind
    spec["resources"] = {"requests": {"storage": size}}
    heads = (
        f"volume claim {name} of {size} for {said}",
        f"claim {size} of storage as {name}, mounted by {said}",
        f"PersistentVolumeClaim {name}, {size}, {mode}",
    )
    return manifest(
        cluster,
        notes,
        heads,
        {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, "spec": spec},
    )


def autoscaler(cluster: Cluster) -> Plan:
    notes, draw = cluster.notes(), cluster.draw
    name, low = app(notes), draw.number(1, 6)
    least, most, share = (
        number(notes, "least", low),
        number(notes, "most", low + draw.number(1, 20)),
        number(notes, "share", draw.one((50, 60, 65, 70, 75, 80, 85, 90))),
    )
    what = notes.hold("what", draw.one(("cpu", "cpu", "memory")))
    heads = (
        f"autoscale {name} between {least.text} and {most.text} replicas at {share.text}% {what}",
        f"scale the deployment {name} from {least.text} to {most.text} pods at {share.text} percent {what}",
        f"HorizontalPodAutoscaler for {name}: {least.text} to {most.text}, target {what} {share.text}%",
    )
    spec: Node = {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name}, "minReplicas": least, "maxReplicas": most,
                  "metrics": [{"type": "Resource", "resource": {"name": what, "target": {"type": "Utilization", "averageUtilization": share}}}]}  # fmt: skip
    return manifest(
        cluster,
        notes,
        heads,
        {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": name}, "spec": spec},
    )


def disruption_budget(cluster: Cluster) -> Plan:
    notes, draw = cluster.notes(), cluster.draw
    name, count = app(notes), number(notes, "count", draw.number(1, 6))
    key, said = draw.one(
        (
            ("minAvailable", "at least {} [pods|replicas] of {} must stay up"),
            ("maxUnavailable", "at most {} [pods|replicas] of {} may be down"),
        )
    )
    told = said.format(count.text, name)
    heads = (
        f"disruption budget: {told}",
        f"{told} during maintenance",
        f"PodDisruptionBudget for {name}, {key} {count.text}",
    )
    return manifest(
        cluster,
        notes,
        heads,
        {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": {"name": name},
            "spec": {key: count, "selector": {"matchLabels": {"app": name}}},
        },
    )


INTENTS = intents(
    service, headless_service, ingress, config_map, secret, volume_claim, autoscaler, disruption_budget,
)  # fmt: skip
