"""Whole images of compiled programs, of other languages, and of databases."""

from __future__ import annotations

from training.pairs.dockerfile.parts import Notes, application, environment, image, port, user
from training.pairs.dockerfile.stacks import json
from training.pairs.grammar import Plan, intents
from training.pairs.names import Draw

PYTHON = ("3.9", "3.10", "3.11", "3.12", "3.13")
NODE = ("18", "20", "22", "24")


def go_binary(draw: Draw) -> Plan:
    notes = Notes(draw)
    version, app = notes.hold("version", draw.one(("1.21", "1.22", "1.23", "1.24"))), application(notes)
    package = draw.one((".", f"./cmd/{app}"))
    if package != ".":
        notes.said.append("main package in cmd")
    base, said = draw.one(
        (
            ("gcr.io/distroless/static-debian12:nonroot", "distroless"),
            ("scratch", "scratch"),
            ("alpine:3.20", "alpine 3.20"),
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


INTENTS = intents(
    go_binary, rust_binary, java_maven, dotnet_service, ruby_web, php_apache, cpp_binary, elixir_release, custom_database,
)  # fmt: skip
