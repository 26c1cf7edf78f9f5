"""A release that lowers the memory limit below what the application needs: it is killed while it fills its cache."""

from demo.manifests import BED, Json, container, deployment
from demo.scenarios.scenario import Scenario

PLACE = "reports"
SCRIPT = r"""
log() { echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) level=info msg=\"$1\""; }
trap 'log stopping; exit 0' TERM INT
log "filling the cache"
cache=$(head -c 24000000 /dev/zero | tr '\0' x)
log "cache of ${#cache} bytes is ready"
mkdir -p /tmp/www
echo ok > /tmp/www/healthz
httpd -f -p 8080 -h /tmp/www &
wait $!
"""


def _with(limit: str) -> Json:
    memory = {"limits": {"memory": limit}, "requests": {"memory": "16Mi"}}
    return deployment("reports", PLACE, container(f"{BED}:v1", SCRIPT, imagePullPolicy="Never", resources=memory))


SCENARIO = Scenario(
    name="memory-limit",
    title="A release lowers the memory limit below what is needed",
    namespace=PLACE,
    alert="KubePodCrashLooping",
    works=(_with("192Mi"),),
    breaks=(_with("24Mi"),),
)
