"""Cleaning: a crashed run is cleaned, and nothing that is not ours is touched."""

import shutil
from pathlib import Path

import pytest

from testbed import lifecycle, processes, state, sweep
from testbed.layout import Layout
from testbed.problem import NotReadyError
from testbed.state import State

SLEEP = shutil.which("sleep") or "/bin/sleep"


@pytest.fixture
def layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    """A bed's folder, seen by a user who is not root: no mounts, bridges or cgroups here."""
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    made = Layout.of(tmp_path / "bed")
    made.root.mkdir()
    made.marker.touch()
    return made


def test_recorded_process_of_a_crashed_run_is_ended(layout: Layout) -> None:
    """A process in the record of a run that never finished is ended, and the record goes."""
    now = State()
    process = state.add(layout, now, processes.start(layout, "left", [SLEEP, "60"]))
    assert sweep.sweep(layout)
    assert not processes.alive(process)
    assert not layout.state.exists()


def test_unrecorded_process_is_ended_by_its_mark(layout: Layout) -> None:
    """A process that a crash kept out of the record is ended too."""
    process = processes.start(layout, "left", [SLEEP, "60"])
    assert sweep.sweep(layout)
    assert not processes.alive(process)


def test_logs_stay(layout: Layout) -> None:
    """Logs outlive the bed, everything else in the folder goes."""
    layout.logs.mkdir()
    layout.log("etcd").write_text("why", encoding="utf-8")
    layout.part("etcd").mkdir()
    sweep.sweep(layout)
    assert layout.log("etcd").exists()
    assert not layout.part("etcd").exists()


def test_foreign_folder_is_not_emptied(layout: Layout) -> None:
    """A folder without the testbed's mark keeps its files."""
    layout.marker.unlink()
    precious = layout.part("precious")
    precious.touch()
    sweep.sweep(layout)
    assert precious.exists()


def test_up_refuses_a_foreign_folder(layout: Layout) -> None:
    """`up` takes no folder that holds something else."""
    layout.marker.unlink()
    layout.part("precious").touch()
    with pytest.raises(NotReadyError, match="not a testbed's"):
        lifecycle.bring_up(layout, control_plane_only=True, say=lambda _text: None)


def test_nothing_to_sweep_is_said(layout: Layout) -> None:
    """A clean folder is told from one that had something."""
    assert not sweep.sweep(layout)


def test_mounts_below_the_folder_last_first() -> None:
    """Mounts below the folder are found in the order of unmounting, neighbours and the folder itself are not."""
    mountinfo = "\n".join(
        f"1 2 0:3 / {point} rw - tmpfs tmpfs rw" for point in ("/b", "/b/one", "/b/one/two\\040x", "/bee/one", "/")
    )
    assert sweep.mounts_below(Path("/b"), mountinfo) == ["/b/one/two x", "/b/one"]
