"""Tempo, beat and bar of what is heard now, for music that nobody has seen before.

Conventions
-----------
Stepped once a tick with the tick's onset flux. ``phase`` 0 is on the beat and stands for the tick's end: the analysis
latency is taken out. ``beat`` counts beats since the start, never falls, and passes each whole number once, at a
beat; where the tracker finds that it was late it leaps, where it was early it waits. Deterministic; all state is in
the object.

The score of every tempo and phase comes from ``pulse``, what many of them add up to from ``pointer``. The tracker
follows the ridge it stands on and moves to another only when the best path leads its own by enough: a DJ's lights
should not flicker between two readings of the same bar.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..signal.features import FLUX_GROUPS, FRAMES, Floats
from ..signal.pulse import BPM, FRAME_S, LATENCY_S, PHASES, TEMPI, TICK_S, Complexes, PulseModel, Resonators, spread
from .pointer import Pointer

_HOLD_S = 4.0
"""How long tempo and beat go on without any onset."""
_LEARN_S = 2.5
"""Sound heard before the first guess."""
_DECIDE_TICKS = 4
_SETTLED_S = 8.0
_LEAD, _LEAD_YOUNG = 1.0, 0.4
"""Lead, in nats, that the best path must have before the tracker moves to it; the second before ``_SETTLED_S`` of
sound, while the evidence is thin."""
_FOLLOW, _FOLLOW_YOUNG = 0.28, 0.5
"""Share of the distance to the ridge's top gone at each decision."""
_TRUST = 0.12
"""Share of the way that confidence goes at each decision to what the evidence of now says."""
_NEAR = 0.03
"""How far from the tracker's own, in log tempo, a path is still its own."""
_REACH = 0.12
"""The same in phase."""
_BAR_BEATS, _BAR_LEAD = 16, 3.0
"""Beats heard before a bar is named, and the lead of its first beat's accent, in deviations of the mean."""
_SAID_NATS, _SAID_WIDTH = 6.0, 0.04
"""What somebody's word for the tempo is worth against tempi elsewhere, and how exactly it is meant, in log tempo:
enough to choose between readings of the same music, and not to deny another music."""
_LOG_BPM = np.log(BPM)
_PHASE_GRID = np.arange(PHASES) / PHASES


@dataclass(frozen=True, slots=True)
class LiveBeat:
    """Where in the beat and in the bar the music is."""

    bpm: float
    """Beats per minute, 0 unknown."""
    conf: float
    """0..1: how much of the evidence stands behind this tempo and phase."""
    phase: float
    """Within the beat, 0 up to 1."""
    bar_phase: float
    """Within the bar, 0 up to 1; 0 while the bar is unknown."""
    beat: float
    """Running count of beats, fraction included; never falls."""
    beat_in_bar: int
    """1 to 4, 0 unknown."""


NO_BEAT = LiveBeat(0.0, 0.0, 0.0, 0.0, 0.0, 0)


class BeatTracker:
    """Follows the beat of unknown music."""

    def __init__(self) -> None:
        self._bank = Resonators()
        self._model = PulseModel()
        self._bar = _Bar()
        self._ticks = 0
        self._heard_s = 0.0
        self._quiet_s = 0.0
        self._bpm = 0.0
        self._conf = 0.0
        self._beat = 0.0
        self._owed = 0.0
        self._pointer = Pointer()
        self._decided = 0
        self._said = np.zeros(TEMPI, np.float32)
        self._tapped = False
        self._anew = False

    def step(self, onset: Floats, t_end_s: float) -> LiveBeat:
        """Advance one tick.

        Parameters
        ----------
        onset
            ``FeatureTick.flux`` (5, 5), or ``FeatureTick.onset`` (5,) where the bands are not known.
        t_end_s
            Stream time of the tick's end. Only for the reader's sake: time is counted in ticks.
        """
        heard = onset if onset.ndim == 2 else np.pad(np.repeat(onset[:, None], FLUX_GROUPS, axis=1), ((0, 0), (0, 1)))
        self._bank.step(heard)
        self._ticks += 1
        flux = heard[:, :FLUX_GROUPS]
        sounding = float(flux.max()) > 0.05
        self._quiet_s = 0.0 if sounding else self._quiet_s + TICK_S
        self._heard_s += TICK_S if sounding or self._heard_s > 0.0 else 0.0
        if self._quiet_s > _HOLD_S:
            self._forget()
        self._advance()
        if self._ticks % _DECIDE_TICKS == 0 and self._quiet_s < 2.0 and self._heard_s > 0.0:
            self._decide()
        if self._bpm == 0.0:
            return LiveBeat(0.0, 0.0, self._beat % 1.0, 0.0, self._beat, 0)
        self._bar.step(flux, self._beat + self._owed, self._bpm)
        place = (self._beat - self._bar.first) % 4.0
        return LiveBeat(
            bpm=self._bpm,
            conf=self._conf,
            phase=self._beat % 1.0,
            bar_phase=place / 4.0 if self._bar.known else 0.0,
            beat=self._beat,
            beat_in_bar=int(place) + 1 if self._bar.known else 0,
        )

    def lean(self, bpm: float) -> None:
        """Take somebody's word for the tempo, one of ``pulse.BPM``'s range; 0 goes by hearing alone."""
        near = np.exp(-0.5 * ((_LOG_BPM - np.log(bpm)) / _SAID_WIDTH) ** 2) if bpm else np.ones(TEMPI)
        self._said = (_SAID_NATS * (near - 1.0)).astype(np.float32)
        self._tapped, self._anew = False, True

    def set(self, bpm: float, phase: float) -> None:
        """Take somebody's word for the tempo and the phase at the last tick's end.

        The phase holds for as long as the tempo does; what is heard may still move it by a fraction of a beat.
        """
        self.lean(bpm)
        self._tapped = True
        self._bpm = bpm
        self._owed = (phase - self._beat + 0.5) % 1.0 - 0.5
        self._bar.forget()

    def _forget(self) -> None:
        if self._tapped:
            self.lean(0.0)
        self._bpm, self._conf, self._heard_s, self._owed = 0.0, 0.0, 0.0, 0.0
        self._pointer = Pointer()
        self._bar.forget()

    def _advance(self) -> None:
        """Move on by one tick and repay what is owed, but never backwards."""
        move = self._bpm / 60.0 * TICK_S
        step = max(0.0, move + self._owed)
        self._owed += move - step
        self._beat += step

    def _decide(self) -> None:
        tempo, harmonics = self._model.parts(self._bank.read())
        tempo = tempo + self._said
        young = self._heard_s <= _SETTLED_S or self._anew
        self._anew = False
        # After a pause too: paths go on while nothing is heard.
        scores = self._pointer.step(tempo, harmonics, (self._ticks - self._decided) * TICK_S, young)
        self._decided = self._ticks
        if self._heard_s <= _LEARN_S:
            return
        if self._bpm == 0.0:
            self._leap(tempo, harmonics)
            return
        rows = self._rows()
        lead = -self._pointer.height(rows, self._beat + self._owed, 1.0 if self._tapped else _REACH)
        if lead > (_LEAD_YOUNG if young else _LEAD):
            self._conf *= 0.5
            self._tapped = False
            self._bar.forget()
            self._leap(tempo, harmonics)
            return
        here = spread(tempo[rows], harmonics[rows])
        away = np.abs((_PHASE_GRID - (self._beat + self._owed) + 0.5) % 1.0 - 0.5)
        ridge = np.where(away < _REACH, here, -np.inf)
        row, column = divmod(int(ridge.argmax()), PHASES)
        # The share of the evidence: both sums are over the same grid, whichever phase its first column has.
        total = float(np.exp(scores).sum())
        share = float(np.exp(ridge - here.max()).sum()) * float(np.exp(scores[rows].max())) / total
        self._conf += _TRUST * (min(share, 1.0) - self._conf)
        self._move_to(tempo, harmonics, row + rows.start, column, _FOLLOW_YOUNG if young else _FOLLOW)

    def _rows(self) -> slice:
        low, high = np.searchsorted(_LOG_BPM, np.log(self._bpm) + np.array([-_NEAR, _NEAR]))
        return slice(max(0, min(int(low), TEMPI - 1)), max(int(high), int(low) + 1))

    def _leap(self, tempo: Floats, harmonics: Complexes) -> None:
        """Go over to the best path."""
        row, phase = self._pointer.best()
        self._bpm = float(BPM[row])
        self._move_to(tempo, harmonics, row, round(phase * PHASES) % PHASES, 1.0)

    def _move_to(self, tempo: Floats, harmonics: Complexes, row: int, column: int, share: float) -> None:
        """Go a share of the way to the top of the ridge at (row, column)."""
        rows = slice(row - 1, row + 2) if 0 < row < TEMPI - 1 else slice(row, row + 1)
        tops = [_top(scores, column) for scores in spread(tempo[rows], harmonics[rows])]
        lean = _peak(*(height for _, height in tops)) if len(tops) == 3 else 0.0
        # The ridge is oblique: a slower tempo has its top at a later phase.
        phase = float(np.interp(lean, [-1, 0, 1], [at for at, _ in tops])) if len(tops) == 3 else tops[0][0]
        log_bpm = float(np.interp(row + lean, np.arange(TEMPI), _LOG_BPM))
        before = np.log(self._bpm)
        self._bpm = float(np.exp(before + share * (log_bpm - before)))
        error = (phase / PHASES - (self._beat + self._owed) + 0.5) % 1.0 - 0.5
        self._owed += share * error


class _Bar:
    """Finds the first beat of four from the accents of the low band and of everything."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self.known = False
        self.first = -1
        self._accents = np.zeros(4)
        self._spread = 0.0
        self._heard = 0
        self._at = -1
        self._accent = 0.0

    def step(self, flux: Floats, beat: float, bpm: float) -> None:
        """Take one tick of flux; ``beat`` is the count at the tick's end."""
        age = (FRAMES - 1 - np.arange(FRAMES)) * FRAME_S + LATENCY_S
        where = beat - age * bpm / 60.0
        nearest = np.rint(where).astype(int)
        strength = flux[:, 0] + 0.25 * flux.mean(axis=1)
        for frame in np.flatnonzero(np.abs(where - nearest) < 0.15):
            if nearest[frame] > self._at:
                self._close()
                self._at = int(nearest[frame])
            if nearest[frame] == self._at:
                self._accent = max(self._accent, float(strength[frame]))

    def _close(self) -> None:
        """The window round one beat is over: its accent counts for its place in the bar."""
        if self._at >= 0:
            place, share = self._at % 4, max(0.08, 1.0 / (1.0 + self._heard / 4.0))
            miss = self._accent - self._accents[place]
            if self._heard >= 4:
                self._spread += 0.05 * (miss * miss - self._spread)
            self._accents[place] += share * miss
            self._heard += 1
        self._accent = 0.0
        if self._heard < _BAR_BEATS:
            return
        second, best = np.argsort(self._accents)[-2:]
        lead = float(self._accents[best] - self._accents[second])
        doubt = float(np.sqrt(self._spread * 0.08 + 1e-6))
        if best != self.first and lead > 0.02 * float(self._accents.mean()) and lead > _BAR_LEAD * doubt:
            self.known, self.first = True, int(best)


def _top(row: npt.NDArray[np.float32], column: int) -> tuple[float, float]:
    """Place and height of the top of one tempo's scores within three phases of COLUMN."""
    place = column + max(range(-3, 4), key=lambda i: float(row[(column + i) % PHASES]))
    left, centre, right = (float(row[(place + i) % PHASES]) for i in (-1, 0, 1))
    lean = _peak(left, centre, right)
    return place + lean, centre - 0.25 * (left - right) * lean


def _peak(left: float, centre: float, right: float) -> float:
    """Where between -.5 and .5 the parabola through three points has its top."""
    bend = left - 2 * centre + right
    return 0.0 if bend >= 0 else min(max(0.5 * (left - right) / bend, -0.5), 0.5)
