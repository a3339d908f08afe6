"""A frozen teacher's view of the record on file, read off the trunk while a booth plays it.

The student hears a booth and only the past; the teacher heard the file, a second and what surrounds it. A linear map
from the trunk must say what the teacher says of the same second of the record. The map is thrown away.

Conventions
-----------
Teachers' rows are those of ``teachers.features``, one a second; each of their numbers is standardised over the music
that is taught, or a cosine would mostly compare their means. A teacher hears some hours and no more: seconds without a
row take no part, and a batch without any gives a loss of zero. ``attach`` comes before the first step.

Source: the loss is DistilHuBERT's (Chang, Yang and Lee 2022, arXiv:2110.01900), L1 - log sigmoid(cosine).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from ...daemon.errors import SegueError
from ..datasets.clips import Clip
from ..encoder import Encoder
from ..pools import Pools
from ..spec import Spec
from ..teachers.features import Teacher, prepare_rows
from ..teachers.musicnn import Musicnn
from ..teachers.speech import LAYERS, Speech
from ..views import Views
from . import Objective, Settings

WIDTHS = {"musicnn": 200, "wav2vec2": 768, "hubert": 768}
"""Numbers in a row, of the base size of the speech models."""


class DistilSettings(Settings):
    """Who teaches, and how much."""

    teacher: Literal["musicnn", "wav2vec2", "hubert"] = "musicnn"
    weights: Path | None = None
    """The teacher's file; musicnn's is fetched where none is named, the speech models need theirs."""
    layers: tuple[int, ...] = LAYERS
    """Of a speech model's transformer, from 1; the mean is taught."""
    width: int | None = Field(None, ge=1)
    """Numbers in a teacher's row, for a speech model of another size than base."""
    hours: float = Field(5.0, gt=0)
    """How much of the music the teacher hears, whole clips drawn by ``seed``; a tenth as much of the validation's."""
    seed: int = 0
    after_s: float = Field(2.0, ge=0)
    """The student is asked so long after a second has begun: the teacher heard what follows it as well."""
    least_s: float = Field(2.0, ge=0)
    """What the heard view must have heard."""
    cosine_weight: float = Field(1.0, ge=0)
    key_weight: float = Field(0.0, ge=0)
    """Of the same question put to the moments of the key windows: the mean over a window's seconds. 0: not put."""


@dataclass(frozen=True, slots=True)
class Table:
    """A teacher's rows of a corpus, one clip after the other."""

    rows: Tensor
    """(seconds of all clips, dim) float16."""
    first: Tensor
    """Where each clip's rows begin, (clips,)."""
    count: Tensor
    """How many it has, (clips,): 0 where the teacher did not hear it."""

    @classmethod
    def of(cls, taught: Mapping[int, NDArray[np.float16]], clips: int, dim: int, device: torch.device) -> "Table":
        """Lay the rows of clips, by index, one after the other."""
        count = np.array([len(taught.get(n, ())) for n in range(clips)], np.int64)
        rows = np.concatenate([np.zeros((0, dim), np.float16), *(taught[n] for n in sorted(taught))])
        tensors = (torch.from_numpy(x).to(device) for x in (rows, np.cumsum(count) - count, count))
        return cls(*tensors)

    def has(self, clip: Tensor, second: Tensor) -> Tensor:
        """Return whether there is a row of a clip's second, (m,) bool for (m,) each."""
        return (second >= 0) & (second < self.count[clip])

    def read(self, clip: Tensor, second: Tensor) -> Tensor:
        """Return rows that there are, (m, dim) float32."""
        return self.rows[self.first[clip] + second].float()


class Distil(Objective):
    """L1 - log sigmoid(cosine) of what the trunk makes of a second and what the teacher does."""

    centre: Tensor
    spread: Tensor

    def __init__(self, spec: Spec, settings: DistilSettings) -> None:
        super().__init__()
        self.spec, self.settings = spec, settings
        self.width = settings.width or WIDTHS[settings.teacher]
        self.map = nn.Linear(spec.trunk_dim, self.width)
        pool = Pools(spec).dim
        self.key_map = nn.Sequential(nn.BatchNorm1d(pool), nn.Linear(pool, self.width)) if settings.key_weight else None
        self.register_buffer("centre", torch.zeros(self.width))
        self.register_buffer("spread", torch.ones(self.width))
        self.table: Table | None = None
        self.held_out: Table | None = None

    def attach(
        self, clips: Sequence[Clip], folder: Path, held_out: Sequence[Clip] = (), teacher: Teacher | None = None
    ) -> None:
        """Have the teacher hear its share of the music, or read what it said before.

        Parameters
        ----------
        clips, held_out
            What ``Batch.clip`` points into while the module trains, and while it does not.
        folder
            The corpus cache of both.
        teacher
            Another one than the settings name.

        Raises
        ------
        SegueError
            If the teacher's weights cannot be had, or its rows are of another width.
        """
        teacher = teacher or _teacher(self.settings)
        if teacher.dim != self.width:
            raise SegueError(
                f"{teacher.name} has {teacher.dim} numbers a row, not {self.width}: "
                f"set width = {teacher.dim} in the recipe's objectives.distil"
            )
        hours, seed, device = self.settings.hours, self.settings.seed, self.map.weight.device
        taught = prepare_rows(teacher, clips, folder, hours, seed)
        self.table = Table.of(taught, len(clips), self.width, device)
        heard = prepare_rows(teacher, held_out, folder, hours / 10, seed)
        self.held_out = Table.of(heard, len(held_out), self.width, device)
        if len(self.table.rows) > 1:
            deviation, mean = torch.std_mean(self.table.rows.float(), 0)
            self.centre.copy_(mean)
            self.spread.copy_(deviation.clamp(min=1e-3 * float(deviation.max()) + 1e-12))

    def forward(self, views: Views, encoder: Encoder, rng: np.random.Generator) -> Tensor:
        """Return the loss, a scalar.

        Raises
        ------
        ValueError
            If no teacher was attached.
        """
        table = self.table if self.training else self.held_out
        if table is None:
            raise ValueError("got no rows of a teacher, want them before the first step: call attach")
        trunk = cast(Tensor, views.heard.trunk)
        loss = trunk.float().sum() * 0
        if not len(table.rows):
            return loss
        track, second, token = self.moments(views, table)
        if len(track):
            wanted = table.read(views.batch.clip[track], second)
            loss = loss + self.compare(self.map(trunk[track, token]), wanted)
        if self.key_map is not None:
            loss = loss + self.settings.key_weight * self.keys(views, table, self.key_map)
        return loss

    def moments(self, views: Views, table: Table) -> tuple[Tensor, Tensor, Tensor]:
        """Return row of the batch, second of the record, and token of the heard view that is asked, (m,) each."""
        batch, device = views.batch, views.batch.clip.device
        n, tokens = views.heard.tokens.shape[:2]
        most = int(tokens * views.token_s * float(batch.heard_rate.max())) + 2
        track = torch.arange(n, device=device).repeat_interleave(most)
        begin = torch.floor(batch.heard_start_s).long()  # seconds of which a part at least is heard
        second = begin[track] + torch.arange(most, device=device).repeat(n)
        token = views.heard_token(track, second + self.settings.after_s)
        fits = table.has(batch.clip[track], second) & (token >= round(self.settings.least_s / views.token_s))
        return track[fits], second[fits], token[fits]

    def keys(self, views: Views, table: Table, key_map: nn.Module) -> Tensor:
        """Return the loss of the key windows whose every second was taught."""
        clip = views.batch.clip[views.key_track]
        rate = views.batch.filed_rate[views.key_track]
        part = torch.arange(max(1, int(self.spec.key_window_s)), device=clip.device)
        seconds = torch.floor(views.key_s[:, None] + (part + 0.5) * rate[:, None]).long()
        clips = clip[:, None].expand_as(seconds)
        fits = table.has(clips, seconds).all(1)
        guess = cast(Tensor, key_map(views.key_pool))[fits]
        if not len(guess):
            return guess.float().sum()
        return self.compare(guess, table.read(clips[fits], seconds[fits]).mean(1))

    def compare(self, guess: Tensor, rows: Tensor) -> Tensor:
        """Return the mean loss of guesses (m, dim) against a teacher's rows (m, dim)."""
        with torch.autocast(guess.device.type, enabled=False):
            guess, wanted = guess.float(), (rows - self.centre) / self.spread
            alike = F.cosine_similarity(guess, wanted, dim=1)
            return F.l1_loss(guess, wanted) - self.settings.cosine_weight * F.logsigmoid(alike).mean()


def _teacher(settings: DistilSettings) -> Teacher:
    if settings.teacher == "musicnn":
        return Musicnn(settings.weights)
    return Speech(settings.teacher, settings.weights, settings.layers)
