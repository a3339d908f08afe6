"""Batches for the encoder: for each record a long view that is heard, and a view on file that begins inside it.

The *heard* view is what a booth plays, ``heard_s`` long. The *filed* view overlaps its second half and goes on after
its end; in it lie ``windows`` key windows. All but the last two start at a moment of the heard view, exactly on one of
its hops (an *anchor*): such a window is what follows that anchor. The last two start after the heard view is over.
Where the views overlap they hear the same moments twice, so one draw serves continuation and identity.

Batch n of a seed is the same whenever it is drawn: a run that was stopped goes on with the batches it would have had.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..booth.mel import Booth
from ..booth.strength import FILE, LIVE, Speed, Strength, draw_speed
from ..booth.waveform import WaveBooth
from ..frontend import chroma_matrix, hann, mel_matrix
from ..spec import Spec
from .clips import Corpus
from .tempo import tempo_bpm

PITCHES = np.linspace(0.915, 1.085, 69)
"""Pitches that mel matrices are kept for, a quarter of a per cent apart."""
BEYOND = 2
"""Windows of a record that start after its heard view is over."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How much of how many records is in a batch."""

    tracks: int = 20
    heard_s: float = 30.0
    filed_s: float = 34.0
    windows: int = 7
    """Key windows a record, the two that begin after the heard view included."""
    waveform: float = 0.0
    """Share of the heard views whose booth works on the sound itself: nearer to the truth, and dearer."""


@dataclass(frozen=True, slots=True)
class Batch:
    """``n`` records with ``w`` windows each."""

    heard: Tensor
    """Power-mel of what a booth plays, (n, frames, mels)."""
    filed: Tensor
    """Power-mel of the record on file, (n, frames, mels)."""
    clip: Tensor
    """Which record of the corpus, (n,)."""
    heard_start_s: Tensor
    """Where each heard view starts in its record, (n,) seconds."""
    heard_rate: Tensor
    """Seconds of the record a second of the heard view, (n,)."""
    filed_start_s: Tensor
    filed_rate: Tensor
    anchor_hop: Tensor
    """Hops of the heard view that end where windows start, (n, w - 2)."""
    window_s: Tensor
    """Where the windows start in the record, (n, w) seconds, the first w - 2 of them at the anchors."""
    chroma: Tensor | None = None
    """Pitch classes of the filed view before any booth, (n, hops, 12), where an objective asks for them."""
    tempo_bpm: Tensor | None = None
    """Of what is heard, (n,), where an objective asks for it."""

    def to(self, device: torch.device) -> "Batch":
        """Return the batch on another device."""
        values: dict[str, Any] = {name: getattr(self, name) for name in self.__slots__}
        moved: dict[str, Any] = {name: None if value is None else value.to(device) for name, value in values.items()}
        return Batch(**moved)


@dataclass
class Batches:
    """Draws any batch of an endless row of them."""

    corpus: Corpus
    spec: Spec
    seed: int
    shape: Shape = Shape()
    live: Strength = LIVE
    file: Strength = FILE
    needs: frozenset[str] = frozenset()
    """What objectives ask for: ``chroma``, ``tempo``."""
    booth: Booth = field(init=False)

    def __post_init__(self) -> None:
        """Prepare windows, mel matrices, and each record's chance by its length."""
        self.booth, self.wave = Booth(self.spec), WaveBooth(self.spec.sample_rate, self.live)
        self.window = torch.tensor(hann(self.spec.window), dtype=torch.float32)
        self.mels = [torch.tensor(mel_matrix(self.spec, float(p))) for p in PITCHES]
        self.pitch_classes = torch.tensor(chroma_matrix(self.spec))
        self.seconds = np.array([len(s) for s in self.corpus.sound], np.float64) / self.spec.sample_rate
        weight = np.minimum(self.seconds, 300.0)
        self.chance = weight / weight.sum()

    def spectrum(
        self, clip: int, start_s: float, frames: int, rate: float, heard: Callable[[Tensor], Tensor] | None = None
    ) -> Tensor:
        """Return the power of a record from ``start_s`` on, turned ``rate`` times as fast, (frames, bins).

        ``heard`` is what happens to its sound first.
        """
        spec = self.spec
        first = round(start_s * spec.sample_rate) + spec.stride - spec.window
        at = np.round(np.arange(frames) * spec.stride * rate).astype(np.int64)
        sound = torch.from_numpy(self.corpus.read(clip, first, int(at[-1]) + spec.window))
        sound = heard(sound) if heard else sound
        spectrum = torch.fft.rfft(sound.unfold(0, spec.window, 1)[torch.from_numpy(at)] * self.window)
        power: Tensor = spectrum.real.square() + spectrum.imag.square()
        return power

    def mel(self, spectrum: Tensor, pitch: float) -> Tensor:
        """Return (frames, mels) power with every frequency multiplied by ``pitch``."""
        return torch.matmul(spectrum, self.mels[int(np.abs(PITCHES - pitch).argmin())])

    def draw(self, number: int) -> Batch:
        """Return batch ``number``."""
        spec, shape = self.spec, self.shape
        rng = np.random.default_rng([self.seed, number])
        clips = rng.choice(len(self.seconds), shape.tracks, replace=shape.tracks > len(self.seconds), p=self.chance)
        heard_frames = round(shape.heard_s / spec.hop_s) * spec.frames
        filed_frames = round(shape.filed_s / spec.hop_s) * spec.frames
        speeds, filed_speeds, hops, starts, filed_starts, windows = [], [], [], [], [], []
        for clip in clips:
            mild = rng.random() < 0.7
            speed, filed = draw_speed(self.live, rng), Speed(1.0, 1.0) if mild else draw_speed(self.live, rng)
            start = self._start(clip, shape.heard_s * speed.rate, rng)
            anchors = self._anchors(rng)
            seams = start + anchors * spec.hop_s * speed.rate
            filed_start = seams[0] - rng.uniform(0, 1.0)
            last = filed_start + (shape.filed_s - spec.key_window_s) * filed.rate
            beyond = np.linspace(seams[-1], last, BEYOND + 1)[1:] - rng.uniform(0, 1.0, BEYOND)
            speeds.append(speed)
            filed_speeds.append((filed, mild))
            hops.append(anchors)
            starts.append(start)
            filed_starts.append(filed_start)
            windows.append(np.concatenate([seams, beyond]))
        heard, plain = self._heard(clips, starts, speeds, heard_frames, rng)
        filed_views, chroma = [], []
        for clip, t, (filed, mild) in zip(clips, filed_starts, filed_speeds, strict=True):
            spectrum = self.spectrum(clip, t, filed_frames, filed.rate)
            side = self.file if mild else Strength(0, self.live.colour, 0)
            filed_views.append(self.booth(self.mel(spectrum, filed.pitch), side, rng, None))
            if "chroma" in self.needs:
                chroma.append(torch.matmul(spectrum, self.pitch_classes).view(-1, spec.frames, 12).mean(1))
        return Batch(
            heard,
            torch.stack(filed_views),
            torch.from_numpy(clips.astype(np.int64)),
            _row(starts),
            _row([s.rate for s in speeds]),
            _row(filed_starts),
            _row([s.rate for s, _ in filed_speeds]),
            torch.from_numpy(np.stack(hops).astype(np.int64)),
            _row(windows),
            torch.stack(chroma) if chroma else None,
            tempo_bpm(plain, spec) if "tempo" in self.needs else None,
        )

    def _heard(
        self, clips: NDArray[np.int64], starts: list[float], speeds: list[Speed], frames: int, rng: np.random.Generator
    ) -> tuple[Tensor, Tensor]:
        """Return the heard views in the booth and before it, (n, frames, mels) each."""
        places = list(zip(clips, starts, speeds, strict=True))
        plain = [self.mel(self.spectrum(c, t, frames, s.rate), s.pitch) for c, t, s in places]
        views = []
        for i, (clip, start, speed) in enumerate(places):
            if rng.random() < self.shape.waveform:
                length = int(self.shape.heard_s * self.spec.sample_rate)
                first = int(starts[i - 1] * self.spec.sample_rate)
                other = torch.from_numpy(self.corpus.read(int(clips[i - 1]), first, length))
                heard = partial(self.wave, rng=rng, other=other)
                views.append(self.mel(self.spectrum(clip, start, frames, speed.rate, heard), speed.pitch))
            else:
                views.append(self.booth(plain[i], self.live, rng, plain[i - 1]))
        return torch.stack(views), torch.stack(plain)

    def _start(self, clip: int, heard_s: float, rng: np.random.Generator) -> float:
        """Draw where the heard view starts; half of a recorded set's end where its tracks change."""
        latest = max(0.1, self.seconds[clip] - heard_s - self.spec.key_window_s)
        seams = [t for t in self.corpus.clips[clip].transitions_s if heard_s <= t <= latest + heard_s]
        if seams and rng.random() < 0.5:
            return float(rng.choice(seams)) - heard_s
        return float(rng.uniform(0, latest))

    def _anchors(self, rng: np.random.Generator) -> NDArray[np.int64]:
        """Hops that end at anchors: about four seconds apart, the last the heard view's own last."""
        count = self.shape.windows - BEYOND
        last = round(self.shape.heard_s / self.spec.hop_s)
        apart = 4.0 / self.spec.hop_s
        steps = rng.integers(round(apart * 0.75), round(apart * 1.25) + 1, count - 1)
        return last - np.concatenate([np.cumsum(steps)[::-1], [0]]).astype(np.int64)


def _row(values: object) -> Tensor:
    return torch.tensor(np.asarray(values), dtype=torch.float32)
