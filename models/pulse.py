"""Learn what a beat looks like: the weights of the daemon's ``pulse.npz``, from music whose beats are known.

usage: python -m segue.models.pulse FOLDER OUT.npz [--epochs 5] [--seed 1]

FOLDER holds sound files, each with a JSON beside it that has ``beats_s`` (seconds). Every file is heard at its own
speed and at one drawn speed and gain, and drum-machine clips (``models/drums.py``), four a file, join in: music that is
free to use leans to few tempi.

The model is the daemon's ``PulseModel``: a score for each tempo and phase, trained as one softmax over all of them,
with the truth blurred by 1 % of tempo and .03 of a beat.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from ..daemon.clock import SAMPLE_RATE, TICK
from ..daemon.signal.features import BANDS, Features
from ..daemon.signal.pulse import BPM, BUMPS, HALF, PHASES, QUARTER, RATIOS, TEMPI, TICK_S, WHOLE, Resonators
from ..daemon.signal.resample import resample
from ..daemon.sound.decode import decode, mixdown
from .drums import clip

Floats = npt.NDArray[np.float32]
Times = npt.NDArray[np.float64]

_EVERY_TICKS = 24
_LEARN_TICKS = 50
_BATCH = 96
_LEAN = (1.5, 1.2, 0.9, 0.8, 1.0)
"""Taken over the learned template, band by band: in dance music the low band marks the beat and hats stand between,
which the free music that there is to learn from shows too little. Costs nothing on it."""


class Pulse(nn.Module):
    """The trainable twin of ``PulseModel``."""

    bumps: Tensor

    def __init__(self, hidden: int = 16) -> None:
        super().__init__()
        template = torch.zeros(BANDS, WHOLE, 2)
        start = torch.tensor([1.0, 0.7, 0.3, 0.4, 0.1, 0.15, 0.05, 0.15])
        template[:, :, 0] = 6 * torch.outer(torch.tensor([1.0, 0.5, 0.7, 0.5, 0.06]), start)
        self.template = nn.Parameter(template)
        self.bars = nn.Parameter(torch.zeros(BANDS, 2, 2))
        self.mix = nn.Parameter(torch.full((BANDS,), 0.5))
        self.inward = nn.Linear((BANDS + 1) * RATIOS.size, hidden)
        self.tempo_inward = nn.Linear(BUMPS.shape[1], hidden, bias=False)
        self.outward = nn.Linear(hidden, 1, bias=False)
        self.liking = nn.Linear(BUMPS.shape[1], 1, bias=False)
        nn.init.zeros_(self.tempo_inward.weight)
        nn.init.zeros_(self.liking.weight)
        self.register_buffer("bumps", torch.tensor(BUMPS, dtype=torch.float32))

    def forward(self, resonance: Tensor) -> Tensor:
        """Return scores (batch, tempi * phases) of resonance (batch, 5, tempi, ratios), complex."""
        batch = len(resonance)
        total = (resonance * self.mix[None, :, None, None]).sum(1, keepdim=True)
        strength = torch.cat([resonance, total], 1).abs().permute(0, 2, 1, 3).reshape(batch, TEMPI, -1)
        hidden = torch.tanh(self.inward(3 * strength) + self.tempo_inward(self.bumps))
        tempo = self.outward(hidden) + self.liking(self.bumps)
        harmonics = torch.einsum("nbkh,bh->nkh", resonance[..., :WHOLE], torch.view_as_complex(self.template))
        half, quarter = resonance[..., HALF], resonance[..., QUARTER]
        two = half * half / (half.abs() + 1e-4)
        four = quarter.abs() * (quarter / (quarter.abs() + 1e-4)) ** 4
        bars = torch.view_as_complex(self.bars)
        first = torch.einsum("nbk,b->nk", two, bars[:, 0]) + torch.einsum("nbk,b->nk", four, bars[:, 1])
        harmonics = torch.cat([harmonics[..., :1] + first[..., None], harmonics[..., 1:]], -1)
        padded = torch.nn.functional.pad(torch.view_as_real(harmonics), (0, 0, 1, PHASES // 2 - WHOLE))
        shape = torch.fft.irfft(torch.view_as_complex(padded.contiguous()), PHASES, dim=2) * (PHASES / 2)
        scores: Tensor = (shape + tempo).reshape(batch, -1)
        return scores

    def weights(self) -> dict[str, Floats]:
        """Return the arrays that the daemon loads."""
        named = {
            "template": self.template,
            "bars": self.bars,
            "mix": self.mix,
            "inward": self.inward.weight,
            "bias": self.inward.bias,
            "tempo_inward": self.tempo_inward.weight,
            "outward": self.outward.weight[0],
            "liking": self.liking.weight[0],
        }
        arrays = {name: value.detach().numpy().astype(np.float32) for name, value in named.items()}
        arrays["template"] *= np.array(_LEAN, np.float32)[:, None, None]
        return arrays


def examples(sound: Floats, beats_s: Times, offset: int) -> tuple[npt.NDArray[np.complex64], Times, Times]:
    """Return resonance, true tempo and true phase at moments of one sound where the beat is regular."""
    features, bank = Features(), Resonators()
    seen, tempo, phase = [], [], []
    for tick in range(len(sound) // TICK):
        bank.step(features.step(sound[tick * TICK : (tick + 1) * TICK], -20.0, -20.0).flux)
        at_s = (tick + 1) * TICK_S
        beat = int(np.searchsorted(beats_s, at_s)) - 1
        if tick < _LEARN_TICKS or (tick + offset) % _EVERY_TICKS or not 1 <= beat < len(beats_s) - 2:
            continue
        around, here = (beats_s[beat + 2] - beats_s[beat - 1]) / 3, beats_s[beat + 1] - beats_s[beat]
        if abs(here / around - 1) < 0.05 and BPM[0] < 60 / around < BPM[-1]:
            seen.append(bank.read())
            tempo.append(60 / around)
            phase.append((at_s - beats_s[beat]) / here)
    empty = np.zeros((0, BANDS, TEMPI, RATIOS.size), np.complex64)
    return np.stack(seen) if seen else empty, np.array(tempo), np.array(phase)


def gather(folder: Path, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """Hear everything in ``folder`` twice, and four times as many drum-machine clips."""
    rng = np.random.default_rng(seed)
    found = []
    truths = sorted(folder.rglob("*.json"))
    for number, truth in enumerate(truths):
        source = next(p for p in sorted(truth.parent.glob(truth.stem + ".*")) if p.suffix != ".json")
        sound = decode(source, limit_s=120.0)
        mono, beats_s = mixdown(sound.samples), np.array(json.loads(truth.read_text())["beats_s"])
        tempo = 60 / float(np.median(np.diff(beats_s)))
        drawn = float(rng.uniform(max(0.82, 63 / tempo), max(0.85, min(1.22, 190 / tempo))))
        for speed, gain in ((1.0, 1.0), (drawn, float(10 ** rng.uniform(-0.9, 0)))):
            heard = resample(mono, round(sound.rate * speed), SAMPLE_RATE) * np.float32(gain)
            found.append(examples(heard, beats_s / speed, 5 * number))
    for number in range(4 * len(truths)):
        found.append(examples(*clip(rng), 5 * number))
    resonance, tempo_bpm, phase = (np.concatenate(part) for part in zip(*found, strict=True))
    return torch.from_numpy(resonance), torch.tensor(tempo_bpm).float(), torch.tensor(phase).float()


def target(tempo_bpm: Tensor, phase: Tensor) -> Tensor:
    """Return the blurred truth, (batch, tempi * phases), summing to 1."""
    off_tempo = (torch.tensor(np.log(BPM)).float()[None] - tempo_bpm.log()[:, None]) / 0.010
    off_phase = ((torch.arange(PHASES) / PHASES - phase[:, None] + 0.5) % 1 - 0.5) / 0.03
    return torch.softmax((-0.5 * (off_tempo[:, :, None] ** 2 + off_phase[:, None, :] ** 2)).reshape(len(phase), -1), 1)


def fit(data: tuple[Tensor, Tensor, Tensor], epochs: int, seed: int) -> Pulse:
    """Train, printing the loss of each epoch."""
    torch.manual_seed(seed)
    resonance, tempo_bpm, phase = data
    model, steps = Pulse(), max(1, len(phase) // _BATCH)
    optimiser = torch.optim.AdamW(model.parameters(), lr=4e-3, weight_decay=1e-3)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, 8e-3, total_steps=epochs * steps + 1)
    for epoch in range(epochs):
        order, losses = torch.randperm(len(phase)), []
        for some in torch.chunk(order[: steps * _BATCH], steps):
            wanted = target(tempo_bpm[some], phase[some])
            loss = -(wanted * torch.log_softmax(model(resonance[some]), 1)).sum(1).mean()
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            rate.step()
            losses.append(loss.item())
        print(f"epoch {epoch + 1}: loss {np.mean(losses):.3f} nats over {len(phase)} moments", flush=True)
    return model


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m segue.models.pulse", description=str(__doc__).split("\n", 1)[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    model = fit(gather(given.folder, given.seed), given.epochs, given.seed)
    np.savez(given.out, allow_pickle=False, **model.weights())


if __name__ == "__main__":
    main()
