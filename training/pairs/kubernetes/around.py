"""Parts of a pod or a deployment outside its container, and objects for the deployment above them."""

from __future__ import annotations

from training.pairs.dockerfile.parts import Notes
from training.pairs.grammar import Plan, intents
from training.pairs.kubernetes.emit import Node
from training.pairs.kubernetes.parts import PORTS, Cluster, image, manifest, number


def volumes(cluster: Cluster) -> Plan:
    notes, draw = cluster.notes(), cluster.draw
    name = notes.hold("name", draw.noun().replace("_", "-"))
    key, inner, said = draw.one(
        (
            ("configMap", "name", "the config map"),
            ("secret", "secretName", "the secret"),
            ("persistentVolumeClaim", "claimName", "the claim"),
        )
    )
    held = notes.hold("source", f"{draw.noun().replace('_', '-')}-{draw.one(('config', 'data', 'files', 'tls'))}")
    if draw.chance(0.2):
        return manifest(
            cluster,
            notes,
            (f"empty volume {name}", f"scratch volume {name}"),
            {"volumes": [{"name": name, "emptyDir": {}}]},
        )
    return manifest(
        cluster,
        notes,
        (f"volume {name} from {said} {held}", f"<mount> {said} {held} as the volume {name}"),
        {"volumes": [{"name": name, key: {inner: held}}]},
    )


def init_container(cluster: Cluster) -> Plan:
    notes, draw = cluster.notes(), cluster.draw
    host, port = notes.hold("host", draw.slug()), notes.hold("port", draw.one((5432, 6379, 3306, 9092, 8080)))
    heads = (f"init container that waits for {host} on port {port}", f"<wait> for {host}:{port} before the start")
    loop = f"until nc -z {host} {port}; do sleep 2; done"
    return manifest(
        cluster,
        notes,
        heads,
        {"initContainers": [{"name": f"wait-for-{host}", "image": "busybox:1.36", "command": ["sh", "-c", loop]}]},
    )


def node_selector(cluster: Cluster) -> Plan:
    notes, draw = cluster.notes(), cluster.draw
    key, value = (
        notes.hold("key", draw.one(("disktype", "pool", "zone", "kubernetes.io/arch", "node-type", "gpu"))),
        notes.hold("value", draw.one(("ssd", "workers", "arm64", "amd64", "large", draw.noun().replace("_", "-")))),
    )
    return manifest(
        cluster,
        notes,
        (f"only on nodes with {key}={value}", f"node selector {key}={value}"),
        {"nodeSelector": {key: value}},
    )


def tolerations(cluster: Cluster) -> Plan:
    notes, draw = cluster.notes(), cluster.draw
    key, value, effect = (
        notes.hold("key", draw.one(("dedicated", "team", "workload", "gpu"))),
        notes.hold("value", draw.noun().replace("_", "-")),
        notes.hold("effect", draw.one(("NoSchedule", "NoExecute", "PreferNoSchedule"))),
    )
    heads = (f"tolerate the taint {key}={value}:{effect}", f"toleration for {key}={value} with effect {effect}")
    return manifest(
        cluster, notes, heads, {"tolerations": [{"key": key, "operator": "Equal", "value": value, "effect": effect}]}
    )


def pull_secret(cluster: Cluster) -> Plan:
    notes, draw = cluster.notes(), cluster.draw
    name, account = notes.hold("name", f"{draw.noun().replace('_', '-')}-registry"), notes.hold("account", draw.slug())
    if draw.chance(0.5):
        return manifest(
            cluster,
            notes,
            (f"pull images with the secret {name}", f"image pull secret {name}"),
            {"imagePullSecrets": [{"name": name}]},
        )
    return manifest(
        cluster,
        notes,
        (f"run under the service account {account}", f"service account {account}"),
        {"serviceAccountName": account},
    )


def sidecar(cluster: Cluster) -> Plan:
    notes, draw = cluster.notes(), cluster.draw
    name, port = (
        notes.hold("name", draw.one(("proxy", "metrics", "log-shipper", "exporter", draw.noun().replace("_", "-")))),
        number(notes, "port", draw.one((9090, 9100, 9113, 9187, 15000))),
    )
    heads = (
        f"sidecar {name} with {image(notes)} on port {port.text}",
        f"second container {name}: «image», port {port.text}",
    )
    rows: list[Node] = [{"name": name, "image": "«image»", "ports": [{"containerPort": port}]}]
    return manifest(cluster, notes, heads, rows)


def rolling_update(cluster: Cluster) -> Plan:
    notes, draw = cluster.notes(), cluster.draw
    surge, missing = number(notes, "surge", draw.number(1, 5)), number(notes, "missing", draw.number(0, 3))
    heads = (
        f"rolling update with {surge.text} extra and at most {missing.text} missing pods",
        f"roll out with max surge {surge.text} and max unavailable {missing.text}",
    )
    return manifest(
        cluster,
        notes,
        heads,
        {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": missing}}},
    )


def service_above(cluster: Cluster) -> Plan:
    notes, draw = cluster.notes(), cluster.draw
    name, target, port = _above(notes)
    said = number(notes, "port", draw.one((80, 443, 8080, 9000)))
    heads = (
        f"service for the deployment above on port {said.text}",
        f"<expose> it inside the cluster on port {said.text}",
        f"service in front of it, port {said.text}",
    )
    spec: Node = {"selector": {"app": name}, "ports": [{"port": said, "targetPort": target}]}
    _ = port
    return manifest(
        cluster, notes, heads, {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec}
    )


def autoscaler_above(cluster: Cluster) -> Plan:
    notes, draw = cluster.notes(), cluster.draw
    name, _, _ = _above(notes)
    low = draw.number(1, 6)
    least, most, share = (
        number(notes, "least", low),
        number(notes, "most", low + draw.number(1, 20)),
        number(notes, "share", draw.one((50, 60, 65, 70, 75, 80, 85, 90))),
    )
    heads = (
        f"scale it between {least.text} and {most.text} pods at {share.text}% cpu",
        f"autoscaler for the deployment above, {least.text} to {most.text} replicas, {share.text} percent cpu",
    )
    spec: Node = {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name}, "minReplicas": least, "maxReplicas": most,
                  "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": share}}}]}  # fmt: skip
    return manifest(
        cluster,
        notes,
        heads,
        {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": name}, "spec": spec},
    )


def budget_above(cluster: Cluster) -> Plan:
    notes = cluster.notes()
    name, _, _ = _above(notes)
    count = number(notes, "count", cluster.draw.number(1, 6))
    heads = (f"keep at least {count.text} of its pods up", f"disruption budget for it, {count.text} pods must stay")
    return manifest(
        cluster,
        notes,
        heads,
        {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": {"name": name},
            "spec": {"minAvailable": count, "selector": {"matchLabels": {"app": name}}},
        },
    )


def _above(notes: Notes) -> tuple[str, Node, int]:
    # Name and port stand in the deployment above, so the sentence has no words for them.
    port = notes.draw.one(PORTS)
    return notes.hold("app", notes.draw.slug(), ""), number_silent(notes, port), port


def number_silent(notes: Notes, port: int) -> Node:
    """The container port, which only the manifest above tells."""
    found = number(notes, "target", port)
    notes.hold("target", port, "")
    return found


INTENTS = intents(
    volumes, init_container, node_selector, tolerations, pull_secret, sidecar, rolling_update, service_above, autoscaler_above, budget_above,
)  # fmt: skip
