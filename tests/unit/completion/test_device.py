"""The machine is read from fake trees and a fake driver: no card is needed, and nothing is raised."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest

from completion.models import cards, device

GIB = 2**30


class FakeNvml:
    """The functions of NVML that are used, with two cards; `broken` names those that return an error."""

    def __init__(self, *, broken: tuple[str, ...] = (), old: bool = False) -> None:
        self.broken = broken
        self.is_open = False
        if old:
            # A driver from before the second version of the call.
            self.nvmlDeviceGetMemoryInfo_v2 = None

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        if found is None:
            raise AttributeError(name)
        if name.startswith("nvml") and name in super().__getattribute__("broken"):
            return lambda *_: 999
        return found

    def nvmlInit_v2(self) -> int:
        self.is_open = True
        return 0

    def nvmlShutdown(self) -> int:
        self.is_open = False
        return 0

    def nvmlDeviceGetCount_v2(self, count: Any) -> int:
        count._obj.value = 2
        return 0

    def nvmlDeviceGetHandleByIndex_v2(self, number: int, handle: Any) -> int:
        handle._obj.value = number + 1
        return 0

    def nvmlDeviceGetName(self, handle: ctypes.c_void_p, label: Any, size: int) -> int:
        assert size >= 96
        label.value = b"NVIDIA H100" if handle.value == 1 else b"NVIDIA T4"
        return 0

    def nvmlDeviceGetMemoryInfo_v2(self, handle: ctypes.c_void_p, memory: Any) -> int:
        # nvml.h: the size of the structure and its version make the version field.
        assert memory._obj.version == 40 | 2 << 24
        memory._obj.total, memory._obj.free = (80 * GIB, 79 * GIB) if handle.value == 1 else (16 * GIB, 3 * GIB)
        return 0

    def nvmlDeviceGetMemoryInfo(self, _handle: ctypes.c_void_p, memory: Any) -> int:
        memory._obj.total, memory._obj.free = 8 * GIB, 5 * GIB
        return 0


def absent() -> Any:
    raise OSError("libnvidia-ml.so.1: cannot open shared object file")


def tree(root: Path, files: Mapping[str, str]) -> Path:
    """Files with their texts below `root`."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return root


def test_nvidia_cards_are_read_by_the_drivers_library() -> None:
    library = FakeNvml()
    found, unread = cards.nvidia(lambda: library)
    assert found == (
        cards.Gpu("NVIDIA H100", "cuda", 80 * GIB, 79 * GIB),
        cards.Gpu("NVIDIA T4", "cuda", 16 * GIB, 3 * GIB),
    )
    assert unread == ()
    assert not library.is_open


def test_an_old_driver_is_asked_in_the_old_way() -> None:
    found, _ = cards.nvidia(lambda: FakeNvml(old=True))
    assert [gpu.free_bytes for gpu in found] == [5 * GIB, 5 * GIB]


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        ("nvmlInit_v2", "NVIDIA's driver does not answer (NVML error 999): its cards are unknown."),
        ("nvmlDeviceGetCount_v2", "NVIDIA's cards could not be counted (NVML error 999)."),
        ("nvmlDeviceGetHandleByIndex_v2", "NVIDIA card 0 does not answer (NVML error 999)."),
    ],
)
def test_what_the_driver_refuses_is_a_sentence(broken: str, sentence: str) -> None:
    found, unread = cards.nvidia(lambda: FakeNvml(broken=(broken,)))
    assert found == ()
    assert unread[0] == sentence


def test_a_card_whose_memory_cannot_be_read_is_named() -> None:
    library = FakeNvml(broken=("nvmlDeviceGetMemoryInfo_v2", "nvmlDeviceGetMemoryInfo"))
    found, unread = cards.nvidia(lambda: library)
    assert found == ()
    assert unread[0] == "NVIDIA H100: its memory could not be read (NVML error 999)."


def test_a_card_without_a_driver_is_said_and_no_card_is_not(tmp_path: Path) -> None:
    assert cards.nvidia(absent, tmp_path) == ((), ())
    tree(tmp_path, {"sys/class/drm/card0/device/vendor": "0x10de\n"})
    _, unread = cards.nvidia(absent, tmp_path)
    assert "NVIDIA card is there" in unread[0]


def test_amd_cards_are_read_from_the_kernels_files(tmp_path: Path) -> None:
    tree(
        tmp_path,
        {
            "sys/class/drm/card0/device/vendor": "0x8086\n",
            "sys/class/drm/card1/device/vendor": "0x1002\n",
            "sys/class/drm/card1/device/product_name": "AMD Radeon RX 7800 XT\n",
            "sys/class/drm/card1/device/mem_info_vram_total": f"{16 * GIB}\n",
            "sys/class/drm/card1/device/mem_info_vram_used": f"{GIB}\n",
            "sys/class/drm/card1-DP-1/device/vendor": "0x1002\n",
            "sys/class/drm/card2/device/vendor": "0x1002\n",
            "sys/class/drm/card2/device/device": "0x164e\n",
        },
    )
    found, unread = cards.amd(tmp_path)
    assert found == (cards.Gpu("AMD Radeon RX 7800 XT", "rocm", 16 * GIB, 15 * GIB),)
    assert unread == ("AMD 0x164e: its driver does not say how much memory it has.",)


@pytest.mark.parametrize(
    ("memory", "limit", "lent"),
    [(16 * GIB, "", 16 * GIB * 2 // 3), (64 * GIB, "0", 48 * GIB), (64 * GIB, "57344", 56 * GIB)],
)
def test_a_mac_lends_its_gpu_a_share_of_its_memory(memory: int, limit: str, lent: int) -> None:
    answers = {"hw.memsize": str(memory), "machdep.cpu.brand_string": "Apple M2\n", "iogpu.wired_limit_mb": limit}

    def ask(name: str) -> str:
        if not answers[name]:
            raise OSError("unknown oid")
        return answers[name]

    found, unread = cards.apple(ask, free=6 * GIB)
    assert found == (cards.Gpu("Apple M2", "metal", lent, 6 * GIB, unified=True),)
    assert bool(unread) is (limit in ("", "0"))


def test_a_limit_of_the_control_group_is_honoured(tmp_path: Path) -> None:
    tree(
        tmp_path,
        {
            "proc/self/cgroup": "0::/user.slice/app.scope\n",
            "proc/cpuinfo": "model name\t: Some Processor\nflags\t\t: fpu avx avx2 fma sse2\n",
            "sys/fs/cgroup/user.slice/app.scope/memory.max": f"{GIB}\n",
            "sys/fs/cgroup/user.slice/app.scope/memory.current": f"{GIB // 2}\n",
            "sys/fs/cgroup/user.slice/app.scope/memory.stat": f"anon 5\ninactive_file {GIB // 4}\n",
            "sys/fs/cgroup/user.slice/memory.max": "max\n",
            "sys/fs/cgroup/cpu.max": "100000 100000\n",
        },
    )
    found = device.read(tmp_path, system="Linux", nvml=absent)
    assert (found.memory_total, found.memory_free) == (GIB, 3 * GIB // 4)
    assert found.cores == 1
    assert (found.processor, found.instructions) == ("Some Processor", ("avx", "avx2", "fma"))
    assert found.gpus == ()


def test_the_first_version_of_control_groups_is_read_too(tmp_path: Path) -> None:
    tree(
        tmp_path,
        {
            "proc/self/cgroup": "4:memory:/box\n3:cpu:/\n",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": f"{2 * GIB}\n",
            "sys/fs/cgroup/memory/memory.usage_in_bytes": f"{GIB}\n",
        },
    )
    found = device.read(tmp_path, system="Linux", nvml=absent)
    assert (found.memory_total, found.memory_free) == (2 * GIB, GIB)


def test_without_a_limit_it_is_the_machines_memory(tmp_path: Path) -> None:
    found = device.read(tmp_path, system="Linux", nvml=absent)
    assert found.memory_total == psutil.virtual_memory().total
    assert "instruction sets could not be read" in found.unread[0]


def test_another_system_says_what_is_not_read(tmp_path: Path) -> None:
    found = device.read(tmp_path, system="Windows", nvml=absent)
    assert found.unread == ("The processor's instruction sets are not read on Windows.",)


def test_reading_this_machine_works() -> None:
    found = device.read()
    assert found.cores >= 1
    assert 0 < found.memory_free <= found.memory_total


@pytest.mark.parametrize(
    ("torch", "files", "kind", "engines"),
    [
        ("2.13.0+cpu", ("xllamacpp.abi3.so",), "cuda", ()),
        ("2.13.0+cu130", ("xllamacpp.abi3.so",), "cuda", ("transformers",)),
        ("2.13.0+rocm6.4", ("libggml-hip.so",), "rocm", ("llama", "transformers")),
        ("", ("libggml-cuda.so",), "cuda", ("llama",)),
        ("", ("xllamacpp.abi3.so",), "metal", ("llama",)),
    ],
)
def test_engines_that_can_use_a_card_are_told_from_their_packages(
    torch: str, files: tuple[str, ...], kind: Any, engines: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def version(name: str) -> str:
        if name == "torch" and torch:
            return torch
        raise device.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(device.metadata, "version", version)
    monkeypatch.setattr(device.metadata, "files", lambda _name: files)
    gpus = (cards.Gpu("card", kind, GIB, GIB),)
    assert device.accelerated(gpus) == engines
    assert device.accelerated(()) == ()


def test_the_advice_names_what_to_install() -> None:
    profile = device.DeviceProfile("Linux", "x86_64", "cpu", 4, (), GIB, GIB, gpus=(cards.Gpu("A", "cuda", 1, 1),))
    assert "CUDA build" in profile.advice
    assert device.DeviceProfile("Linux", "x86_64", "cpu", 4, (), GIB, GIB).advice == ""
