"""The application of a scenario while it works, with what is around it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import Self

from demo.manifests import namespace
from demo.scenarios.scenario import Scenario
from testbed.bed import Testbed

PATIENCE = 180.0  # seconds


class Stage:
    """Begun by entering it; gone in the end."""

    def __init__(self, bed: Testbed, scenario: Scenario) -> None:
        """Nothing is there yet."""
        self._bed, self._scenario = bed, scenario
        self._ends = contextlib.ExitStack()
        self._since = 0.0

    def __enter__(self) -> Self:
        """Start the application, and return when all of it is available."""
        with self._ends as ends:
            self._open(ends)
            self._ends = ends.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the namespace and what is around it."""
        self._ends.close()

    def _open(self, ends: contextlib.ExitStack) -> None:
        bed, scenario = self._bed, self._scenario
        if bed.kubectl("get", "namespace", scenario.namespace, "--ignore-not-found"):
            raise RuntimeError(f"namespace {scenario.namespace} is there already: is somebody else recording?")
        around = ends.enter_context(scenario.surroundings())
        for obj in (*around, namespace(scenario.namespace)):
            ends.callback(bed.kubectl, "delete", obj["kind"], obj["metadata"]["name"], "--ignore-not-found", check=False)
            bed.apply(obj)
        bed.apply(scenario.works)
        bed.wait(self._well, f"the application of {scenario.name}", timeout=PATIENCE)
        self._since = time.monotonic()

    def _well(self) -> bool:
        found = self._bed.get("deployments", "-n", self._scenario.namespace)["items"]
        return all(one.get("status", {}).get("availableReplicas") == one["spec"]["replicas"] for one in found)

    def stand(self, say: Callable[[str], None]) -> None:
        """Wait until it has run well for long enough."""
        left = self._since + self._scenario.stands - time.monotonic()
        if left > 0:
            say(f"  it has to run well for {left / 60:.0f} more minutes before it is broken")
            time.sleep(left)
