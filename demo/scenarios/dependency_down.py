"""The database is gone, and what needs it crashes. Nothing about the application changed, and no restart of it can help."""

from demo.manifests import BED, Json, container, deployment, service
from demo.scenarios.scenario import Scenario

PLACE = "orders"
DATABASE = "orders-db"
PORT = 15432  # on the node's own network: the testbed has no kube-proxy, so a Service's address leads nowhere there
LOG = r"""
log() { echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) level=$1 msg=\"$2\""; }
trap 'log info stopping; exit 0' TERM INT
mkdir -p /tmp/www
echo ok > /tmp/www/healthz
"""
ANSWERS = f"{LOG}httpd -f -p {PORT} -h /tmp/www & wait $!\n"
ASKS = (
    LOG
    + r"""
log info "starting orders"
ask() { nc -w 2 "$ORDERS_DB_ADDRESS" $ORDERS_DB_PORT < /dev/null > /dev/null 2> /tmp/why; }
httpd -f -p 8080 -h /tmp/www &
while ask; do sleep 1 & wait $!; done
log fatal "FATAL: orders-db ($ORDERS_DB_ADDRESS:$ORDERS_DB_PORT) cannot be reached: $(cat /tmp/why)" >&2
sleep 1
exit 1
"""
)


def _database(replicas: int) -> Json:
    app = container(f"{BED}:v1", ANSWERS, port=PORT, imagePullPolicy="Never")
    made = deployment(DATABASE, PLACE, app, replicas=replicas)
    made["spec"]["template"]["spec"]["hostNetwork"] = True
    return made


def _orders() -> Json:
    env = [
        {"name": "ORDERS_DB_ADDRESS", "valueFrom": {"fieldRef": {"fieldPath": "status.hostIP"}}},
        {"name": "ORDERS_DB_PORT", "value": str(PORT)},
    ]
    return deployment("orders", PLACE, container(f"{BED}:v1", ASKS, imagePullPolicy="Never", env=env))


SCENARIO = Scenario(
    name="dependency-down",
    title="A database is gone, and what needs it crashes",
    namespace=PLACE,
    alert="KubePodCrashLooping",
    works=(service(DATABASE, PLACE, PORT), _database(1), _orders()),
    breaks=(_database(0),),
)
