"""One YAML file and the environment, parsed once into frozen settings.

Precedence: environment over file over defaults. An empty configuration is safe: nothing may be changed until an
action and a namespace are allowed. An error names the file, the line and the column, what was expected and what was
found. Durations are written `30s`, `15m`, `1h` or as a number of seconds.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError

from firstresponder.errors import BadConfig

Mode = Literal["observe", "suggest", "approve", "auto"]


class Seconds(float):
    """A duration in seconds; reads `90`, `90s`, `15m`, `1h`, `2d`."""


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


class Approval(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who may approve, and for how long an offer stands."""

    approvers: tuple[str, ...] = ()  # empty: everybody who holds the token
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
    resolve_timeout: Seconds = Seconds(2)  # for asking the cluster what an alert is about


class Retention(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Days that a closed incident and its alerts are kept. The audit is kept for ever."""

    incidents_days: int = 90


class Web(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The HTTP side."""

    max_body: int = 10_000_000


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
    logging: Logging = Logging()
    runbooks: tuple[str, ...] = ()  # more folders


ALIASES: dict[str, str] = {
    "rollout_restart": "restart-workload",
    "restart": "restart-workload",
    "rollback": "rollback-deployment",
    "rollout_undo": "rollback-deployment",
}
"""Names that other tools use for our actions; anything else that is no action id refuses to start."""

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, None: 1.0}


def load(path: Path | None, env: Mapping[str, str]) -> Settings:
    """Read the file (if any), lay the environment over it, and return the settings.

    Raises BadConfig: `config.yaml:4:11: guards.cooldown: expected a duration such as 30s, 15m or 1h, got 'soon'`.
    """
    tree: Any = CommentedMap()
    if path is not None:
        try:
            text = path.read_text(encoding="utf-8")
        except OSError as error:
            raise BadConfig(f"{path}: cannot be read ({error.strerror}); give --config a readable YAML file") from error
        except UnicodeDecodeError as error:
            raise BadConfig(f"{path}: is not UTF-8 text ({error.reason} at byte {error.start})") from error
        tree = _parse(text, path)
    settings = _convert(tree, path)
    return _overlay(settings, env)


def _parse(text: str, path: Path) -> Any:
    try:
        tree = YAML(typ="rt").load(io.StringIO(text))
    except MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
        raise BadConfig(f"{where}: not valid YAML: {error.problem}") from error
    if tree is None:
        return CommentedMap()
    if not isinstance(tree, CommentedMap):
        raise BadConfig(f"{path}:1:1: expected a mapping of sections (cluster, guards, …), got {type(tree).__name__}")
    return tree


def _convert(tree: Any, path: Path | None) -> Settings:
    try:
        return msgspec.convert(plain(tree), Settings, dec_hook=decode, strict=True)
    except msgspec.ValidationError as error:
        message, _, pointer = str(error).partition(" - at `$")
        keys = [key for key in re.split(r"[.\[\]`]+", pointer) if key]
        unknown = re.search(r"unknown field `(\w+)`", message)
        if unknown:
            keys.append(unknown[1])
        line, column = position(tree, keys)
        raise BadConfig(f"{path}:{line}:{column}: {'.'.join(keys) or 'configuration'}: {message}") from error


def plain(value: Any) -> Any:
    """Return the YAML parser's value as plain Python: its own floats and maps remember their place, and fit no schema."""
    if isinstance(value, dict):
        return {plain(key): plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    for form in (bool, int, float, str):
        if isinstance(value, form):
            return form(value)
    return value


def position(tree: Any, keys: list[str]) -> tuple[int, int]:
    """Line and column (from 1) of the deepest key of the path that the file holds."""
    line, column = 1, 1
    for key in keys:
        if isinstance(tree, CommentedMap) and key in tree:
            line, column = (place + 1 for place in tree.lc.key(key))
            tree = tree[key]
        elif isinstance(tree, CommentedSeq) and key.isdigit() and int(key) < len(tree):
            line, column = (place + 1 for place in tree.lc.item(int(key)))
            tree = tree[int(key)]
        else:
            break
    return line, column


def decode(form: type, value: Any) -> Any:
    """Read a value that msgspec does not know: the `dec_hook` of every YAML file of ours. Raises ValueError."""
    if form is Seconds:
        match = _DURATION.fullmatch(str(value).strip()) if isinstance(value, str | int | float) else None
        if match is None or isinstance(value, bool):
            raise ValueError(f"expected a duration such as 30s, 15m or 1h, got {value!r}")
        return Seconds(float(match[1]) * _UNITS[match[2]])
    raise NotImplementedError(f"no reader for {form.__name__}")


def _overlay(settings: Settings, env: Mapping[str, str]) -> Settings:
    """Lay the environment over the file; a variable that is set and empty counts as not set."""
    guards = settings.guards
    namespaces, actions = _names(env.get("ALLOWED_NAMESPACES", "")), _names(env.get("ALLOWED_ACTIONS", ""))
    if namespaces or actions:
        pairs = tuple(Allow(action=a, namespace=n) for n in namespaces for a in actions)
        guards = msgspec.structs.replace(guards, allow=guards.allow + pairs)
    cluster, prometheus, logging = settings.cluster, settings.prometheus, settings.logging
    if url := env.get("PROMETHEUS_URL", ""):
        prometheus = msgspec.structs.replace(prometheus, url=url)
    if path := env.get("LOG_FILE_PATH", ""):
        logging = msgspec.structs.replace(logging, path=path)
    guards = msgspec.structs.replace(
        guards,
        allow=tuple(msgspec.structs.replace(rule, action=_own(rule.action)) for rule in guards.allow),
        auto=tuple(msgspec.structs.replace(rule, action=_own(rule.action)) for rule in guards.auto),
        modes=tuple(msgspec.structs.replace(rule, action=_own(rule.action)) for rule in guards.modes),
    )
    return msgspec.structs.replace(
        settings,
        cluster=cluster,
        prometheus=prometheus,
        logging=logging,
        guards=guards,
    )


def _own(action: str) -> str:
    """Return our name for an action that another tool calls otherwise."""
    return ALIASES.get(action, action)


def _names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
