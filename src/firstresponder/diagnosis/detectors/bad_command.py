"""The command, script or binary that a container is told to run is wrong."""

from __future__ import annotations

import re

from firstresponder.diagnosis.blame import Blame, worst
from firstresponder.diagnosis.container import Container
from firstresponder.diagnosis.logs import last_match
from firstresponder.diagnosis.view import View
from firstresponder.model import Citation, Hypothesis

CAUSE = "bad-command"

# runc: `exec: "x": executable file not found in $PATH`, `exec /x: no such file or directory`, `exec: "/x": permission denied`
_RUNTIME = re.compile(
    r"exec:? \"?[^\"]*\"?:?.*(executable file not found|no such file or directory|permission denied|is a directory)"
)
# What shells and interpreters say about a file or module that is not there.
_SCRIPT = re.compile(
    r"can't open (file|')|cannot open|No such file or directory|command not found|: not found|Unable to access jarfile"
    r"|Cannot find module|Could not find or load main class|No module named"
    r"|unknown (command|flag|option)|unrecognized (argument|option)|flag provided but not defined|invalid option|illegal option",
    re.IGNORECASE,
)
_USAGE_EXITS = frozenset({1, 2, 64, 126, 127})
_NOT_FOUND, _NOT_EXECUTABLE = 127, 126
_COMMAND = ("command", "args")


def detect(view: View) -> list[Hypothesis]:
    """Hold where the runtime cannot execute the command, or a shell or interpreter does not find what it names."""
    found = []
    for pod, container in view.containers():
        if not (container.crashing(view.now) or container.waiting in ("RunContainerError", "CreateContainerError")):
            continue
        blame = Blame(view, pod, container)
        refused = _RUNTIME.search(container.message)
        said = _said(view, container)
        score = blame.score
        score.add("the runtime cannot execute the command", 0.65, seen=refused is not None)
        if refused is None and container.reason not in ("StartError", "ContainerCannotRun"):
            score.add("exit code 127: the shell found no such command", 0.4, seen=container.exit_code == _NOT_FOUND)
            score.add("exit code 126: the file cannot be executed", 0.35, seen=container.exit_code == _NOT_EXECUTABLE)
            score.add("the log says that what it was told to run is not there", 0.35, seen=said is not None)
        if not score.observations:
            continue
        score.add("the newest release changed the command", 0.2, seen=blame.brought_in(*_COMMAND))
        score.add("it ended so more than once", 0.05, seen=container.restarts > 0)
        event = view.line("events", pod.name, "exec") if refused else None
        score.add("the kubelet's events agree", 0.05, seen=event is not None)
        if blame.brought_in("image") and not blame.brought_in(*_COMMAND):
            score.add("the command is the same as before, the image is another", -0.1)
            blame.against.append("the command was not changed; the new image may lack it")
        if container.init:
            score.add("it is an init container", -0.25)
            blame.against.append(f"{container.name} is an init container")
        found.append((blame, event, said))
    return [_hypothesis(blame, event, said) for blame, event, said in found if blame in worst([one for one, _, _ in found])]


def _said(view: View, container: Container) -> Citation | None:
    """Quote a complaint about a missing thing that names a word of the command line."""
    if container.exit_code not in _USAGE_EXITS:
        return None
    line = last_match(view, container, _SCRIPT)
    words = [word for part in _command(container) for word in re.findall(r"[\w./-]{3,}", part)]
    return line if line is not None and any(word in line.quote for word in words) else None


def _command(container: Container) -> list[str]:
    return [str(word) for part in _COMMAND for word in container.spec.get(part) or []]


def _hypothesis(blame: Blame, event: Citation | None, said: Citation | None) -> Hypothesis:
    container = blame.container
    command = " ".join(_command(container)) or "the image's own entrypoint"
    return blame.hypothesis(
        CAUSE,
        f"Container {container.name} cannot run `{command[:120]}`: {container.how_it_ended()}, {container.restarted()}",
        blame.view.line("pods", f"pod {blame.pod.name} container {container.name},"),
        event,
        said,
        by_release=blame.brought_in(*_COMMAND) or blame.brought_in("image"),
    )
