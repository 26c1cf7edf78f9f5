"""The list of guards and the files of guards are one."""

from __future__ import annotations

from pathlib import Path

from firstresponder.guard import checks
from firstresponder.guard.catalog import CATALOG

HARD = {
    "kill_switch", "execution_mode", "allowlist", "never_touch", "opt_out", "owner_match", "rollout_in_progress",
    "target_lease", "last_replica", "approval_policy", "approval_binding", "approval_ttl",
    "gitops_owner", "storm", "max_concurrent", "action_budget",
}  # fmt: skip
ADVISORY = {"alert_freshness", "repeat_limits", "evidence_quorum", "min_confidence"}


def test_every_file_is_a_guard_and_every_guard_a_file() -> None:
    """Each file in checks/ is in the catalog once, under its own name."""
    files = {path.stem for path in Path(checks.__path__[0]).glob("*.py")} - {"__init__"}
    names = [check.guard.name for check in CATALOG]
    assert sorted(names) == sorted(files)


def test_each_guard_runs_its_own_check() -> None:
    """No line of the catalog pairs one guard with another's function."""
    assert all(check.run.__module__.endswith(f".{check.guard.name}") for check in CATALOG)


def test_the_names_and_kinds_are_those_that_users_know() -> None:
    """Which guards are hard and which are advisory is promised to users, and changes only on purpose."""
    assert {check.guard.name for check in CATALOG if check.guard.hard} == HARD
    assert {check.guard.name for check in CATALOG if not check.guard.hard} == ADVISORY


def test_every_guard_has_a_test_file() -> None:
    """Each check has a file of tests."""
    tested = {path.stem.removeprefix("test_") for path in (Path(__file__).parent / "checks").glob("test_*.py")}
    assert tested >= {check.guard.name for check in CATALOG}
