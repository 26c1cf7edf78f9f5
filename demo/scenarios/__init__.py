"""What is recorded, in this order."""

from demo.scenarios import bad_image, bad_release, dependency_down, lone_survivor, memory_limit
from demo.scenarios.scenario import Scenario

SCENARIOS: tuple[Scenario, ...] = (
    bad_release.SCENARIO,
    bad_image.SCENARIO,
    memory_limit.SCENARIO,
    dependency_down.SCENARIO,
    lone_survivor.SCENARIO,
)

DEMONSTRATED: tuple[Scenario, ...] = (bad_release.SCENARIO, bad_image.SCENARIO, lone_survivor.SCENARIO)
"""What `make demo` plays: two repairs and a refusal."""
