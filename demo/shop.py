"""The application of the demonstration: one deployment, a release that works and one that does not."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime

from demo import manifests
from demo.manifests import Json

PUBLIC_IMAGE = "busybox:1.36"
SERVE = "mkdir -p /www && echo ok > /www/healthz && exec httpd -f -p 8080 -h /www"
CRASH = "echo loading config; echo 'FATAL: cannot parse setting PAYMENTS_URL: missing scheme' >&2; sleep 1; exit 3"


class Shop:
    """A namespace of its own in one named cluster, driven by kubectl."""

    def __init__(self, kubectl: list[str], namespace: str, *, testbed: bool) -> None:
        """`kubectl` is the command with its context; in the testbed there are images made by hand."""
        self._kubectl = kubectl
        self.namespace = namespace
        self._testbed = testbed

    def open(self) -> None:
        """Make the namespace."""
        self._apply(manifests.namespace(self.namespace))

    def close(self) -> None:
        """Remove the namespace and all that is in it."""
        subprocess.run(
            [*self._kubectl, "delete", "namespace", self.namespace, "--wait=false", "--ignore-not-found"],
            capture_output=True,
            check=False,
        )

    def release(self, version: int) -> None:
        """Roll a version out: 1 works, 2 crashes."""
        if self._testbed:
            container = manifests.container(f"{manifests.BED}:v{version}", imagePullPolicy="Never")
        else:
            env = [{"name": "APP_VERSION", "value": f"v{version}"}]
            container = manifests.container(PUBLIC_IMAGE, SERVE if version == 1 else CRASH, env=env)
        self._apply(manifests.deployment("api", self.namespace, container))

    def wait(self, condition: Callable[[], bool], what: str, limit: float = 180.0) -> None:
        """Wait for a condition; TimeoutError names what was awaited."""
        deadline = time.monotonic() + limit
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError(f"waited {limit:g} s for {what} in vain")
            time.sleep(0.3)

    def healthy(self) -> bool:
        """Whether every replica runs the present version and is available."""
        found = self._get("deployment", "api")
        status, wanted = found.get("status", {}), found["spec"]["replicas"]
        fresh = status.get("observedGeneration") == found["metadata"]["generation"]
        counts = [status.get(name) for name in ("updatedReplicas", "availableReplicas", "replicas")]
        return fresh and counts == [wanted] * len(counts)

    def crashing(self) -> str:
        """The name of a pod in CrashLoopBackOff, or nothing."""
        for pod in self._get("pods", "--selector=app=api")["items"]:
            for status in pod.get("status", {}).get("containerStatuses", []):
                if status.get("state", {}).get("waiting", {}).get("reason") == "CrashLoopBackOff":
                    return str(pod["metadata"]["name"])
        return ""

    def pods(self) -> str:
        """What a person would look at."""
        return self._run("get", "pods", "--namespace", self.namespace)

    def alert(self, pod: str) -> Json:
        """The webhook body that Alertmanager would send about this pod."""
        labels = {
            "alertname": "KubePodCrashLooping",
            "namespace": self.namespace,
            "pod": pod,
            "container": "app",
            "reason": "CrashLoopBackOff",
            "severity": "warning",
        }
        started = datetime.now(UTC).isoformat()  # noqa: TID251 - the demonstration plays Alertmanager here
        one = {"status": "firing", "labels": labels, "annotations": {"summary": "Pod is crash looping."}, "startsAt": started}
        return {"version": "4", "status": "firing", "groupKey": "demo", "alerts": [one]}

    def _get(self, *words: str) -> Json:
        found: Json = json.loads(self._run("get", *words, "--namespace", self.namespace, "-o", "json"))
        return found

    def _apply(self, manifest: Json) -> None:
        self._run("apply", "-f", "-", stdin=json.dumps(manifest))

    def _run(self, *words: str, stdin: str = "") -> str:
        done = subprocess.run([*self._kubectl, *words], input=stdin, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"kubectl {' '.join(words)} failed: {done.stderr.strip()}")
        return done.stdout
