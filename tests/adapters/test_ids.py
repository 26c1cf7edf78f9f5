"""Random names."""

from __future__ import annotations

import os
import re
import socket
from datetime import datetime, timedelta, timezone

from firstresponder.adapters.ids import RandomIds
from firstresponder.testing.clock import FakeClock


def test_an_incident_id_is_its_date_and_six_characters() -> None:
    """An id is safe in a URL, begins with the UTC day of birth, and has none of the letters that are misread."""
    late = datetime(2026, 11, 21, 23, 30, tzinfo=timezone(timedelta(hours=-5)))  # the 22nd in UTC
    assert re.fullmatch(r"20261122-[0-9a-hjkmnp-tv-z]{6}", RandomIds(FakeClock(late)).incident())


def test_incident_ids_differ() -> None:
    """Two hundred ids of one moment are two hundred ids."""
    ids = RandomIds(FakeClock())
    assert len({ids.incident() for _ in range(200)}) == 200


def test_a_holder_is_one_process() -> None:
    """The holder's name stays the same within a process and differs for the next, even with the same process id."""
    first, second = RandomIds(FakeClock()), RandomIds(FakeClock())
    assert first.holder() == first.holder()
    assert first.holder() != second.holder()
    assert first.holder().startswith(f"{socket.gethostname()}-{os.getpid()}-")
