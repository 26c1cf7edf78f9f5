"""The real Alertmanager's own tool takes every configuration that `noise` proposes, and its routes do what is said."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firstresponder.noise import alertmanager as am
from firstresponder.noise.proposal import Proposal
from tests.unit.noise.made import alert, body, flapping
from tests.unit.noise.reading import answer, stream

pytestmark = pytest.mark.cluster

INFO = [alert("Deploy", n * 500, 200, "info", namespace="shop") for n in range(5)]
SHORT = [alert("Disk \"full\" \\ {x} 'é'", n * 600, 2, namespace="shop") for n in range(20)]
TEXTS = {
    "lines": stream("zones.txt"),
    "prose": stream("regions.txt"),
    "table": stream("pager.csv"),
    "alerts": body([*flapping(), *INFO, *SHORT]),
}


def amtool(*words: str) -> str:
    """Run it; the test fails with what it says."""
    done = subprocess.run(["amtool", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def proposed(text: str, folder: Path) -> list[tuple[Proposal, Path]]:
    """Write each configuration that is proposed for a text to a file."""
    found = [each for each in answer(text).proposals if each.config]
    paths = [folder / f"{number}.yml" for number in range(len(found))]
    for each, path in zip(found, paths, strict=True):
        path.write_text(each.config, encoding="utf-8")
    return list(zip(found, paths, strict=True))


@pytest.mark.parametrize("name", TEXTS)
def test_every_configuration_is_taken(name: str, tmp_path: Path) -> None:
    """Each text is a complete configuration to `amtool check-config`."""
    files = proposed(TEXTS[name], tmp_path)
    assert files or name in {"prose", "table"}
    for _, path in files:
        assert "SUCCESS" in amtool("check-config", str(path))


def test_all_kinds_are_tried() -> None:
    """The streams above bring every kind of configuration."""
    kinds = {each.kind for text in TEXTS.values() for each in answer(text).proposals if each.config}
    assert kinds == {"close", "lower", "group", "inhibit"}


def test_routes_lead_where_they_say(tmp_path: Path) -> None:
    """What is lowered goes to the list, the same alert when it is critical and any other alert to the pager."""
    name = "EndpointRegistrationTransientFailure"
    (path,) = [path for each, path in proposed(TEXTS["lines"], tmp_path) if each.kind == "lower"]
    test = ("config", "routes", "test", "--config.file", str(path))
    assert amtool(*test, f"alertname={name}").strip() == "low-priority"
    assert amtool(*test, f"alertname={name}", "severity=critical").strip() == "pager"
    assert amtool(*test, "alertname=EndpointRegistrationFailure").strip() == "pager"


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=15), min_size=1, max_size=3))
def test_any_name_is_taken(tmp_path: Path, names: list[str]) -> None:
    """Whatever alerts are called, a configuration that names them is taken."""
    scalar = am.matcher("alertname", names)
    if scalar is not None:
        path = tmp_path / "any.yml"
        path.write_text(am.route(" ".join(names), [scalar, am.NOT_CRITICAL], ["repeat_interval: 24h"]), encoding="utf-8")
        assert "SUCCESS" in amtool("check-config", str(path))
