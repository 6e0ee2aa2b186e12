"""Graphics cards and their memory: NVIDIA by the driver's library, AMD by the kernel's files, Apple by its sysctl.

Each function returns the cards that it found and sentences about what it could not read; none raises. Where they look
and whom they ask are parameters, so that tests need no card.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Found = tuple[tuple["Gpu", ...], tuple[str, ...]]
Ask = Callable[[str], str]
"""The value of a sysctl name, as text. Raises `OSError`."""

_NVML_OK = 0
_NAME_BYTES = 96
_MEMORY_V2 = 2
# Apple gives a GPU two thirds of a memory of at most 36 GB, and three quarters of a larger one. From logs of others
# (llama.cpp's recommendedMaxWorkingSetSize: 10922 MiB of 16 GiB, 49152 of 64), nobody has checked it here.
_SMALL_MAC = 36 * 2**30


@dataclass(frozen=True, slots=True)
class Gpu:
    """A graphics processor, memory in bytes.

    `unified`: it works in the system's memory, and `total_bytes` is the most that it may take of it.
    """

    name: str
    kind: Literal["cuda", "rocm", "metal"]
    total_bytes: int
    free_bytes: int
    unified: bool = False


class _MemoryV1(ctypes.Structure):
    """nvmlMemory_t (nvml.h)."""

    _fields_ = (("total", ctypes.c_ulonglong), ("free", ctypes.c_ulonglong), ("used", ctypes.c_ulonglong))


class _MemoryV2(ctypes.Structure):
    """nvmlMemory_v2_t (nvml.h): what the driver itself holds is not counted as free."""

    _fields_ = (
        ("version", ctypes.c_uint),
        ("total", ctypes.c_ulonglong),
        ("reserved", ctypes.c_ulonglong),
        ("free", ctypes.c_ulonglong),
        ("used", ctypes.c_ulonglong),
    )


def nvidia(load: Callable[[], Any] | None = None, root: Path = Path("/")) -> Found:
    """NVIDIA's cards by NVML. `load` gives its functions (a ctypes library), or raises `OSError`."""
    try:
        library = (load or _nvml)()
    except OSError:
        if _has_nvidia_device(root):
            return (), ("An NVIDIA card is there, but its driver's library (NVML) is not: its memory is unknown.",)
        return (), ()
    try:
        code = library.nvmlInit_v2()
        if code != _NVML_OK:
            return (), (f"NVIDIA's driver does not answer (NVML error {code}): its cards are unknown.",)
        try:
            return _nvidia_cards(library)
        finally:
            library.nvmlShutdown()
    except AttributeError as error:
        return (), (f"NVIDIA's driver is too old to be asked ({error}): its cards are unknown.",)


def amd(root: Path = Path("/")) -> Found:
    """AMD's cards by the files of the amdgpu driver (docs.kernel.org/gpu/amdgpu/driver-misc.html)."""
    cards, unread = [], []
    for card in sorted(root.glob("sys/class/drm/card[0-9]*")):
        folder = card / "device"
        if "-" in card.name or _text(folder / "vendor") != "0x1002":
            continue
        name = _text(folder / "product_name") or f"AMD {_text(folder / 'device') or card.name}"
        try:
            total = int(_text(folder / "mem_info_vram_total"))
            used = int(_text(folder / "mem_info_vram_used"))
        except ValueError:
            unread.append(f"{name}: its driver does not say how much memory it has.")
            continue
        cards.append(Gpu(name, "rocm", total, max(0, total - used)))
    return tuple(cards), tuple(unread)


def apple(ask: Ask, free: int) -> Found:
    """The GPU of an Apple processor; `free` are the bytes of memory that are free now."""
    try:
        total = int(ask("hw.memsize"))
        name = ask("machdep.cpu.brand_string").strip() or "Apple GPU"
    except (OSError, ValueError):
        return (), ("The size of this Mac's memory could not be read: its GPU is not counted.",)
    lent = total * 3 // 4 if total > _SMALL_MAC else total * 2 // 3
    note = "How much memory this Mac lends its GPU is estimated (two thirds, above 36 GB three quarters)."
    try:
        set_limit = int(ask("iogpu.wired_limit_mb")) * 2**20
    except (OSError, ValueError):
        set_limit = 0
    if set_limit:
        lent, note = min(total, set_limit), ""
    return (Gpu(name, "metal", lent, min(lent, free), unified=True),), (note,) if note else ()


def _nvidia_cards(library: Any) -> Found:
    count = ctypes.c_uint()
    code = library.nvmlDeviceGetCount_v2(ctypes.byref(count))
    if code != _NVML_OK:
        return (), (f"NVIDIA's cards could not be counted (NVML error {code}).",)
    cards, unread = [], []
    for number in range(count.value):
        handle = ctypes.c_void_p()
        code = library.nvmlDeviceGetHandleByIndex_v2(number, ctypes.byref(handle))
        if code != _NVML_OK:
            unread.append(f"NVIDIA card {number} does not answer (NVML error {code}).")
            continue
        label = ctypes.create_string_buffer(_NAME_BYTES)
        code = library.nvmlDeviceGetName(handle, label, _NAME_BYTES)
        name = label.value.decode("utf-8", "replace") if code == _NVML_OK else f"NVIDIA card {number}"
        memory = _nvidia_memory(library, handle)
        if isinstance(memory, int):
            unread.append(f"{name}: its memory could not be read (NVML error {memory}).")
        else:
            cards.append(Gpu(name, "cuda", *memory))
    return tuple(cards), tuple(unread)


def _nvidia_memory(library: Any, handle: ctypes.c_void_p) -> tuple[int, int] | int:
    """Total and free bytes, or the error."""
    newer = _MemoryV2(version=ctypes.sizeof(_MemoryV2) | _MEMORY_V2 << 24)
    try:
        if library.nvmlDeviceGetMemoryInfo_v2(handle, ctypes.byref(newer)) == _NVML_OK:
            return int(newer.total), int(newer.free)
    except AttributeError:
        pass
    older = _MemoryV1()
    code = int(library.nvmlDeviceGetMemoryInfo(handle, ctypes.byref(older)))
    return code if code != _NVML_OK else (int(older.total), int(older.free))


def _nvml() -> Any:
    """NVML where drivers put it. Raises `OSError`."""
    if sys.platform == "win32":
        return ctypes.CDLL("nvml.dll")
    if sys.platform == "darwin":
        raise OSError("there is no NVIDIA driver for this system")
    return ctypes.CDLL("libnvidia-ml.so.1")


def _has_nvidia_device(root: Path) -> bool:
    """Whether the kernel knows a display device of NVIDIA's."""
    folders = [*root.glob("sys/class/drm/card[0-9]*/device"), *root.glob("sys/bus/pci/devices/*")]
    return any(_text(folder / "vendor") == "0x10de" for folder in folders)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace").strip()
    except OSError:
        return ""
