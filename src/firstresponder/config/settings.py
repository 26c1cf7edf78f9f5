"""Every setting, its type and its default. An empty configuration is safe: nothing may be changed."""

from __future__ import annotations

from typing import Literal

import msgspec

Mode = Literal["observe", "suggest", "approve", "auto"]


class Seconds(float):
    """A duration in seconds; reads `90`, `90s`, `15m`, `1h`, `2d`."""


class Secret(str):
    """Text that is never shown: only `reveal` gives it."""

    __slots__ = ()

    def reveal(self) -> str:
        """Return the text itself, for the one place that sends it."""
        return str.__str__(self)

    def __str__(self) -> str:
        """Hide it, also from f-strings and logs."""
        return "***" if len(self) else ""

    __repr__ = __str__

    def __format__(self, spec: str) -> str:
        """Hide it."""
        return format(str(self), spec)


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all settings: immutable, and an unknown key is an error."""


class Allow(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may be done where: action x kind x namespace. `*` is not accepted; every name is written out."""

    action: str
    namespace: str
    kind: str = "Deployment"


class Auto(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may be done without asking; every field is required."""

    alert: str
    action: str
    namespace: str
    target: str  # "Deployment/api"
    i_accept_irreversible: bool = False


class ModeRule(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An execution mode for a part of the world; the first rule that matches counts. Empty fields match all."""

    mode: Literal["observe", "suggest", "approve"]
    alert: str = ""
    action: str = ""
    namespace: str = ""


class Cluster(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which cluster. With nothing set: in-cluster credentials, else `KUBECONFIG`, else none."""

    kubeconfig: str = ""
    context: str = ""
    name: str = ""
    own_namespace: str = ""  # where Firstresponder itself runs; inside a cluster it finds out by itself
    own_labels: str = ""  # a selector of its own pods, "app=firstresponder"; empty: that whole namespace is its own


class Prometheus(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where Prometheus answers."""

    url: str = ""
    timeout: Seconds = Seconds(5)


class Budget(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """At most so many actions within the window."""

    window: Seconds = Seconds(3600)
    target: int = 3
    namespace: int = 6
    total: int = 12


class Concurrent(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """At most so many repairs at the same time, beside the one that is asked about."""

    namespace: int = 2
    total: int = 4


class Storm(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So many incidents opened within the window are a storm: nothing is changed until it is over."""

    window: Seconds = Seconds(300)
    incidents: int = 20


class Guards(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The safety envelope. Defaults allow nothing."""

    mode: Literal["observe", "suggest", "approve"] = "approve"
    modes: tuple[ModeRule, ...] = ()
    auto: tuple[Auto, ...] = ()
    allow: tuple[Allow, ...] = ()
    never_touch: tuple[str, ...] = ()  # more namespaces, beside the built-in system ones
    alert_freshness: Seconds = Seconds(3600)
    cooldown: Seconds = Seconds(900)
    repeat_cap: int = 3  # the same fix on the same target within `repeat_window`
    repeat_window: Seconds = Seconds(86400)
    min_confidence: float = 0.5
    quorum: int = 2  # independent sources that must agree
    budget: Budget = Budget()
    concurrent: Concurrent = Concurrent()
    storm: Storm = Storm()


class Approval(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who may approve, and for how long an offer stands."""

    approvers: tuple[str, ...] = ()  # names, and "slack:U0123456789" for people in Slack; empty: everybody who gets there
    ttl: Seconds = Seconds(1800)
    max_asks: int = 3


class Verification(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a repair is proven."""

    initial_delay: Seconds = Seconds(30)
    interval: Seconds = Seconds(10)
    consecutive_successes: int = 3
    failure_limit: int = 3
    error_limit: int = 5
    timeout: Seconds = Seconds(600)


class Limits(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one investigation may cost."""

    collector_timeout: Seconds = Seconds(5)
    total_timeout: Seconds = Seconds(10)
    max_bytes: int = 2_000_000
    max_api_calls: int = 100
    log_lines: int = 200
    max_concurrent: int = 4  # investigations at once


class Correlation(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When alerts are one incident."""

    relapse_watch: Seconds = Seconds(1800)
    still_firing_after: Seconds = Seconds(600)  # so long after a verified repair, the same alert says that it did not help
    resolve_timeout: Seconds = Seconds(2)  # for asking the cluster what an alert is about


class Retention(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Days that a closed incident and its alerts are kept. The audit is kept for ever."""

    incidents_days: int = 90


class Web(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The HTTP side."""

    max_body: int = 10_000_000
    external_url: str = ""  # how people reach the console, "https://firstresponder.example.com"; links in messages need it


class Slack(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where people are told, and asked. The secrets come from the environment (or `.env`) only."""

    channel: str = ""  # its id, "C0123456789"; SLACK_CHANNEL_ID (or CHANNEL_NAME) in the environment
    mention: str = ""  # who is called when an incident is handed over: "here", "channel", a user "U…" or a group "S…"
    api_url: str = "https://slack.com/api/"
    timeout: Seconds = Seconds(10)
    bot_token: Secret = Secret()
    app_token: Secret = Secret()
    signing_secret: Secret = Secret()
    webhook_url: Secret = Secret()


class Database(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where incidents are kept: without a URL in SQLite, in the data folder. It may hold a password: environment only."""

    url: Secret = Secret()  # postgresql://user:password@host:5432/firstresponder; FIRSTRESPONDER_DATABASE_URL
    schema: str = "firstresponder"  # of our tables; the engine's are in SCHEMA_engine


class Logging(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Our own log."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    path: str = ""  # empty: standard error
    format: Literal["auto", "text", "json"] = "auto"


class Settings(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that can be set."""

    cluster: Cluster = Cluster()
    prometheus: Prometheus = Prometheus()
    guards: Guards = Guards()
    approval: Approval = Approval()
    verification: Verification = Verification()
    limits: Limits = Limits()
    correlation: Correlation = Correlation()
    retention: Retention = Retention()
    web: Web = Web()
    slack: Slack = Slack()
    database: Database = Database()
    logging: Logging = Logging()
    runbooks: tuple[str, ...] = ()  # more folders
