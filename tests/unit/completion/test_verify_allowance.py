"""What was found out of a place is used again; the time that it took is not."""

from __future__ import annotations

from dataclasses import replace

from completion.syntax import languages, verify
from completion.syntax.tree import Allowance, TreeStore
from completion.types import Document


def test_a_place_is_judged_with_the_time_that_is_left_now() -> None:
    language = languages.find("python")
    assert language is not None
    parsed = TreeStore().parse(Document("a.py", "python", b"value = \n"), language)
    assert parsed is not None
    used_up = replace(parsed, allowance=Allowance(0.05))
    assert verify.longest_clean(used_up, 8, 8, "1") == "1"
    used_up.allowance.seconds = 0.0
    assert verify.longest_clean(used_up, 8, 8, "2") == ""
    assert verify.longest_clean(parsed, 8, 8, "3") == "3"
