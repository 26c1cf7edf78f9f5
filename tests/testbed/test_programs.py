"""Finding programs: which place wins, and why a program is not taken."""

from pathlib import Path

import pytest

from testbed import programs


def _program(folder: Path, name: str, says: str = "") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{says}'\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def _good(_path: Path) -> str:
    return ""


@pytest.fixture
def places(tmp_path: Path) -> dict[str, str]:
    """An environment with three empty places."""
    return {
        "KUBEBUILDER_ASSETS": str(tmp_path / "assets"),
        "PATH": str(tmp_path / "path"),
        "FIRSTRESPONDER_TESTBED_CACHE": str(tmp_path / "cache"),
    }


def test_assets_before_path(places: dict[str, str]) -> None:
    """A program in KUBEBUILDER_ASSETS is taken before the one on PATH."""
    wanted = _program(Path(places["KUBEBUILDER_ASSETS"]), "kubectl")
    _program(Path(places["PATH"]), "kubectl")
    assert programs.find(["kubectl"], places, _good).paths == {"kubectl": wanted}


def test_path_before_cache(places: dict[str, str]) -> None:
    """A program on PATH is taken before the one in the cache."""
    wanted = _program(Path(places["PATH"]), "kubectl")
    _program(programs.cache_root(places) / programs.cache_key(), "kubectl")
    assert programs.find(["kubectl"], places, _good).paths == {"kubectl": wanted}


def test_cache_last(places: dict[str, str]) -> None:
    """A program that is nowhere else is taken from the cache, without asking for its version."""
    wanted = _program(programs.cache_root(places) / programs.cache_key(), "kubectl")
    assert programs.find(["kubectl"], places).paths == {"kubectl": wanted}


def test_wrong_version_is_rejected_with_reason(places: dict[str, str]) -> None:
    """A kubectl of another minor version is passed over, and the reason quotes what it said."""
    _program(Path(places["PATH"]), "kubectl", "Client Version: v1.32.4")
    found = programs.find(["kubectl"], places)
    assert found.paths == {}
    assert "not 1.34" in found.rejected[0]
    assert "v1.32.4" in found.rejected[0]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("kubectl", "Client Version: v1.34.4"),
        ("kubelet", "Kubernetes v1.34.1"),
        ("etcd", "etcd Version: 3.6.8"),
    ],
)
def test_right_version_is_taken(places: dict[str, str], name: str, says: str) -> None:
    """Each program's own way to tell its version is understood."""
    wanted = _program(Path(places["PATH"]), name, says)
    assert programs.find([name], places).paths == {name: wanted}


def test_only_missing_programs_are_built(places: dict[str, str]) -> None:
    """What is found is not built again, and what is built is found in the cache."""
    _program(Path(places["KUBEBUILDER_ASSETS"]), "kubectl", "Client Version: v1.34.4")
    asked: list[str] = []

    def build(names: object, cache: Path, _say: object) -> None:
        assert isinstance(names, list)
        asked.extend(names)
        for name in names:
            _program(cache, name)

    found = programs.obtain(["kubectl", "kubelet"], lambda _text: None, build, places)
    assert asked == ["kubelet"]
    assert found["kubelet"].parent == programs.cache_root(places) / programs.cache_key()


def test_cache_key_follows_go_sum(tmp_path: Path) -> None:
    """Other pinned sources have another cache folder."""
    (tmp_path / "go.sum").write_text("another", encoding="utf-8")
    assert programs.cache_key(tmp_path) != programs.cache_key()


def test_cache_root_prefers_its_own_variable() -> None:
    """FIRSTRESPONDER_TESTBED_CACHE wins over XDG_CACHE_HOME."""
    assert programs.cache_root({"FIRSTRESPONDER_TESTBED_CACHE": "/a", "XDG_CACHE_HOME": "/b"}) == Path("/a")
    assert programs.cache_root({"XDG_CACHE_HOME": "/b"}) == Path("/b/firstresponder/testbed")
