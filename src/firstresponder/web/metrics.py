"""Our own figures for Prometheus. What is counted per request is a few additions; the rest is asked at the scrape."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import Receive, Scope, Send

from firstresponder.errors import FirstresponderError
from firstresponder.model import Phase
from firstresponder.web import replies
from firstresponder.web.auth import Token
from firstresponder.web.loopback import is_local
from firstresponder.web.needs import Responder
from firstresponder.web.replies import Reply

Figures = Callable[[], Mapping[str, float]]
"""More figures by metric name; a name that ends in `_total` is a counter, any other a gauge."""

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # seconds
PAGE = 200
MAX_COUNTED = 5_000  # incidents that are looked at per scrape

_CONTENT_TYPE = CONTENT_TYPE_LATEST.encode()
_OPEN: tuple[Phase, ...] = tuple(phase for phase in Phase if phase is not Phase.CLOSED)


class _More(Collector):
    """Figures that others keep."""

    def __init__(self, figures: Figures) -> None:
        self.figures = figures

    def collect(self) -> Iterable[Metric]:
        for name, value in sorted(self.figures().items()):
            text = name.removeprefix("firstresponder_").replace("_", " ")
            if name.endswith("_total"):
                yield CounterMetricFamily(name, text, value=value)
            else:
                yield GaugeMetricFamily(name, text, value=value)


class Metrics:
    """Counters of the hot path in a registry of their own."""

    def __init__(self, figures: Figures | None = None) -> None:
        """Start at zero; `figures` is asked at each scrape."""
        self.registry = CollectorRegistry()
        alerts = Counter(
            "firstresponder_alerts_received",
            "Alerts received, by what became of them (stored, malformed, refused = told to send again)",
            ["result"],
            registry=self.registry,
        )
        truncated = Counter(
            "firstresponder_alerts_truncated", "Alerts that the sender says it left out of its batches", registry=self.registry
        )
        self._requests = Counter(
            "firstresponder_webhook_requests", "Webhook requests by HTTP status", ["status"], registry=self.registry
        )
        latency = Histogram(
            "firstresponder_webhook_seconds",
            "Time from the head of a webhook request to its answer, storing included",
            buckets=BUCKETS,
            registry=self.registry,
        )
        # Each is looked up once: a lookup by label costs more than the addition.
        self.stored = alerts.labels("stored").inc
        self.malformed = alerts.labels("malformed").inc
        self.refused = alerts.labels("refused").inc
        self.truncated = truncated.inc
        self.gone = self._requests.labels("gone").inc
        self._observe = latency.observe
        self._by_status: dict[int, Callable[[], None]] = {}
        if figures is not None:
            self.registry.register(_More(figures))

    def answered(self, status: int, seconds: float) -> None:
        """Count one answer and the time it took."""
        count = self._by_status.get(status)
        if count is None:
            count = self._by_status[status] = self._requests.labels(str(status)).inc
        count()
        self._observe(seconds)


class MetricsPage:
    """`/metrics`: without the token from this machine only, as the webhooks (see `loopback`), with it from anywhere."""

    def __init__(self, metrics: Metrics, responder: Responder, token: Token) -> None:
        """Show `metrics` and what `responder` knows of open incidents."""
        self.metrics = metrics
        self.responder = responder
        self.token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one scrape."""
        await (await self.answer(scope))(scope, receive, send)

    async def answer(self, scope: Scope) -> Reply:
        """Return the figures in Prometheus' text format."""
        if not is_local(scope) and not self.token.machine(scope):
            return replies.unauthorized()
        once = CollectorRegistry()
        for family in await self.now():
            once.register(_Given(family))
        return Reply(200, generate_latest(self.metrics.registry) + generate_latest(once), _CONTENT_TYPE)

    async def now(self) -> list[Metric]:
        """Read readiness and the open incidents; what cannot be read is left out, and `firstresponder_ready` is 0."""
        ready = GaugeMetricFamily("firstresponder_ready", "Whether alerts can be taken now")
        try:
            health = await self.responder.health()
            counts = await self.count()
            backlog = await self.responder.backlog()
        except FirstresponderError:
            ready.add_metric([], 0.0)
            return [ready]
        ready.add_metric([], float(health.ready))
        incidents = GaugeMetricFamily("firstresponder_incidents", "Open incidents by phase", labels=["phase"])
        for phase, number in counts.items():
            incidents.add_metric([phase.value], float(number))
        notices = GaugeMetricFamily("firstresponder_notices_waiting", "Messages to people that wait, by sink", labels=["sink"])
        for sink, number in backlog.items():
            notices.add_metric([sink], float(number))
        return [ready, incidents, notices]

    async def count(self) -> dict[Phase, int]:
        """Count open incidents by phase, `MAX_COUNTED` at most."""
        counts: dict[Phase, int] = dict.fromkeys(_OPEN, 0)
        cursor = ""
        for _ in range(MAX_COUNTED // PAGE):
            page, cursor = await self.responder.incidents(phases=_OPEN, limit=PAGE, before=cursor)
            for incident in page:
                counts[incident.phase] += 1
            if not cursor:
                break
        return counts


class _Given(Collector):
    """One metric that was read already."""

    def __init__(self, family: Metric) -> None:
        self.family = family

    def collect(self) -> Iterable[Metric]:
        yield self.family
