"""The server that plays the recordings: how fast, and with which settings."""

from __future__ import annotations

from pathlib import Path

from demo.scenarios import DEMONSTRATED
from demo.server import Responder, settings

SPEED = 20.0
"""How many times faster than recorded."""
QUICK = {"initial_delay": "500ms", "interval": "500ms", "consecutive_successes": 3, "timeout": "30s"}
"""Verification in the time of the recording: 500 ms are ten seconds of it."""
RECORDINGS = Path(__file__).with_name("recordings")


def files() -> list[Path]:
    """Return the recordings in the order in which they are told."""
    return [RECORDINGS / f"{one.name}.json" for one in DEMONSTRATED]


def responder(folder: Path) -> Responder:
    """Return the server; it keeps everything in this folder, and is not started yet."""
    config = settings(*(one.namespace for one in DEMONSTRATED)) | {"verification": QUICK}
    return Responder(folder, config, replay=files(), speed=SPEED)
