"""Serve the shipped model with vLLM on a loopback port, run the remote tests against it, and stop it.

    python -m tests.vllm.serve ENVIRONMENT [pytest arguments]

ENVIRONMENT is what `tests/vllm/install.sh` has made. vLLM writes its log into ENVIRONMENT/server.log.
"""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from completion.models import catalog, files
from training import export, gguf_file
from training.vocabulary import Vocabulary

START_SECONDS = 300.0
QUIET = {
    "VLLM_CPU_KVCACHE_SPACE": "1",
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    "OMP_NUM_THREADS": "1",
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "DO_NOT_TRACK": "1",
}
"""One gigabyte of cache, one thread, and nobody is told."""

TESTS = ("tests/engine/remote/test_contract_remote.py", "tests/engine/remote/test_vllm.py")


def write_model(folder: Path) -> None:
    """The shipped weights as a folder that vLLM loads, in float32."""
    model = catalog.builtin().find("embedded")
    weights, shape = gguf_file.read(files.locate(model))
    export.write_folder(folder, weights, shape, Vocabulary(), half=False)


@contextmanager
def server(environment: Path, model: Path, key: str) -> Iterator[str]:
    """A running vLLM; the URL. Raises `RuntimeError` with the end of its log."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [environment / "bin" / "python", "-m", "vllm.entrypoints.cli.main", "serve", model]
    command += ["--host", "127.0.0.1", "--port", str(port), "--served-model-name", "embedded"]
    command += ["--dtype", "float32", "--max-model-len", "768", "--max-num-seqs", "4", "--enforce-eager"]
    url = f"http://127.0.0.1:{port}"
    log = environment / "server.log"
    # The key is not on the command line, which every user of the machine can read.
    variables = {**os.environ, **QUIET, "VLLM_API_KEY": key}
    with (
        log.open("wb") as output,
        subprocess.Popen(
            list(map(str, command)), stdout=output, stderr=output, env=variables, start_new_session=True
        ) as process,
    ):
        try:
            deadline = time.monotonic() + START_SECONDS
            while not answers(url):
                if process.poll() is not None or time.monotonic() > deadline:
                    end = "\n".join(log.read_text("utf-8", "replace").splitlines()[-25:])
                    raise RuntimeError(f"vLLM did not start; the end of {log}:\n{end}")
                time.sleep(0.5)
            yield url
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()


def answers(url: str) -> bool:
    """Whether the server is up."""
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=5) as response:
            return bool(response.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def main(arguments: Sequence[str]) -> int:
    """The exit status of the tests; 1 where vLLM does not start."""
    environment, *more = arguments
    key = secrets.token_hex(16)
    with tempfile.TemporaryDirectory(prefix="lspc") as name:
        write_model(Path(name))
        print("starting vLLM (about a minute) ...", flush=True)
        try:
            with server(Path(environment).resolve(), Path(name), key) as url:
                variables = {**os.environ, "TEST_VLLM_URL": url, "TEST_VLLM_KEY": key}
                tests = [sys.executable, "-P", "-m", "pytest", *TESTS, "-k", "vllm", *more]
                return subprocess.run(tests, env=variables, check=False).returncode
        except RuntimeError as error:
            print(error, file=sys.stderr)
            return 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
