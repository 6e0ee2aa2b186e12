"""Whole images of Python applications, one function a stack."""

from __future__ import annotations

from training.pairs.dockerfile.parts import Notes, environment, health, image, labels, port, user
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


INTENTS = intents(
    python_web, python_script, python_poetry, python_two_stages, celery_worker,
)  # fmt: skip
