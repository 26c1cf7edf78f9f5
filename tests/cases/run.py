"""Diagnose recorded incidents as `firstresponder diagnose` does, and print how well the causes were found.

    python tests/cases/run.py [FOLDER or FILE ...]     the examples beside this file by default
    python tests/cases/run.py --predictions [...]      JSON for a scorer: {id: {"classes": [...], "action": …, "target": …}}

`expected` never reaches the product.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firstresponder.cli.diagnose import examine, shipped_runbooks
from firstresponder.model import Diagnosis, EvidenceSet
from firstresponder.workflow.offline import Opinion

EXAMPLES = Path(__file__).parent / "examples"


@dataclass(frozen=True)
class Played:
    """One incident, what was made of it, and what was expected."""

    name: str
    opinion: Opinion
    expected: dict[str, Any]

    @property
    def evidence(self) -> EvidenceSet:
        """What was seen."""
        return self.opinion.evidence

    @property
    def diagnosis(self) -> Diagnosis:
        """What was made of it."""
        return self.opinion.diagnosis

    @property
    def first(self) -> str:
        """The class ranked first; empty when nothing was said."""
        return self.diagnosis.hypotheses[0].cause_class if self.diagnosis.hypotheses else ""

    @property
    def accepted(self) -> set[str]:
        """The classes that count as right."""
        return {self.expected["cause_class"], *self.expected["also_accept"]}


async def play(path: Path) -> Played:
    """Diagnose one recorded incident."""
    expected = await asyncio.to_thread(_expected, path)
    return Played(path.stem, await examine(path, shipped_runbooks()), expected)


def _expected(path: Path) -> dict[str, Any]:
    expected: dict[str, Any] = json.loads(path.read_text())["expected"]
    return expected


def files(places: Sequence[str]) -> list[Path]:
    """Return the bundle files in these folders, or these files."""
    return [file for place in map(Path, places) for file in (sorted(place.glob("*.json")) if place.is_dir() else [place])]


def table(played: Iterable[Played]) -> str:
    """Put results into a table, and the sums below it."""
    played = list(played)
    lines = [f"{'incident':36} {'expected':28} {'said':28} {'conf.':>5}  target"]
    for one in played:
        best = one.diagnosis.hypotheses[0] if one.diagnosis.hypotheses else None
        confidence = f"{best.confidence:.2f}" if best else "-"
        said = best.cause_class if best else "(abstained)"
        right = "right" if best and str(best.target) == one.expected["target"] else str(best.target) if best else "-"
        lines.append(f"{one.name:36} {one.expected['cause_class']:28} {said:28} {confidence:>5}  {right}")
    hits = sum(one.first in one.accepted for one in played)
    wrong = sum(bool(one.first) and one.first not in one.accepted for one in played)
    lines.append(f"{hits} of {len(played)} right, {wrong} wrong, {len(played) - hits - wrong} abstained")
    return "\n".join(lines)


def predictions(played: Iterable[Played]) -> dict[str, Any]:
    """Put results into the form that scorers read, by the id of the incident."""
    return {
        one.opinion.name: {
            "classes": [hypothesis.cause_class for hypothesis in one.diagnosis.hypotheses],
            "action": one.opinion.action,
            "target": str(one.opinion.target) if one.opinion.target else None,
        }
        for one in played
    }


async def _all(paths: list[Path]) -> list[Played]:
    return [await play(path) for path in paths]


if __name__ == "__main__":
    words = [word for word in sys.argv[1:] if word != "--predictions"]
    results = asyncio.run(_all(files(words or [str(EXAMPLES)])))
    sys.stdout.write((table(results) if len(words) == len(sys.argv) - 1 else json.dumps(predictions(results), indent=1)) + "\n")
