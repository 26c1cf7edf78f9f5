"""How many alerts are taken per second, and what one costs, beside a peer that commits each request.

See README.md beside this file for what is compared and how to read the figures.
"""

from __future__ import annotations

import argparse
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SCENARIOS = {"A": 16, "B": 8}  # scenario → connections
FIGURES = (("acked_per_s", "alerts/s"), ("cpu_us_per_alert", "CPU us/alert"), ("p50_ms", "p50 ms"), ("p99_ms", "p99 ms"))
START = 30.0  # seconds that a server may take to answer
END = 20.0  # seconds that it may take to end

Command = Callable[[int, Path], list[str]]


def ours(port: int, folder: Path) -> list[str]:
    """Return the command of our server."""
    code = "from firstresponder.cli.main import run; run()"
    return [sys.executable, "-c", code, "serve", "--port", str(port), "--data-dir", str(folder)]


def peer(port: int, folder: Path) -> list[str]:
    """Return the command of the peer."""
    return [sys.executable, str(HERE / "peer_commit_per_request.py"), str(port), str(folder)]


SERVERS: dict[str, Command] = {"ours": ours, "peer": peer}


def free_port() -> int:
    """Return a port on which nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(command: Command) -> Iterator[tuple[int, int]]:
    """Start a server on a fresh folder, give its port and process id, and end it."""
    with tempfile.TemporaryDirectory(prefix="ingest-") as folder:
        port, log = free_port(), Path(folder) / "log"
        data = Path(folder) / "data"
        data.mkdir()
        with log.open("wb") as output, subprocess.Popen(command(port, data), stdout=output, stderr=output) as process:
            try:
                wait_for(port, process, log)
                yield port, process.pid
            finally:
                process.terminate()
                try:
                    process.wait(END)
                except subprocess.TimeoutExpired:
                    process.kill()


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the port answers. Ends the run, showing the server's log, where it does not."""
    deadline = time.monotonic() + START
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    sys.exit(f"the server did not answer within {START:g} s:\n{log.read_text(errors='replace')[-3000:]}")


def measure(name: str, scenario: str, alerts: int, mark: str) -> dict[str, Any]:
    """Run one scenario against one server and return what the load generator says."""
    with running(SERVERS[name]) as (port, pid):
        warm = load(port, pid, "A", 200, f"{mark}w")
        if set(warm["status"]) != {"200"}:
            sys.exit(f"{name}: answers while warming up: {warm['status']}, expected 200 only")
        result = load(port, pid, scenario, alerts, mark)
    if set(result["status"]) != {"200"}:
        sys.exit(f"{name}, scenario {scenario}: answers {result['status']}, expected 200 only")
    return result


def load(port: int, pid: int, scenario: str, alerts: int, mark: str) -> dict[str, Any]:
    """Send alerts; `mark` makes them unlike those of any other run."""
    url = f"http://127.0.0.1:{port}/webhooks/alertmanager"
    words = ["--url", url, "--scenario", scenario, "-n", str(alerts), "-c", str(SCENARIOS[scenario]), "--pid", str(pid)]
    done = subprocess.run(
        [sys.executable, str(HERE / "load" / "loadgen.py"), *words, "--run", mark], capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"the load generator failed:\n{done.stderr[-3000:]}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def table(rounds: list[dict[str, Any]]) -> Iterator[str]:
    """Write medians, spread and the ratio of the medians, per scenario and figure."""
    yield f"{'':<3} {'figure':<14} {'ours':>28} {'peer':>28} {'ours/peer':>10}"
    for scenario in sorted({each["scenario"] for each in rounds}):
        for figure, title in FIGURES:
            middle, cells = {}, []
            for name in SERVERS:
                values = [each[figure] for each in rounds if each["server"] == name and each["scenario"] == scenario]
                middle[name] = statistics.median(values)
                cells.append(f"{middle[name]:>10.1f} ({min(values):.1f} to {max(values):.1f})")
            ratio = middle["ours"] / middle["peer"] if middle["peer"] else float("nan")
            yield f"{scenario:<3} {title:<14} {cells[0]:>28} {cells[1]:>28} {ratio:>10.2f}"


def main() -> None:
    """Alternate the servers, round by round, so that both see the same machine."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("-n", type=int, default=4000, help="alerts per run; B sends five times as many")
    parser.add_argument("--json", type=Path, help="write every figure of every round here")
    given = parser.parse_args()
    rounds: list[dict[str, Any]] = []
    for number in range(given.rounds):
        order = list(SERVERS) if number % 2 == 0 else list(reversed(SERVERS))
        for scenario in SCENARIOS:
            for name in order:
                alerts = given.n if scenario == "A" else 5 * given.n
                result = measure(name, scenario, alerts, f"{scenario.lower()}{number}")
                rounds.append({"server": name, "round": number, **result})
                print(
                    f"round {number + 1}/{given.rounds} {scenario} {name}: {result['acked_per_s']:.0f} alerts/s", file=sys.stderr
                )
    print("\n".join(table(rounds)))
    if given.json:
        given.json.write_text(json.dumps(rounds, indent=1))


if __name__ == "__main__":
    main()
