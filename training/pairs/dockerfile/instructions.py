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


def apt_packages(draw: Draw) -> Plan:
    notes = Notes(draw)
    names = [notes.hold(f"package{number}", name) for number, name in enumerate(draw.some(PACKAGES, 1, 4))]
    said = " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    heads = (
        f"<install> {said} [with apt|]",
        f"system packages: {', '.join(names)}",
        f"apt packages {said}, and clean up the lists",
    )
    one_line = f"RUN apt-get update && apt-get install -y --no-install-recommends {' '.join(names)} && rm -rf /var/lib/apt/lists/*"
    many = (
        "RUN apt-get update \\\n    && apt-get install -y --no-install-recommends "
        + (" \\\n        ".join(["", *names]) if draw.chance(0.5) else " ".join(names))
        + " \\\n    && rm -rf /var/lib/apt/lists/*"
    )
    return image(notes, heads, [draw.one((one_line, many.replace("recommends  \\", "recommends \\")))])


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


def build_argument(draw: Draw) -> Plan:
    notes = Notes(draw)
    name = notes.hold(
        "name", f"{draw.noun().upper()}_{draw.one(('VERSION', 'REVISION', 'CHANNEL', 'COMMIT', 'BUILD'))}"
    )
    value = notes.hold("value", f"{draw.number(0, 9)}.{draw.number(0, 20)}.{draw.number(0, 9)}")
    if draw.chance(0.5):
        heads = (
            f"build argument {name}, {value} by default, also as environment variable",
            f"arg {name} (default {value}) that is kept in the environment",
        )
        return image(
            notes,
            heads,
            [f"ARG {name}={value}", f"ENV {name}=${{{name}}}" if draw.chance(0.5) else f"ENV {name}=${name}"],
        )
    heads = (f"build argument {name}, {value} by default", f"arg {name} with default {value}")
    return image(notes, heads, [f"ARG {name}={value}"])


def image_labels(draw: Draw) -> Plan:
    notes = Notes(draw)
    app, team = notes.hold("app", draw.slug()), notes.hold("team", f"{draw.noun().replace('_', '-')}@example.com")
    heads = (f"labels: title {app}, authors {team}", f"label the image with the title {app} and {team} as authors")
    start = "org.opencontainers.image"
    return image(notes, heads, [f'LABEL {start}.title="{app}" \\\n    {start}.authors="{team}"'])


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


def owned_copy(draw: Draw) -> Plan:
    notes = Notes(draw)
    name, folder = (
        notes.hold("user", draw.one(USERS)),
        notes.hold("folder", draw.one(("src", "app", "config", "static", "templates", draw.noun()))),
    )
    target = notes.hold("target", draw.one(("/app", "/srv", "/opt")))
    heads = (
        f"<copy> {folder} to {target}/{folder}, owned by {name}",
        f"{folder} goes to {target}/{folder} and belongs to {name}",
    )
    return image(notes, heads, [f"COPY --chown={name}:{name} {folder}/ {target}/{folder}/"])


def pip_with_cache(draw: Draw) -> Plan:
    notes = Notes(draw)
    file = notes.hold(
        "file",
        draw.one(
            (
                "requirements.txt",
                "requirements-prod.txt",
                "requirements/base.txt",
                f"requirements-{draw.noun().replace('_', '-')}.txt",
            )
        ),
    )
    heads = (f"<install> {file} with a pip cache mount", f"pip install of {file}, cache mounted")
    return image(
        notes,
        heads,
        [
            f"COPY {file} ./",
            f"RUN --mount=type=cache,target=/root/.cache/pip pip install -r {file.replace('requirements/', '')}",
        ],
    )


def pip_packages(draw: Draw) -> Plan:
    notes = Notes(draw)
    names = draw.some(
        tuple(
            "flask requests numpy pandas gunicorn uvicorn sqlalchemy celery redis boto3 httpx pydantic jinja2 click rich".split()
        ),
        1,
        3,
    )
    held = [
        notes.hold(f"package{number}", f"{name}=={draw.number(0, 9)}.{draw.number(0, 30)}.{draw.number(0, 9)}")
        for number, name in enumerate(names)
    ]
    heads = (
        f"<install> {' and '.join(held)} with pip, no cache",
        f"pip packages {', '.join(held)}, without keeping the cache",
    )
    return image(notes, heads, [f"RUN pip install --no-cache-dir {' '.join(held)}"])


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


def copy_from_stage(draw: Draw) -> Plan:
    notes = Notes(draw)
    app, stage = (
        notes.hold("app", draw.noun().replace("_", "-")),
        notes.hold("stage", draw.one(("build", "builder", "compile"))),
    )
    heads = (
        f"<copy> the binary {app} from the {stage} stage to /usr/local/bin",
        f"take /src/{app} out of stage {stage} into /usr/local/bin",
    )
    return image(notes, heads, [f"COPY --from={stage} /src/{app} /usr/local/bin/{app}"])


def download_tool(draw: Draw) -> Plan:
    notes = Notes(draw)
    tool, version = (
        notes.hold("tool", draw.slug()),
        notes.hold("version", f"{draw.number(0, 9)}.{draw.number(0, 20)}.{draw.number(0, 9)}"),
    )
    host = notes.hold("host", draw.one(("downloads.example.com", "get.example.org", "releases.example.net")))
    heads = (
        f"<download> {tool} {version} from {host} to /usr/local/bin and make it executable",
        f"{tool} {version} out of {host}, as /usr/local/bin/{tool}",
    )
    url = f"https://{host}/{tool}/{version}/{tool}"
    return image(
        notes, heads, [f"RUN curl -fsSL {url} -o /usr/local/bin/{tool} \\\n    && chmod +x /usr/local/bin/{tool}"]
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


def secret_mount(draw: Draw) -> Plan:
    notes = Notes(draw)
    name = notes.hold("name", f"{draw.noun()}_token")
    heads = (
        f"<install> from the private index with the secret {name} mounted",
        f"mount the build secret {name} for pip install",
    )
    return image(
        notes,
        heads,
        [
            f'RUN --mount=type=secret,id={name} \\\n    PIP_INDEX_URL="$(cat /run/secrets/{name})" pip install --no-cache-dir -r requirements.txt'
        ],
    )


def make_folders(draw: Draw) -> Plan:
    notes = Notes(draw)
    path, name = (
        notes.hold("path", f"/var/{draw.one(('lib', 'cache', 'log', 'spool'))}/{draw.noun().replace('_', '-')}"),
        notes.hold("user", draw.one(USERS)),
    )
    heads = (f"<make> {path} and give it to {name}", f"{path} must exist and belong to {name}")
    return image(notes, heads, [f"RUN mkdir -p {path} && chown {name}:{name} {path}"])


INTENTS = intents(
    health_check, health_check_detailed, unprivileged_user, numbered_user, apt_packages, environment_variables, build_argument, image_labels,
    expose_ports, volume, owned_copy, pip_with_cache, pip_packages, entry_script, copy_from_stage, download_tool, time_zone, pipe_safe_shell,
    stop_signal, default_command, secret_mount, make_folders,
)  # fmt: skip
