"""The skeletons of Kubernetes' kinds: which fields, in which order and how far in, with places for values.

`KINDS` holds a function from an object's name to the body of its rule.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from completion.scripts.grammar.kubernetes_pods import add_containers
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
    add_containers(rules, request)


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
