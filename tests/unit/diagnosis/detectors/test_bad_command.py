"""When a command is wrong, and when it only looks so."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from firstresponder.model import Diagnosis, Json
from firstresponder.testing.objects import bad_release, container, crashed, deployment, pod, replicaset, template

Diagnosed = Callable[..., Awaitable[Diagnosis]]
CAUSE = "bad-command"
NOT_IN_PATH = (
    "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: "
    'unable to start container process: exec: "srv": executable file not found in $PATH: unknown'
)


def confidence(diagnosis: Diagnosis) -> float:
    """Return the confidence in this cause; 0 when it was not said."""
    return next((h.confidence for h in diagnosis.hypotheses if h.cause_class == CAUSE), 0.0)


def alone(status: Json, *command: str) -> list[Json]:
    """Return a Deployment with one revision whose only pod has this status."""
    inner = template(container(command=list(command)) if command else container())
    owner = deployment(revision=1, pod_template=inner, ready=0)
    rs = replicaset(owner, 1, inner, made=8, replicas=1)
    return [owner, rs, pod(rs, "a", [status], made=8)]


@pytest.mark.parametrize(
    "message",
    [
        NOT_IN_PATH,
        'exec: "/opt/srv": stat /opt/srv: no such file or directory: unknown',
        "runc create failed: unable to start container process: exec /opt/srv: no such file or directory",
        'exec: "/opt/srv": permission denied: unknown',
    ],
)
async def test_a_command_that_the_runtime_cannot_execute_is_the_cause(diagnosed: Diagnosed, message: str) -> None:
    """What runc says about an executable that is not there or not executable is taken at its word."""
    status = crashed(code=128, reason="StartError", message=message)
    assert confidence(await diagnosed(alone(status, "srv"))) >= 0.65


async def test_a_start_error_for_memory_is_not_a_bad_command(diagnosed: Diagnosed) -> None:
    """Exit code 128 with StartError alone does not blame the command."""
    status = crashed(code=128, reason="StartError", message="container init was OOM-killed (memory limit too low?)")
    assert confidence(await diagnosed(alone(status, "srv"))) == 0


async def test_a_mount_error_is_not_a_bad_command(diagnosed: Diagnosed) -> None:
    """A start error about a mount does not blame the command."""
    status = crashed(code=128, reason="StartError", message='error mounting "/x" to rootfs at "/y": not a directory')
    assert confidence(await diagnosed(alone(status, "srv"))) == 0


async def test_a_script_that_the_interpreter_cannot_find_is_the_cause(diagnosed: Diagnosed) -> None:
    """Exit code 2 and a log that names a word of the command as missing say that the script is wrong."""
    objects = alone(crashed(code=127), "sh", "-c", "start-server --fast")
    name = objects[-1]["metadata"]["name"]
    assert confidence(await diagnosed(objects, {f"{name}/app@previous": "sh: start-server: not found"})) >= 0.7


async def test_a_missing_file_that_the_command_does_not_name_is_not_the_command(diagnosed: Diagnosed) -> None:
    """An application that misses its own data file is not started wrongly."""
    objects = alone(crashed(code=1), "server")
    name = objects[-1]["metadata"]["name"]
    assert confidence(await diagnosed(objects, {f"{name}/app@previous": "open /data/index: No such file or directory"})) == 0


async def test_a_command_that_the_release_changed_leads_and_can_be_taken_back(diagnosed: Diagnosed) -> None:
    """A bad command in a new revision is ranked before crash-after-deploy, and carries the revision to go back to."""
    before = template(container(image="app:v1", command=["server"]))
    after = template(container(image="app:v1", command=["srv"]))
    status = crashed(code=128, reason="StartError", message=NOT_IN_PATH)
    found = (await diagnosed(bad_release(old_template=before, new_template=after, new_status=status))).hypotheses
    assert [h.cause_class for h in found[:2]] == [CAUSE, "crash-after-deploy"]
    assert found[0].facts["good_revision"] == 4
    assert found[0].change is not None


async def test_an_application_error_is_not_a_bad_command(diagnosed: Diagnosed) -> None:
    """A new version that exits 1 with its own error is crash-after-deploy and nothing else."""
    objects = bad_release(new_status=crashed(code=1))
    name = next(o["metadata"]["name"] for o in objects if o["kind"] == "Pod" and o["metadata"]["name"].endswith("new0"))
    found = (await diagnosed(objects, {f"{name}/app@previous": "panic: nil map in main.load"})).hypotheses
    assert [h.cause_class for h in found] == ["crash-after-deploy"]
