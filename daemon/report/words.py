"""How figures of a set are written, wherever they are shown."""

from __future__ import annotations

from .order import Order
from .score import Followed, Score

NOTHING = "–"
"""Where there is no figure."""


def clock(seconds: float) -> str:
    """Write seconds as minutes and seconds, with hours where there are some."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02d}" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


def seconds(value: float | None, digits: int = 1) -> str:
    """Write seconds with their unit, or that there are none."""
    return NOTHING if value is None else f"{value:.{digits}f} s"


def bar(share: float, width: int) -> str:
    """Draw a share, 0..1, as a bar of so many cells."""
    full = round(min(1.0, max(0.0, share)) * width)
    return "━" * full + "╌" * (width - full)


def named_after(followed: Followed) -> str:
    """Write how long it took to name a play."""
    return "never" if followed.named_after_s is None else f"{followed.named_after_s:.1f} s"


def sentence(judged: Score | Order) -> str:
    """Write what there is to say of a whole set."""
    if isinstance(judged, Order):
        return (
            f"named a listed track {judged.right:.0%}, another {judged.wrong:.0%}, none {judged.none:.0%} of the time; "
            f"found {judged.found} of the {judged.listed} tracks that the library has, {judged.in_order} in order"
        )
    told = [shares(judged)]
    if judged.changes:
        never = f", {judged.never} of {judged.changes} never" if judged.never else ""
        worst = f"median; worst {seconds(judged.lag_worst_s)}{never}"
        told.append(
            f"{seconds(judged.lag_median_s)} after a change ({worst})"
            if judged.lag_worst_s is not None
            else f"none of {judged.changes} changes followed"
        )
    if judged.position_median_s is not None:
        off_by = f"{seconds(judged.position_median_s, 2)} (90 % within {seconds(judged.position_p90_s, 2)})"
        told.append(f"position off by {off_by}")
    if judged.both_in_blend is not None:
        told.append(f"both tracks of a blend named {judged.both_in_blend:.0%} of its time")
    return "; ".join(told)


def shares(judged: Score) -> str:
    """Write how much of the time what was named was right."""
    return f"named right {judged.right:.0%}, wrong {judged.wrong:.0%}, not named {judged.none:.0%} of the time"
