"""Second-order sections over a stream, by numpy alone: what the live path needs of scipy's ``sosfilt``.

Conventions
-----------
Sections are rows ``b0 b1 b2 1 a1 a2``. Sound is float64 (frames, channels). SciPy's filters would do the same, but
importing them takes two thirds of a second and 80 MB, which is most of what the daemon needs to start.

A cascade is linear: 32 outputs at once are a matrix times 32 inputs plus a matrix times the state, and the state moves
on by a matrix. The state is that of ``sosfilt``'s ``zi`` (transposed direct form II), section by section.
"""

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]
_BLOCK = 32
_DENORMAL = 1e-30


class Cascade:
    """A chain of sections with carried state.

    Parameters
    ----------
    sos
        (sections, 6).
    channels
        Of the sound.
    """

    def __init__(self, sos: Doubles, channels: int) -> None:
        self._sos = sos
        order = 2 * len(sos)
        self._state = np.zeros((order, channels))
        # Outputs of a block: from its inputs (a lower triangle) and from the state before it.
        self._from_input = np.zeros((_BLOCK, _BLOCK))
        self._from_state = np.zeros((_BLOCK, order))
        # State after 0, 1, … samples: from the state before, and from an input that is as many samples old.
        self._carry = np.zeros((_BLOCK + 1, order, order))
        self._enter = np.zeros((_BLOCK + 1, order))
        self._tabulate(order)

    def process(self, x: Doubles) -> Doubles:
        """Filter the next frames, (frames, channels)."""
        whole = len(x) // _BLOCK
        channels = x.shape[1]
        blocks = x[: whole * _BLOCK].reshape(whole, _BLOCK, channels)
        entering = self._enter[_BLOCK:0:-1].T @ blocks
        states = np.empty((whole, *self._state.shape))
        state, carry = self._state, self._carry[_BLOCK]
        for n in range(whole):
            states[n] = state
            state = carry @ state + entering[n]
        y = np.empty_like(x)
        y[: whole * _BLOCK] = (self._from_input @ blocks + self._from_state @ states).reshape(-1, channels)
        rest = len(x) - whole * _BLOCK
        if rest:
            tail = x[whole * _BLOCK :]
            y[whole * _BLOCK :] = self._from_input[:rest, :rest] @ tail + self._from_state[:rest] @ state
            state = self._carry[rest] @ state + self._enter[rest:0:-1].T @ tail
        state[np.abs(state) < _DENORMAL] = 0.0  # filter memory decays through denormals, which are slow
        self._state = state
        return y

    def _tabulate(self, order: int) -> None:
        for unit in range(order):
            state = np.zeros(order)
            state[unit] = 1.0
            self._carry[0, :, unit] = state
            for n in range(_BLOCK):
                self._from_state[n, unit], state = self._sample(0.0, state)
                self._carry[n + 1, :, unit] = state
        state = np.zeros(order)
        answer = np.zeros(_BLOCK)
        for n in range(_BLOCK):
            answer[n], state = self._sample(1.0 if n == 0 else 0.0, state)
            self._enter[n + 1] = state
        for n in range(_BLOCK):
            self._from_input[n, : n + 1] = answer[n::-1]

    def _sample(self, x: float, state: Doubles) -> tuple[float, Doubles]:
        after = np.empty_like(state)
        for n, (b0, b1, b2, _, a1, a2) in enumerate(self._sos):
            y = b0 * x + state[2 * n]
            after[2 * n] = b1 * x - a1 * y + state[2 * n + 1]
            after[2 * n + 1] = b2 * x - a2 * y
            x = y
        return x, after
