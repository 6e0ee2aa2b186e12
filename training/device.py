"""Where a run computes and in what precision: a processor or one CUDA card. Knows torch, no model and no data."""

from __future__ import annotations

import time

import torch

from training.shape import Shape

PEAK_TERAFLOPS = {"H200": 989, "H100": 989, "GH200": 989, "A100": 312, "L40S": 362, "L40": 181, "A40": 150, "A10": 125,
                  "L4": 121, "4090": 165}  # fmt: skip
"""Dense bfloat16 peaks by a part of the card's name; a PCIe variant reaches less."""


def choose(name: str) -> torch.device:
    """The device of `auto`, `cpu` or `cuda`, set up for training. Raises `ValueError` without a card for `cuda`."""
    if name == "cuda" and not torch.cuda.is_available():
        raise ValueError("there is no CUDA card, or torch is built without CUDA: use --device cpu")
    device = torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")
    if device.type == "cuda":
        # Products of float32 matrices may use the tensor cores' shorter mantissa.
        torch.set_float32_matmul_precision("high")
    return device


def device_name(device: torch.device) -> str:
    """The card's name, or `cpu`."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"


def precision(name: str, device: torch.device) -> torch.dtype:
    """The type of the arithmetic: as named, or for `measure` bfloat16 on a card and the faster on a processor."""
    choices = {"float32": torch.float32, "bfloat16": torch.bfloat16}
    if name in choices:
        return choices[name]
    return torch.bfloat16 if device.type == "cuda" else fastest_dtype()


def fastest_dtype(seconds: float = 1.0) -> torch.dtype:
    """bfloat16 where this processor multiplies matrices faster in it than in float32, measured for `seconds`."""
    speeds = {}
    for dtype in (torch.float32, torch.bfloat16):
        matrix = torch.randn(512, 512).to(dtype)
        matrix @ matrix
        rounds, begin = 0, time.process_time()
        while time.process_time() - begin < seconds / 2:
            matrix @ matrix
            rounds += 1
        speeds[dtype] = rounds / (time.process_time() - begin)
    return max(speeds, key=lambda dtype: speeds[dtype])


def utilization(shape: Shape, context: int, speed: float, name: str) -> float | None:
    """The share of the card's peak that `speed` (tokens a second) uses; None for a device of unknown peak.

    Counted are six operations a parameter and token, and attention over half of the context.
    """
    peak = next((value for part, value in PEAK_TERAFLOPS.items() if part in name), None)
    if peak is None:
        return None
    operations = 6 * shape.parameters + 6 * shape.layers * shape.hidden * context
    return speed * operations / (peak * 1e12)
