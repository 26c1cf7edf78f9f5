"""An owner that is paused in the middle of the gate and wakes up after another took over writes nothing."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from testbed.bed import Testbed
from tests.cluster.apps import Shop
from tests.cluster.server import Server
from tests.cluster.test_crashes import QUICK, play, written


@pytest.mark.parametrize("mark", ["gate.3.after", "gate.4.request.before"])
def test_a_paused_owner_repeats_nothing(mark: str, bed: Testbed, shop: Shop, tmp_path: Path) -> None:
    """Stopped at this line until its lease ran out; the successor repairs; awake again, the old one changes nothing."""
    allow = [{"action": "rollback-deployment", "namespace": shop.namespace}]
    old = Server(bed, tmp_path, guards={"allow": allow}, verification=QUICK)
    new = Server(bed, tmp_path, guards={"allow": allow}, verification=QUICK)
    pod = shop.break_it(replicas=1)
    try:
        old.start(stop_at=mark)
        old.send(shop.alert(pod))
        asking = old.wait_phase(shop.namespace, "asking")
        old.call("POST", f"/api/v1/incidents/{asking['id']}/approve", {"by": "ann"})
        old.wait(_stopped(old), "the old owner to stop at the mark")
        new.start()
        view = play(new, shop)
        assert view["status"] == "closed", view["reason"]
        assert len(written(bed, shop.namespace)) == 1

        assert old.process is not None
        os.kill(old.process.pid, signal.SIGCONT)
        old.wait(lambda: "lost the lease" in old.tail() or "gate" in old.tail(), "the old owner to find out")
        new.wait(lambda: new.incident(asking["id"])["status"] == "closed", "the incident to stay closed")
        old.stop()
        assert len(written(bed, shop.namespace)) == 1
        assert shop.image() == "app:v1"
        assert new.cli("audit", "verify", "--data-dir", str(new.data)).returncode == 0
    finally:
        for server in (old, new):
            if server.process is not None and server.process.poll() is None:
                os.kill(server.process.pid, signal.SIGCONT)
            server.stop()


def _stopped(server: Server) -> Callable[[], bool]:
    """Whether the kernel says that the process is stopped."""

    def look() -> bool:
        assert server.process is not None
        state = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()[0]
        return state == "T"

    return look
