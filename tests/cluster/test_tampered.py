"""An audit that somebody edits, cuts, reorders or shortens: `audit verify` names the fault, offline."""

from __future__ import annotations

import secrets
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest

from testbed.bed import Testbed
from tests.cluster.apps import Shop
from tests.cluster.server import PROGRAM, Server

TAMPERINGS = {
    "edited": "UPDATE audit SET actor = 'nobody' WHERE what = 'plan.rejected'",
    "removed": "DELETE FROM audit WHERE what = 'plan.rejected'",
    "reordered": "UPDATE audit SET seq = CASE seq WHEN 2 THEN 3 ELSE 2 END WHERE seq IN (2, 3)",
    "cut": "DELETE FROM audit WHERE seq >= (SELECT max(seq) - 1 FROM audit)",
}


@pytest.fixture(scope="module")
def record(bed: Testbed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a real incident on the real cluster that was asked about and rejected."""
    folder = tmp_path_factory.mktemp("record")
    shop = Shop(bed, f"shop-{secrets.token_hex(3)}")
    shop.open()
    server = Server(bed, folder, guards={"allow": [{"action": "rollback-deployment", "namespace": shop.namespace}]})
    try:
        server.start()
        server.send(shop.alert(shop.break_it()))
        asking = server.wait_phase(shop.namespace, "asking")
        server.call("POST", f"/api/v1/incidents/{asking['id']}/reject", {"by": "ann", "reason": "a drill"})
        server.wait_phase(shop.namespace, "escalated")
    finally:
        server.stop()
        shop.close()
    return server.data


@pytest.fixture
def copy(record: Path, tmp_path: Path) -> Path:
    """A copy to tamper with."""
    target = tmp_path / "data"
    shutil.copytree(record, target)
    return target


def verify(folder: Path) -> tuple[int, str]:
    """Run `audit verify` on a folder."""
    words = [PROGRAM, "audit", "verify", "--data-dir", str(folder)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_the_untouched_record_verifies(copy: Path) -> None:
    """The record as it was written holds."""
    code, said = verify(copy)
    assert code == 0, said


@pytest.mark.parametrize("fault", TAMPERINGS)
def test_a_tampered_record_is_found(fault: str, copy: Path) -> None:
    """An entry edited, removed, moved or cut off, with the database's own triggers dropped first, ends with 1 and its name."""
    with sqlite3.connect(copy / "app.db") as database:
        triggers = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            database.execute(f'DROP TRIGGER "{name}"')
        if fault == "reordered":
            database.execute("UPDATE audit SET seq = -2 WHERE seq = 2")
            database.execute("UPDATE audit SET seq = 2 WHERE seq = 3")
            database.execute("UPDATE audit SET seq = 3 WHERE seq = -2")
        else:
            database.execute(TAMPERINGS[fault])
    code, said = verify(copy)
    assert code == 1, said
    assert "entry" in said
