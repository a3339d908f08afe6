"""Small guards of the way in: how often a caller is answered, and when a button counts as pressed.

Conventions
-----------
Time is an argument, in seconds of a steady clock. Both guards remember a bounded number of callers, the latest.
"""

from collections import OrderedDict

CALLERS = 64
DEAD_S = 0.05
"""A button that bounces is pressed once within this."""


class Allowance:
    """Tokens per caller: ``burst`` at once, then ``per_s`` a second; the first refusal in a second is told apart."""

    def __init__(self, burst: int, per_s: float) -> None:
        self._burst, self._per_s = float(burst), per_s
        self._left: OrderedDict[str, tuple[float, float, float]] = OrderedDict()

    def take(self, caller: str, now_s: float) -> bool:
        """Take a token if there is one."""
        left, at_s, told_s = self._left.pop(caller, (self._burst, now_s, float("-inf")))
        left = min(self._burst, left + max(0.0, now_s - at_s) * self._per_s)
        granted = left >= 1.0
        self._left[caller] = (left - 1.0 if granted else left, now_s, told_s)
        if len(self._left) > CALLERS:
            self._left.popitem(last=False)
        return granted

    def may_say_so(self, caller: str, now_s: float) -> bool:
        """After a refusal: whether to tell the caller, at most once a second."""
        left, at_s, told_s = self._left.get(caller, (self._burst, now_s, float("-inf")))
        if now_s - told_s < 1.0:
            return False
        self._left[caller] = (left, at_s, now_s)
        return True


class Buttons:
    """Rising edges above 0.5, at most one per caller and button within ``dead_s``.

    A button without an argument, or with one that is no number, is always an edge. A value that stays up is one press,
    however often it is sent.
    """

    def __init__(self, dead_s: float = DEAD_S) -> None:
        self._dead_s = dead_s
        self._last: OrderedDict[tuple[str, str], tuple[bool, float]] = OrderedDict()

    def pressed(self, caller: str, button: str, value: object, now_s: float) -> bool:
        """Tell whether this message presses the button."""
        plain = not isinstance(value, int | float)
        up = plain or value > 0.5  # type: ignore[operator]
        was_up, pressed_s = self._last.pop((caller, button), (False, float("-inf")))
        edge = up and (plain or not was_up) and now_s - pressed_s >= self._dead_s
        self._last[(caller, button)] = (up and not plain, now_s if edge else pressed_s)
        if len(self._last) > CALLERS * 4:
            self._last.popitem(last=False)
        return edge
