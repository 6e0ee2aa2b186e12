"""Container images as rules: those of the request, and well-known ones that it names without a tag."""

from __future__ import annotations

import re

from completion.scripts.grammar.mentions import Mentions
from completion.scripts.grammar.notation import choice, literal, words

KNOWN = {
    "python": "python", "node": "node", "nodejs": "node", "golang": "golang", "go": "golang", "rust": "rust",
    "php": "php", "ruby": "ruby", "rails": "ruby", "java": "eclipse-temurin", "nginx": "nginx", "httpd": "httpd", "alpine": "alpine",
    "ubuntu": "ubuntu", "debian": "debian", "busybox": "busybox", "postgres": "postgres", "postgresql": "postgres",
    "mysql": "mysql", "mariadb": "mariadb", "redis": "redis", "mongo": "mongo", "mongodb": "mongo", "rabbitmq": "rabbitmq",
    "memcached": "memcached", "elasticsearch": "elasticsearch", "traefik": "traefik", "caddy": "caddy", "wordpress": "wordpress",
    "grafana": "grafana/grafana", "prometheus": "prom/prometheus", "minio": "minio/minio", "adminer": "adminer",
    "perl": "perl", "deno": "denoland/deno", "bun": "oven/bun", "dotnet": "mcr.microsoft.com/dotnet/sdk",
}  # fmt: skip
"""Names of the Docker Hub (and of one other registry) by the word that people say."""

_FRAMEWORKS = {
    "django": "python", "flask": "python", "fastapi": "python", "express": "node", "react": "node", "next.js": "node",
    "vue": "node", "angular": "node", "npm": "node", "pip": "python", "cargo": "rust", "maven": "maven", "gradle": "gradle",
    "spring": "eclipse-temurin", "laravel": "php", "sinatra": "ruby", "hapi": "node", "nest": "node", "koa": "node",
}  # fmt: skip
_VERSION = re.compile(r"\d{1,4}(?:\.\d{1,3}){0,2}(?:-[a-z0-9.]+)*")
_FLAVOURS = ("-slim", "-alpine", "-bookworm", "-slim-bookworm", "-jdk", "-jre", "-apache", "-fpm", "-cli")


def known(mentions: Mentions) -> tuple[str, ...]:
    """Images of the request without a tag, the most certain first."""
    said = [word.lower() for word in mentions.words]
    found = [KNOWN[word] for word in said if word in KNOWN]
    return tuple(dict.fromkeys((*found, *(_FRAMEWORKS[word] for word in said if word in _FRAMEWORKS))))


def image(mentions: Mentions) -> str:
    """A body: an image with a tag or a digest; of the request where it names one."""
    ways: list[str] = [words(mentions.images)] if mentions.images else []
    versions = [word for word in mentions.words if _VERSION.fullmatch(word)]
    tag = f"{words(versions)} {_flavour()}" if versions else f'[1-9] [0-9]{{0,1}} ( "." [0-9]{{1,2}} )? {_flavour()}'
    bases = known(mentions)
    if bases:
        # A second stage runs what the first has built on something small.
        small = () if mentions.images else ('"alpine:3.20"', '"debian:bookworm-slim"', '"nginx:1.27-alpine"')
        ways += [f'{words(bases)} ":" {tag}', *small]
    if not ways:
        ways.append('[a-z] [a-z0-9]{1,20} ( "/" [a-z] [a-z0-9]{1,20} ){0,2} ":" [0-9] [0-9.]{0,6} [0-9]')
    return choice(ways)


def _flavour() -> str:
    return f"( {' | '.join(literal(each) for each in _FLAVOURS)} )?"
