"""Another record that may be the one on a deck: a second version of a song lies on the sound almost as well.

Which of two versions is named first is chance; what is more like the sound for some seconds is the right one.

Conventions
-----------
Likeness is that of ``likeness``, times are seconds.
"""

from collections.abc import Collection, Iterable

from ..library.snapshot import Snapshot
from .likeness import Picture, Place
from .lines import Line
from .play import Play

CLOSE = 0.15
"""How much less like the sound than the record on the deck a rival may be."""
AHEAD = 0.006
"""By how much it must be more like the sound, on average, to take its place: little, but the same from hop to hop."""
SURE_S = 3.0
"""Seconds side by side until that can be said, and time constant of the average; in half the time, of four times as
much: the average of what goes up and down with the sound is not sure before."""
LEAST_S = 1.0
"""Seconds side by side before anything is said: both are still being put right."""


class Rival:
    """Follows at most one rival of the record on a deck."""

    def __init__(self, snapshot: Snapshot, hop_s: float) -> None:
        self._snapshot, self._hop_s = snapshot, hop_s
        self._play: Play | None = None
        self._ahead = 0.0

    def forget(self) -> None:
        """There is another record on the deck."""
        self._play = None

    def hear(
        self, play: Play, picture: Picture, t: float, lines: Iterable[Line], barred: Collection[int]
    ) -> Play | None:
        """Hear a hop; return the rival if it is the record on the deck, which ``play`` is not.

        Parameters
        ----------
        play
            The record on the deck, as corrected by this hop.
        picture
            What is left of the sound.
        t
            End of the hop.
        lines
            Where in which tracks the last seconds may lie.
        barred
            Numbers of tracks that it cannot be.
        """
        if self._play is None:
            self._play, self._ahead = self._find(play, picture, t, lines, barred), 0.0
            return None
        self._play.follow(self._snapshot, picture, t, self._hop_s)
        self._level(play, self._play, picture, t)
        lead = self._play.likeness - play.likeness
        found = self._play
        beside_s = t - found.since_s
        self._ahead += self._hop_s / min(beside_s, SURE_S) * (lead - self._ahead)
        if lead < -CLOSE or found.number in barred or play.absent_s > 0.0:
            self._play = None
        elif beside_s >= LEAST_S and self._ahead > AHEAD * max(SURE_S / beside_s, 1.0) ** 2:
            self._play = None
            return found
        return None

    def _level(self, one: Play, other: Play, picture: Picture, t: float) -> None:
        """Give the less alike of both the speed and the pitch of the other, if those make the difference."""
        worse, better = sorted((one, other), key=lambda play: play.likeness)
        place = Place(worse.number, worse.at(t), better.rate, better.place(t).semitones)
        likeness, lag_s = picture.against(self._snapshot, place).best()
        if likeness > worse.likeness:
            worse.position_s, worse.t = place.position_s + lag_s * place.rate, t
            worse.rate, worse.key_lock, worse.likeness = better.rate, better.key_lock, likeness

    def _find(
        self, play: Play, picture: Picture, t: float, lines: Iterable[Line], barred: Collection[int]
    ) -> Play | None:
        """Return a rival that is as good, or nearly."""
        for line in lines:
            if line.number == play.number or line.number in barred:
                continue
            place = Place(line.number, line.at(t), play.rate, play.place(t).semitones)
            likeness, lag_s = picture.against(self._snapshot, place).best()
            if likeness > play.likeness - CLOSE:
                position_s = place.position_s + lag_s * place.rate
                return Play(place.number, t, position_s, place.rate, play.key_lock, likeness, t)
        return None
