"""Kubernetes manifests as grammars: the skeleton of each kind that a request names, with values of the right type.

The names that must agree (of the object, its labels and its selector) are one name of the request, spelled out for
each that it can be. Fields and their order are ours; a test holds them against the schemas.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from completion.scripts.grammar import mentions
from completion.scripts.grammar.kubernetes_kinds import KINDS, add_parts
from completion.scripts.grammar.mentions import Mentions
from completion.scripts.grammar.notation import Rules, add, choice, written
from completion.scripts.grammar.yaml_blocks import add_values
from completion.scripts.types import ScriptRequest

_MOST_NAMES = 5
_SAID: tuple[tuple[str, str], ...] = (
    ("ServiceAccount", r"service ?accounts?"),
    ("HorizontalPodAutoscaler", r"hpas?|(?:horizontal ?)?(?:pod ?)?auto-?scal\w*|scales? .*\bcpu"),
    ("PersistentVolumeClaim", r"pvcs?|persistent ?volume ?claims?|volume ?claims?|storage claims?|claims?"),
    ("StatefulSet", r"stateful ?sets?"),
    ("DaemonSet", r"daemon ?sets?|(?:each|every|all) nodes?"),
    ("CronJob", r"cron ?jobs?|cron|schedul\w+|nightly|hourly|daily|weekly|every (?:\d+ )?(?:minutes?|hours?|days?|night|morning|week|month)"),
    ("Job", r"(?<!cron)(?<!cron )jobs?|one-off|once"),
    ("Ingress", r"ingress(?:es)?|rout(?:e|es|ing) (?:host|traffic)"),
    ("ConfigMap", r"config ?maps?"),
    ("Secret", r"secrets?"),
    ("Namespace", r"(?:create|make|new|a|the) namespaces?|^namespaces?"),
    ("NetworkPolicy", r"network ?polic\w+|(?:incoming|outgoing|ingress|egress) traffic|deny|egress"),
    ("Deployment", r"deploy\w*|replicas?|pods?"),
    ("Service", r"(?<!headless )services?(?! ?accounts?)|headless service|load ?balancer|node ?port|expos\w+|cluster ?ip"),
)  # fmt: skip
_OTHERS = re.compile(
    r"\b(?:cluster)?roles?(?:bindings?)?\b|\brbac\b|\bdisruption\b|\bpdbs?\b|\bquotas?\b|\blimit ?ranges?\b|\bcrds?\b|"
    r"\bcustom resources?\b|\bpersistent ?volumes?\b(?! ?claims?)|\bstorage ?class(?:es)?\b(?! \w)|\bpriority ?class|\bkustom|\bhelm\b",
    re.I,
)
# Words that name kinds and values, and no object.
_NO_NAMES = frozenset(
    "deployment deployments service services ingress secret secrets configmap config map job jobs cronjob cron statefulset "
    "daemonset hpa pvc claim claims volume persistent namespace account serviceaccount network policy pod pods port ports "
    "replica replicas image container containers cpu memory limit limits request requests probe probes liveness readiness "
    "http https tcp udp host path kubernetes cluster node nodes storage data key keys env environment variable variables "
    "autoscaler autoscaling horizontal min max between up down every each minutes minute hours hour daily nightly running "
    "runs run serving serve serves type clusterip nodeport loadbalancer load balancer headless called named name label "
    "labels value values mount mounted mounts access mode restart backoff once command true false yes null off args default class size schedule".split()
)


def grammar(request: ScriptRequest, opening: str = "") -> str:
    """The grammar of the manifests that the request names, in its order; "" behind an opening that is within one."""
    if opening.strip() and not opening.rstrip().endswith(("---", "\n")):
        return ""
    if _OTHERS.search(request.request):
        return ""
    said = mentions.of(request.request)
    kinds = named(request.request)
    rules: Rules = {}
    add_values(rules, said, request.request)
    add_parts(rules, request.request)
    ways = []
    for index, name in enumerate(_names(said, request.request)):
        documents = [add(rules, f"{kind.lower()}-{index}", KINDS[kind](name)) for kind in kinds]
        ways.append(' "---\\n" '.join(documents))
    add(rules, "root", choice(ways))
    return written(rules)


def named(request: str) -> tuple[str, ...]:
    """The kinds that a request names, in the order in which it does; a Deployment where it names none."""
    text = request.lower()
    places: dict[str, int] = {}
    for kind, pattern in _SAID:
        match = re.search(rf"(?<![\w-])(?:{pattern})(?![\w-])", text)
        if match:
            places[kind] = match.start()
    # A general word counts only where nothing names its thing more exactly.
    others = set(places) - {"Deployment"}
    if others - {"Service"} and not re.search(r"\bdeployments?\b", text):
        places.pop("Deployment", None)
    if "CronJob" in places and not re.search(r"\bjobs?\b.*\band\b.*\bcron|cron.*\band\b.*\bjobs?\b", text):
        places.pop("Job", None)
    if (
        "HorizontalPodAutoscaler" in places
        and "Deployment" in places
        and re.search(r"(?:of|for|the|scale\w*) (?:the )?deployment", text)
    ):
        places.pop("Deployment")
    if (
        {"Ingress", "HorizontalPodAutoscaler"} & set(places)
        and "Service" in places
        and not re.search(r"\band an? service|\bservice and\b|\bservice,", text)
    ):
        places.pop("Service")
    return tuple(sorted(places, key=lambda kind: places[kind]))[:4] or ("Deployment",)


def _names(said: Mentions, request: str) -> Sequence[str]:
    """What the object may be called: what is introduced as a name first, then words with hyphens, then others."""
    introduced = re.findall(
        r"\b(?:called|named|name|for|of|to|deployment|service|job|cronjob|secret|configmap|claim|account|ingress|daemonset|statefulset|namespace) ([a-z0-9][a-z0-9-]*[a-z0-9])\b",
        request,
    )
    hyphens = [name for name in said.names if "-" in name]
    rest = [name for name in said.names if re.match("[a-z]", name) and len(name) > 2]
    images = [re.sub(r"[^a-z0-9-]", "-", image.rpartition("/")[2].partition(":")[0]) for image in said.images]
    for group in ((*introduced, *hyphens), images, rest):
        found = [name for name in dict.fromkeys(group) if _fits(name)]
        if found:
            return found[:_MOST_NAMES]
    return ("app",)


def _fits(name: str) -> bool:
    """Whether an object may be called so: a name of DNS, and no word of the trade."""
    shaped = re.fullmatch(r"[a-z][a-z0-9-]{0,45}[a-z0-9]", name) is not None
    return (
        shaped and name not in _NO_NAMES | mentions.COMMON and not re.fullmatch(r"\w+-(?:name|port|probe|node)", name)
    )
