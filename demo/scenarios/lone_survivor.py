"""A release of which one pod of three works: taking it back would stop that one too, so the right answer is not to.

Version 2 takes an exclusive lock on the volume that its pods share. The first pod gets it and serves, the others crash. As
volumes like this one make people do, the Deployment is of the strategy Recreate: whatever is rolled out, all pods stop first.

No pod of version 1 is left to prove that it was healthy. That it stood for half an hour, and nobody complained, proves it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from demo.manifests import BED, Json, container, deployment
from demo.scenarios.scenario import Scenario

PLACE = "ledger"
VOLUME = "ledger-data"
SCRIPT = r"""
log() { echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) level=$1 version=$APP_VERSION msg=\"$2\""; }
trap 'log info stopping; [ "$locked" ] && rmdir /data/ledger.lock; exit 0' TERM INT
log info "starting ledger $APP_VERSION"
if [ "$APP_VERSION" != v1 ]; then
  if ! mkdir /data/ledger.lock 2> /dev/null; then
    log fatal "FATAL: cannot lock /data/ledger.lock: another pod holds it" >&2
    sleep 1
    exit 3
  fi
  locked=yes
  log info "locked /data/ledger.lock"
fi
mkdir -p /tmp/www
echo ok > /tmp/www/healthz
httpd -f -p 8080 -h /tmp/www &
log info "listening on :8080"
wait $!
"""


@contextmanager
def volume() -> Iterator[list[Json]]:
    """Have a volume on this machine, which is the bed's node. It is no part of the namespace, so it is not recorded."""
    with tempfile.TemporaryDirectory(prefix="firstresponder-ledger-") as folder:
        spec = {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": folder}}
        yield [{"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": VOLUME}, "spec": spec}]


def _claim() -> Json:
    spec = {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": "",
        "volumeName": VOLUME,
        "resources": {"requests": {"storage": "1Gi"}},
    }
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": VOLUME, "namespace": PLACE},
        "spec": spec,
    }


def _release(version: int) -> Json:
    app = container(f"{BED}:v{version}", SCRIPT, imagePullPolicy="Never", volumeMounts=[{"name": "data", "mountPath": "/data"}])
    data = {"name": "data", "persistentVolumeClaim": {"claimName": VOLUME}}
    return deployment("ledger", PLACE, app, replicas=3, volumes=(data,), strategy={"type": "Recreate"})


SCENARIO = Scenario(
    name="lone-survivor",
    title="A release of which one pod works, where a rollback would stop it",
    namespace=PLACE,
    alert="KubePodCrashLooping",
    works=(_claim(), _release(1)),
    breaks=(_release(2),),
    stands=31 * 60,
    surroundings=volume,
)
