"""Two replicas on one PostgreSQL and a real cluster: killed, taken over, restarted, and the effect is there exactly once."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from testbed import postgres as programs
from testbed.bed import Testbed
from testbed.postgres import Postgres
from tests.cluster.apps import Shop
from tests.cluster.server import Server
from tests.cluster.test_crashes import QUICK, play, written

MARKS = [
    "step.brief.after",
    "gate.3.after",
    "gate.4.request.after",
    "gate.6.after",
    "step.verify_do.before",
    "step.end.after",
]


class Pair:
    """Two replicas of one installation: the same schema, each its own folder, as on two machines."""

    def __init__(self, make: Callable[[str], Server]) -> None:
        """Neither is started."""
        self.one, self.two = make("one"), make("two")

    def stop(self) -> None:
        """End both."""
        for server in (self.two, self.one):
            server.stop()


@pytest.fixture
def schema(bed: Testbed) -> Iterator[str]:
    """A schema of the test's own, and the engine's beside it; gone at the end."""
    name = f"test_{secrets.token_hex(4)}"
    yield name
    bed.postgres_sql(f"DROP SCHEMA IF EXISTS {name} CASCADE; DROP SCHEMA IF EXISTS {name}_engine CASCADE")


@pytest.fixture
def pair(bed: Testbed, shop: Shop, schema: str, tmp_path: Path) -> Iterator[Pair]:
    """Two replicas that may roll back in the shop's namespace."""
    allow = [{"action": "rollback-deployment", "namespace": shop.namespace}]

    def make(name: str) -> Server:
        settings: dict[str, Any] = {"guards": {"allow": allow}, "verification": QUICK, "database": {"schema": schema}}
        return Server(bed, tmp_path / name, database_url=bed.postgres_url, **settings)

    made = Pair(make)
    try:
        yield made
    finally:
        made.stop()


def working(server: Server) -> bool:
    """Whether this replica is the one that works."""
    return bool(server.call("GET", "/readyz")[1]["parts"]["worker"] == "working")


def verified(server: Server) -> None:
    """The chain is sound, and holds the head that this replica kept."""
    done = server.cli("audit", "verify", "--data-dir", str(server.data))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the audit in PostgreSQL at 127.0.0.1" in done.stdout
    assert "the kept head" in done.stdout
    assert server.env["FIRSTRESPONDER_DATABASE_URL"].split(":")[2].split("@")[0] not in done.stdout + server.log.read_text()


def leased(bed: Testbed, pair: Pair) -> int:
    """The epoch of the worker's lease, as the database has it."""
    schema = json.loads(pair.one.config.read_text())["database"]["schema"]
    return int(bed.postgres_sql(f"SELECT epoch FROM {schema}.leases WHERE name = 'worker'"))  # noqa: S608 - our own name


@pytest.mark.parametrize("mark", MARKS)
def test_killed_on_one_machine_it_goes_on_on_another(mark: str, pair: Pair, shop: Shop, bed: Testbed) -> None:
    """The worker dies at this line; a replica with a folder of its own brings the repair to its end: one write."""
    pod = shop.break_it(replicas=1)
    pair.one.start(kill_at=mark)
    pair.two.start()
    pair.two.wait(lambda: working(pair.one) or not pair.one.alive(), "the first replica to work")
    pair.two.send(shop.alert(pod))
    view = play(pair.two, shop)
    pair.one.wait_dead()
    assert view["status"] == "closed", view["reason"]
    assert shop.image() == "app:v1"
    assert len(written(bed, shop.namespace)) == 1
    verified(pair.two)


def test_a_standby_takes_alerts_and_approvals_and_takes_over(pair: Pair, shop: Shop, bed: Testbed) -> None:
    """What arrives at the standby is investigated by the worker; the worker dies; an approval at the standby is carried out."""
    pod = shop.break_it(replicas=1)
    pair.one.start()
    pair.one.wait(lambda: working(pair.one), "the first replica to work")
    pair.two.start()
    pair.two.wait(lambda: "standing by" in pair.two.call("GET", "/readyz")[1]["parts"]["worker"], "the second to stand by")
    pair.two.send(shop.alert(pod))
    asking = pair.two.wait_phase(shop.namespace, "asking")
    assert pair.one.incident(asking["id"])["status"] == "asking"
    epoch = leased(bed, pair)
    pair.one.kill()
    status, answer = pair.two.call("POST", f"/api/v1/incidents/{asking['id']}/approve", {"by": "ann"})
    assert status == 200, answer
    ended = pair.two.wait_phase(shop.namespace, "closed", "escalated", timeout=120)
    assert ended["status"] == "closed", ended["reason"]
    assert shop.image() == "app:v1"
    assert len(written(bed, shop.namespace)) == 1
    assert leased(bed, pair) == epoch + 1
    verified(pair.two)


def test_a_worker_that_ends_politely_is_followed_at_once(pair: Pair, shop: Shop) -> None:
    """On SIGTERM the lease is given up: the standby works without waiting for it to run out."""
    pair.one.start()
    pair.one.wait(lambda: working(pair.one), "the first replica to work")
    pair.two.start()
    pair.one.stop()
    pair.two.wait(lambda: working(pair.two), "the second replica to take over", timeout=20)
    assert shop.namespace


@pytest.fixture
def own_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A server that the test may end."""
    with programs.running(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.mark.parametrize("moment", ["asking", "verifying"])
def test_the_database_restarts_in_the_middle(
    moment: str, own_database: Postgres, bed: Testbed, shop: Shop, tmp_path: Path
) -> None:
    """The database crashes and comes back: alerts are refused with 503 meanwhile, never lost; the repair is done once."""
    allow = [{"action": "rollback-deployment", "namespace": shop.namespace}]
    slow = {**QUICK, "consecutive_successes": 10}
    server = Server(bed, tmp_path, database_url=own_database.url, guards={"allow": allow}, verification=slow)
    pod = shop.break_it(replicas=1)
    try:
        server.start()
        server.send(shop.alert(pod))
        asking = server.wait_phase(shop.namespace, "asking")
        if moment == "verifying":
            assert server.call("POST", f"/api/v1/incidents/{asking['id']}/approve", {"by": "ann"})[0] == 200
            server.wait_phase(shop.namespace, "verifying")
        own_database.stop()
        status, answer = server.call("POST", "/webhooks/alertmanager", shop.alert(pod))
        assert status == 503, answer
        assert server.call("GET", "/readyz")[0] == 503
        own_database.begin()
        server.wait(server.ready, "the server to take alerts again", timeout=60)
        server.send(shop.alert(pod))
        view = play(server, shop)
        assert view["status"] == "closed", view["reason"]
        assert shop.image() == "app:v1"
        assert len(written(bed, shop.namespace)) == 1
        verified(server)
    finally:
        server.stop()
