"""`python -m demo.record [NAME …]`: make the recordings of `make demo` on the testbed. Nothing in them is edited by hand.

For each scenario: the application runs in a namespace of its own, it is broken, Prometheus fires, and from then on the
recorder watches. Where it is to be repaired, a real Firstresponder does that: alert, brief, approval, its own write gate.
One scenario has to stand for half an hour before it is broken; the others are recorded meanwhile.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys
from pathlib import Path

from demo.scenarios import SCENARIOS
from demo.scenarios.scenario import Scenario
from demo.session import Session
from demo.stage import Stage
from firstresponder.adapters.replay.form import write_bundle
from firstresponder.model.bundle import Bundle
from testbed.bed import Testbed
from testbed.problem import BedError

FOLDER = Path(__file__).with_name("recordings")
MOST_BYTES = 300_000


def main() -> int:
    """Record; 0 when every file was written."""
    parser = argparse.ArgumentParser(prog="python -m demo.record", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(one.name for one in SCENARIOS)}; none: all")
    parser.add_argument("--dir", type=Path, default=None, help="the testbed's folder, where it is not the checkout's own")
    given = parser.parse_args()
    names = given.names
    if unknown := set(names) - {one.name for one in SCENARIOS}:
        parser.error(f"there is no scenario {', '.join(sorted(unknown))}")
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)  # what was begun is ended, also where it runs in the background
    chosen = [one for one in SCENARIOS if one.name in names or not names]
    try:
        bed = Testbed.open(given.dir)
        with contextlib.ExitStack() as ends:
            longest_first = sorted(chosen, key=lambda one: -one.stands)
            standing = {one.name: ends.enter_context(Stage(bed, one)) for one in longest_first if one.stands}
            for one in sorted(chosen, key=lambda one: one.stands):
                _say(f"{one.name}: {one.title}")
                with contextlib.nullcontext(standing[one.name]) if one.stands else Stage(bed, one) as stage:
                    stage.stand(_say)
                    _keep(one, asyncio.run(Session(bed, one).record()))
    except KeyboardInterrupt:
        _say("interrupted; what was begun is removed")
        return 130
    except (BedError, RuntimeError, OSError) as error:
        _say(f"failed: {error}")
        return 1
    return 0


def _keep(scenario: Scenario, bundle: Bundle) -> None:
    if scenario.repaired and bundle.repair is None:
        raise RuntimeError(f"{scenario.name}: the repair was not seen; nothing is kept")
    path = FOLDER / f"{scenario.name}.json"
    write_bundle(path, bundle)
    path.chmod(0o644)  # made to be given away
    size = path.stat().st_size
    states = len(bundle.frames) + (len(bundle.repair.after) if bundle.repair else 0)
    _say(f"  {path.name}: {size / 1000:.0f} kB, {states} states")
    if size > MOST_BYTES:
        raise RuntimeError(f"{path.name} has {size} bytes, more than {MOST_BYTES}")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
