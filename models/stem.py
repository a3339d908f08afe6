"""The stem: log-mel frames to tokens, half as many, by three causal convolutions over time and frequency.

Tensors are (batch, time, features) outside and (batch, channels, time, mels) inside. Every convolution carries its left
context in the state; nothing normalises over time.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .spec import Spec

State = dict[str, Tensor]


class Stem(nn.Module):
    """Log-mel frames to tokens, half as many; level and equaliser enter only as far as they move in time."""

    def __init__(self, spec: Spec) -> None:
        super().__init__()
        self.spec = spec
        a, b, c = spec.channels
        self.conv1 = nn.Conv2d(2, a, (3, 5), stride=(1, 2), padding=(0, 2))
        self.conv2 = nn.Conv2d(a, b, 3, stride=2, padding=(0, 1))
        self.conv3 = nn.Conv2d(b, c, 3, stride=(1, 2), padding=(0, 1))
        self.out = nn.Linear(c * spec.mels // 8, spec.token_dim)
        self.norm = nn.LayerNorm(spec.token_dim)

    def init_state(self, batch: int) -> State:
        """Return the left context of each convolution."""
        m, (a, b, _) = self.spec.mels, self.spec.channels
        return {
            "stem_mel": torch.zeros(batch, 2, m),
            "stem_1": torch.zeros(batch, 2, 2, m),
            "stem_2": torch.zeros(batch, a, 1, m // 2),
            "stem_3": torch.zeros(batch, b, 2, m // 4),
        }

    def forward(self, mel: Tensor, state: State) -> tuple[Tensor, Tensor, Tensor, State]:
        """Return centred frames and their flux, each (batch, frames, mels), tokens (batch, tokens, dim), and state."""
        centred = (mel - mel.mean(2, keepdim=True)) * 0.4
        held = torch.cat([state["stem_mel"], mel], 1)
        flux = (mel - held[:, :-2]) * 0.5
        x = torch.stack([centred, flux], 1)
        after: State = {"stem_mel": held[:, -2:]}
        for name, conv, keep in (("stem_1", self.conv1, 2), ("stem_2", self.conv2, 1), ("stem_3", self.conv3, 2)):
            x = torch.cat([state[name], x], 2)
            after[name] = x[:, :, -keep:]
            x = F.relu(conv(x)) if self.spec.activation == "relu" else F.gelu(conv(x), approximate="tanh")
        tokens = self.norm(self.out(x.transpose(1, 2).flatten(2)))
        return centred, flux, tokens, after
