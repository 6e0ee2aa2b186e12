"""Manifests of who may do what: network policies, roles, accounts, namespaces and their limits."""

from __future__ import annotations

from training.pairs.grammar import Plan, intents
from training.pairs.kubernetes.emit import Node
from training.pairs.kubernetes.parts import CPU, MEMORY, PORTS, Cluster, app, manifest, number

VERBS = (
    ("read", ("get", "list", "watch")),
    ("manage", ("get", "list", "watch", "create", "update", "patch", "delete")),
    ("list", ("get", "list")),
    ("create", ("create",)),
)
RESOURCES = ("pods", "services", "configmaps", "secrets", "endpoints", "persistentvolumeclaims", "events")


def allow_from(cluster: Cluster) -> Plan:
    notes, draw = cluster.notes(), cluster.draw
    name, other, port = (
        app(notes),
        notes.hold("other", draw.slug()),
        number(notes, "port", draw.one((*PORTS, 5432, 6379))),
    )
    heads = (
        f"network policy: only {other} may reach {name} on port {port.text}",
        f"<allow> traffic to {name} only from {other}, port {port.text}",
    )
    spec: Node = {
        "podSelector": {"matchLabels": {"app": name}},
        "policyTypes": ["Ingress"],
        "ingress": [
            {"from": [{"podSelector": {"matchLabels": {"app": other}}}], "ports": [{"protocol": "TCP", "port": port}]}
        ],
    }
    return manifest(
        cluster,
        notes,
        heads,
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": f"{name}-allow-{other}"},
            "spec": spec,
        },
    )


def deny_all(cluster: Cluster) -> Plan:
    notes, draw = cluster.notes(), cluster.draw
    space, kind = notes.hold("space", draw.noun().replace("_", "-")), draw.one(("Ingress", "Egress"))
    said = "incoming" if kind == "Ingress" else "outgoing"
    heads = (
        f"deny all {said} traffic in the namespace {space}",
        f"network policy for {space}: no {said} traffic by default",
        f"default deny of {said} traffic, namespace {space}",
    )
    return manifest(
        cluster,
        notes,
        heads,
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": f"deny-{kind.lower()}", "namespace": space},
            "spec": {"podSelector": {}, "policyTypes": [kind]},
        },
    )


def role(cluster: Cluster) -> Plan:
    notes, draw = cluster.notes(), cluster.draw
    name, space = (
        notes.hold("name", f"{draw.noun().replace('_', '-')}-{draw.one(('reader', 'editor', 'viewer', 'operator'))}"),
        notes.hold("space", draw.noun().replace("_", "-")),
    )
    said, verbs = draw.one(VERBS)
    things = [notes.hold(f"thing{at}", one) for at, one in enumerate(draw.some(RESOURCES, 1, 3))]
    heads = (
        f"role {name} in {space} that may {said} {' and '.join(things)}",
        f"<allow> to {said} {', '.join(things)} in the namespace {space}, role {name}",
    )
    rule: Node = {"apiGroups": [""], "resources": [*things], "verbs": [*verbs]}
    return manifest(
        cluster,
        notes,
        heads,
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "Role",
            "metadata": {"name": name, "namespace": space},
            "rules": [rule],
        },
    )


def cluster_role(cluster: Cluster) -> Plan:
    notes, draw = cluster.notes(), cluster.draw
    name, (said, verbs) = (
        notes.hold("name", f"{draw.noun().replace('_', '-')}-{draw.one(('reader', 'admin', 'scanner'))}"),
        draw.one(VERBS),
    )
    things = [
        notes.hold(f"thing{at}", one)
        for at, one in enumerate(
            draw.some(("nodes", "namespaces", "persistentvolumes", "pods", "services", "secrets"), 1, 2)
        )
    ]
    heads = (
        f"cluster role {name} that may {said} {' and '.join(things)} everywhere",
        f"ClusterRole {name}: {said} {', '.join(things)}",
    )
    return manifest(
        cluster,
        notes,
        heads,
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRole",
            "metadata": {"name": name},
            "rules": [{"apiGroups": [""], "resources": [*things], "verbs": [*verbs]}],
        },
    )


def role_binding(cluster: Cluster) -> Plan:
    notes, draw = cluster.notes(), cluster.draw
    name, account, space = (
        notes.hold("name", f"{draw.noun().replace('_', '-')}-reader"),
        notes.hold("account", draw.slug()),
        notes.hold("space", draw.noun().replace("_", "-")),
    )
    heads = (
        f"give the role {name} to the service account {account} in {space}",
        f"bind the role {name} to service account {account}, namespace {space}",
    )
    return manifest(cluster, notes, heads, {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": name, "namespace": space},
                    "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": space}], "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name}})  # fmt: skip


def service_account(cluster: Cluster) -> Plan:
    notes, draw = cluster.notes(), cluster.draw
    name, space = app(notes), notes.hold("space", draw.noun().replace("_", "-"))
    found: dict[str, Node] = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": name, "namespace": space},
    }
    if draw.chance(0.4):
        notes.said.append("[no|without a] mounted token")
        found["automountServiceAccountToken"] = False
    return manifest(
        cluster, notes, (f"service account {name} in {space}", f"ServiceAccount {name}, namespace {space}"), found
    )


def namespace(cluster: Cluster) -> Plan:
    notes, draw = cluster.notes(), cluster.draw
    name = notes.hold("name", draw.slug())
    found: dict[str, Node] = {"name": name}
    tail = ""
    if draw.chance(0.6):
        key, value = (
            notes.hold("key", draw.one(("team", "env", "tier", "owner"))),
            notes.hold("value", draw.one(("dev", "staging", "production", draw.noun().replace("_", "-")))),
        )
        found["labels"], tail = {key: value}, f" with the label {key}={value}"
    return manifest(
        cluster,
        notes,
        (f"namespace {name}{tail}", f"<create> the namespace {name}{tail}"),
        {"apiVersion": "v1", "kind": "Namespace", "metadata": found},
    )


def quota(cluster: Cluster) -> Plan:
    notes, draw = cluster.notes(), cluster.draw
    space = notes.hold("space", draw.noun().replace("_", "-"))
    cpu, memory, pods = (
        notes.hold("cpu", str(draw.number(1, 64))),
        notes.hold("memory", f"{draw.number(1, 128)}Gi"),
        notes.hold("pods", str(draw.number(5, 200))),
    )
    heads = (
        f"quota for the namespace {space}: {cpu} cpu, {memory} memory, {pods} pods",
        f"<limit> {space} to {cpu} cpus, {memory} of memory and {pods} pods",
    )
    hard: Node = {"requests.cpu": cpu, "requests.memory": memory, "pods": pods}
    return manifest(
        cluster,
        notes,
        heads,
        {
            "apiVersion": "v1",
            "kind": "ResourceQuota",
            "metadata": {"name": "quota", "namespace": space},
            "spec": {"hard": hard},
        },
    )


def default_limits(cluster: Cluster) -> Plan:
    notes, draw = cluster.notes(), cluster.draw
    space, cpu, memory = (
        notes.hold("space", draw.noun().replace("_", "-")),
        notes.hold("cpu", draw.one(CPU)),
        notes.hold("memory", draw.one(MEMORY)),
    )
    heads = (
        f"containers in {space} get limits of {cpu} cpu and {memory} by default",
        f"limit range for {space}: default {cpu} cpu and {memory} memory",
    )
    spec: Node = {"limits": [{"type": "Container", "default": {"cpu": cpu, "memory": memory}}]}
    return manifest(
        cluster,
        notes,
        heads,
        {
            "apiVersion": "v1",
            "kind": "LimitRange",
            "metadata": {"name": "default-limits", "namespace": space},
            "spec": spec,
        },
    )


def priority_class(cluster: Cluster) -> Plan:
    notes, draw = cluster.notes(), cluster.draw
    name, value = (
        notes.hold("name", f"{draw.noun().replace('_', '-')}-{draw.one(('high', 'low', 'critical'))}"),
        number(notes, "value", draw.one((100, 1000, 5000, 10000, 100000, 1000000))),
    )
    heads = (f"priority class {name} with value {value.text}", f"PriorityClass {name}, {value.text}, not the default")
    return manifest(
        cluster,
        notes,
        heads,
        {
            "apiVersion": "scheduling.k8s.io/v1",
            "kind": "PriorityClass",
            "metadata": {"name": name},
            "value": value,
            "globalDefault": False,
        },
    )


INTENTS = intents(
    allow_from, deny_all, role, cluster_role, role_binding, service_account, namespace, quota, default_limits, priority_class,
)  # fmt: skip
