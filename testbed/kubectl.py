"""Run kubectl against one bed."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from testbed.layout import NODE, Layout
from testbed.problem import BedError
from testbed.state import State


def run(
    layout: Layout,
    now: State,
    *arguments: str,
    stdin: str | None = None,
    check: bool = True,
    kubeconfig: Path | None = None,
    timeout: float = 60.0,
) -> subprocess.CompletedProcess[str]:
    """Run kubectl as the administrator, or with another kubeconfig; a failure shows what kubectl said."""
    command = [now.kubectl, f"--kubeconfig={kubeconfig or layout.kubeconfig}", *arguments]
    # Its discovery cache below the state folder: ports come again, and a cache of another bed must not answer.
    environment = {**os.environ, "KUBECACHEDIR": str(layout.part("kubectl-cache"))}
    try:
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False, env=environment, timeout=timeout)
    except subprocess.TimeoutExpired as error:
        raise BedError(f"kubectl {' '.join(arguments)} took longer than {timeout:.0f} s.") from error
    if check and done.returncode:
        raise BedError(f"kubectl {' '.join(arguments)} failed ({done.returncode}): {done.stderr.strip()}")
    return done


def node_ready(layout: Layout, now: State) -> bool:
    """Whether the node is there and Ready."""
    done = run(layout, now, "get", "node", NODE, "-o", "json", check=False)
    if done.returncode:
        return False
    conditions = json.loads(done.stdout).get("status", {}).get("conditions", [])
    return any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions)


def default_account(layout: Layout, now: State) -> bool:
    """Whether the controller manager has made the service account that every pod wants."""
    return not run(layout, now, "get", "serviceaccount", "default", check=False).returncode
