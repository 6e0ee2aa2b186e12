"""The skeletons of Kubernetes' kinds: which fields, in which order and how far in, with places for values.

`KINDS` holds a function from an object's name to the body of its rule.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from completion.scripts.grammar.notation import Rules, add, choice, literal
from completion.scripts.grammar.yaml_blocks import block

_HEAD = """\
apiVersion: {api}
kind: {kind}
metadata:
  name: {name}
<namespace>"""
_LABELS = """\
  labels:
    app: {name}
"""
_TEMPLATE = """\
template:
  metadata:
    labels:
      app: {name}
  spec:
"""
_SELECTOR = """\
  selector:
    matchLabels:
      app: {name}
"""
_DEPTHS = (6, 10)
"""How far in the specification of pods stands: in most kinds, and in a CronJob."""


def add_parts(rules: Rules, request: str) -> None:
    """The rules that the skeletons refer to."""
    spaces = re.findall(
        r"\bnamespace (?:called |named |the )?([a-z0-9][a-z0-9-]*[a-z0-9])\b|\b(?!the |in |a )([a-z][a-z0-9-]+) namespace\b",
        request,
    )
    space = choice(literal(first or second) for first, second in spaces) if spaces else ""
    add(rules, "namespace", f'"  namespace: " {space} "\\n"' if space else '""')
    counts = re.findall(r"\b(\d{1,3}) (?:replicas?|pods?|copies|instances)\b|\breplicas?:? (\d{1,3})\b", request)
    counted = choice(literal(f"  replicas: {first or second}\n") for first, second in counts) if counts else ""
    add(rules, "replicas", f"{counted}" if counted else block("  replicas: <count>\n"))
    _data_lines(rules, request)
    add(rules, "more-port", block("    - name: <dns>\n      port: <port>\n      targetPort: <port>\n"))
    add(rules, "kind-of-service", '"  type: " ( "ClusterIP" | "NodePort" | "LoadBalancer" ) "\\n"')
    add(rules, "headless", '"  clusterIP: None\\n"')
    add(rules, "target-port", block("      targetPort: <port>\n"))
    add(rules, "protocol", '"      protocol: " ( "TCP" | "UDP" ) "\\n"')
    add(rules, "ingress-class", block("  ingressClassName: <class>\n"))
    add(rules, "class", '"nginx" | "traefik" | "alb"')
    add(rules, "storage-class", block("  storageClassName: <storage>\n"))
    add(
        rules,
        "storage",
        '"standard" | "gp3" | "fast" | "ssd" | "local-path"'
        if not (found := re.findall(r"class ([a-z][a-z0-9-]+)", request))
        else choice(f'"{name}"' for name in found),
    )
    add(rules, "access", '"ReadWriteOnce" | "ReadOnlyMany" | "ReadWriteMany"')
    add(rules, "schedule", _schedule(request))
    add(rules, "policy", '"Never" | "OnFailure"')
    add(rules, "concurrency", '"  concurrencyPolicy: " ( "Forbid" | "Replace" | "Allow" ) "\\n"')
    add(rules, "backoff", block("backoffLimit: <count>\n"))
    add(rules, "kept-jobs", block("  successfulJobsHistoryLimit: <count>\n"))
    add(rules, "failed-jobs", block("  failedJobsHistoryLimit: <count>\n"))
    add(rules, "tls", block("  tls:\n    - hosts:\n        - <host>\n      secretName: <dns>\n"))
    add(rules, "no-token", '"automountServiceAccountToken: false\\n"')
    add(rules, "bounds", _bounds(request))
    add(rules, "policy-types", '"    - " ( "Ingress" | "Egress" ) "\\n"')
    for depth in _DEPTHS:
        _container(rules, depth, request)


def _container(rules: Rules, at: int, request: str) -> None:
    inside = at + 4
    for name, template in {
        "args": "command:\n  - <word>\n",
        "ports": "ports:\n  - containerPort: <port>\n",
        "env": "env:\n",
        "from": "envFrom:\n  - configMapRef:\n      name: <dns>\n",
        "limits": "limits:\n",
    }.items():
        add(rules, f"{name}-{at}", block(template, inside))
    add(rules, "word", "[a-zA-Z/.] [a-zA-Z0-9_./=-]{5,40} | quoted")
    add(rules, f"command-{at}", f'args-{at} ( {block("  - <word>", inside)} "\\n" ){{0,4}}')
    value = block("  - name: <variable>\n    value: <quoted>\n", inside)
    source = block("      name: <dns>\n      key: <key>\n", inside + 2)
    referred = block("  - name: <variable>\n    valueFrom:\n", inside)
    reference = (
        f'{referred} ( {block("secretKeyRef:", inside + 6)} | {block("configMapKeyRef:", inside + 6)} ) "\\n" {source}'
    )
    add(rules, f"variables-{at}", f"env-{at} ( {value} | {reference} ){{1,3}}")
    http = block("httpGet:\n  path: <path>\n  port: <port>\n", inside + 2)
    socket = block("tcpSocket:\n  port: <port>\n", inside + 2)
    times = [f'( {block(f"{field}: <int>", inside + 2)} "\\n" )?' for field in ("initialDelaySeconds", "periodSeconds")]
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        add(
            rules,
            f"{probe.lower()}-{at}",
            f'{block(probe + ":", inside)} "\\n" ( {http} | {socket} ) {" ".join(times)}',
        )
    amounts = f'( {block("cpu: <cpu>", inside + 4)} "\\n" )? {block("memory: <memory>", inside + 4)} "\\n" | {block("cpu: <cpu>", inside + 4)} "\\n"'
    add(rules, f"amounts-{at}", amounts)
    requests, limits = (f'{block(word + ":", inside + 2)} "\\n" amounts-{at}' for word in ("requests", "limits"))
    add(rules, f"resources-{at}", f'{block("resources:", inside)} "\\n" ( {requests} ( {limits} )? | {limits} )')
    mount = f'{block("volumeMounts:", inside)} "\\n" {block("  - name: data", inside)} "\\n" {block("    mountPath: <folder>", inside)} "\\n"'
    volume = (
        f'{block("volumes:", at)} "\\n" {block("  - name: data", at)} "\\n" ( '
        + " | ".join(
            (
                block("    emptyDir: {}\n", at),
                block("    persistentVolumeClaim:\n      claimName: <dns>\n", at),
                block("    configMap:\n      name: <dns>\n", at),
                block("    secret:\n      secretName: <dns>\n", at),
            )
        )
        + " )"
    )
    parts = {
        "command": f"command-{at}",
        "ports": f"ports-{at}",
        "from": f"from-{at}",
        "env": f"variables-{at}",
        "resources": f"resources-{at}",
        "startup": f"startupprobe-{at}",
        "liveness": f"livenessprobe-{at}",
        "readiness": f"readinessprobe-{at}",
        "volume": f"{mount} {volume}",
    }
    rest = [f"( {body} ){_wanted(name, request)}" for name, body in parts.items() if _wanted(name, request) is not None]
    add(rules, f"rest-{at}", " ".join(rest) or '""')


def _data_lines(rules: Rules, request: str) -> None:
    """The rule `data-0`: lines of a map, with keys in the order of the request and none of them twice."""
    told = re.findall(
        r"(?<![\w.-])([A-Za-z][\w.-]*)(?==)|\b([A-Z][A-Z0-9]*_[A-Z0-9_]+|[a-z][\w-]*\.[a-z]{2,10})\b", request
    )
    keys = list(dict.fromkeys(first or second for first, second in told))[:10]
    keys += [
        key for key in re.findall(r"\b(?:keys?|data|with|and) ([A-Za-z][\w.-]{1,30}\w)\b", request) if key not in keys
    ][:6]
    values = [literal(f'"{value}"') for value in re.findall(r"=\"?([\w./:@,+-]+)", request)]
    add(rules, "data-value", choice(("quoted", *values)))
    if not keys:
        add(rules, "data-0", '"  " key ": " data-value "\\n"')
        return
    for index in range(len(keys) - 1, -1, -1):
        line = f'{literal(f"  {keys[index]}: ")} data-value "\\n"'
        last = index + 1 == len(keys)
        add(rules, f"data-{index}", line if last else f"{line} data-{index + 1}? | data-{index + 1}")


def _wanted(part: str, request: str) -> str | None:
    """ "" where the request asks for a part, "?" where it may mean it, None where nothing speaks of it."""
    asked, meant = _ASKED[part]
    if asked and re.search(rf"\b(?:{asked})\b", request, re.I):
        return ""
    return "?" if re.search(rf"\b(?:{meant})\b", request, re.I) else None


_PROBE = r"prob\w+|health\w*|checks?"
_ASKED = {
    "command": ("", r"runs?|running|commands?|execut\w+|args?|arguments?|starts?|that \w+s|sleep|prints?|with \w+ -"),
    "ports": ("", r"ports?|serv\w+|listen\w*|expos\w+|reachable|http|web|api|on \d+"),
    "from": ("", r"all (?:keys|variables|of)|env ?from|from (?:the )?(?:config ?map|secret)"),
    "env": ("", r"env\w*|variables?|settings?|passwords?|(?-i:[A-Z][A-Z0-9]*_[A-Z0-9_]+)|secret\w*|config ?map"),
    "resources": (r"cpu|memory|\d+[MG]i|resources?", r"limits?|requests?"),
    "startup": (r"startup prob\w+", _PROBE),
    "liveness": (r"liveness|(?<!/)alive", _PROBE),
    "readiness": (r"readiness|(?<!/)ready", _PROBE),
    "volume": (r"mounted|mounts?|mounting", r"volumes?|emptydir|claims?|disk|storage|persist\w*"),
}
"""Patterns of the words that ask for a part of a container, and of those that may."""


def _pods(name: str, at: int, policy: bool = False) -> str:
    begin = block("restartPolicy: <policy>\n", at) if policy else ""
    container = block("containers:\n  - name: {name}\n    image: <image>\n", at, {"name": name})
    return f"{begin} {container} rest-{at}"


def _head(api: str, kind: str, name: str) -> str:
    labels = block(_LABELS, 0, {"name": name})
    return f"{block(_HEAD, 0, {'api': api, 'kind': kind, 'name': name})} ( {labels} )?"


def _workload(kind: str, extra: str = "") -> Callable[[str], str]:
    def body(name: str) -> str:
        values = {"name": name}
        replicas = "" if kind == "DaemonSet" else "replicas?"
        spec = f'"spec:\\n" {block(extra, 2, values)} {replicas} {block(_SELECTOR, 0, values)} {block(_TEMPLATE, 2, values)}'
        return f"{_head('apps/v1', kind, name)} {spec} {_pods(name, 6)}"

    return body


def _service(name: str) -> str:
    port = block("    - port: <port>\n<target-port?>\n<protocol?>\n")
    selector = block("  selector:\n    app: {name}\n", 0, {"name": name})
    return f'{_head("v1", "Service", name)} "spec:\\n" ( kind-of-service | headless )? {selector} "  ports:\\n" ( {port} | more-port more-port ) '


def _ingress(name: str) -> str:
    template = """\
  rules:
    - host: <host>
      http:
        paths:
          - path: <path>
            pathType: Prefix
            backend:
              service:
                name: {name}
                port:
                  number: <port>
"""
    return f'{_head("networking.k8s.io/v1", "Ingress", name)} "spec:\\n" ingress-class? tls? {block(template, 0, {"name": name})}'


def _data(kind: str, field: str) -> Callable[[str], str]:
    def body(name: str) -> str:
        typed = '"type: Opaque\\n"' if kind == "Secret" else ""
        return f'{_head("v1", kind, name)} {typed} "{field}:\\n" data-0'

    return body


def _job(name: str) -> str:
    return f'{_head("batch/v1", "Job", name)} "spec:\\n" ( "  " backoff )? "  template:\\n    spec:\\n" {_pods(name, 6, policy=True)}'


def _cron_job(name: str) -> str:
    begin = block("  schedule: <schedule>\n<concurrency?>\n<kept-jobs?>\n<failed-jobs?>\n")
    template = '"  jobTemplate:\\n    spec:\\n" ( "      " backoff )? "      template:\\n        spec:\\n"'
    return f'{_head("batch/v1", "CronJob", name)} "spec:\\n" {begin} {template} {_pods(name, 10, policy=True)}'


def _claim(name: str) -> str:
    template = "  accessModes:\n    - <access>\n<storage-class?>\n  resources:\n    requests:\n      storage: <size>\n"
    return f'{_head("v1", "PersistentVolumeClaim", name)} "spec:\\n" {block(template)}'


def _autoscaler(name: str) -> str:
    template = """\
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {name}
<bounds>  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: <percent>
"""
    return f'{_head("autoscaling/v2", "HorizontalPodAutoscaler", name)} "spec:\\n" {block(template, 0, {"name": name})}'


def _network_policy(name: str) -> str:
    chosen = block("  podSelector:\n    matchLabels:\n      app: {name}\n", 0, {"name": name})
    return f'{_head("networking.k8s.io/v1", "NetworkPolicy", name)} "spec:\\n" ( "  podSelector: {{}}\\n" | {chosen} ) "  policyTypes:\\n" policy-types'


def _bounds(request: str) -> str:
    """At least and at most as many pods, in their order."""
    numbers = sorted({int(number) for number in re.findall(r"(?<![\w.])\d{1,2}(?![\w.%])", request) if int(number)})
    pairs = [(low, high) for low in numbers for high in numbers if low < high]
    pairs = pairs or [(1, high) for high in numbers if high > 1] or [(1, 5), (2, 10)]
    return choice(block(f"  minReplicas: {low}\n  maxReplicas: {high}\n") for low, high in pairs[:40])


def _schedule(request: str) -> str:
    cron = re.findall(r"(?:[\d*/,-]+ ){4}[\d*/,-]+", request)
    if cron:
        return choice(f'"\\"{each}\\"" | "\'{each}\'"' for each in cron)
    minutes = [number for number in re.findall(r"(\d{1,2}) minutes?", request) if 0 < int(number) < 60]
    often = (
        choice(f'"*/{number} * * * *"' for number in minutes)
        if minutes
        else '( "0" | [1-5] [0-9] ) " " ( "*" | "*/" [2-9] | [1-9] | "1" [0-9] | "2" [0-3] ) " * * " ( "*" | [0-6] | "1-5" )'
    )
    return f'"\\"" {often} "\\"" | "\'" {often} "\'"'


KINDS: dict[str, Callable[[str], str]] = {
    "Deployment": _workload("Deployment"),
    "StatefulSet": _workload("StatefulSet", "serviceName: {name}\n"),
    "DaemonSet": _workload("DaemonSet"),
    "Service": _service,
    "Ingress": _ingress,
    "ConfigMap": _data("ConfigMap", "data"),
    "Secret": _data("Secret", "stringData"),
    "Job": _job,
    "CronJob": _cron_job,
    "PersistentVolumeClaim": _claim,
    "HorizontalPodAutoscaler": _autoscaler,
    "Namespace": lambda name: block(
        _HEAD.replace("<namespace>", ""), 0, {"api": "v1", "kind": "Namespace", "name": name}
    ),
    "ServiceAccount": lambda name: f"{_head('v1', 'ServiceAccount', name)} no-token?",
    "NetworkPolicy": _network_policy,
}
