"""Which of the engine's slots holds which window of which document. Pure bookkeeping; knows no engine.

A slot keeps the evaluated prompt of one name. `NAME#K` is window K of the document NAME; a name without a
number is a document of one window. A document's current window is the one that was answered from last, or
prepared as a whole since: what the next key will need. Prompts that are prepared ahead take the other slots.
"""

from __future__ import annotations

from dataclasses import dataclass

from completion.types import Purpose


def document_of(name: str) -> str:
    """The document of a slot's name: `NAME` of `NAME#K`, else the whole name."""
    document, _, window = name.rpartition("#")
    return document if document and window.isascii() and window.isdecimal() else name


@dataclass(slots=True)
class _Slot:
    number: int
    name: str | None = None
    generating: bool = False
    current: bool = False

    @property
    def document(self) -> str:
        return document_of(self.name or "")


class Slots:
    """A fixed number of slots, numbered from 0; the least recently used one is taken over."""

    def __init__(self, count: int) -> None:
        # The least recently used first.
        self._order = [_Slot(number) for number in range(count)]

    def take(self, name: str, purpose: Purpose) -> int:
        """The slot that generates for `name` until it is released.

        A name keeps its slot. One that has none takes a free slot, else its document's other window's, else one of
        a document that has several, else the least recently used of all. A warm-up takes over no current window
        while there is another slot; where all are current, the least recently used one.
        Raises `ValueError` where the name's slot, or every slot, generates already.
        """
        slot = next((slot for slot in self._order if slot.name == name), None) or self._taken_over(name, purpose)
        if slot.generating:
            raise ValueError(f"slot {slot.number} generates already.")
        slot.generating = True
        if slot.name != name:
            slot.name, slot.current = name, False
        if purpose != "warm":
            self.use(slot.number)
        return slot.number

    def use(self, number: int) -> None:
        """What the slot holds is used, or ready to be: it is its document's current window from now on."""
        slot = self._find(number)
        for other in self._order:
            other.current = other.current and other.document != slot.document
        slot.current = True
        self._order.remove(slot)
        self._order.append(slot)

    def release(self, number: int) -> None:
        """The slot generates no more; it keeps what it holds."""
        self._find(number).generating = False

    def _taken_over(self, name: str, purpose: Purpose) -> _Slot:
        idle = [slot for slot in self._order if not slot.generating]
        if not idle:
            raise ValueError("every slot generates already.")
        free = [slot for slot in idle if slot.name is None]
        if free:
            return min(free, key=lambda slot: slot.number)
        if purpose == "warm":
            spare = [slot for slot in idle if not slot.current]
            if not spare:
                return idle[0]
            idle = spare
        own = [slot for slot in idle if slot.document == document_of(name)]
        documents = [slot.document for slot in self._order]
        several = [slot for slot in idle if documents.count(slot.document) > 1]
        return (own or several or idle)[0]

    def _find(self, number: int) -> _Slot:
        return next(slot for slot in self._order if slot.number == number)
