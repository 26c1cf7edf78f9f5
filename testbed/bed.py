"""The handle through which tests and demos use a bed that is up.

from testbed.bed import Testbed
bed = Testbed.open(folder)
bed.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
bed.kubectl("get", "pods", "-n", "shop")
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from testbed import kubectl, lifecycle, monitoring, postgres
from testbed import state as states
from testbed.console import Say, quiet
from testbed.layout import CONTEXT, Layout, default_folder
from testbed.problem import BedError, NotUpError
from testbed.state import State

T = TypeVar("T")
_EVERY = 0.2
_A_DAY = "24h"


class Testbed:
    """One bed that is up."""

    # pytest takes classes that are called Test… for tests.
    __test__ = False

    def __init__(self, layout: Layout, state: State) -> None:
        """Use `Testbed.open`."""
        self._layout = layout
        self._state = state

    @classmethod
    def open(cls, folder: Path | str | None = None) -> Testbed:
        """Open the bed in this folder (default: the repository's `.testbed`); NotUpError if it is not up."""
        layout = Layout.of(folder or default_folder())
        state = states.load(layout)
        if state is None or not state.up:
            raise NotUpError(f"No testbed is up in {layout.root}. Start one: python -m testbed up --dir {layout.root}")
        return cls(layout, state)

    @property
    def folder(self) -> Path:
        """The state folder."""
        return self._layout.root

    @property
    def control_plane_only(self) -> bool:
        """Whether there is no node and no monitoring: objects can be written, pods never run."""
        return self._state.control_plane_only

    @property
    def context(self) -> str:
        """Name of the kubeconfig's context."""
        return CONTEXT

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig."""
        return self._layout.kubeconfig

    @property
    def audit_log(self) -> Path:
        """The API server's audit log: one JSON object a line for every write that people and controllers made."""
        return self._layout.audit_log

    @property
    def prometheus_url(self) -> str:
        """Address of Prometheus."""
        return self._monitoring("prometheus")

    @property
    def alertmanager_url(self) -> str:
        """Address of Alertmanager."""
        return self._monitoring("alertmanager")

    @property
    def postgres_url(self) -> str:
        """Address of the PostgreSQL database, with user and password; each user of it takes a schema of its own."""
        found = postgres.url(self._state)
        if not found:
            raise BedError("This testbed has no PostgreSQL: it is a control plane only. One alone: python -m testbed postgres up")
        return found

    def postgres_sql(self, statement: str) -> str:
        """Run one statement in that database as its superuser and return what it prints."""
        return postgres.sql(self._state, statement)

    def kubectl(
        self,
        *arguments: str,
        check: bool = True,
        stdin: str | None = None,
        kubeconfig: Path | None = None,
        timeout: float = 60.0,
    ) -> str:
        """Run kubectl and give what it prints; BedError with its complaint if it fails and `check` is set."""
        done = kubectl.run(
            self._layout, self._state, *arguments, stdin=stdin, check=check, kubeconfig=kubeconfig, timeout=timeout
        )
        return done.stdout

    def apply(self, manifest: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> None:
        """Apply one object or several."""
        items = [manifest] if isinstance(manifest, Mapping) else list(manifest)
        document = {"apiVersion": "v1", "kind": "List", "items": items}
        self.kubectl("apply", "-f", "-", stdin=json.dumps(document))

    def get(self, *arguments: str) -> dict[str, Any]:
        """`kubectl get … -o json`, read."""
        found: dict[str, Any] = json.loads(self.kubectl("get", *arguments, "-o", "json"))
        return found

    def set_receiver(self, url: str | None) -> None:
        """Send alerts to this webhook beside the (silent) pager; None takes it away again."""
        self._monitoring("alertmanager")
        monitoring.set_receiver(self._layout, self._state, url)

    def kubeconfig_for(self, service_account: str, namespace: str) -> Path:
        """Write a kubeconfig with a fresh token (a day) of a service account that exists; its rights are its RBAC's."""
        token = self.kubectl("create", "token", service_account, "--namespace", namespace, "--duration", _A_DAY).strip()
        folder = self._layout.part("kubeconfigs")
        folder.mkdir(exist_ok=True, mode=0o700)
        path = folder / f"{namespace}.{service_account}.kubeconfig"
        return lifecycle.kubeconfig(self._layout, self._state, path, token, namespace)

    def wait(self, condition: Callable[[], T | None], what: str, timeout: float = 60.0) -> T:
        """Ask again until the condition gives something true, and give that; say `what` was awaited if it never does.

        A BedError of the condition (an object that is not there yet) counts as "not yet".
        """
        deadline = time.monotonic() + timeout
        last: object = None
        while True:
            try:
                last = found = condition()
                if found:
                    return found
            except BedError as error:
                last = error
            if time.monotonic() > deadline:
                raise BedError(f"Waited {timeout:g} s for {what} in vain; the last answer was: {last!s:.2000}")
            time.sleep(_EVERY)

    def _monitoring(self, name: str) -> str:
        if self._state.control_plane_only:
            raise BedError(f"This testbed is a control plane only: it has no {name}.")
        return monitoring.url(self._state, name)


def up(folder: Path | str | None = None, *, control_plane_only: bool = False, say: Say = quiet) -> Testbed:
    """Bring a bed up (or find it up) and open it."""
    layout = Layout.of(folder or default_folder())
    state = lifecycle.bring_up(layout, control_plane_only=control_plane_only, say=say)
    return Testbed(layout, state)


def down(folder: Path | str | None = None, *, say: Say = quiet) -> bool:
    """Take a bed down; whether there was anything to take down."""
    return lifecycle.take_down(Layout.of(folder or default_folder()), say)
