"""Packages: services stay down, consent is asked, and what cannot be done is said."""

import struct
from pathlib import Path

import pytest

from testbed import packages
from testbed.problem import NotReadyError


@pytest.fixture
def policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place for policy-rc.d."""
    path = tmp_path / "policy-rc.d"
    monkeypatch.setattr(packages, "_POLICY", path)
    return path


def test_no_service_starts_meanwhile(policy: Path) -> None:
    """While packages are installed, policy-rc.d forbids every start; afterwards it is gone again."""
    with packages._no_services():
        assert "exit 101" in policy.read_text(encoding="utf-8")
        assert policy.stat().st_mode & 0o111
    assert not policy.exists()


def test_policy_of_the_machine_is_put_back(policy: Path) -> None:
    """A policy that was there is there again afterwards, even when the install fails."""
    policy.write_text("mine", encoding="utf-8")
    policy.chmod(0o700)

    def fail() -> None:
        with packages._no_services():
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert policy.read_text(encoding="utf-8") == "mine"
    assert policy.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("before", [None, "create_main_cluster = true\n"])
def test_no_cluster_is_made_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str | None) -> None:
    """While packages are installed PostgreSQL's makes no cluster; afterwards the setting is what it was, or as shipped."""
    setting, shipped = tmp_path / "etc" / "createcluster.conf", tmp_path / "shipped.conf"
    monkeypatch.setattr(packages, "_CLUSTERS", setting)
    monkeypatch.setattr(packages, "_CLUSTERS_AS_SHIPPED", shipped)
    if before is not None:
        setting.parent.mkdir()
        setting.write_text(before)
    with packages._no_clusters():
        assert setting.read_text() == "create_main_cluster = false\n"
        shipped.write_text("as shipped")
    assert setting.read_text() == (before or "as shipped")


def test_a_setting_of_a_package_that_was_not_installed_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the installation came to nothing, no setting of PostgreSQL is left behind."""
    setting = tmp_path / "etc" / "createcluster.conf"
    monkeypatch.setattr(packages, "_CLUSTERS", setting)
    monkeypatch.setattr(packages, "_CLUSTERS_AS_SHIPPED", tmp_path / "nowhere")
    with packages._no_clusters():
        assert setting.exists()
    assert list(tmp_path.iterdir()) == []


def test_a_version_in_a_path_is_any_version(tmp_path: Path) -> None:
    """PostgreSQL counts as there in whichever version."""
    assert not packages._there(f"{tmp_path}/*/bin/postgres")
    (tmp_path / "16" / "bin").mkdir(parents=True)
    (tmp_path / "16" / "bin" / "postgres").touch()
    assert packages._there(f"{tmp_path}/*/bin/postgres")


@pytest.mark.parametrize(
    ("environment", "agreed"), [({"CI": "true"}, True), ({"YES": "1"}, True), ({"YES": "0", "CI": ""}, False)]
)
def test_consent(environment: dict[str, str], agreed: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001
    """YES=1 and any non-empty CI agree; without a terminal to ask at, nothing else does."""
    monkeypatch.setattr("sys.stdin.isatty", lambda: False)
    assert packages._agreed(environment) is agreed


def test_without_root_the_command_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who is not root reads which packages are missing and how to get them."""
    monkeypatch.setattr(packages, "missing", lambda: ["runc"])
    monkeypatch.setattr(packages, "_debian", lambda: True)
    monkeypatch.setattr("shutil.which", lambda _name: "/usr/bin/apt-get")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(NotReadyError, match="apt-get install --no-install-recommends runc"):
        packages.ensure(lambda _text: None, {"YES": "1"})


@pytest.mark.parametrize(("kinds", "dynamic"), [([1, 3, 2], True), ([1, 2], False)])
def test_static_programs_want_no_loader(kinds: list[int], dynamic: bool) -> None:  # noqa: FBT001
    """A program is dynamically linked exactly if it names a loader (PT_INTERP)."""
    header = bytearray(64)
    struct.pack_into("<Q", header, 32, 64)
    struct.pack_into("<HH", header, 54, 56, len(kinds))
    entries = b"".join(struct.pack("<I", kind).ljust(56, b"\0") for kind in kinds)
    assert packages.wants_loader(bytes(header) + entries) is dynamic
