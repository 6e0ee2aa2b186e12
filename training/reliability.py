"""Do probabilities keep their word? Reliability, calibration error, ranking, a threshold, and a picture of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from completion.evaluate.score import interval

TENTHS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of about the same probability: how many, what was said on the average (0..1), and what came."""

    count: int
    said: float
    came: float


def curve(said: Sequence[float], came: Sequence[bool], bins: int = TENTHS) -> tuple[Bin, ...]:
    """The reliability curve: equally many answers a bin, the least probable first."""
    order = sorted(range(len(said)), key=lambda place: said[place])
    found = []
    for number in range(bins):
        part = order[number * len(order) // bins : (number + 1) * len(order) // bins]
        if part:
            count = len(part)
            found.append(Bin(count, sum(said[i] for i in part) / count, sum(came[i] for i in part) / count))
    return tuple(found)


def calibration_error(said: Sequence[float], came: Sequence[bool], bins: int = TENTHS) -> float:
    """Expected calibration error, 0..1, over bins of equally many answers (Nguyen and O'Connor 2015)."""
    found = curve(said, came, bins)
    total = sum(each.count for each in found)
    return sum(each.count * abs(each.said - each.came) for each in found) / total if total else 0.0


def ranking(said: Sequence[float], came: Sequence[bool]) -> float:
    """Area under the receiver operating characteristic: how often a right answer is thought more probable than a
    wrong one, ties counting half (Mann and Whitney 1947); 0.5 where there are not both."""
    order = sorted(range(len(said)), key=lambda place: said[place])
    ranks, place = 0.0, 0
    while place < len(order):
        end = place
        while end < len(order) and said[order[end]] == said[order[place]]:
            end += 1
        ranks += sum(came[i] for i in order[place:end]) * (place + 1 + end) / 2
        place = end
    right = sum(came)
    wrong = len(came) - right
    return (ranks - right * (right + 1) / 2) / (right * wrong) if right and wrong else 0.5


@dataclass(frozen=True, slots=True)
class Gated:
    """What a threshold does, as shares 0..1: holes shown, right among all holes, right among the shown."""

    threshold: float
    shown: float
    all: float
    among_shown: float

    @property
    def gain(self) -> float:
        """How many times as often what is shown is right."""
        return self.among_shown / self.all if self.all else 0.0


def gated(tries: Sequence[Sequence[tuple[float, bool]]], threshold: float, holes: int) -> Gated:
    """What is shown of `holes` holes: the first answer from `threshold` on, of those that were tried at each.

    Without a threshold it is the first answer.
    """
    passed = [[hit for chance, hit in one if chance >= threshold] for one in tries]
    shown = [hits[0] for hits in passed if hits]
    right = sum(one[0][1] for one in tries if one)
    return Gated(threshold, len(shown) / holes, right / holes, sum(shown) / len(shown) if shown else 0.0)


def threshold_for(said: Sequence[float], holes: int, share: float) -> float:
    """The highest threshold at which this share of all holes is shown; 0 where there are too few answers."""
    wanted = max(1, round(share * holes))
    return sorted(said, reverse=True)[wanted - 1] if len(said) >= wanted else 0.0


def draw(axis: Any, bins: Sequence[Bin], threshold: float, title: str) -> None:
    """The curve with 95 % intervals on matplotlib axes."""
    edge = 1.1 * max((max(each.said, each.came) for each in bins), default=1.0)
    axis.plot([0, edge], [0, edge], color="#c8ccd2", linewidth=1)
    axis.plot([each.said for each in bins], [each.came for each in bins], "o-", color="#3465a4")
    for each in bins:
        axis.plot([each.said] * 2, interval(round(each.came * each.count), each.count), color="#3465a4", linewidth=1)
    axis.axvline(threshold, color="#c9a227", linewidth=1)
    axis.annotate(f" shown from {threshold} on", (threshold, edge * 0.97), fontsize=8, va="top")
    axis.set(xlabel="confidence", ylabel="first line right", xlim=(0, edge), ylim=(0, edge), title=title)
    axis.spines[["top", "right"]].set_visible(False)


def picture(path: Path, curves: Sequence[tuple[str, Sequence[Bin]]], threshold: float) -> None:
    """Curves side by side, each with its title, as an SVG or PNG file."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    # The same figures give the same file.
    mpl.rcParams["svg.hashsalt"] = "reliability"
    figure, axes = pyplot.subplots(1, len(curves), figsize=(4.2 * len(curves), 4), constrained_layout=True)
    for axis, (title, bins) in zip(axes if len(curves) > 1 else [axes], curves, strict=True):
        draw(axis, bins, threshold, title)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110, metadata={"Date": None} if path.suffix == ".svg" else {"Software": None})
    pyplot.close(figure)
