"""Whole images of JavaScript applications and of sites."""

from __future__ import annotations

from training.pairs.dockerfile.parts import Notes, environment, health, image, labels, port, user
from training.pairs.dockerfile.stacks import json
from training.pairs.grammar import Plan, intents
from training.pairs.names import Draw

PYTHON = ("3.9", "3.10", "3.11", "3.12", "3.13")
NODE = ("18", "20", "22", "24")


def node_server(draw: Draw) -> Plan:
    notes = Notes(draw)
    version, port_, entry = (
        notes.hold("version", draw.one(NODE)),
        port(notes),
        notes.hold(
            "entry",
            draw.one(
                (
                    "server.js",
                    "index.js",
                    "app.js",
                    "src/index.js",
                    "src/server.js",
                    f"{draw.noun().replace('_', '-')}.js",
                )
            ),
        ),
    )
    flavour = draw.one(("alpine", "alpine", "slim"))
    framework = notes.hold("framework", "", draw.one(("express", "fastify", "koa", "hapi", "web", "api")))
    heads = (
        f"node {version} image for a {framework} server that starts {entry}",
        f"Dockerfile for a {framework} app on node {version}, entry point {entry}",
        f"{framework} on node {version} [running|starting] {entry}",
    )
    lines = [f"FROM node:{version}-{flavour}", *environment(notes), *labels(notes), "WORKDIR ⟦/app¦/usr/src/app⟧", *_node_install(notes, production=True), "COPY . .", *user(notes, "apk" if flavour == "alpine" else "apt", "node"),
             f"EXPOSE {port_}", *health(notes, "wget" if flavour == "alpine" else "node", port_), f"CMD {json('node', entry)}"]  # fmt: skip
    return image(notes, heads, lines)


def node_built(draw: Draw) -> Plan:
    notes = Notes(draw)
    version, port_ = notes.hold("version", draw.one(NODE)), port(notes)
    name, output, command = draw.one(
        (
            ("nest", "dist", json("node", "dist/main.js")),
            ("typescript", "dist", json("node", "dist/index.js")),
            ("remix", "build", json("npm", "run", "start")),
        )
    )
    framework = notes.hold("framework", "", name)
    heads = (
        f"multi-stage {framework} image on node {version}",
        f"two stage build of a {framework} app, node {version}",
        f"build a {framework} project with node {version} in one stage and run it in another",
    )
    lines = [f"FROM node:{version} AS build", "WORKDIR /app", *_node_install(notes, production=False), "COPY . .", "RUN npm run build", "", f"FROM node:{version}-alpine", *environment(notes), "WORKDIR /app",
             "COPY package*.json ./", "RUN npm ci --omit=dev", f"COPY --from=build /app/{output} ./{output}", *user(notes, "apk", "node"), f"EXPOSE {port_}", *health(notes, "wget", port_), f"CMD {command}"]  # fmt: skip
    return image(notes, heads, lines)


def static_site(draw: Draw) -> Plan:
    notes = Notes(draw)
    version, name = (
        notes.hold("version", draw.one(NODE)),
        draw.one(
            (
                ("react", "build"),
                ("vue", "dist"),
                ("vite", "dist"),
                ("svelte", "dist"),
                ("astro", "dist"),
                ("angular", "dist"),
            )
        ),
    )
    framework, server = notes.hold("framework", "", name[0]), notes.hold("server", draw.one(("1.25", "1.26", "1.27")))
    heads = (
        f"build a {framework} site with node {version} and serve it with nginx {server}",
        f"{framework} frontend: node {version} for the build, nginx {server} to serve",
        f"multi-stage image for a {framework} app, node {version} then nginx {server}",
    )
    extra = []
    if draw.chance(0.4):
        extra = ["COPY ⟦nginx.conf¦default.conf⟧ /etc/nginx/conf.d/default.conf"]
        notes.said.append("with our own nginx config")
    lines = [f"FROM node:{version}⟦-alpine¦⟧ AS build", "WORKDIR /app", *_node_install(notes, production=False), "COPY . .", "RUN npm run build", "", f"FROM nginx:{server}-alpine", *extra,
             f"COPY --from=build /app/{name[1]} /usr/share/nginx/html", "EXPOSE 80"]  # fmt: skip
    return image(notes, heads, lines)


def plain_site(draw: Draw) -> Plan:
    notes = Notes(draw)
    folder = notes.hold("folder", draw.one(("public", "site", "html", "dist", "www", "static", draw.noun())))
    if draw.chance(0.6):
        version = notes.hold("server", draw.one(("1.25", "1.26", "1.27")))
        heads = (f"serve the folder {folder} with nginx {version}", f"nginx {version} image with {folder} as its site")
        lines = [f"FROM nginx:{version}-alpine", *labels(notes), f"COPY {folder}/ /usr/share/nginx/html/", "EXPOSE 80"]
    else:
        version = notes.hold("server", draw.one(("2.7", "2.8", "2.9")))
        heads = (f"serve the folder {folder} with caddy {version}", f"caddy {version} image for the files in {folder}")
        lines = [f"FROM caddy:{version}-alpine", *labels(notes), f"COPY {folder}/ /usr/share/caddy/", "EXPOSE 80"]
    return image(notes, heads, lines)


def deno_server(draw: Draw) -> Plan:
    notes = Notes(draw)
    port_, entry = port(notes), notes.hold("entry", draw.one(("main.ts", "server.ts", "app.ts", f"{draw.noun()}.ts")))
    if draw.chance(0.5):
        version = notes.hold("version", draw.one(("1.46.3", "2.0.6", "2.1.4")))
        heads = (f"deno {version} image that serves {entry}", f"run {entry} with deno {version}")
        lines = [
            f"FROM denoland/deno:{version}",
            *environment(notes),
            "WORKDIR /app",
            "COPY . .",
            f"RUN deno cache {entry}",
            "USER deno",
            f"EXPOSE {port_}",
            f"CMD {json('run', '--allow-net', entry)}",
        ]
    else:
        version = notes.hold("version", draw.one(("1.1", "1.2")))
        heads = (f"bun {version} image that serves {entry}", f"run {entry} with bun {version}")
        lines = [
            f"FROM oven/bun:{version}",
            *environment(notes),
            "WORKDIR /app",
            "COPY package.json bun.lock ./",
            "RUN bun install --frozen-lockfile --production",
            "COPY . .",
            "USER bun",
            f"EXPOSE {port_}",
            f"CMD {json('bun', 'run', entry)}",
        ]
    return image(notes, heads, lines)


def _node_install(notes: Notes, *, production: bool) -> list[str]:
    draw = notes.draw
    if draw.chance(0.2):
        notes.said.append("[with an |]npm cache mount")
        return [
            "COPY package*.json ./",
            f"RUN --mount=type=cache,target=/root/.npm npm ci{' --omit=dev' if production else ''}",
        ]
    if production and draw.chance(0.15):
        notes.said.append("installed with pnpm")
        return ["COPY package.json pnpm-lock.yaml ./", "RUN corepack enable && pnpm install --frozen-lockfile --prod"]
    return [
        "COPY ⟦package*.json¦package.json package-lock.json⟧ ./",
        f"RUN npm ci{' --omit=dev' if production else ''}",
    ]


INTENTS = intents(
    node_server, node_built, static_site, plain_site, deno_server,
)  # fmt: skip
