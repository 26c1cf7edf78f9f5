"""How long from a webhook to its brief, on the testbed: real API server, real crash loops, real logs.

    python -m testbed up && .venv/bin/python -m bench.brief

Each round starts a fresh server, delivers one alert per broken deployment, and takes the time from the moment before
the request is sent until the API shows the brief. "idle": one after the other; "burst": all in one webhook body.
There is no peer to compare with: the bound is p50 <= 2 s and p99 <= 5 s.
"""

from __future__ import annotations

import argparse
import contextlib
import secrets
import statistics
import tempfile
import time
from pathlib import Path

from demo.cluster import BedShop
from demo.server import Responder
from testbed.bed import Testbed

LOOK_EVERY = 0.02  # seconds
LIMIT = 60.0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--deployments", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    bed = Testbed.open()
    with contextlib.ExitStack() as ends:
        shops = [broken(bed, ends) for _ in range(given.deployments)]
        pods = []
        for shop in shops:
            shop.wait(lambda one=shop: bool(one.crashing()), "a crash loop")
            pods.append(shop.crashing())
        idle: list[float] = []
        burst: list[float] = []
        for number in range(given.rounds):
            idle += one_by_one(bed, shops, pods)
            burst += all_at_once(bed, shops, pods)
            print(f"round {number + 1}/{given.rounds}")
    for name, times in (("idle", idle), ("burst", burst)):
        times.sort()
        p99 = times[min(len(times) - 1, round(0.99 * len(times)))]
        print(f"{name:6} n={len(times)}  p50 {statistics.median(times):.2f} s  p99 {p99:.2f} s  max {times[-1]:.2f} s")


def broken(bed: Testbed, ends: contextlib.ExitStack) -> BedShop:
    """Make a namespace with a healthy release and a bad one after it."""
    shop = BedShop(bed, f"bench-{secrets.token_hex(3)}")
    ends.callback(shop.close)
    shop.open()
    shop.release(1)
    shop.wait(shop.healthy, "the application to be available")
    shop.release(2)
    return shop


@contextlib.contextmanager
def server(bed: Testbed, shops: list[BedShop]):  # noqa: ANN201 - a context manager of a Responder
    """Run a fresh server that may roll all of them back (nobody approves anything here)."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        allow = [{"action": "rollback-deployment", "namespace": shop.namespace} for shop in shops]
        cluster = {"kubeconfig": str(bed.kubeconfig), "context": bed.context}
        responder = Responder(Path(folder), {"cluster": cluster, "guards": {"allow": allow}})
        responder.start()
        try:
            yield responder
        finally:
            responder.stop()


def one_by_one(bed: Testbed, shops: list[BedShop], pods: list[str]) -> list[float]:
    """Deliver each alone and wait for its brief."""
    times = []
    with server(bed, shops) as responder:
        for shop, pod in zip(shops, pods, strict=True):
            began = time.perf_counter()
            responder.send(shop.alert(pod))
            wait_asked(responder, 1, [shop])
            times.append(time.perf_counter() - began)
    return times


def all_at_once(bed: Testbed, shops: list[BedShop], pods: list[str]) -> list[float]:
    """Deliver all in one body and take the time at which each brief is there."""
    with server(bed, shops) as responder:
        bodies = [shop.alert(pod) for shop, pod in zip(shops, pods, strict=True)]
        bodies[0]["alerts"] = [body["alerts"][0] for body in bodies]
        began = time.perf_counter()
        responder.send(bodies[0])
        return [moment - began for moment in wait_asked(responder, len(shops), shops)]


def wait_asked(responder: Responder, count: int, shops: list[BedShop]) -> list[float]:
    """Return the moment at which each incident about these shops was first seen to ask."""
    seen: dict[str, float] = {}
    deadline = time.perf_counter() + LIMIT
    while len(seen) < count:
        for row in responder.incidents():
            mine = any(shop.namespace in row["title"] for shop in shops)
            if mine and row["status"] == "asking":
                seen.setdefault(row["id"], time.perf_counter())
        if time.perf_counter() > deadline:
            raise SystemExit(f"waited {LIMIT:g} s for {count} briefs, got {len(seen)}: {responder.incidents()}")
        time.sleep(LOOK_EVERY)
    return list(seen.values())


if __name__ == "__main__":
    main()
