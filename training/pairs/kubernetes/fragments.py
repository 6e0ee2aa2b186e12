"""Parts of a container, asked for inside a manifest that is there already."""

from __future__ import annotations

from training.pairs.dockerfile.parts import variable
from training.pairs.grammar import Plan, intents
from training.pairs.kubernetes.emit import Node
from training.pairs.kubernetes.parts import CPU, MEMORY, PATHS, PORTS, Cluster, manifest, number


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


INTENTS = intents(
    http_probe, tcp_probe, command_probe, limits, variables, variable_from, variables_from, security, stop_gracefully, start_command,
)  # fmt: skip
