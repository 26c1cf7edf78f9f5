"""`firstresponder diagnose`: files in, opinions out, offline."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

CASES = Path(__file__).parents[2] / "cases"
EXAMPLES = sorted((CASES / "examples").glob("*.json"))
TAXONOMY = json.loads((CASES / "taxonomy.json").read_text())

Run = Callable[..., Result]


def _opinions(run: Run, *files: Path) -> list[dict[str, Any]]:
    done = run("diagnose", "--format", "json", *map(str, files))
    assert done.exit_code == 0, done.output
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def test_json_has_the_promised_form(run: Run) -> None:
    """An array in the order of the files; ids are the bundles' own, words are the taxonomy's, targets read Kind/name."""
    found = _opinions(run, *EXAMPLES)
    assert [one["id"] for one in found] == [json.loads(path.read_text())["id"] for path in EXAMPLES]
    for one in found:
        assert one["action"]["id"] in TAXONOMY["actions"]
        assert one["action"]["target"] is None or one["action"]["target"].count("/") == 1
        assert bool(one["abstained"]) is not bool(one["hypotheses"])
        for hypothesis in one["hypotheses"]:
            assert hypothesis["cause_class"] in TAXONOMY["classes"]
            assert 0 <= hypothesis["confidence"] <= 1
            assert all(cited["id"] and cited["quote"] for cited in hypothesis["evidence"])
        confidences = [hypothesis["confidence"] for hypothesis in one["hypotheses"]]
        assert confidences == sorted(confidences, reverse=True)


def test_it_says_the_same_twice_and_in_any_company(run: Run) -> None:
    """The bytes are the same each time, and a file's opinion does not depend on the others."""
    words = ("diagnose", "--format", "json", *map(str, EXAMPLES))
    assert run(*words).stdout_bytes == run(*words).stdout_bytes
    assert [_opinions(run, path)[0] for path in EXAMPLES] == _opinions(run, *EXAMPLES)


def test_no_forbidden_action_is_proposed(run: Run) -> None:
    """Not one example gets an action that would harm there."""
    for path, one in zip(EXAMPLES, _opinions(run, *EXAMPLES), strict=True):
        assert one["action"]["id"] not in json.loads(path.read_text())["expected"]["forbidden_actions"], path.name


def _bad_release(tmp_path: Path, **changed: Any) -> Path:
    """A bundle of a release that crashes after one that ran well."""
    from firstresponder.testing.shop import Shop, alert_body  # noqa: PLC0415 - only this one needs it

    shop = Shop()
    tree = {
        "now": "2026-03-10T14:30:00Z",
        "alert": alert_body(shop.crashing()),
        "cluster": list(shop.cluster.objects.values()),
        "logs": shop.cluster.logs,
        **changed,
    }
    path = tmp_path / "bad-release.json"
    path.write_text(json.dumps(tree))
    return path


def test_a_safe_action_is_proposed_with_its_target(run: Run, tmp_path: Path) -> None:
    """A bad release is rolled back; without an id of its own, the bundle is called like its file."""
    (one,) = _opinions(run, _bad_release(tmp_path))
    assert one["id"] == "bad-release"
    assert (one["action"]["id"], one["action"]["target"]) == ("rollback-deployment", "Deployment/api")
    assert one["hypotheses"][0]["cause_class"] == "crash-after-deploy"
    told = run("diagnose", str(_bad_release(tmp_path))).output
    for words in ("bad-release", "rollback-deployment on Deployment/api: Roll back Deployment api from revision 5 to 4", "FATAL"):
        assert words in told
    diff = [row.split() for row in told.splitlines() if row.startswith(("    -", "    +"))]
    assert ["-", "image:", "registry.example/app:v2"] in diff or ["-", "-", "image:", "registry.example/app:v2"] in diff


def test_what_has_resolved_needs_nothing(run: Run, tmp_path: Path) -> None:
    """Where every alert of the bundle has resolved, the action is none, whatever could be repaired."""
    body = json.loads(_bad_release(tmp_path).read_text())["alert"]
    body["alerts"][0] |= {"status": "resolved", "endsAt": "2026-03-10T14:29:00Z"}
    (one,) = _opinions(run, _bad_release(tmp_path, alert={**body, "status": "resolved"}))
    assert (one["action"]["id"], one["action"]["why"]) == ("none", "the alert has resolved")


def test_what_is_meant_to_fire_needs_nothing(run: Run, tmp_path: Path) -> None:
    """An alert that a server files under no incident gets no action here."""
    alert = {"alerts": [{"status": "firing", "labels": {"alertname": "Watchdog"}, "startsAt": "2026-03-10T14:20:00Z"}]}
    (one,) = _opinions(run, _bad_release(tmp_path, alert=alert))
    assert one["action"] == {**one["action"], "id": "none", "target": None}
    assert "meant to fire" in one["action"]["why"]


def test_an_action_mapped_to_an_alert_is_not_offered(run: Run, tmp_path: Path) -> None:
    """An alert that a running server would answer with a restart gets no action here without a diagnosis."""
    labels = {"alertname": "HighErrorRate", "namespace": "shop", "deployment": "api"}
    from firstresponder.testing.objects import deployment  # noqa: PLC0415 - only this one needs it

    alert = {"alerts": [{"status": "firing", "labels": labels, "startsAt": "2026-03-10T14:20:00Z"}]}
    (one,) = _opinions(run, _bad_release(tmp_path, alert=alert, cluster=[deployment("api", "shop")], logs={}))
    assert one["hypotheses"] == []
    assert one["abstained"]
    assert (one["action"]["id"], one["action"]["target"]) == ("escalate-human", "Deployment/api")


def test_a_recorded_gap_stands_for_what_it_made_look_absent(run: Run, tmp_path: Path) -> None:
    """What was forbidden when it was recorded is not told as "nothing was recorded" afterwards."""
    crashing = json.loads(_bad_release(tmp_path).read_text())["alert"]["alerts"][0]["labels"]["pod"]
    gap = {"collector": "container_logs", "what": f"log of {crashing}/app", "why": "403: no", "kind": "forbidden"}
    (one,) = _opinions(run, _bad_release(tmp_path, logs={}, gaps=[gap]))
    assert {"what": gap["what"], "kind": "forbidden", "why": "403: no"} in one["gaps"]
    assert [each["what"] for each in one["gaps"]].count(gap["what"]) == 1


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        ("{", "expected JSON"),
        ("[]", "expected an object with now, alert and cluster, got a list"),
        ('{"now": "2026-03-10T14:30:00Z", "alert": {}}', "missing: cluster"),
        ('{"now": "2026-03-10T14:30:00Z", "alert": {}, "cluster": []}', "alert: expected an Alertmanager webhook body"),
        (
            '{"now": "2026-03-10T14:30:00Z", "alert": {"alerts": [{"labels": 7}]}, "cluster": []}',
            "labels: expected an object, got a int",
        ),
    ],
)
def test_a_bad_file_costs_only_itself(run: Run, tmp_path: Path, content: str, wanted: str) -> None:
    """It is named on standard error with what was expected; the others come out, and the exit code is 2."""
    bad = tmp_path / "bad.json"
    bad.write_text(content)
    done = run("diagnose", "--format", "json", str(EXAMPLES[0]), str(bad), str(EXAMPLES[1]))
    assert done.exit_code == 2
    assert [one["id"] for one in json.loads(done.stdout)] == ["dev-001", "dev-002"]
    (told,) = done.stderr.splitlines()
    assert "bad.json" in told
    assert wanted in told


def test_objects_that_no_server_would_send_are_a_bad_file(run: Run, tmp_path: Path) -> None:
    """A text where a list of containers belongs is said as such, with the file's name, and is no trace."""
    broken = json.loads(_bad_release(tmp_path).read_text())["cluster"]
    for obj in broken:
        if obj["kind"] == "Pod":
            obj["status"]["containerStatuses"] = "three"
    done = run("diagnose", str(_bad_release(tmp_path, cluster=broken)))
    assert "bad-release" in done.output
    assert "Traceback" not in done.output
    assert done.exit_code in {0, 2}


def test_control_sequences_do_not_reach_the_terminal(run: Run, tmp_path: Path) -> None:
    """What a log or a label holds is shown without escape sequences."""
    names = json.loads(_bad_release(tmp_path).read_text())["logs"]
    logs = dict.fromkeys(names, "\x1b[2Jboom \x1b]0;x\x07 FATAL: \u202egone\n")
    done = run("diagnose", str(_bad_release(tmp_path, logs=logs, id="\x1b[2Jbad")))
    assert done.exit_code == 0
    assert not {"\x1b", "\x07", "\u202e"} & set(done.output)


def test_nothing_heavy_is_loaded() -> None:
    """Neither the engine nor the database, the web or a network client is imported for it."""
    code = "import sys, firstresponder.cli.diagnose; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    loaded = set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())
    assert "firstresponder" in loaded
    assert not loaded & {"dbos", "sqlalchemy", "fastapi", "starlette", "uvicorn", "httpx2", "lightkube", "alembic", "psycopg"}
