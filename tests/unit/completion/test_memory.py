"""What a model takes: the parts, by hand."""

from __future__ import annotations

import pytest

from completion.models import catalog, memory
from completion.models.cards import Gpu
from completion.models.device import DeviceProfile

MIB = 2**20
KNOWN = catalog.builtin()
SMALL = KNOWN.find("qwen2.5-coder-0.5b")
FILE = next(file for file in SMALL.files if file.quantization == "Q8_0")
CARD = Gpu("card", "cuda", 8 * 10**9, 7 * 10**9)
MAC = Gpu("Apple M2", "metal", 11 * 10**9, 9 * 10**9, unified=True)
MACHINE = DeviceProfile("Linux", "x86_64", "cpu", 4, (), memory_total=16 * 10**9, memory_free=10 * 10**9)


def need(gpu: Gpu | None = None, context_tokens: int = 2048, cache: memory.CacheType = "f16") -> memory.MemoryNeed:
    found = memory.need(SMALL, FILE, context_tokens=context_tokens, slots=3, batch=64, cache=cache, gpu=gpu)
    assert found is not None
    return found


def part(found: memory.MemoryNeed, name: str) -> memory.Part:
    return next(part for part in (*found.parts, *found.beside) if part.name == name)


def test_the_cache_is_what_the_engine_reports() -> None:
    # llama.cpp for this shape: "KV buffer size = 72.00 MiB", 3 slots of 2048.
    assert part(need(), "KV cache").bytes == 72 * MIB
    # 24 layers, keys and values, 2 heads of 64, and 2048 tokens are a multiple of 256.
    assert part(need(), "KV cache").arithmetic == "6144 values a token x 2 bytes (f16) x 2048 tokens x 3"


def test_the_context_is_filled_up_to_a_multiple_of_256() -> None:
    assert part(need(context_tokens=1793), "KV cache").bytes == 72 * MIB
    assert part(need(context_tokens=1792), "KV cache").bytes == 63 * MIB


@pytest.mark.parametrize(("cache", "share"), [("q8_0", 34 / 64), ("q4_0", 18 / 64)])
def test_a_quantized_cache_has_blocks_with_scales(cache: memory.CacheType, share: float) -> None:
    assert part(need(cache=cache), "KV cache").bytes == 72 * MIB * share


def test_the_buffers_are_near_what_the_engine_reports() -> None:
    # Reported: compute 5.06 MiB, output 1.74 MiB.
    assert part(need(), "compute buffer").bytes == pytest.approx((5.06 + 1.74) * MIB, rel=0.05)


def test_saved_prompts_count_but_are_not_there_right_after_loading() -> None:
    found = need()
    assert found.total - found.loaded == 256 * MIB
    assert found.in_system == found.total


def test_a_card_holds_the_model_and_the_system_the_rest() -> None:
    found = need(CARD)
    assert {part.name for part in found.parts} == {"weights", "KV cache", "compute buffer", "driver"}
    assert found.total == sum(part.bytes for part in found.parts)
    assert found.in_system == sum(part.bytes for part in found.beside)
    # Scores of a whole batch, as logs of others show for cards.
    assert part(found, "compute buffer").bytes > 64 * 151936 * 4


def test_unified_memory_holds_all_of_it() -> None:
    found = need(MAC)
    assert found.total == sum(part.bytes for part in (*found.parts, *found.beside))


def test_what_nobody_knows_is_named_and_not_calculated() -> None:
    unknown = SMALL.model_copy(update={"kv_heads": None})
    assert memory.need(unknown, FILE, context_tokens=512, slots=1, batch=64) is None
    assert memory.missing(unknown, FILE) == ("kv_heads and head_dim",)
    sizeless = FILE.model_copy(update={"bytes": None})
    assert memory.missing(SMALL, sizeless) == ("files.bytes",)


def test_room_is_left_to_others() -> None:
    assert memory.room(MACHINE).bytes == 10 * 10**9 - 1_600_000_000
    small = DeviceProfile("Linux", "x86_64", "cpu", 2, (), memory_total=4 * 10**9, memory_free=1 * 10**9)
    assert memory.room(small).bytes == 10**9 - 512 * MIB
    assert memory.room(small, CARD).bytes == 7 * 10**9 - 1024 * MIB
    full = DeviceProfile("Linux", "x86_64", "cpu", 2, (), memory_total=4 * 10**9, memory_free=10**8)
    assert memory.room(full).bytes == 0


def test_a_mac_gives_its_gpu_no_more_than_its_limit() -> None:
    roomy = DeviceProfile("Darwin", "arm64", "M2", 8, (), memory_total=64 * 10**9, memory_free=60 * 10**9)
    assert memory.room(roomy, MAC).bytes == 11 * 10**9
    assert memory.room(MACHINE, MAC).bytes == 10 * 10**9 - 1_600_000_000
