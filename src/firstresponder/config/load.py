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
from typing import Any

import msgspec
from msgspec.structs import replace
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError

from firstresponder.config.settings import Allow, Seconds, Secret, Settings
from firstresponder.errors import BadConfig

ALIASES: dict[str, str] = {
    "rollout_restart": "restart-workload",
    "restart": "restart-workload",
    "rollback": "rollback-deployment",
    "rollout_undo": "rollback-deployment",
    "scale_up": "scale-up",
    "scale_out": "scale-up",
    "scale_down": "scale-down",
    "scale_in": "scale-down",
    "scale_to_zero": "scale-to-zero",
    "suspend_cronjob": "suspend-cronjob",
    "patch_image": "fix-image",
    "set_image": "fix-image",
    "cordon": "cordon-node",
    "cordon_node": "cordon-node",
    "uncordon": "uncordon-node",
    "uncordon_node": "uncordon-node",
}
"""Names that other tools use for our actions; anything else that is no action id refuses to start."""

SECRETS: dict[str, dict[str, str]] = {
    "slack": {
        "bot_token": "SLACK_BOT_TOKEN",
        "app_token": "SLACK_APP_TOKEN",
        "signing_secret": "SLACK_SIGNING_SECRET",
        "webhook_url": "SLACK_WEBHOOK_URL",
    },
    "database": {"url": "FIRSTRESPONDER_DATABASE_URL"},
}
"""Settings that only the environment may hold, by section and key."""

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
    _refuse_secrets(tree, path)
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


def _refuse_secrets(tree: Any, path: Path | None) -> None:
    """A configuration file is read by many, and ends in repositories: a secret in it is an error that names the variable."""
    for section, variables in SECRETS.items():
        for key, variable in variables.items():
            if isinstance(tree.get(section), dict) and key in tree[section]:
                line, column = position(tree, [section, key])
                raise BadConfig(
                    f"{path}:{line}:{column}: {section}.{key}: a secret does not belong into this file; "
                    f"give it as {variable} in the environment or in .env"
                )


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
    if form is Secret and isinstance(value, str):
        return Secret(value)
    raise NotImplementedError(f"no reader for {form.__name__}")


def _overlay(settings: Settings, env: Mapping[str, str]) -> Settings:
    """Lay the environment over the file; a variable that is set and empty counts as not set."""
    guards = settings.guards
    namespaces, actions = _names(env.get("ALLOWED_NAMESPACES", "")), _names(env.get("ALLOWED_ACTIONS", ""))
    if namespaces or actions:
        pairs = tuple(Allow(action=a, namespace=n) for n in namespaces for a in actions)
        guards = replace(guards, allow=guards.allow + pairs)
    guards = replace(
        guards,
        allow=tuple(replace(rule, action=_own(rule.action)) for rule in guards.allow),
        auto=tuple(replace(rule, action=_own(rule.action)) for rule in guards.auto),
        modes=tuple(replace(rule, action=_own(rule.action)) for rule in guards.modes),
    )
    settings = replace(settings, guards=guards)
    settings = _set(settings, "prometheus", url=env.get("PROMETHEUS_URL", ""))
    settings = _set(settings, "logging", path=env.get("LOG_FILE_PATH", ""))
    settings = _set(settings, "slack", channel=env.get("SLACK_CHANNEL_ID", "") or env.get("CHANNEL_NAME", ""))
    for section, variables in SECRETS.items():
        settings = _set(settings, section, **{key: Secret(env.get(name, "").strip()) for key, name in variables.items()})
    return settings


def _set(settings: Settings, section: str, **values: str) -> Settings:
    """Replace those fields of a section for which there is a value."""
    given = {key: value for key, value in values.items() if len(value)}
    return replace(settings, **{section: replace(getattr(settings, section), **given)})


def _own(action: str) -> str:
    """Return our name for an action that another tool calls otherwise."""
    return ALIASES.get(action, action)


def _names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
