"""What machine this is: processor, memory, graphics cards, battery, and what of it could not be read.

Reads files, asks the operating system and the driver's library, loads no engine. Never raises: what cannot be read is
a sentence in `unread`.
"""

from __future__ import annotations

import math
import os
import platform
import subprocess
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import psutil

from completion.models import cards
from completion.models.cards import Ask, Gpu

__all__ = ["DeviceProfile", "Gpu", "read"]

_INSTRUCTIONS = (
    *("avx", "avx2", "fma", "f16c", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8"),
    *("asimd", "asimddp", "i8mm", "bf16", "sve"),
)
_UNLIMITED = 1 << 60
_GPU_LIBRARIES = ("cuda", "cublas", "hip", "rocblas", "vulkan")


@dataclass(frozen=True, slots=True)
class DeviceProfile:
    """A machine at one moment; memory in bytes.

    `cores` are those that this process may use. `memory_total` and `memory_free` honour the limit of a control group.
    `accelerated` are the engines whose installed build can use a card here. `on_battery` is None without a battery.
    `unread` says what could not be read, and what is estimated instead.
    """

    system: str
    machine: str
    processor: str
    cores: int
    instructions: tuple[str, ...]
    memory_total: int
    memory_free: int
    gpus: tuple[Gpu, ...] = ()
    accelerated: tuple[str, ...] = ()
    on_battery: bool | None = None
    unread: tuple[str, ...] = ()

    @property
    def advice(self) -> str:
        """What to install so that a card that is there is used; "" where nothing is missing."""
        if not self.gpus or "llama" in self.accelerated:
            return ""
        name = self.gpus[0].name
        if self.gpus[0].kind == "metal":
            return f"{name} is not used: this build of xllamacpp has no Metal support; install one for arm64."
        index = "CUDA" if self.gpus[0].kind == "cuda" else "ROCm or Vulkan"
        other = "torch runs safetensors on it, GGUF files do not." if "transformers" in self.accelerated else ""
        return (
            f"{name} is not used: xllamacpp from the package index computes on the processor only. Install its "
            f"{index} build (its README names the index) into the environment of engine_python. {other}"
        ).strip()


def read(
    root: Path = Path("/"),
    *,
    system: str = "",
    nvml: Callable[[], Any] | None = None,
    ask: Ask | None = None,
) -> DeviceProfile:
    """The machine as it is now. `root` is where system files are looked for, `nvml` loads NVIDIA's library, `ask`
    answers sysctl names; tests give others."""
    system = system or platform.system()
    ask = ask or _sysctl
    unread: list[str] = []
    total, free = _memory(root, unread)
    found = [cards.nvidia(nvml, root)]
    if system == "Linux":
        found.append(cards.amd(root))
    if system == "Darwin" and platform.machine() == "arm64":
        found.append(cards.apple(ask, free))
    gpus = tuple(gpu for some, _ in found for gpu in some)
    for _, sentences in found:
        unread.extend(sentences)
    processor, instructions = _processor(root, system, ask, unread)
    return DeviceProfile(
        system=system,
        machine=platform.machine(),
        processor=processor,
        cores=_cores(root),
        instructions=instructions,
        memory_total=total,
        memory_free=free,
        gpus=gpus,
        accelerated=accelerated(gpus),
        on_battery=_on_battery(),
        unread=tuple(unread),
    )


def accelerated(gpus: tuple[Gpu, ...]) -> tuple[str, ...]:
    """Engines whose installed build can compute on one of `gpus`, told from the packages' metadata without importing.

    xllamacpp's wheels hold no CUDA, ROCm or Vulkan library but those of its own index do, and on macOS they hold Metal.
    torch names its build behind a plus sign; its plain Linux wheel for x86-64 is the CUDA one.
    """
    kinds = {gpu.kind for gpu in gpus}
    engines = []
    with suppress(metadata.PackageNotFoundError):
        names = " ".join(Path(str(file)).name.lower() for file in metadata.files("xllamacpp") or ())
        if "metal" in kinds or (kinds and any(library in names for library in _GPU_LIBRARIES)):
            engines.append("llama")
    with suppress(metadata.PackageNotFoundError):
        _, _, build = metadata.version("torch").partition("+")
        plain = not build and (platform.system(), platform.machine()) == ("Linux", "x86_64")
        if ("cuda" in kinds and (build.startswith("cu") or plain)) or ("rocm" in kinds and build.startswith("rocm")):
            engines.append("transformers")
    return tuple(engines)


def _memory(root: Path, unread: list[str]) -> tuple[int, int]:
    """Total and free bytes, the smaller of the machine's and of our control group's."""
    try:
        system = psutil.virtual_memory()
    except (OSError, RuntimeError):
        unread.append("The size of the memory could not be read: 4 GB are assumed, half of it free.")
        return 4 * 10**9, 2 * 10**9
    total, free = system.total, system.available
    for folder, limit_name, used_name in _groups(root):
        limit, used = _number(folder / limit_name), _number(folder / used_name)
        if limit is None or used is None or limit >= min(total, _UNLIMITED):
            continue
        # Cached files count as used, but are given back when memory is needed.
        total, free = limit, min(free, max(0, limit - used + _inactive_files(folder)))
    return total, free


def _groups(root: Path) -> list[tuple[Path, str, str]]:
    """Folders of our control group and of those above it, with the names of limit and use (versions 2 and 1)."""
    try:
        lines = (root / "proc/self/cgroup").read_text("utf-8").splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        _, controllers, path = line.split(":", 2) if line.count(":") >= 2 else ("", "-", "")
        if controllers == "":
            top, names = root / "sys/fs/cgroup", ("memory.max", "memory.current")
        elif "memory" in controllers.split(","):
            top, names = root / "sys/fs/cgroup/memory", ("memory.limit_in_bytes", "memory.usage_in_bytes")
        else:
            continue
        parts = [part for part in path.split("/") if part and part != ".."]
        # In a container the path is the host's, and the group itself lies at the top.
        found += [(top.joinpath(*parts[:depth]), *names) for depth in range(len(parts) + 1)]
    return found


def _inactive_files(folder: Path) -> int:
    with suppress(OSError, ValueError):
        for line in (folder / "memory.stat").read_text("utf-8").splitlines():
            if line.startswith(("inactive_file ", "total_inactive_file ")):
                return int(line.split()[1])
    return 0


def _number(path: Path) -> int | None:
    """A file's number; "max" and what is missing is None."""
    try:
        return int(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None


def _cores(root: Path) -> int:
    """Cores that we may use: the affinity of the process, and the quota of its control group."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with suppress(OSError, ValueError):
        quota, period = (root / "sys/fs/cgroup/cpu.max").read_text("utf-8").split()
        cores = min(cores, max(1, math.ceil(int(quota) / int(period))))
    return max(1, cores)


def _processor(root: Path, system: str, ask: Ask, unread: list[str]) -> tuple[str, tuple[str, ...]]:
    """Its name and what of its instructions matters to an engine."""
    if system == "Linux":
        name, flags = "", set[str]()
        with suppress(OSError):
            for line in (root / "proc/cpuinfo").read_text("utf-8", "replace").splitlines():
                key, _, value = (part.strip() for part in line.partition(":"))
                name = name or (value if key in ("model name", "Model") else "")
                flags = flags or (set(value.split()) if key in ("flags", "Features") else set())
        if not flags:
            unread.append("The processor's instruction sets could not be read.")
        return name or platform.processor() or "unknown processor", tuple(one for one in _INSTRUCTIONS if one in flags)
    name = platform.processor()
    if system == "Darwin":
        with suppress(OSError):
            name = ask("machdep.cpu.brand_string").strip() or name
        if platform.machine() == "arm64":
            return name or "Apple", ("asimd",)
    unread.append(f"The processor's instruction sets are not read on {system}.")
    return name or "unknown processor", ()


def _on_battery() -> bool | None:
    try:
        battery = psutil.sensors_battery()
    except (AttributeError, OSError, RuntimeError, ValueError):
        return None
    return None if battery is None or battery.power_plugged is None else not battery.power_plugged


def _sysctl(name: str) -> str:
    """Raises `OSError`."""
    try:
        done = subprocess.run(["/usr/sbin/sysctl", "-n", name], capture_output=True, text=True, timeout=2, check=True)
    except subprocess.SubprocessError as error:
        raise OSError(str(error)) from error
    return done.stdout
