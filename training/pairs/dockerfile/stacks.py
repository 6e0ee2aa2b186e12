"""Whole images, one function a stack."""

from __future__ import annotations

from training.pairs.dockerfile.parts import Notes, application, environment, health, image, labels, port, user
from training.pairs.grammar import Plan, intents
from training.pairs.names import Draw

PYTHON = ("3.9", "3.10", "3.11", "3.12", "3.13")
NODE = ("18", "20", "22", "24")


def json(*words: str) -> str:
    """A command in JSON form."""
    return "[" + ", ".join(f'"{word}"' for word in words) + "]"


def python_web(draw: Draw) -> Plan:
    notes = Notes(draw)
    version, port_ = notes.hold("version", draw.one(PYTHON)), port(notes)
    name, command = draw.one((
        ("fastapi", json("uvicorn", "main:app", "--host", "0.0.0.0", "--port", port_)), ("flask", json("gunicorn", "--bind", f"0.0.0.0:{port_}", "app:app")),
        ("django", json("gunicorn", "config.wsgi:application", "--bind", f"0.0.0.0:{port_}")), ("streamlit", json("streamlit", "run", "app.py", f"--server.port={port_}", "--server.address=0.0.0.0")),
        ("starlette", json("uvicorn", "app.main:app", "--host", "0.0.0.0", "--port", port_)),
    ))  # fmt: skip
    framework = notes.hold("framework", "", name)
    heads = (
        f"python {version} image for a {framework} app",
        f"Dockerfile for a {framework} [service|app|api] [on|with] python {version}",
        f"{framework} application, python {version}",
        f"~container for {framework} using python {version}",
    )
    lines = [f"FROM python:{version}-slim", *_dont_write(draw), *environment(notes), *labels(notes), "WORKDIR /app", *_requirements(notes), "COPY . .", *user(notes, "apt"),
             f"EXPOSE {port_}", *health(notes, "python", port_), f"CMD {command}"]  # fmt: skip
    return image(notes, heads, lines)


def python_script(draw: Draw) -> Plan:
    notes = Notes(draw)
    version, script = notes.hold("version", draw.one(PYTHON)), notes.hold("script", f"{draw.noun()}.py")
    heads = (
        f"python {version} image that runs {script}",
        f"run {script} on python {version}",
        f"Dockerfile for the script {script}, python {version}",
    )
    lines = [
        f"FROM python:{version}-slim",
        *environment(notes),
        "WORKDIR /app",
        *_requirements(notes),
        f"COPY {script} .",
        *user(notes, "apt"),
        f"⟦CMD¦ENTRYPOINT⟧ {json('python', script)}",
    ]
    return image(notes, heads, lines)


def python_poetry(draw: Draw) -> Plan:
    notes = Notes(draw)
    version, module = notes.hold("version", draw.one(PYTHON[1:])), notes.hold("module", draw.noun())
    tool = draw.one(("poetry", "uv"))
    heads = (
        f"python {version} image with {tool} that runs the module {module}",
        f"{tool} project on python {version}, start python -m {module}",
    )
    if tool == "poetry":
        pin = draw.one(("1.8.3", "2.0.1", "2.1.1"))
        install = [
            f"RUN pip install --no-cache-dir poetry=={pin}",
            "COPY pyproject.toml poetry.lock ./",
            "RUN poetry config virtualenvs.create false && poetry install --only main --no-root",
        ]
        command = json("python", "-m", module)
    else:
        install = [
            "COPY --from=ghcr.io/astral-sh/uv:0.5 /uv /bin/uv",
            "COPY pyproject.toml uv.lock ./",
            "RUN uv sync --frozen --no-dev --no-install-project",
        ]
        command = json("uv", "run", "python", "-m", module)
    lines = [
        f"FROM python:{version}-slim",
        *environment(notes),
        "WORKDIR /app",
        *install,
        "COPY . .",
        *user(notes, "apt"),
        f"CMD {command}",
    ]
    return image(notes, heads, lines)


def python_two_stages(draw: Draw) -> Plan:
    notes = Notes(draw)
    version, port_ = notes.hold("version", draw.one(PYTHON)), port(notes)
    heads = (
        f"two stage python {version} image with a virtual environment",
        f"multi-stage build for a python {version} service, packages in /venv",
    )
    lines = [f"FROM python:{version} AS build", "RUN python -m venv /venv", "ENV PATH=/venv/bin:$PATH", "COPY requirements.txt .", "RUN pip install --no-cache-dir -r requirements.txt", "", f"FROM python:{version}-slim",
             "ENV PATH=/venv/bin:$PATH", "WORKDIR /app", "COPY --from=build /venv /venv", "COPY . .", *user(notes, "apt"), f"EXPOSE {port_}", *health(notes, "python", port_),
             f"CMD {json('gunicorn', '--bind', f'0.0.0.0:{port_}', 'app:app')}"]  # fmt: skip
    lines[3] = "WORKDIR /src\nCOPY requirements.txt ./"
    return image(notes, heads, lines)


def celery_worker(draw: Draw) -> Plan:
    notes = Notes(draw)
    version, module, count = (
        notes.hold("version", draw.one(PYTHON)),
        notes.hold("module", draw.noun()),
        notes.hold("count", draw.number(1, 16)),
    )
    heads = (
        f"celery worker for {module} on python {version} with {count} processes",
        f"python {version} image of a celery worker, app {module}, concurrency {count}",
    )
    lines = [
        f"FROM python:{version}-slim",
        *environment(notes),
        "WORKDIR /app",
        *_requirements(notes),
        "COPY . .",
        *user(notes, "apt"),
        f"CMD {json('celery', '-A', module, 'worker', f'--concurrency={count}')}",
    ]
    return image(notes, heads, lines)


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


def go_binary(draw: Draw) -> Plan:
    notes = Notes(draw)
    version, app = notes.hold("version", draw.one(("1.21", "1.22", "1.23", "1.24"))), application(notes)
    package = draw.one((".", f"./cmd/{app}"))
    if package != ".":
        notes.said.append("main package in cmd")
    base, said, ready = draw.one(
        (
            ("gcr.io/distroless/static-debian12:nonroot", "distroless", ""),
            ("scratch", "scratch", ""),
            ("alpine:3.20", "alpine 3.20", ""),
        )
    )
    final = notes.hold("base", base, said)
    heads = (
        f"multi-stage build of the go {version} program {app} on {final}",
        f"go {version} binary {app} in a {final} image",
        f"two stages: build {app} with go {version}, ship it on {final}",
    )
    mount = draw.chance(0.25)
    if mount:
        notes.said.append("with [a |]cache mount[s|] for the build")
    cache = "--mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build " if mount else ""
    tail = [f"EXPOSE {port(notes)}"] if draw.chance(0.4) else []
    lines = [f"FROM golang:{version} AS build", "WORKDIR /src", "COPY go.mod go.sum ./", f"RUN {cache.split(' --')[0] + ' ' if cache else ''}go mod download", "COPY . .", f"RUN {cache}CGO_ENABLED=0 go build -o /bin/{app} {package}", "",
             f"FROM {final}", f"COPY --from=build /bin/{app} /{app}", *tail, f"ENTRYPOINT {json('/' + app)}"]  # fmt: skip
    return image(notes, heads, lines)


def rust_binary(draw: Draw) -> Plan:
    notes = Notes(draw)
    version, app = notes.hold("version", f"1.{draw.number(70, 84)}"), application(notes)
    heads = (
        f"multi-stage build of the rust {version} program {app} on debian slim",
        f"rust {version} binary {app}, final image debian slim",
    )
    lines = [
        f"FROM rust:{version} AS build",
        "WORKDIR /src",
        "COPY . .",
        "RUN cargo build --release",
        "",
        "FROM debian:bookworm-slim",
        *environment(notes),
        f"COPY --from=build /src/target/release/{app} /usr/local/bin/{app}",
        *user(notes, "apt"),
        f"CMD {json(app)}",
    ]
    return image(notes, heads, lines)


def java_maven(draw: Draw) -> Plan:
    notes = Notes(draw)
    version, port_ = notes.hold("version", draw.one(("17", "21"))), port(notes)
    tool, image_, copy, build, jar = draw.one((
        ("maven", "maven:3.9-eclipse-temurin-", "COPY pom.xml .\nRUN mvn -q dependency:go-offline\nCOPY src ./src", "RUN mvn -q package -DskipTests", "/src/target/*.jar"),
        ("gradle", "gradle:8-jdk", "COPY . .", "RUN gradle bootJar --no-daemon", "/src/build/libs/*.jar"),
    ))  # fmt: skip
    framework = notes.hold("framework", "", draw.one(("spring boot", "quarkus", "micronaut", "java")))
    heads = (
        f"multi-stage {framework} image built with {tool}, java {version}",
        f"{framework} service on java {version}: {tool} build, then only the jre",
        f"java {version} {framework} app with {tool} in two stages",
    )
    lines = [
        f"FROM {image_}{version} AS build",
        "WORKDIR /src",
        copy,
        build,
        "",
        f"FROM eclipse-temurin:{version}-jre",
        *environment(notes),
        "WORKDIR /app",
        f"COPY --from=build {jar} app.jar",
        *user(notes, "apt"),
        f"EXPOSE {port_}",
        f"ENTRYPOINT {json('java', '-jar', 'app.jar')}",
    ]
    return image(notes, heads, lines)


def dotnet_service(draw: Draw) -> Plan:
    notes = Notes(draw)
    version = notes.hold("version", draw.one(("8.0", "9.0")))
    project, port_ = notes.hold("project", "".join(part.title() for part in draw.noun().split("_"))), port(notes)
    heads = (
        f"multi-stage image for the .net {version} project {project}",
        f".net {version} web api {project}, sdk to build and aspnet to run",
    )
    lines = [f"FROM mcr.microsoft.com/dotnet/sdk:{version} AS build", "WORKDIR /src", "COPY . .", f"RUN dotnet publish {project}.csproj -c Release -o /out", "", f"FROM mcr.microsoft.com/dotnet/aspnet:{version}", "WORKDIR /app", "COPY --from=build /out .",
             f"ENV ASPNETCORE_HTTP_PORTS={port_}", f"EXPOSE {port_}", f"ENTRYPOINT {json('dotnet', f'{project}.dll')}"]  # fmt: skip
    return image(notes, heads, lines)


def ruby_web(draw: Draw) -> Plan:
    notes = Notes(draw)
    version, port_ = notes.hold("version", draw.one(("3.1", "3.2", "3.3", "3.4"))), port(notes)
    name, command = draw.one(
        (
            ("rails", json("bin/rails", "server", "-b", "0.0.0.0", "-p", port_)),
            ("sinatra", json("bundle", "exec", "rackup", "--host", "0.0.0.0", "--port", port_)),
        )
    )
    framework = notes.hold("framework", "", name)
    heads = (f"ruby {version} image for a {framework} app", f"{framework} on ruby {version}")
    lines = [
        f"FROM ruby:{version}⟦-slim¦⟧",
        *environment(notes),
        "WORKDIR /app",
        "COPY Gemfile Gemfile.lock ./",
        "RUN bundle install",
        "COPY . .",
        *user(notes, "apt"),
        f"EXPOSE {port_}",
        f"CMD {command}",
    ]
    return image(notes, heads, lines)


def php_apache(draw: Draw) -> Plan:
    notes = Notes(draw)
    version, folder = (
        notes.hold("version", draw.one(("8.1", "8.2", "8.3", "8.4"))),
        notes.hold("folder", draw.one(("public", "src", "www", "html", "web"))),
    )
    names = draw.some(("pdo_mysql", "mysqli", "opcache", "bcmath", "pcntl", "exif"), 1, 3)
    held = [notes.hold(f"ext{number}", name) for number, name in enumerate(names)]
    heads = (
        f"php {version} with apache and the extensions {', '.join(held)}, serving {folder}",
        f"apache image with php {version} for {folder}, extensions {' and '.join(held)}",
    )
    lines = [
        f"FROM php:{version}-apache",
        f"RUN docker-php-ext-install {' '.join(held)}",
        *environment(notes),
        f"COPY {folder}/ /var/www/html/",
        "EXPOSE 80",
    ]
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


def cpp_binary(draw: Draw) -> Plan:
    notes = Notes(draw)
    version, app = notes.hold("version", draw.one(("12", "13", "14"))), application(notes)
    heads = (
        f"build the c++ program {app} with cmake on gcc {version} and ship it on debian slim",
        f"cmake build of {app} with gcc {version}, two stages, debian slim at the end",
    )
    lines = [f"FROM gcc:{version} AS build", "RUN apt-get update && apt-get install -y --no-install-recommends cmake && rm -rf /var/lib/apt/lists/*", "WORKDIR /src", "COPY . .",
             "RUN cmake -S . -B build -DCMAKE_BUILD_TYPE=Release && cmake --build build", "", "FROM debian:bookworm-slim", f"COPY --from=build /src/build/{app} /usr/local/bin/{app}", *user(notes, "apt"), f"ENTRYPOINT {json(app)}"]  # fmt: skip
    return image(notes, heads, lines)


def elixir_release(draw: Draw) -> Plan:
    notes = Notes(draw)
    version, app, port_ = (
        notes.hold("version", draw.one(("1.15", "1.16", "1.17", "1.18"))),
        notes.hold("app", draw.noun()),
        port(notes),
    )
    heads = (
        f"elixir {version} release of {app} in two stages",
        f"phoenix app {app}: mix release with elixir {version}, then a small image",
    )
    lines = [f"FROM elixir:{version} AS build", "WORKDIR /app", "ENV MIX_ENV=prod", "RUN mix local.hex --force && mix local.rebar --force", "COPY mix.exs mix.lock ./", "RUN mix deps.get --only prod", "COPY . .", "RUN mix release", "",
             "FROM debian:bookworm-slim", "WORKDIR /app", f"COPY --from=build /app/_build/prod/rel/{app} ./", *user(notes, "apt"), f"EXPOSE {port_}", f"CMD {json(f'bin/{app}', 'start')}"]  # fmt: skip
    return image(notes, heads, lines)


def custom_database(draw: Draw) -> Plan:
    notes = Notes(draw)
    name, versions, folder = draw.one(
        (
            ("postgres", ("14", "15", "16", "17"), "/docker-entrypoint-initdb.d/"),
            ("mysql", ("8.0", "8.4"), "/docker-entrypoint-initdb.d/"),
            ("mariadb", ("10.11", "11.4"), "/docker-entrypoint-initdb.d/"),
        )
    )
    version, script, database = (
        notes.hold("version", draw.one(versions)),
        notes.hold("script", f"{draw.one(('init', 'schema', draw.noun()))}.sql"),
        notes.hold("database", draw.noun()),
    )
    variable = {"postgres": "POSTGRES_DB", "mysql": "MYSQL_DATABASE", "mariadb": "MARIADB_DATABASE"}[name]
    heads = (
        f"{name} {version} with the database {database} that runs {script} at the first start",
        f"{name} {version} image, database {database}, initialised with {script}",
    )
    return image(notes, heads, [f"FROM {name}:{version}", f"ENV {variable}={database}", f"COPY {script} {folder}"])


def _dont_write(draw: Draw) -> list[str]:
    return draw.one(([], [], ["ENV PYTHONUNBUFFERED=1"], ["ENV PYTHONDONTWRITEBYTECODE=1 \\\n    PYTHONUNBUFFERED=1"]))


def _requirements(notes: Notes) -> list[str]:
    if notes.draw.chance(0.2):
        notes.said.append("[with a |]pip cache mount")
        return [
            "COPY requirements.txt .",
            "RUN --mount=type=cache,target=/root/.cache/pip pip install -r requirements.txt",
        ]
    return ["COPY requirements.txt ⟦.¦./⟧", "RUN pip install --no-cache-dir -r requirements.txt"]


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
    python_web, python_script, python_poetry, python_two_stages, celery_worker, node_server, node_built, static_site, plain_site,
    go_binary, rust_binary, java_maven, dotnet_service, ruby_web, php_apache, deno_server, cpp_binary, elixir_release, custom_database,
)  # fmt: skip
