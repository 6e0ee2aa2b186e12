"""Compose files as a grammar: the services that a request names, each with what belongs to it.

A service may depend on those that are certain to be there, and use the volumes that the file declares.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from completion.scripts.grammar import images, mentions
from completion.scripts.grammar.mentions import Mentions
from completion.scripts.grammar.notation import Rules, add, literal, written
from completion.scripts.grammar.yaml_blocks import add_values
from completion.scripts.types import ScriptRequest

_MOST_SERVICES = 4
# What a well-known image is called as a service, its port, and where it keeps its data.
_USUAL = {
    "postgres": ("db", "5432", "/var/lib/postgresql/data"),
    "mysql": ("db", "3306", "/var/lib/mysql"),
    "mariadb": ("db", "3306", "/var/lib/mysql"),
    "mongo": ("mongo", "27017", "/data/db"),
    "redis": ("redis", "6379", "/data"),
    "rabbitmq": ("rabbitmq", "5672", "/var/lib/rabbitmq"),
    "nginx": ("web", "80", ""),
    "traefik": ("proxy", "80", ""),
    "caddy": ("proxy", "80", "/data"),
    "minio/minio": ("minio", "9000", "/data"),
    "adminer": ("adminer", "8080", ""),
    "grafana/grafana": ("grafana", "3000", "/var/lib/grafana"),
    "prom/prometheus": ("prometheus", "9090", "/prometheus"),
    "elasticsearch": ("elasticsearch", "9200", "/usr/share/elasticsearch/data"),
    "wordpress": ("wordpress", "80", "/var/www/html"),
    "memcached": ("memcached", "11211", ""),
    "httpd": ("web", "80", ""),
}
_VARIABLES = {
    "postgres": ("POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB"),
    "mysql": ("MYSQL_ROOT_PASSWORD", "MYSQL_DATABASE", "MYSQL_USER", "MYSQL_PASSWORD"),
    "mariadb": ("MARIADB_ROOT_PASSWORD", "MARIADB_DATABASE", "MARIADB_USER", "MARIADB_PASSWORD"),
    "mongo": ("MONGO_INITDB_ROOT_USERNAME", "MONGO_INITDB_ROOT_PASSWORD"),
    "rabbitmq": ("RABBITMQ_DEFAULT_USER", "RABBITMQ_DEFAULT_PASS"),
    "minio/minio": ("MINIO_ROOT_USER", "MINIO_ROOT_PASSWORD"),
    "wordpress": ("WORDPRESS_DB_HOST", "WORDPRESS_DB_USER", "WORDPRESS_DB_PASSWORD", "WORDPRESS_DB_NAME"),
}
_HEALTH = {
    "postgres": "pg_isready -U postgres",
    "redis": "redis-cli ping",
    "mysql": "mysqladmin ping -h localhost",
    "mariadb": "healthcheck.sh --connect",
    "mongo": "mongosh --quiet --eval 1",
    "rabbitmq": "rabbitmq-diagnostics -q ping",
}
_BUILT = re.compile(
    r"\b(?:app|application|api|backend|frontend|build|built|dockerfile|worker|django|flask|fastapi|express|node|python|"
    r"rails)\b",
    re.I,
)
_PARTS = {
    "ports": r"ports?|expos\w+|publish\w*|reachable|on \d+|listen\w*|serv\w+|web|http",
    "environment": r"env\w*|variables?|passwords?|settings?|users?|database|postgres\w*|mysql|mariadb|mongo\w*|[A-Z]+_[A-Z]+",
    "volumes": r"volumes?|persist\w*|data|mount\w*|keep\w*|kept|stor\w+|database|survive\w*|\./\w*",
    "healthcheck": r"health\w*|ready|readiness",
    "restart": r"restart\w*|always|unless|reboots?",
    "command": r"commands?|runs?|running",
}


@dataclass(frozen=True, slots=True)
class Service:
    """A service with its image as a body ("" where it is built here), its port and where it keeps data."""

    name: str
    image: str = ""
    base: str = ""
    port: str = ""
    folder: str = ""


def grammar(request: ScriptRequest, opening: str = "") -> str:
    """The grammar of a compose file; "" behind an opening."""
    if opening.strip():
        return ""
    said = mentions.of(request.request)
    rules: Rules = {}
    add_values(rules, said, request.request)
    _parts(rules)
    wanted = {part for part, meant in _PARTS.items() if re.search(rf"(?:\b|(?<=\s))(?:{meant})", request.request, re.I)}
    add(rules, "root", _file(rules, _services(said, request.request), wanted, said))
    return written(rules)


def _services(said: Mentions, request: str) -> list[Service]:
    """The services that a request names, the one that is built here first."""
    tagged = {image.rpartition(":")[0]: image for image in said.images}
    found: dict[str, Service] = {}
    if _BUILT.search(request):
        name = "api" if re.search(r"\bapi\b", request, re.I) else "app"
        found[name] = Service(name)
    known = [base for base in images.known(said) if base in _USUAL]
    for base in dict.fromkeys((*known, *tagged)):
        plain = re.sub(r"[^a-z0-9]", "", base.rpartition("/")[2].lower()) or "app"
        name, port, folder = _USUAL.get(base, (plain, "", ""))
        found.setdefault(name, Service(name, _image(base, tagged.get(base, ""), request), base, port, folder))
    return list(found.values())[:_MOST_SERVICES] or [Service("app", "image")]


def _image(base: str, tagged: str, request: str) -> str:
    if tagged:
        return literal(tagged)
    called = "|".join(word for word, name in images.KNOWN.items() if name == base)
    version = re.search(rf"\b(?:{called})[ :v]+(\d[\w.]*)", request, re.I)
    if version:
        return literal(f"{base}:{version[1].rstrip('.')}") + ' ( "-alpine" )?'
    return f'{literal(f"{base}:")} [1-9] [0-9]? ( "." [0-9] [0-9]? )?'


def _parts(rules: Rules) -> None:
    add(rules, "passed", '"${" variable ( ":-" [a-z0-9_-]{1,16} )? "}"')
    add(rules, "restart", '"    restart: " ( "unless-stopped" | "always" | "on-failure" ) "\\n"')
    add(rules, "command", '"    command: " ( quoted | plain-text ) "\\n"')
    add(rules, "second", '[1-9] [0-9]? "s\\n"')
    often = '"      interval: " second ( "      timeout: " second )? ( "      retries: " [1-9] "\\n" )?'
    add(rules, "often", often)
    add(rules, "bind", '"      - ./" [a-z] [a-z0-9_./-]{0,14} ":" folder ( ":ro" )? "\\n"')
    add(rules, "built", '"    build: ." ( "/" [a-z] [a-z0-9_-]{1,16} )? "\\n"')


def _file(rules: Rules, services: list[Service], wanted: set[str], said: Mentions) -> str:
    named = tuple(word for word in said.words if re.fullmatch(r"[A-Z][A-Z0-9]*_[A-Z0-9_]+", word))
    held = [each for each in services if each.folder and "volumes" in wanted]
    parts = ['"services:\\n"']
    for index, each in enumerate(services):
        others = [other.name for other in services[1:]] if index == 0 else []
        lines = [literal(f"  {each.name}:\n"), f'"    image: " {each.image} "\\n"' if each.image else "built"]
        lines += _optional(each, wanted, named)
        if each in held:
            lines.append(literal(f"    volumes:\n      - {each.name}-data:{each.folder}\n"))
        elif "volumes" in wanted:
            lines.append('( "    volumes:\\n" bind )?')
        parts.append(add(rules, f"service-{index}", " ".join((*lines, _depends(others)))))
    if held:
        parts += ['"\\n"? "volumes:\\n"', *(literal(f"  {each.name}-data:\n") for each in held)]
    return " ".join(parts)


def _optional(service: Service, wanted: set[str], named: tuple[str, ...]) -> list[str]:
    lines = ["restart?"] if "restart" in wanted else []
    if "command" in wanted and not service.folder:
        lines.append("command?")
    if "environment" in wanted:
        lines.append(_environment(_VARIABLES.get(service.base, named)))
    if "ports" in wanted:
        inside = literal(service.port) if service.port else "port"
        lines.append(f'( "    ports:\\n      - \\"" ( "127.0.0.1:" )? port ":" {inside} "\\"\\n" )?')
    if "healthcheck" in wanted and service.base in _HEALTH:
        test = f'    healthcheck:\n      test: ["CMD-SHELL", "{_HEALTH[service.base]}"]\n'
        lines.append(f"{literal(test)} often")
    return lines


def _environment(names: tuple[str, ...]) -> str:
    """Each variable once, in this order, and at least one; a free one where none is known."""
    value = '": " ( passed | quoted | plain-text ) "\\n"'
    lines = [f"{literal(f'      {name}')} {value}" for name in names[:6]] or [f'"      " variable {value}']
    first, *more = lines
    return f'( "    environment:\\n" {first} {" ".join(f"( {line} )?" for line in more)} )?'


def _depends(others: list[str]) -> str:
    """Some of the others, which the file has for certain."""
    if not others:
        return ""
    first, *more = [literal(f"      - {other}\n") for other in others]
    return f'( "    depends_on:\\n" {first} {" ".join(f"{each}?" for each in more)} )?'
