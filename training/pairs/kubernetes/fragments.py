"""Parts asked for inside a manifest that is there already, and objects for the deployment above them."""

from __future__ import annotations

from training.pairs.dockerfile.parts import Notes, variable
from training.pairs.grammar import Plan, intents
from training.pairs.kubernetes.emit import Node
from training.pairs.kubernetes.parts import CPU, MEMORY, PATHS, PORTS, Cluster, image, manifest, number


def http_probe(cluster: Cluster) -> Plan:
    notes, draw = cluster.notes(), cluster.draw
    kind, path, port = (
        draw.one(("readiness", "liveness", "startup")),
        notes.hold("path", draw.one(PATHS)),
        number(notes, "port", draw.one(PORTS)),
    )
    found: dict[str, Node] = {"httpGet": {"path": path, "port": port}}
    for key, name, said, options in (
        ("initialDelaySeconds", "delay", "after {} seconds", (3, 5, 10, 15, 30)),
        ("periodSeconds", "period", "every {} seconds", (5, 10, 15, 20, 30, 60)),
        ("failureThreshold", "tries", "{} failures allowed", (2, 3, 5, 6, 30)),
    ):
        if draw.chance(0.5):
            held = number(notes, name, draw.one(options))
            notes.said.append(said.format(held.text))
            found[key] = held
    heads = (f"{kind} probe on {path} port {port.text}", f"check {kind} with http {path} on port {port.text}")
    return manifest(cluster, notes, heads, {f"{kind}Probe": found})


def tcp_probe(cluster: Cluster) -> Plan:
    notes, draw = cluster.notes(), cluster.draw
    kind, port, period = (
        draw.one(("readiness", "liveness")),
        number(notes, "port", draw.one((5432, 6379, 3306, 9092, 8080, 27017))),
        number(notes, "period", draw.one((5, 10, 15, 20, 30))),
    )
    heads = (
        f"{kind} probe on tcp port {port.text} every {period.text} seconds",
        f"tcp {kind} check of port {port.text}, every {period.text} seconds",
    )
    return manifest(cluster, notes, heads, {f"{kind}Probe": {"tcpSocket": {"port": port}, "periodSeconds": period}})


def command_probe(cluster: Cluster) -> Plan:
    notes, draw = cluster.notes(), cluster.draw
    kind = draw.one(("readiness", "liveness"))
    words = [
        notes.hold(f"word{at}", word)
        for at, word in enumerate(
            draw.one(
                (
                    ("pg_isready", "-U", draw.noun()),
                    ("redis-cli", "ping"),
                    ("cat", f"/tmp/{draw.noun()}"),
                    ("rabbitmq-diagnostics", "ping"),
                )
            )
        )
    ]
    heads = (f"{kind} probe that runs {' '.join(words)}", f"{kind} check with the command {' '.join(words)}")
    return manifest(cluster, notes, heads, {f"{kind}Probe": {"exec": {"command": [*words]}}})


def limits(cluster: Cluster) -> Plan:
    notes, draw = cluster.notes(), cluster.draw
    cpu, memory, low, little = (
        notes.hold("cpu", draw.one(CPU)),
        notes.hold("memory", draw.one(MEMORY)),
        notes.hold("low", draw.one(CPU[:4])),
        notes.hold("little", draw.one(MEMORY[:4])),
    )
    if draw.chance(0.5):
        heads = (f"<limit> to {cpu} cpu and {memory} memory", f"limits: {cpu} cpu, {memory} memory")
        return manifest(cluster, notes, heads, {"resources": {"limits": {"cpu": cpu, "memory": memory}}})
    heads = (
        f"requests {low} cpu and {little}, limits {cpu} cpu and {memory}",
        f"resources: {low} / {little} requested, {cpu} / {memory} at most",
    )
    return manifest(
        cluster,
        notes,
        heads,
        {"resources": {"requests": {"cpu": low, "memory": little}, "limits": {"cpu": cpu, "memory": memory}}},
    )


def variables(cluster: Cluster) -> Plan:
    notes, draw = cluster.notes(), cluster.draw
    pairs = dict(variable(draw) for _ in range(draw.number(1, 4)))
    held = [
        (notes.hold(f"name{at}", name), notes.hold(f"value{at}", value))
        for at, (name, value) in enumerate(pairs.items())
    ]
    said = ", ".join(f"{name}={value}" for name, value in held)
    rows: list[Node] = [{"name": name, "value": value} for name, value in held]
    return manifest(
        cluster, notes, (f"environment {said}", f"<set> the variables {said}", f"variables: {said}"), {"env": rows}
    )


def variable_from(cluster: Cluster) -> Plan:
    notes, draw = cluster.notes(), cluster.draw
    source, said, suffix = draw.one(
        (("secretKeyRef", "secret", "credentials"), ("configMapKeyRef", "config map", "config"))
    )
    name, key, held = (
        notes.hold("name", f"{draw.noun().upper()}_{draw.one(('PASSWORD', 'TOKEN', 'URL', 'HOST'))}"),
        notes.hold("key", draw.noun().replace("_", "-")),
        notes.hold("source", f"{draw.noun().replace('_', '-')}-{suffix}"),
    )
    heads = (f"{name} from the key {key} of the {said} {held}", f"variable {name}: {said} {held}, key {key}")
    return manifest(cluster, notes, heads, {"env": [{"name": name, "valueFrom": {source: {"name": held, "key": key}}}]})


def variables_from(cluster: Cluster) -> Plan:
    notes, draw = cluster.notes(), cluster.draw
    first, second = (
        notes.hold("first", f"{draw.noun().replace('_', '-')}-config"),
        notes.hold("second", f"{draw.noun().replace('_', '-')}-secrets"),
    )
    if draw.chance(0.5):
        return manifest(
            cluster,
            notes,
            (f"all variables from the config map {first}", f"environment from config map {first}"),
            {"envFrom": [{"configMapRef": {"name": first}}]},
        )
    heads = (
        f"all variables from the config map {first} and the secret {second}",
        f"environment from config map {first} and secret {second}",
    )
    return manifest(
        cluster, notes, heads, {"envFrom": [{"configMapRef": {"name": first}}, {"secretRef": {"name": second}}]}
    )


def security(cluster: Cluster) -> Plan:
    notes, draw = cluster.notes(), cluster.draw
    user = number(notes, "user", draw.one((1000, 1001, 2000, 10001, 65532, 65534)))
    if draw.chance(0.5):
        heads = (
            f"run as user {user.text}, not as root, with a read-only file system",
            f"non-root ({user.text}), read only root file system",
        )
        return manifest(
            cluster,
            notes,
            heads,
            {"securityContext": {"runAsNonRoot": True, "runAsUser": user, "readOnlyRootFilesystem": True}},
        )
    heads = (
        f"run as user {user.text}, no privilege escalation, drop all capabilities",
        f"user {user.text} without capabilities and without privilege escalation",
    )
    return manifest(
        cluster,
        notes,
        heads,
        {"securityContext": {"runAsUser": user, "allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}},
    )


def stop_gracefully(cluster: Cluster) -> Plan:
    notes = cluster.notes()
    seconds = notes.hold("seconds", str(cluster.draw.one((3, 5, 10, 15, 20, 30, 45))))
    heads = (f"sleep {seconds} seconds before stopping", f"pre-stop hook: <wait> {seconds} seconds")
    return manifest(cluster, notes, heads, {"lifecycle": {"preStop": {"exec": {"command": ["sleep", seconds]}}}})


def start_command(cluster: Cluster) -> Plan:
    notes, draw = cluster.notes(), cluster.draw
    words = [
        notes.hold(f"word{at}", word)
        for at, word in enumerate(
            (draw.one(("python", "node", "ruby")), f"{draw.noun()}.{draw.one(('py', 'js', 'rb'))}")
        )
    ]
    option = notes.hold("option", f"--{draw.one(('workers', 'queue', 'limit', 'threads'))}={draw.number(1, 64)}")
    heads = (f"<start> with {' '.join(words)} and the argument {option}", f"command {' '.join(words)}, args {option}")
    return manifest(cluster, notes, heads, {"command": [*words], "args": [option]})


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
    http_probe, tcp_probe, command_probe, limits, variables, variable_from, variables_from, security, stop_gracefully, start_command,
    volumes, init_container, node_selector, tolerations, pull_secret, sidecar, rolling_update, service_above, autoscaler_above, budget_above,
)  # fmt: skip
