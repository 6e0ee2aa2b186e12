"""Where weights may come from instead of the hub: plain URLs, mirrors, folders, several parts."""

from __future__ import annotations

from pathlib import Path

import pytest

from completion.errors import InputError, ModelError, ModelFileMissing
from completion.models import catalog, order, pull, store
from tests.hub import server
from tests.hub.tiny import CONTENT, NAME, REPO, fetch


def test_a_plain_url_is_noted_as_vouched_for_by_nobody(hub: server.Hub, tiny: catalog.ModelSpec) -> None:
    hub.cuts = [5_000_000]
    weights = fetch(order.make(tiny, source=f"http://me:secret@127.0.0.1:{hub.port}/plain/{NAME}?token=abc"))
    assert weights.path.read_bytes() == CONTENT
    assert hub.sent() == len(CONTENT)
    assert not weights.stored.vouched
    assert weights.stored.source == f"{hub.url}/plain/{NAME}"
    assert "secret" not in (weights.path.parent / store.MANIFEST).read_text()


def test_a_mirror_that_changed_between_two_runs_starts_anew(hub: server.Hub, tiny: catalog.ModelSpec) -> None:
    hub.plain[NAME] = bytes(len(CONTENT))
    hub.cuts = [5_000_000] + [0] * len(pull.PAUSES)
    wanted = order.make(tiny, source=f"{hub.url}/plain/")
    with pytest.raises(ModelError, match=r"5\.0 MB have come"):
        fetch(wanted)
    hub.plain[NAME], hub.validator = CONTENT, '"v2"'
    assert fetch(wanted).path.read_bytes() == CONTENT


@pytest.mark.parametrize("validator", ["", 'W/"weak"'])
def test_without_a_name_for_the_content_a_cut_download_starts_anew(
    hub: server.Hub, tiny: catalog.ModelSpec, validator: str
) -> None:
    hub.validator = validator
    hub.cuts = [5_000_000]
    assert fetch(order.make(tiny, source=f"{hub.url}/plain/")).path.read_bytes() == CONTENT
    assert not any(request.range for request in hub.requests)


def test_a_server_that_ignores_ranges_starts_anew(hub: server.Hub, tiny: catalog.ModelSpec) -> None:
    hub.ranges = False
    hub.cuts = [5_000_000]
    assert fetch(order.make(tiny, source=f"{hub.url}/plain/")).path.read_bytes() == CONTENT


def test_a_server_that_does_not_say_the_length(hub: server.Hub, tiny: catalog.ModelSpec) -> None:
    hub.lengths = False
    assert fetch(order.make(tiny, source=f"{hub.url}/plain/{NAME}")).path.read_bytes() == CONTENT


def test_a_local_folder_is_linked_and_opens_no_connection(
    hub: server.Hub, tiny: catalog.ModelSpec, tmp_path: Path
) -> None:
    mirror = tmp_path / "mirror" / REPO
    mirror.mkdir(parents=True)
    (mirror / NAME).write_bytes(CONTENT)
    weights = fetch(order.make(tiny, source=str(tmp_path / "mirror")))
    assert weights.path.samefile(mirror / NAME)
    assert not hub.requests


def test_a_folder_without_the_file_is_one_sentence(hub: server.Hub, tiny: catalog.ModelSpec, tmp_path: Path) -> None:
    with pytest.raises(ModelFileMissing, match=NAME):
        order.make(tiny, source=str(tmp_path))


def test_all_parts_of_a_split_file_are_fetched(hub: server.Hub, tiny: catalog.ModelSpec) -> None:
    names = [f"big-0000{number}-of-00003.gguf" for number in (1, 2, 3)]
    hub.repos[REPO] = {name: b"GGUF" + name.encode() for name in names}
    spec = tiny.model_copy(update={"files": (tiny.files[0].model_copy(update={"name": names[0]}),)})
    weights = fetch(order.make(spec))
    assert [file.name for file in weights.stored.files] == names
    assert weights.path.name == names[0]
    assert (weights.path.parent / names[2]).read_bytes() == b"GGUF" + names[2].encode()


@pytest.mark.parametrize(
    ("quantization", "source", "sentence"),
    [
        ("Q2_K", None, "no file with quantization Q2_K. Known: Q8_0, F16"),
        (None, "ftp://there/x.gguf", "only http and https"),
        (None, "https://there/x.bin", "must end in .gguf"),
        (None, "https://there/x-00002-of-00003.gguf", "is one part of several"),
    ],
)
def test_orders_that_cannot_be_placed(
    tiny: catalog.ModelSpec, quantization: str | None, source: str | None, sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        order.make(tiny, quantization, source)


def test_a_page_of_the_hub_is_taken_for_the_file(tiny: catalog.ModelSpec) -> None:
    wanted = order.make(tiny, source=f"{order.HUB}/{REPO}/blob/main/{NAME}")
    assert wanted.base == f"{order.HUB}/{REPO}/resolve/main/{NAME}"


def test_a_catalogue_entry_in_doubt_vouches_for_nothing(tiny: catalog.ModelSpec) -> None:
    file = tiny.files[0].model_copy(update={"sha256": "ab" * 32})
    spec = tiny.model_copy(update={"files": (file,)})
    assert order.make(spec).sha256 == "ab" * 32
    assert order.make(spec.model_copy(update={"unverified": ("files",)})).sha256 is None


def test_the_embedded_model_needs_no_fetching() -> None:
    with pytest.raises(InputError, match="ships with the program"):
        order.make(catalog.builtin().find("embedded"))
