"""Compose files as a grammar: the services that a request names, each with what belongs to it.

A service may depend on those that are certain to be there, and use the volumes that the file declares.
"""

from __future__ import annotations

import re

from completion.scripts.grammar import images, mentions
from completion.scripts.grammar.mentions import Mentions
from completion.scripts.grammar.notation import Rules, add, choice, literal, words, written
from completion.scripts.grammar.yaml_blocks import add_values, block
from completion.scripts.types import ScriptRequest

_MOST_SERVICES = 4
# What a well-known image is called as a service, its port, and where it keeps its data.
_USUAL = {
    "postgres": ("db", "5432", "/var/lib/postgresql/data"), "mysql": ("db", "3306", "/var/lib/mysql"),
    "mariadb": ("db", "3306", "/var/lib/mysql"), "mongo": ("mongo", "27017", "/data/db"), "redis": ("redis", "6379", "/data"),
    "rabbitmq": ("rabbitmq", "5672", "/var/lib/rabbitmq"), "nginx": ("web", "80", ""), "traefik": ("proxy", "80", ""),
    "caddy": ("proxy", "80", "/data"), "minio/minio": ("minio", "9000", "/data"), "adminer": ("adminer", "8080", ""),
    "grafana/grafana": ("grafana", "3000", "/var/lib/grafana"), "prom/prometheus": ("prometheus", "9090", "/prometheus"),
    "elasticsearch": ("elasticsearch", "9200", "/usr/share/elasticsearch/data"), "wordpress": ("wordpress", "80", "/var/www/html"),
    "memcached": ("memcached", "11211", ""), "httpd": ("web", "80", ""),
}  # fmt: skip
_BUILT = re.compile(
    r"\b(?:app|application|api|backend|frontend|build|dockerfile|worker|django|flask|fastapi|express|node|python|rails|web app)\b",
    re.I,
)
_PARTS = {
    "ports": r"ports?|expos\w+|publish\w*|reachable|on \d+|listen\w*|serv\w+|web|http",
    "environment": r"env\w*|variables?|passwords?|settings?|users?|database|postgres\w*|mysql|mariadb|mongo\w*|[A-Z]+_[A-Z]+",
    "volumes": r"volumes?|persist\w*|data|mount\w*|keep\w*|stor\w+|database|survive\w*",
    "healthcheck": r"health\w*|ready|readiness",
    "restart": r"restart\w*|always|unless|reboots?",
    "command": r"commands?|runs?|running|with \w+ -",
}
_READ_ONLY = "/etc/nginx/conf.d/default.conf"


def grammar(request: ScriptRequest, opening: str = "") -> str:
    """The grammar of a compose file; "" behind an opening."""
    if opening.strip():
        return ""
    said = mentions.of(request.request)
    rules: Rules = {}
    add_values(rules, said, request.request)
    services = _services(said, request.request)
    held = {name: where for name, _, where in services if where}
    _parts(rules, said)
    wanted = {part for part, words_ in _PARTS.items() if re.search(rf"\b(?:{words_})\b", request.request, re.I)}
    ways = (
        [_file(rules, services, wanted, held)] if held and "volumes" in wanted else [_file(rules, services, wanted, {})]
    )
    add(rules, "root", choice(ways))
    return written(rules)


def _services(said: Mentions, request: str) -> list[tuple[str, str, str]]:
    """Name, image as a body ("" for one that is built here) and folder of the data of each service."""
    found: list[tuple[str, str, str]] = []
    tagged = {image.rpartition(":")[0]: image for image in said.images}
    versions = {name: version for name, version in re.findall(r"\b([A-Za-z]+)[ :v]+(\d[\w.-]*\w|\d)\b", request)}
    if _BUILT.search(request):
        found.append(("app" if not re.search(r"\bapi\b", request, re.I) else "api", "", ""))
    said_as = {images.KNOWN[word]: word for word in (word.lower() for word in said.words) if word in images.KNOWN}
    for base in (
        *(base for base in images.known(said) if base in _USUAL),
        *(base for base in tagged if base not in said_as),
    ):
        name, _, folder = _USUAL.get(base, (re.sub(r"[^a-z0-9]", "", base.rpartition("/")[2].lower()) or "app", "", ""))
        version = next((version for word, version in versions.items() if word.lower() == said_as.get(base)), "")
        if base in tagged:
            body = literal(tagged[base])
        elif version:
            body = f'{literal(f"{base}:{version}")} ( "-alpine" )?'
        else:
            body = f'{literal(base + ":")} [1-9] [0-9]? ( "." [0-9] [0-9]? )?'
        if name not in [each[0] for each in found]:
            found.append((name, body, folder))
    return found[:_MOST_SERVICES] or [("app", "image", "")]


def _parts(rules: Rules, said: Mentions) -> None:
    add(rules, "mapping", '"      - \\"" ( "127.0.0.1:" )? port ":" port "\\"\\n"')
    add(rules, "ports", '"    ports:\\n" mapping{1,2}')
    passed = '"${" variable ( ":-" [a-z0-9_-]{1,16} )? "}"'
    add(
        rules,
        "environment",
        f'"    environment:\\n" ( "      " variable ": " ( {passed} | quoted | plain-text ) "\\n" ){{1,3}}',
    )
    add(rules, "restart", '"    restart: " ( "unless-stopped" | "always" | "on-failure" ) "\\n"')
    add(rules, "command", '"    command: " ( quoted | plain-text ) "\\n"')
    add(rules, "second", '[1-9] [0-9]? "s"')
    test = choice(
        literal(text)
        for text in (
            "pg_isready -U postgres",
            "redis-cli ping",
            "mysqladmin ping -h localhost",
            "curl -f http://localhost/",
        )
    )
    add(
        rules,
        "healthcheck",
        f'"    healthcheck:\\n      test: [\\"CMD-SHELL\\", \\"" {test} "\\"]\\n      interval: " second "\\n" ( "      timeout: " second "\\n" )? ( "      retries: " [1-9] "\\n" )?',
    )
    add(rules, "bind", '"      - ./" [a-z] [a-z0-9_./-]{0,24} ":" folder ( ":ro" )? "\\n"')
    add(rules, "built", '"    build: ." ( "/" [a-z] [a-z0-9_-]{1,16} )? "\\n"')


def _file(rules: Rules, services: list[tuple[str, str, str]], wanted: set[str], held: dict[str, str]) -> str:
    parts = ['"services:\\n"']
    names = [name for name, _, _ in services]
    for index, (name, image, _) in enumerate(services):
        others = names[index + 1 :] if index == 0 else []
        depends = _depends(others)
        lines = [literal(f"  {name}:\n"), f'"    image: " {image} "\\n"' if image else "built"]
        lines += ["restart?"] if "restart" in wanted else []
        lines += ["command?"] if "command" in wanted and not held.get(name) else []
        lines += ["environment?"] if "environment" in wanted else []
        lines += ["ports?"] if "ports" in wanted else []
        if name in held:
            lines.append(literal(f"    volumes:\n      - {name}-data:{held[name]}\n"))
        elif "volumes" in wanted:
            lines.append('( "    volumes:\\n" bind{1,2} )?')
        lines += ["healthcheck?"] if "healthcheck" in wanted and not (name in ("app", "api")) else []
        parts.append(add(rules, f"service-{index}", " ".join((*lines, depends))))
    if held:
        parts.append('"\\n"? "volumes:\\n"')
        parts += [literal(f"  {name}-data:\n") for name in held]
    return " ".join(parts)


def _depends(others: list[str]) -> str:
    """Any of the others, the first one at least, which the file has for certain."""
    if not others:
        return ""
    first, *more = [literal(f"      - {other}\n") for other in others]
    return f'( "    depends_on:\\n" {first} {" ".join(f"{each}?" for each in more)} )?'
