"""The application that breaks: a deployment of the bed's own images, in a namespace of its own."""

from __future__ import annotations

from typing import Any

from testbed.bed import Testbed

Json = dict[str, Any]


class Shop:
    """One namespace with the deployment `api`."""

    def __init__(self, bed: Testbed, namespace: str) -> None:
        """Nothing is there yet."""
        self.bed = bed
        self.namespace = namespace

    def open(self) -> None:
        """Make the namespace."""
        self.bed.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace}})

    def close(self) -> None:
        """Remove it, without waiting for its pods."""
        self.bed.kubectl("delete", "namespace", self.namespace, "--wait=false", check=False)

    def deploy(self, image: str = "app:v1", *, replicas: int = 2, env: dict[str, str] | None = None, host: str = "") -> None:
        """Apply the deployment. `host`: a folder of this machine that the pod sees as /host."""
        container: Json = {
            "name": "app",
            "image": f"docker.io/local/{image}",
            "imagePullPolicy": "Never",
            "ports": [{"containerPort": 8080}],
            "env": [{"name": name, "value": value} for name, value in (env or {}).items()],
            "readinessProbe": {"httpGet": {"path": "/healthz", "port": 8080}, "periodSeconds": 1},
        }
        spec: Json = {"containers": [container], "terminationGracePeriodSeconds": 1}
        if host:
            container["volumeMounts"] = [{"name": "host", "mountPath": "/host"}]
            spec["volumes"] = [{"name": "host", "hostPath": {"path": host}}]
        self.bed.apply(
            {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "metadata": {"name": "api", "namespace": self.namespace, "labels": {"app": "api"}},
                "spec": {
                    "replicas": replicas,
                    "selector": {"matchLabels": {"app": "api"}},
                    "template": {"metadata": {"labels": {"app": "api"}}, "spec": spec},
                },
            }
        )

    def deployment(self) -> Json:
        """The deployment as the API server has it."""
        return self.bed.get("deployment", "api", "-n", self.namespace)

    def pods(self) -> list[Json]:
        """Its pods."""
        found: list[Json] = self.bed.get("pods", "-n", self.namespace, "-l", "app=api")["items"]
        return found

    def image(self) -> str:
        """The image that the template names: `app:v1`."""
        name: str = self.deployment()["spec"]["template"]["spec"]["containers"][0]["image"]
        return name.removeprefix("docker.io/local/")

    def wait_healthy(self, image: str = "app:v1") -> None:
        """Wait until all replicas run this image and are available."""

        def healthy() -> bool:
            found = self.deployment()
            status, wanted = found.get("status", {}), found["spec"]["replicas"]
            return (
                self.image() == image
                and status.get("observedGeneration") == found["metadata"]["generation"]
                and status.get("updatedReplicas") == status.get("availableReplicas") == status.get("replicas") == wanted
            )

        self.bed.wait(healthy, f"api in {self.namespace} to run {image}", timeout=90)

    def crashing_pod(self) -> str | None:
        """The name of a pod that is in CrashLoopBackOff."""
        for pod in self.pods():
            for status in pod.get("status", {}).get("containerStatuses", []):
                if status.get("state", {}).get("waiting", {}).get("reason") == "CrashLoopBackOff":
                    return str(pod["metadata"]["name"])
        return None

    def wait_crashing(self) -> str:
        """Wait until a pod is in CrashLoopBackOff; return its name."""
        return self.bed.wait(self.crashing_pod, f"a crash loop in {self.namespace}", timeout=90)

    def break_it(self, *, replicas: int = 2) -> str:
        """Run v1, release v2, wait for its crash loop; return the crashing pod's name."""
        self.deploy("app:v1", replicas=replicas)
        self.wait_healthy()
        self.deploy("app:v2", replicas=replicas)
        return self.wait_crashing()

    def alert(self, pod: str, status: str = "firing") -> Json:
        """An Alertmanager body as kube-state-metrics' rules make it."""
        from datetime import UTC, datetime  # noqa: PLC0415 - only here

        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")  # noqa: TID251 - a test plays the outside world
        one = {
            "status": status,
            "labels": {
                "alertname": "KubePodCrashLooping",
                "namespace": self.namespace,
                "pod": pod,
                "container": "app",
                "reason": "CrashLoopBackOff",
                "severity": "warning",
                "job": "kube-state-metrics",
            },
            "annotations": {"summary": "Pod is crash looping."},
            "startsAt": now,
        }
        return {"version": "4", "groupKey": f"{{}}:{{namespace={self.namespace}}}", "status": status, "alerts": [one]}
