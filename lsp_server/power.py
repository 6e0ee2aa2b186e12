"""Whether the machine runs on battery, asked at most twice a minute."""

from __future__ import annotations

import time
from collections.abc import Callable

SECONDS = 30.0


def read_battery() -> bool | None:
    """True on battery, False on mains, None where there is no battery or it cannot be read."""
    import psutil

    try:
        battery = psutil.sensors_battery()
    except (AttributeError, OSError, RuntimeError, ValueError):
        # Platforms without the call, and batteries whose files say nonsense.
        return None
    return None if battery is None or battery.power_plugged is None else not battery.power_plugged


class Power:
    """Remembers the answer for a while: the question goes to the hardware, and it is asked at every key."""

    def __init__(
        self, read: Callable[[], bool | None] = read_battery, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._read = read
        self._clock = clock
        self._known: bool | None = None
        self._until = float("-inf")

    @property
    def on_battery(self) -> bool | None:
        """See `read_battery`."""
        now = self._clock()
        if now >= self._until:
            self._known, self._until = self._read(), now + SECONDS
        return self._known
