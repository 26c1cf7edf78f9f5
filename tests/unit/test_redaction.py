"""Secrets are not shown, and, where it is asked for, are seen to change."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstresponder.model import Json, canonical
from firstresponder.redaction import MARK, OTHER, Redactor, is_mark, secretive

BOTH = pytest.mark.parametrize("numbered", [False, True])
# A value that no other part of a text contains by chance.
SECRETS = st.from_regex(r"zq[a-z][A-Za-z]{3,10}[0-9]{2,6}[A-Za-z]{2,8}", fullmatch=True)
NAMES = st.sampled_from(["DB_PASSWORD", "password", "apiToken", "API_KEY", "clientSecret", "REDIS_AUTH", "SENTRY_DSN"])


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("key AKIAIOSFODNN7EXAMPLE used", "AKIAIOSFODNN7EXAMPLE"),
        ("jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl end", "eyJzdWIiOiIxIn0"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nabc\n-----END RSA PRIVATE KEY-----\nafter", "MIIEow"),
        ("-----BEGIN PRIVATE KEY-----\nMIIEow cut off", "MIIEow"),
        ("Authorization: Bearer abc.def-123", "abc.def-123"),
        ("redis://:hunter2x@cache:6379/0", "hunter2x"),
        ('{"password": "a b c d"}', "a b c d"),
        ("client_secret: 's3cr3t value'", "s3cr3t value"),
        ("GET /x?access_token=abcdef HTTP/1.1", "abcdef"),
        ("ghp_abcdefghijklmnopqrstuvwxyz012345", "ghp_abcdefghij"),
        ("xoxb-123456789012-abcdefgh", "123456789012"),
    ],
)
def test_secrets_are_known_by_their_form(text: str, secret: str) -> None:
    """AWS keys, JWTs, PEM keys (also cut off), bearer tokens, URL passwords and name-value pairs are taken out of text."""
    clean = Redactor().text(text)
    assert secret not in clean
    assert MARK in clean


@pytest.mark.parametrize(
    "text",
    [
        'MountVolume.SetUp failed for volume "keys" : secret "frontend-api-keys" not found',
        "references non-existent secret key: api-key",
        "couldn't find key DB_HOST in Secret shop/creds",
        "dial tcp 10.96.5.29:9999: connect: connection refused",
        'exec: "srv": executable file not found in $PATH',
        "http://example.org:8080/path?x=1",
        "taint node.kubernetes.io/unreachable:NoSchedule, key: node.kubernetes.io/unreachable",
        "image registry.example:5000/app@sha256:0123456789abcdef",
    ],
)
def test_what_a_diagnosis_needs_is_left_alone(text: str) -> None:
    """Names of Secrets and keys, addresses, URLs without credentials and image digests stay readable."""
    assert Redactor().text(text) == text


@pytest.mark.parametrize(
    "name", ["SECRET_NAME", "tokenTTL", "PASSWORD_FILE", "MONKEY", "KEYSPACE", "AUTHOR", "key", "passenger", "DATABASE_URL"]
)
def test_names_that_only_speak_about_secrets_are_not_secretive(name: str) -> None:
    """Where a secret lies, how long it lives and words that merely contain one are not taken for secrets."""
    assert not secretive(name)


@pytest.mark.parametrize(
    "name", ["DB_PASSWORD", "dbPassword", "API_KEY", "KEY", "x-api-key", "token", "STRIPE_SECRET", "accesskey"]
)
def test_names_that_say_secret_are_secretive(name: str) -> None:
    """Usual names of secrets are known in every spelling."""
    assert secretive(name)


def test_redacting_twice_changes_nothing() -> None:
    """What was redacted is not redacted again into something else."""
    once = Redactor().object(
        {"kind": "Pod", "spec": {"env": [{"name": "API_TOKEN", "value": "abc12345"}], "args": ["--token", "abc12345"]}}
    )
    assert Redactor().object(once) == once


@BOTH
@given(st.from_regex(r"[A-Za-z0-9]{12,20}", fullmatch=True))
def test_no_planted_secret_survives(numbered: bool, secret: str) -> None:  # noqa: FBT001
    """A value under a telling name, in a URL, a header or a flag is gone, and nothing else is."""
    planted = {
        "env": [{"name": "DB_PASSWORD", "value": secret}, {"name": "MODE", "value": "prod"}],
        "args": [f"--api-key={secret}", f"postgres://app:{secret}@db/x", f"Authorization: Bearer {secret}"],
        "annotations": {"vault/token": secret},
    }
    shown = Redactor(numbered=numbered).object(planted)
    assert secret not in str(shown)
    assert shown["env"][1] == {"name": "MODE", "value": "prod"}


def test_equal_secrets_get_equal_numbers() -> None:
    """Two secrets are numbered by first sight; the same again gets its number again."""
    redact = Redactor(numbered=True)
    assert [redact.object({"name": "TOKEN", "value": value})["value"] for value in ("a", "b", "a")] == [
        "[redacted 1]",
        "[redacted 2]",
        "[redacted 1]",
    ]


def test_a_secret_has_one_number_in_whatever_place() -> None:
    """In a variable, a URL, a flag, a log line and an unquoted place, the same secret has the same number."""
    redact = Redactor(numbered=True)
    shown = [redact.object({"name": "TOKEN", "value": "s3cretS3cret"})["value"], *map(redact.text, [
        "redis://:s3cretS3cret@cache", "--token s3cretS3cret", "token=s3cretS3cret", 'name: "PASSWORD", value: "s3cretS3cret"',
    ]), redact.forget("tried s3cretS3cret")]  # fmt: skip
    assert shown == [
        "[redacted 1]", "redis://:[redacted 1]@cache", "--token [redacted 1]", "token=[redacted 1]",
        'name: "PASSWORD", value: "[redacted 1]"', "tried [redacted 1]",
    ]  # fmt: skip


@BOTH
@pytest.mark.parametrize(
    "plain",
    [
        {"secretName": "db"},
        {"secretKeyRef": {"name": "db-password", "key": "x"}},
        {"name": "app", "image": "shop/api:1"},
        {"automountServiceAccountToken": False},
        {"serviceAccountName": "tokens"},
        {"topologyKey": "kubernetes.io/hostname"},
        3,
        None,
        "a && b",
    ],
)
def test_references_and_plain_values_stay(plain: Any, numbered: bool) -> None:  # noqa: FBT001
    """A reference to a secret is no secret."""
    assert Redactor(numbered=numbered).object(plain) == plain


@given(name=NAMES, one=SECRETS, other=SECRETS, place=st.sampled_from(["env", "flag", "url", "data", "applied"]))
def test_numbers_never_hide_a_change(name: str, one: str, other: str, place: str) -> None:
    """Two objects that differ in a secret alone still differ when both are redacted with one numbering."""
    made: list[Json] = [
        {
            "env": {"env": [{"name": name, "value": value}]},
            "flag": {"args": [f"--{name}", value]},
            "url": {"args": [f"amqp://u:{value}@mq"]},
            "data": {"kind": "ConfigMap", "data": {"x": value}},
            "applied": {"kubectl.kubernetes.io/last-applied-configuration": value},
        }[place]
        for value in (one, other)
    ]
    clean = Redactor(numbered=True).together(made)
    assert (clean[0] == clean[1]) is (one == other)
    assert one not in str(clean)
    assert other not in str(clean)


@given(name=NAMES, secret=SECRETS)
def test_a_password_within_a_secret_is_known_by_itself(name: str, secret: str) -> None:
    """Of a URL under a telling name, the URL is taken out there, and its password alone elsewhere."""
    url = {"env": [{"name": name, "value": f"postgres://app:{secret}@db/app"}]}
    assert Redactor().together([url, f"login with {secret} failed"]) == [
        {"env": [{"name": name, "value": MARK}]},
        f"login with {MARK} failed",
    ]


@given(name=NAMES, secret=SECRETS)
def test_what_one_object_gives_away_is_taken_out_of_all(name: str, secret: str) -> None:
    """A value that the second of two objects names as a secret is gone from the first, where nothing told it."""
    assert secret not in str(Redactor().together([{"args": [f"run {secret}"]}, {"env": [{"name": name, "value": secret}]}]))


QUOTES: dict[str, Callable[[str, str], str]] = {
    "JSON": lambda name, value: json.dumps({"env": [{"name": name, "value": value}]}),
    "JSON in JSON": lambda name, value: json.dumps(json.dumps({"env": [{"name": name, "value": value}]})),
    "a key": lambda name, value: json.dumps({name: value}),
    "a key in JSON": lambda name, value: json.dumps(json.dumps({name: value})),
    "cut JSON": lambda name, value: json.dumps({"env": [{"name": name, "value": value}]})[:-4],
    "Go": lambda name, value: (
        f'Invalid value: v1.Container{{Env:[]v1.EnvVar{{v1.EnvVar{{Name:"{name}", Value:"{value}", '
        "ValueFrom:(*v1.EnvVarSource)(nil)}}}}}: no"
    ),
    "a quote inside": lambda name, value: json.dumps({"name": name, "value": f'a"{value}'}),
    "YAML": lambda name, value: f"env:\n+  - name: {name}\n+    value: {value}\n",
    "quoted YAML": lambda name, value: f"- name: '{name}'\n  value: '{value} more'\n",
    "a path": lambda _, value: f'spec.containers[0].env[1].value: Invalid value: "{value}": must be short',
    "an annotation's path": lambda _, value: f'metadata.annotations[a/b]: Invalid value: "{value}": must be short',
    "an argument's path": lambda _, value: f"spec.containers[0].args[1]: Unsupported value: {value}",
    "basic": lambda _, value: f"Authorization: Basic {value}",
    "next line": lambda name, value: f"{name}:\n  {value}\n",
    "after another name": lambda name, value: f"error: cannot log in: {name}={value}",
    "a flag after another name": lambda _, value: f"denied: --api-token {value}",
    "after another quoted name": lambda name, value: json.dumps({"msg": f"{name}: {value}"}),
    "after a wrong start": lambda name, value: f"{name}=[redacted{value}",
}


@BOTH
@pytest.mark.parametrize("how", QUOTES)
@given(name=NAMES, secret=SECRETS)
def test_a_quoted_object_keeps_no_secret(numbered: bool, how: str, name: str, secret: str) -> None:  # noqa: FBT001
    """However a message quotes a variable (JSON, escaped, Go, YAML, by its path), its value is gone; redacting again is idle."""
    clean = Redactor(numbered=numbered).text(QUOTES[how](name, secret))
    assert secret not in clean
    assert MARK[:-1] in clean
    assert Redactor(numbered=numbered).text(clean) == clean


@pytest.mark.parametrize(
    "text",
    [
        'env:\n- name: MODE\n  value: "prod"\n',
        'v1.EnvVar{Name:"MODE", Value:"prod"}',
        "volumes:\n- name: certs\n  secret:\n    secretName: api-tls\n",
        "-        secret:\n+        configMap:\n",
        "topologyKey: kubernetes.io/hostname",
        "automountServiceAccountToken: false",
        "spec.replicas: Invalid value: -1: must be greater than or equal to 0",
        "basic authentication failed",
        "error: auth: denied",
        "error: token=null",
    ],
)
def test_quoted_objects_stay_readable(text: str) -> None:
    """What is no secret in a quoted object, a diff or a validation message stays as it is."""
    assert Redactor().text(text) == text


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/metadata/annotations/vault~1token", True),
        ("/metadata/annotations/note", False),
        ("/spec/template/spec/containers/0/env/0/value", True),
        ("/spec/template/spec/containers/0/env/0/name", False),
        ("/spec/template/spec/containers/0/args/1", True),
        ("/spec/template/spec/containers/0/command/0", True),
        ("/data/conf", True),
        ("/spec/template/spec/containers/0/image", False),
        ("", False),
    ],
)
def test_the_place_tells_what_a_bare_value_does_not(path: str, told: bool) -> None:  # noqa: FBT001
    """A bare text is taken out where its JSON pointer says variable, argument, data or a telling name, and only there."""
    assert is_mark(Redactor().at(path, "abc")) is told


def test_objects_in_lists_lose_their_data_too() -> None:
    """A Secret within a list of objects keeps its keys and no value."""
    shown = Redactor().object({"items": [{"kind": "Secret", "data": {"a": "b"}, "stringData": {"c": "d"}, "type": "Opaque"}]})
    assert shown == {"items": [{"kind": "Secret", "data": {"a": MARK}, "stringData": {"c": MARK}, "type": "Opaque"}]}


@given(st.integers(0, 400), SECRETS)
def test_words_are_redacted_before_they_are_cut(before: int, secret: str) -> None:
    """Wherever the cut falls, no part of a secret longer than the random is left; the words are one line and short."""
    clean = Redactor().words("x" * before + f"\nDATABASE_URL=postgres://app:{secret}@db\nmore words", 200)
    assert secret[:8] not in clean
    assert len(clean) <= 200
    assert "\n" not in clean


@pytest.mark.parametrize("mark", [MARK, OTHER, "[redacted 12]"])
def test_marks_are_left_alone(mark: str) -> None:
    """What already stands for a secret is no secret, in any place."""
    obj: Json = {"env": [{"name": "TOKEN", "value": mark}], "args": ["--token", mark, f"--key={mark}"], "password": mark}
    for numbered in (False, True):
        assert Redactor(numbered=numbered).object(copy.deepcopy(obj)) == obj
    assert Redactor().text(f"password: {mark}") == f"password: {mark}"


def test_a_value_is_not_a_mark_because_it_begins_like_one() -> None:
    """A secret that begins as a mark does is taken out."""
    assert Redactor().object({"password": "[redacted]hunter2"}) == {"password": MARK}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["kind", "data", "name", "value", "password", "a/token", "args"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@BOTH
@given(value=json_values)
def test_any_value_can_be_redacted(numbered: bool, value: Json) -> None:  # noqa: FBT001
    """Nothing that is JSON makes it fail, and what was given is not changed."""
    before = canonical(value)
    canonical(Redactor(numbered=numbered).together([value, {"kind": "Secret", "data": value}]))
    assert canonical(value) == before


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "a.",
        "-a",
        '\\"',
        'name:"a",',
        'name="a",value="',
        "a://b:",
        "password=",
        "password:\n",
        "name: a\n",
        "token ",
        "a=",
        "password=a=",
        'a: "',
        'token="',
    ],
)
def test_a_long_line_takes_no_time(piece: str) -> None:
    """The time is in proportion to the length: 100,000 characters of any repeated piece are read within two seconds."""
    text = piece * (100_000 // len(piece))
    began = time.process_time()
    Redactor().text(text)
    assert time.process_time() - began < 2


@pytest.mark.parametrize("elsewhere", ['tried pa"ss1word', r"tried pa\"ss1word", 'pa"ss1word'])
def test_a_remembered_value_is_known_as_it_is_and_as_json_writes_it(elsewhere: str) -> None:
    """A value with a quote in it is taken out in both spellings."""
    redactor = Redactor()
    redactor.object({"name": "PASSWORD", "value": 'pa"ss1word'})
    assert "ss1word" not in redactor.forget(elsewhere)
