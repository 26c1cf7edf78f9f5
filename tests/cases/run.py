"""Play recorded incidents through resolve, collect and diagnose, and print how well the causes were found.

    python tests/cases/run.py [FOLDER or FILE ...]     the examples beside this file by default

`expected` never reaches the product.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from firstresponder.adapters.replay.bundle import Bundle, load_bundle
from firstresponder.config import Limits
from firstresponder.diagnosis.rank import diagnose
from firstresponder.evidence.collect import collect
from firstresponder.model import Alert, Diagnosis, EvidenceSet
from firstresponder.testing.clock import FakeClock

EXAMPLES = Path(__file__).parent / "examples"


@dataclass(frozen=True)
class Played:
    """One incident, what was made of it, and what was expected."""

    name: str
    evidence: EvidenceSet
    diagnosis: Diagnosis
    expected: dict[str, Any]

    @property
    def first(self) -> str:
        """The class ranked first; empty when nothing was said."""
        return self.diagnosis.hypotheses[0].cause_class if self.diagnosis.hypotheses else ""

    @property
    def accepted(self) -> set[str]:
        """The classes that count as right."""
        return {self.expected["cause_class"], *self.expected["also_accept"]}


def alerts_of(bundle: Bundle) -> list[Alert]:
    """Return the alerts of a recorded webhook body."""
    return [
        Alert(
            fingerprint=one["fingerprint"],
            labels=one["labels"],
            annotations=one.get("annotations", {}),
            status=one["status"],
            starts_at=datetime.fromisoformat(one["startsAt"]),
            received_at=bundle.now,
        )
        for one in bundle.alerts["alerts"]
    ]


async def play(path: Path) -> Played:
    """Diagnose one recorded incident."""
    expected = await asyncio.to_thread(_expected, path)
    bundle = load_bundle(path)
    alerts = alerts_of(bundle)
    evidence = await collect(path.stem, 1, alerts, bundle.cluster, bundle.logs, FakeClock(bundle.now), Limits())
    diagnosis = diagnose(evidence, alerts, bundle.now)
    return Played(path.stem, evidence, diagnosis, expected)


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


async def _all(paths: list[Path]) -> list[Played]:
    return [await play(path) for path in paths]


if __name__ == "__main__":
    sys.stdout.write(table(asyncio.run(_all(files(sys.argv[1:] or [str(EXAMPLES)])))) + "\n")
