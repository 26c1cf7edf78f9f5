"""What is refused or found out before anything runs."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from firstresponder import bootstrap
from firstresponder.config import load
from firstresponder.errors import BadConfig, BadRunbook
from firstresponder.web.serve import serve


def test_an_action_that_does_not_exist_refuses_to_start(tmp_path: Path) -> None:
    """A misspelt action would allow nothing, silently: the start is refused and the names that exist are said."""
    with pytest.raises(BadConfig, match=r"ALLOWED_ACTIONS.*rollout_restrat.*restart-workload"):
        bootstrap.build(tmp_path, None, {"ALLOWED_ACTIONS": "rollout_restrat", "ALLOWED_NAMESPACES": "shop"})


def test_other_tools_names_of_actions_are_ours_everywhere(tmp_path: Path) -> None:
    """An alias means the same action under allow, auto and modes."""
    path = tmp_path / "config.yaml"
    path.write_text(
        "guards:\n"
        "  allow: [{action: rollout_restart, namespace: shop}]\n"
        "  auto: [{alert: A, action: rollback, namespace: shop, target: Deployment/api}]\n"
        "  modes: [{mode: suggest, action: restart}]\n"
    )
    guards = load(path, {}).guards
    assert [guards.allow[0].action, guards.auto[0].action, guards.modes[0].action] == [
        "restart-workload",
        "rollback-deployment",
        "restart-workload",
    ]


def test_a_runbook_folder_that_is_not_there_refuses_to_start(tmp_path: Path) -> None:
    """A folder with a typing error would leave its runbooks out, silently."""
    path = tmp_path / "config.yaml"
    path.write_text("runbooks: [/no/such/folder]\n")
    with pytest.raises(BadRunbook, match="/no/such/folder"):
        bootstrap.read_runbooks(load(path, {}))


def test_everything_we_keep_is_for_us_alone(tmp_path: Path) -> None:
    """No file of the data folder can be read by anybody else, the engine's included."""
    built = bootstrap.build(tmp_path / "data", None, {})
    built.stop()
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "data").iterdir()}
    assert "dbos.db" in modes
    assert set(modes.values()) == {0o600}, modes


def test_a_refused_token_file_is_said_and_not_hidden_by_the_end(tmp_path: Path) -> None:
    """When the start fails after the build, the error that comes out is the one that matters."""
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    (data / "token").write_text("known-to-all")
    (data / "token").chmod(0o644)
    with pytest.raises(BadConfig, match="everybody"):
        serve("127.0.0.1", 0, data, None, {})


def test_inside_a_cluster_our_own_namespace_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pod's service account tells where it runs, so that our own pods are never touched."""
    told = tmp_path / "namespace"
    told.write_text("oncall\n")
    monkeypatch.setattr("firstresponder.bootstrap.configured.OWN_NAMESPACE", told)
    settings = bootstrap.placed(load(None, {}), {"KUBERNETES_SERVICE_HOST": "10.0.0.1"})
    assert settings.cluster.own_namespace == "oncall"


def test_only_one_process_holds_a_data_folder(tmp_path: Path) -> None:
    """The second one on the same folder is told that it is not alone, and gets it once the first is gone."""
    first = bootstrap.build(tmp_path / "data", None, {})
    second = bootstrap.build(tmp_path / "data", None, {})
    assert (first.lock is None, second.lock is None) == (False, True)
    first.stop()
    second.stop()
    third = bootstrap.build(tmp_path / "data", None, {})
    assert third.lock is not None
    third.stop()
