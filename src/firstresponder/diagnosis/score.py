"""How a confidence is formed: a sum of named observations, nothing hidden.

Each detector lists its observations with a weight; those that were made are added up. The sum is cut to 0.05 … 0.95:
rules never prove a cause. What was counted goes with the hypothesis as `facts["observations"]`.
A weight says how much an observation narrows the cause down, not how alarming it is; the necessary ones come first and
alone stay below one half, so that a symptom by itself never passes for a cause.
"""

from __future__ import annotations

MOST = 0.95
LEAST = 0.05


class Score:
    """A running sum of observations."""

    def __init__(self) -> None:
        """Start with nothing observed."""
        self.observations: dict[str, float] = {}

    def add(self, what: str, weight: float, *, seen: bool = True) -> bool:
        """Count `weight` (negative when it speaks against) if it was `seen`; return `seen`."""
        if seen:
            self.observations[what] = weight
        return seen

    @property
    def confidence(self) -> float:
        """The sum, between LEAST and MOST, to two digits."""
        return round(min(MOST, max(LEAST, sum(self.observations.values()))), 2)
