"""Single instructions asked for inside a Dockerfile that is there already."""

from __future__ import annotations

from training.pairs.dockerfile.parts import PORTS, USERS, Notes, Probe, add_user, health, image, request, variable
from training.pairs.dockerfile.stacks import json
from training.pairs.grammar import Plan, intents
from training.pairs.names import Draw

PACKAGES = tuple(
    "curl git ca-certificates build-essential libpq-dev gcc make unzip jq tzdata ffmpeg imagemagick libxml2 openssh-client gnupg wget rsync vim-tiny netcat-openbsd postgresql-client default-jre-headless graphviz".split()
)


def health_check(draw: Draw) -> Plan:
    notes = Notes(draw)
    port = notes.hold("port", draw.one(PORTS))
    tool: Probe = draw.one(("curl", "wget"))
    lines = health(notes, tool, port, share=1.0)
    said = notes.said.pop() + f" with {tool}"
    return image(notes, (f"{said}, port {port}", f"add {said.replace('[with a |]', 'a ')} [of|on] port {port}"), lines)


def health_check_detailed(draw: Draw) -> Plan:
    notes = Notes(draw)
    port, path = (
        notes.hold("port", draw.one(PORTS)),
        notes.hold("path", draw.one(("/health", "/healthz", "/ping", "/status", "/up", "/live"))),
    )
    every, limit, tries, begin = (
        notes.hold(name, draw.one(options))
        for name, options in (
            ("every", (10, 15, 30, 60)),
            ("limit", (2, 3, 5, 10)),
            ("tries", (2, 3, 4, 5)),
            ("begin", (5, 10, 20, 40)),
        )
    )
    tool: Probe = draw.one(("curl", "wget"))
    heads = (
        f"{tool} {path} on port {port} as health check every {every}s, timeout {limit}s, {tries} retries, {begin}s to start",
        f"health check: {tool} {path} on {port}, interval {every}s, timeout {limit}s, start period {begin}s, retries {tries}",
    )
    line = f"HEALTHCHECK --interval={every}s --timeout={limit}s --start-period={begin}s --retries={tries} \\\n    CMD {request(tool, port, path)}"
    return image(notes, heads, [line])


def unprivileged_user(draw: Draw) -> Plan:
    notes = Notes(draw)
    name = notes.hold("user", draw.one((*USERS, draw.noun().replace("_", ""))))
    heads = (
        f"<make> the user {name} and switch to it",
        f"[do not run as root, use|run as] {name}",
        f"drop root: user {name}",
        f"~leave root behind, become {name}",
    )
    return image(notes, heads, [add_user(draw, name, "apt"), f"USER {name}"])


def numbered_user(draw: Draw) -> Plan:
    notes = Notes(draw)
    name, number = (
        notes.hold("user", draw.one((*USERS, draw.noun().replace("_", "")))),
        notes.hold("uid", draw.one((1000, 1001, 1500, 5000, 10001, 65532))),
    )
    heads = (f"user {name} with uid {number}, and switch to it", f"run as {name}, uid and gid {number}")
    return image(
        notes,
        heads,
        [
            f"RUN groupadd --gid {number} {name} && useradd --uid {number} --gid {number} --create-home {name}",
            f"USER {name}",
        ],
    )


def environment_variables(draw: Draw) -> Plan:
    notes = Notes(draw)
    pairs = [variable(draw) for _ in range(draw.number(1, 3))]
    pairs = list(dict(pairs).items())
    held = [
        (notes.hold(f"name{number}", name), notes.hold(f"value{number}", value))
        for number, (name, value) in enumerate(pairs)
    ]
    said = ", ".join(f"{name}={value}" for name, value in held)
    heads = (f"environment: {said}", f"<set> [the variables |]{said}", f"default environment variables {said}")
    return image(notes, heads, ["ENV " + " \\\n    ".join(f"{name}={value}" for name, value in held)])


def expose_ports(draw: Draw) -> Plan:
    notes = Notes(draw)
    ports = [
        notes.hold(f"port{number}", port)
        for number, port in enumerate(draw.some((*PORTS, draw.number(1025, 9999), draw.number(1025, 9999)), 1, 2))
    ]
    word = "ports" if len(ports) > 1 else "port"
    heads = (f"<expose> {word} {' and '.join(ports)}", f"the service listens on {word} {' and '.join(ports)}")
    return image(notes, heads, ["EXPOSE " + " ".join(ports)])


def volume(draw: Draw) -> Plan:
    notes = Notes(draw)
    path = notes.hold("path", f"{draw.one(('/var/lib', '/data', '/srv', '/mnt'))}/{draw.noun().replace('_', '-')}")
    heads = (f"volume for {path}", f"keep {path} in a volume", f"{path} is a volume")
    return image(notes, heads, [f'VOLUME ["{path}"]' if draw.chance(0.6) else f"VOLUME {path}"])


def entry_script(draw: Draw) -> Plan:
    notes = Notes(draw)
    script = notes.hold(
        "script", draw.one(("entrypoint.sh", "docker-entrypoint.sh", "start.sh", f"{draw.noun().replace('_', '-')}.sh"))
    )
    heads = (
        f"{script} is the entry point, make it executable",
        f"<copy> {script} to /usr/local/bin and use it as entry point",
    )
    return image(
        notes,
        heads,
        [f"COPY --chmod=755 {script} /usr/local/bin/{script}", f"ENTRYPOINT {json(f'/usr/local/bin/{script}')}"],
    )


def time_zone(draw: Draw) -> Plan:
    notes = Notes(draw)
    zone = notes.hold(
        "zone",
        draw.one(
            (
                "Europe/Berlin",
                "Europe/Paris",
                "UTC",
                "America/New_York",
                "Asia/Tokyo",
                "America/Sao_Paulo",
                "Australia/Sydney",
                "Asia/Kolkata",
            )
        ),
    )
    heads = (f"time zone {zone}", f"<set> the time zone to {zone}")
    return image(
        notes,
        heads,
        [f"ENV TZ={zone}", "RUN ln -snf /usr/share/zoneinfo/$TZ /etc/localtime && echo $TZ > /etc/timezone"],
    )


def pipe_safe_shell(draw: Draw) -> Plan:
    notes = Notes(draw)
    heads = ("fail when any command of a pipe fails", "use bash with pipefail for RUN", "shell with pipefail")
    return image(notes, heads, ['SHELL ["/bin/bash", "-o", "pipefail", "-c"]'])


def stop_signal(draw: Draw) -> Plan:
    notes = Notes(draw)
    name = notes.hold("signal", draw.one(("SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP", "SIGUSR1")))
    return image(notes, (f"<stop> the container with {name}", f"stop signal {name}"), [f"STOPSIGNAL {name}"])


def default_command(draw: Draw) -> Plan:
    notes = Notes(draw)
    module, option, number = (
        notes.hold("module", draw.noun()),
        notes.hold("option", draw.one(("workers", "threads", "port", "limit", "retries"))),
        notes.hold("number", draw.number(1, 999)),
    )
    if draw.chance(0.5):
        return image(
            notes,
            (
                f"<start> python -m {module} with --{option} {number}",
                f"default command: python -m {module} --{option} {number}",
            ),
            [f"CMD {json('python', '-m', module, f'--{option}', number)}"],
        )
    return image(
        notes,
        (f"<start> ./{module} with --{option} {number}", f"default command: ./{module} --{option} {number}"),
        [f"CMD {json(f'./{module}', f'--{option}', number)}"],
    )


INTENTS = intents(
    health_check, health_check_detailed, unprivileged_user, numbered_user, environment_variables, expose_ports, volume, entry_script, time_zone, pipe_safe_shell, stop_signal, default_command,
)  # fmt: skip
