"""Every setting and variable is documented as it is, and nothing else is."""

from __future__ import annotations

import re
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin

import msgspec
import pytest

from firstresponder.cli.environment import environment
from firstresponder.config import ALIASES, Seconds, Secret, Section, Settings, decode, load
from firstresponder.config.load import SECRETS
from firstresponder.remediation.catalog import CATALOG
from firstresponder.runbooks.schema import Runbook
from tests.docs.pages import ROOT, SOURCE, first_names, names, page, table

PAGE = page("docs/configuration.md")
ENVIRONMENT = page("docs/environment.md")
SET_BY_OTHERS = {"KUBERNETES_SERVICE_HOST", "USER"}
REQUIRED = "required"
FROM_CONFIG = "the configuration's"


class Setting(NamedTuple):
    """One setting as the code has it."""

    name: str
    kind: str
    default: Any


def settings(form: type[msgspec.Struct], prefix: str = "") -> Iterator[Setting]:
    """Walk a settings struct down to its leaves; a list of structs is a leaf and is walked too."""
    for field in msgspec.structs.fields(form):
        name = f"{prefix}{field.encode_name}"
        default = REQUIRED if field.required else field.default
        if field.default_factory is not msgspec.NODEFAULT:
            default = field.default_factory()
        inner = get_args(field.type)
        if isinstance(field.type, type) and issubclass(field.type, Section):
            yield from settings(field.type, f"{name}.")
        elif get_origin(field.type) is tuple and isinstance(inner[0], type) and issubclass(inner[0], Section):
            yield Setting(name, "list", default)
            yield from settings(inner[0], f"{name}[].")
        else:
            yield Setting(name, kind_of(field.type), default)


def kind_of(form: Any) -> str:
    """Say a type in the page's words."""
    if get_origin(form) in (Union, types.UnionType):
        return kind_of(next(each for each in get_args(form) if each is not type(None)))
    if get_origin(form) is Literal:
        *some, last = [f"`{each}`" for each in get_args(form)]
        return f"{', '.join(some)} or {last}"
    if get_origin(form) is tuple:
        return f"list of {kind_of(get_args(form)[0])}"
    if get_origin(form) is dict:
        return "mapping"
    return {str: "text", int: "whole number", float: "number", bool: "yes/no", Seconds: "duration", Secret: "secret"}[form]


def documented(cell: str, kind: str) -> Any:
    """Read a default as it stands on the page."""
    if cell == REQUIRED:
        return REQUIRED
    if cell == "empty":
        return {"text": "", "secret": "", "mapping": {}}.get(kind, ())
    (text,) = names(cell)
    if kind == "yes/no":
        return {"true": True, "false": False}[text]
    if kind == "duration":
        return decode(Seconds, text)
    return int(text) if kind == "whole number" else float(text) if kind == "number" else text


ALL = list(settings(Settings))
ROWS = {row[0].strip("`"): row for row in table(PAGE, "setting")}


def test_the_walk_finds_settings_of_every_depth() -> None:
    """The walk sees plain settings, settings of sections, lists, and what is inside lists."""
    found = {each.name for each in ALL}
    assert {"runbooks", "guards.mode", "guards.allow", "guards.allow[].kind"} <= found


def test_no_other_setting_is_documented() -> None:
    """The page names exactly the settings that exist, each once."""
    assert first_names(table(PAGE, "setting")) == list(dict.fromkeys(first_names(table(PAGE, "setting"))))
    assert set(ROWS) == {each.name for each in ALL}


@pytest.mark.parametrize("setting", ALL, ids=lambda each: each.name)
def test_a_setting_is_documented_as_it_is(setting: Setting) -> None:
    """Its type and default on the page are those of the code, and it has a meaning."""
    _, kind, default, meaning = ROWS[setting.name]
    assert kind == setting.kind
    assert documented(default, kind) == setting.default
    assert meaning


def test_every_variable_is_documented_and_no_other() -> None:
    """The page names exactly the variables that the program reads."""
    pattern = re.compile(
        r"""env(?:iron)?(?:\.get\(|\[)"([A-Z][A-Z_]+)"|envvar=\[?"([A-Z_]+)"(?:, "([A-Z_]+)")?|^VARIABLE = "([A-Z_]+)\"""",
        re.MULTILINE,
    )
    read: set[str] = set()
    for path in SOURCE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        read |= {name for groups in pattern.findall(text) for name in groups if name}
    read |= {name for section in SECRETS.values() for name in section.values()}
    assert set(first_names(table(ENVIRONMENT, "variable"))) == read


def test_every_secret_is_only_a_variable() -> None:
    """A setting is of the type "secret" if and only if the environment alone may hold it, and its row names the variable."""
    secret = {f"{section}.{key}": name for section, keys in SECRETS.items() for key, name in keys.items()}
    assert {each.name for each in ALL if each.kind == "secret"} == set(secret)
    for name, variable in secret.items():
        assert f"only as `{variable}`" in ROWS[name][3]


def test_the_example_of_the_environment_has_every_variable() -> None:
    """.env.example names each documented variable once, but for those that others set, and no other."""
    lines = page(".env.example").splitlines()
    named = [match[1] for line in lines if (match := re.match(r"(?:# )?([A-Z][A-Z_]+)=", line))]
    assert sorted(named) == sorted(set(first_names(table(ENVIRONMENT, "variable"))) - SET_BY_OTHERS)


def test_the_example_of_the_environment_is_safe_and_can_be_read(tmp_path: Path) -> None:
    """As it stands it sets nothing; with every line uncommented each is understood, and no secret is in it."""
    text = page(".env.example")
    (tmp_path / ".env").write_text(text)
    assert environment({}, tmp_path) == ({}, ())
    path = tmp_path / ".env"
    path.write_text(re.sub(r"(?m)^# ([A-Z][A-Z_]+=)", r"\1", text))
    path.chmod(0o600)
    values, complaints = environment({}, tmp_path)
    assert complaints == ()
    assert values["ALLOWED_NAMESPACES"] == "default,staging"
    assert values["ALLOWED_ACTIONS"] == "rollout_restart"
    assert values["CHANNEL_NAME"] == "#ops"
    assert values["SLACK_BOT_TOKEN"] == "xoxb-"


def test_the_other_names_of_actions() -> None:
    """The table of other tools' names is the table in the code, and each leads to an action that exists."""
    told = {alias: names(row[1])[0] for row in table(ENVIRONMENT, "name") for alias in names(row[0])}
    assert told == ALIASES
    assert set(ALIASES.values()) <= {action.id for action in CATALOG}


def test_the_form_of_a_runbook() -> None:
    """The runbook page names every key of a runbook with its type and default, and no other."""
    rows = {row[0].strip("`"): row for row in table(page("docs/runbooks.md"), "key")}
    wanted = {each.name: each for each in settings(Runbook) if each.kind != "list"}
    assert set(rows) == set(wanted)
    for name, each in wanted.items():
        assert rows[name][1] == each.kind, name
        if each.default is None:
            assert rows[name][2] == FROM_CONFIG
        else:
            assert documented(rows[name][2], each.kind) == each.default, name


def test_the_example_loads_and_says_something() -> None:
    """The example configuration is accepted as it stands, sets every section but the limits, and grants nothing."""
    loaded = load(ROOT / "examples/firstresponder.yaml", {})
    assert [rule.namespace for rule in loaded.guards.allow] == ["shop", "shop"]
    assert loaded.guards.auto == ()
    changed = {name for name in ("cluster", "prometheus", "guards") if getattr(loaded, name) != getattr(Settings(), name)}
    assert changed == {"cluster", "prometheus", "guards"}
