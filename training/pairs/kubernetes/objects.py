"""Manifests of what surrounds workloads: services, configuration, storage, scaling, access."""

from __future__ import annotations

from training.pairs.dockerfile.parts import variable
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
    service, headless_service, ingress, config_map, secret, volume_claim, autoscaler, allow_from, deny_all, role, cluster_role,
    role_binding, service_account, disruption_budget, namespace, quota, default_limits, priority_class,
)  # fmt: skip
