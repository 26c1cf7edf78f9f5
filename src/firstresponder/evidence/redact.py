"""Take secrets out of what was read, before it is stored or shown.

Three nets, one under the other:
1. by place: the data of a Secret or ConfigMap, an environment variable, flag or annotation whose *name* says secret;
2. by form: credentials in a URL, `Bearer …`, AWS keys, JWTs, PEM blocks, `password=…` in running text;
3. by memory: a value caught by (1) that is unlikely to be an ordinary word is taken out wherever else it occurs.

Names of Secrets stay: they are needed to say that one is missing. What is taken out reads `[redacted]`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from firstresponder.model import Evidence, Json

MARK = "[redacted]"

_WORDS = frozenset(
    [
        "password",
        "passwd",
        "pwd",
        "pass",
        "passphrase",
        "secret",
        "secrets",
        "token",
        "tokens",
        "key",
        "keys",
        "credential",
        "credentials",
        "creds",
        "cred",
        "dsn",
        "apikey",
        "authorization",
        "cookie",
    ]
)
_PARTS = re.compile(r"passw(or)?d|passphrase|secret|token|credential|api_?key|private_?key|access_?key", re.IGNORECASE)
# A name that ends like this speaks *about* a secret: where it is, how long it lives.
_ABOUT = frozenset(
    [
        "name",
        "names",
        "file",
        "path",
        "dir",
        "url",
        "uri",
        "host",
        "hostname",
        "port",
        "addr",
        "address",
        "endpoint",
        "ttl",
        "timeout",
        "expiry",
        "seconds",
        "minutes",
        "enabled",
        "type",
        "class",
        "service",
    ]
)
# Fields of the Kubernetes API whose names contain such a word and whose values are no secrets.
_API_FIELDS = frozenset({"key", "keys", "topologyKey", "secretName", "credentialName", "labelKeys", "matchLabelKeys"})

_WHOLE = (
    re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY[A-Z0-9 ]*-----.*?(?:-----END [A-Z0-9 ]*-----|\Z)", re.DOTALL),
    re.compile(r"\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{3,}(?:\.[A-Za-z0-9_-]*)?"),  # JWT
    re.compile(r"\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{12,}\b"),  # AWS
    re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[A-Za-z0-9_-]{16,})"),
    re.compile(r"\b(?:xox[abeoprs]-[A-Za-z0-9-]{8,}|xapp-[A-Za-z0-9-]{8,}|sk-[A-Za-z0-9_-]{16,}|AIza[A-Za-z0-9_-]{30,})"),
)
# The group `keep` stays, what follows it goes.
_TAIL = (
    # scheme://user:password@host and scheme://:password@host; a password may hold an @
    re.compile(r"(?P<keep>\b[a-zA-Z][a-zA-Z0-9+.-]*://[^\s:/@\"']*:)[^\s\"'/]+(?=@)"),
    # user:password@tcp(host), as Go's MySQL driver has it
    re.compile(r"(?P<keep>\b[\w.-]+:)[^\s:@/\"']+(?=@(?:tcp|unix)\()"),
    re.compile(r"(?P<keep>\bbearer\s+)[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE),
    re.compile(r"(?P<keep>\b(?:basic|token)\s+)(?=\S*\d)[A-Za-z0-9._~+/=-]{16,}", re.IGNORECASE),
)
# name=value, name: value, "name": "value", --name value
_PAIR = re.compile(
    r"""(?P<name>[A-Za-z_][\w.-]*)(?P<close>["']?)(?P<sep>\s*(?:=|:)\s*|(?<=-password)\s+|(?<=-token)\s+|(?<=-secret)\s+)"""
    r"""(?P<value>"(?:[^"\\]|\\.)*"|'[^']*'|[^\s,;&"'}\])]+)"""
)
_FLAG = re.compile(r"-{1,2}(?P<name>[A-Za-z][\w.-]*)")
# Only such values are remembered: "postgres" as a password must not blot out every image of that name.
_MEMORABLE = re.compile(r"(?=.*[A-Za-z])(?=.*\d)\S{8,}")


def secretive(name: str) -> bool:
    """Whether a variable, flag or annotation of this name is expected to hold a secret."""
    words = [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)]
    if not words or (len(words) > 1 and words[-1] in _ABOUT):
        return False
    if words in (["key"], ["keys"]):
        # `key:` in running text is any key; a variable KEY is one to keep.
        return name.isupper()
    return any(word in _WORDS for word in words) or _PARTS.search(name) is not None


class Redactor:
    """Redacts one investigation; what it learns in one place it takes out in all others."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._known: set[str] = set()

    def object(self, obj: Json) -> Json:
        """Return a copy of a Kubernetes object, or a part of one, without secrets."""
        if isinstance(obj, dict) and obj.get("kind") in ("Secret", "ConfigMap"):
            obj = {**obj, **{part: dict.fromkeys(obj[part] or {}, MARK) for part in ("data", "binaryData") if part in obj}}
            obj = {key: value for key, value in obj.items() if key != "stringData"}
        return self._value(obj)

    def text(self, text: str) -> str:
        """Return a text (a log, a message) without what looks like a secret."""
        for pattern in _WHOLE:
            text = pattern.sub(MARK, text)
        for pattern in _TAIL:
            text = pattern.sub(rf"\g<keep>{MARK}", text)
        return _PAIR.sub(self._pair, text)

    def evidence(self, item: Evidence) -> Evidence:
        """Return the evidence by place and by form; call `recall` on all of it at the end."""
        objects = tuple(self.object(obj) for obj in item.objects)
        return msgspec.structs.replace(item, objects=objects, text=self.text(item.text), title=self.text(item.title))

    def recall(self, items: Iterable[Evidence]) -> list[Evidence]:
        """Take every remembered value out of all evidence."""
        return [
            msgspec.structs.replace(
                item,
                objects=tuple(self.forget(o) for o in item.objects),
                text=self.forget(item.text),
                title=self.forget(item.title),
            )
            for item in items
        ]

    def forget(self, value: Json) -> Json:
        """Take remembered values out of a JSON value, keys included."""
        if isinstance(value, str):
            # The longest first, so that no rest of a longer one stays behind.
            for secret in sorted(self._known, key=len, reverse=True):
                value = value.replace(secret, MARK)
            return value
        if isinstance(value, dict):
            return {self.forget(key): self.forget(inner) for key, inner in value.items()}
        return [self.forget(inner) for inner in value] if isinstance(value, list) else value

    def _take(self, value: str) -> str:
        if value.startswith(MARK[:-1]) or not value:
            return value
        if _MEMORABLE.fullmatch(value) and MARK not in value:
            self._known.add(value)
        return MARK

    def _pair(self, match: re.Match[str]) -> str:
        value = match["value"]
        if not secretive(match["name"].lstrip("-")) or value.strip("\"'").startswith(MARK[:-1]):
            return match[0]
        quote = value[0] if value[0] in "\"'" else ""
        return f"{match['name']}{match['close']}{match['sep']}{quote}{self._take(value.strip(quote) if quote else value)}{quote}"

    def _value(self, value: Json) -> Json:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return self._list(value)
        if not isinstance(value, dict):
            return value
        if isinstance(value.get("name"), str) and isinstance(value.get("value"), str) and secretive(value["name"]):
            value = {**value, "value": self._take(value["value"])}
        return {key: self._entry(key, inner) for key, inner in value.items()}

    def _entry(self, key: str, inner: Json) -> Json:
        if key.endswith("last-applied-configuration"):
            return MARK
        if isinstance(inner, str) and key not in _API_FIELDS and secretive(key.rsplit("/", 1)[-1]):
            return self._take(inner)
        return self._value(inner)

    def _list(self, values: list[Json]) -> list[Json]:
        """A list of words may be a command line, where a flag tells what the next word is."""
        found: list[Json] = []
        flagged = False
        for value in values:
            if flagged and isinstance(value, str) and not value.startswith("-"):
                found.append(self._take(value))
                flagged = False
                continue
            found.append(self._value(value))
            flag = _FLAG.fullmatch(value) if isinstance(value, str) else None
            flagged = flag is not None and secretive(flag["name"])
        return found
