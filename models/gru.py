"""The recurrent trunk: one GRU over tokens, its hidden vector the only state."""

import torch
from torch import Tensor, nn


class GruTrunk(nn.Module):
    """Tokens (batch, tokens, dim) to (batch, tokens, trunk_dim)."""

    context_tokens: int | None = None
    """How far back an output hears: for ever, though it forgets."""
    delay_tokens = 0

    def __init__(self, dim: int, trunk_dim: int) -> None:
        super().__init__()
        self.gru = nn.GRU(dim, trunk_dim, batch_first=True)

    def init_state(self, batch: int) -> dict[str, Tensor]:
        """Return the hidden vector, zero."""
        return {"trunk": torch.zeros(1, batch, self.gru.hidden_size)}

    def forward(self, tokens: Tensor, state: dict[str, Tensor]) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the hidden vector at every token, and the last."""
        y, h = self.gru(tokens, state["trunk"])
        return y, {"trunk": h}
