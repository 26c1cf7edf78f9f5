"""The record: it survives a crashed run, and bad ones are no trap."""

from pathlib import Path

from testbed import state
from testbed.layout import Layout, default_folder
from testbed.processes import Process
from testbed.state import State


def test_record_is_read_back(tmp_path: Path) -> None:
    """What one run wrote, the next one reads, process by process."""
    layout = Layout.of(tmp_path)
    now = State(ports={"etcd": 1}, subnet="10.0.0.0/24", sysctls={"kernel/panic": "0"}, made_folders=["/var/lib/cni"])
    state.add(layout, now, Process("etcd", 12, 34, ("etcd", "--x"), "etcd.log", "https://127.0.0.1:1/health"))
    assert state.load(layout) == now


def test_half_written_record_does_not_replace_the_last(tmp_path: Path) -> None:
    """A run killed while it writes leaves the record before that one."""
    layout = Layout.of(tmp_path)
    state.save(layout, State(up=True))
    layout.state.with_suffix(".new").write_text('{"version": 1, "proc', encoding="utf-8")
    assert state.load(layout) == State(up=True)


def test_missing_or_broken_record_is_none(tmp_path: Path) -> None:
    """No record, and one that is no JSON or of another version, read as none."""
    layout = Layout.of(tmp_path)
    assert state.load(layout) is None
    for text in ("{", "[]", '{"version": 99}'):
        layout.state.write_text(text, encoding="utf-8")
        assert state.load(layout) is None


def test_record_is_private(tmp_path: Path) -> None:
    """Only its owner may read the record."""
    layout = Layout.of(tmp_path)
    state.save(layout, State())
    assert layout.state.stat().st_mode & 0o077 == 0


def test_default_folder_is_in_the_repository_root(tmp_path: Path) -> None:
    """From anywhere in a checkout, the state folder is `.testbed` in its root."""
    (tmp_path / ".git").mkdir()
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    assert default_folder(inner) == tmp_path / ".testbed"


def test_two_folders_share_no_name(tmp_path: Path) -> None:
    """Two beds have different bridges and cgroups; a bridge's name fits the kernel's 15 characters."""
    one, other = Layout.of(tmp_path / "one"), Layout.of(tmp_path / "other")
    assert one.bridge != other.bridge
    assert one.cgroup != other.cgroup
    assert len(one.bridge) <= 15
