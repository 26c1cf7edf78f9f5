"""Take secrets out of what was read, before it is stored or shown.

Three nets, one under the other:
1. by place: the data of a Secret or ConfigMap, an environment variable, flag or annotation whose *name* says secret;
2. by form: credentials in a URL, `Bearer …`, AWS keys, JWTs, PEM blocks, `password=…` and quoted objects in running text;
3. by memory: a value caught by (1), or a URL's password, that is unlikely to be an ordinary word is taken out wherever
   else it occurs.

Names of Secrets stay: they are needed to say that one is missing. What is taken out reads `[redacted]`; where one must see
that a secret changed, `[redacted 1]`, `[redacted 2]`, … by first sight. Nothing of a value, not even a hash, is shown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from firstresponder.model import Json, canonical

MARK = "[redacted]"
OTHER = "[redacted, not the present value]"
"""What a redacted value of an earlier revision reads, where it differs from the present one."""

_WORDS = frozenset(
    ["password", "passwd", "pwd", "pass", "passphrase", "secret", "secrets", "token", "tokens", "key", "keys", "credential",
     "credentials", "creds", "cred", "dsn", "apikey", "auth", "authorization", "cookie"]
)  # fmt: skip
_PARTS = re.compile(r"passw(or)?d|passphrase|secret|token|credential|api_?key|private_?key|access_?key", re.IGNORECASE)
# A name that ends like this speaks *about* a secret: where it is, how long it lives.
_ABOUT = frozenset(
    ["name", "names", "file", "path", "dir", "url", "uri", "host", "hostname", "port", "addr", "address", "endpoint", "ttl",
     "timeout", "expiry", "seconds", "minutes", "enabled", "type", "class", "service", "mode", "ref",
     "error", "exception"]
)  # fmt: skip
# Fields of the Kubernetes API whose names contain such a word and whose values are no secrets.
_API_FIELDS = frozenset({"key", "keys", "topologyKey", "secretName", "credentialName", "labelKeys", "matchLabelKeys"})

_MARKED = re.compile(r"\[redacted(?: \d+|, not the present value)?\]")
_WHOLE = (
    re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY[A-Z0-9 ]*-----.*?(?:-----END [A-Z0-9 ]*-----|\Z)", re.DOTALL),
    re.compile(r"\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{3,}(?:\.[A-Za-z0-9_-]*)?"),  # JWT
    re.compile(r"\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{12,}\b"),  # AWS
    re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[A-Za-z0-9_-]{16,})"),
    re.compile(r"\b(?:xox[abeoprs]-[A-Za-z0-9-]{8,}|xapp-[A-Za-z0-9-]{8,}|sk-[A-Za-z0-9_-]{16,}|AIza[A-Za-z0-9_-]{30,})"),
)
# The group `keep` stays, `secret` goes, and is remembered.
_TAIL = (
    # scheme://user:password@host and scheme://:password@host; a password may hold an @
    re.compile(r"(?P<keep>\b[a-zA-Z][a-zA-Z0-9+.-]{0,30}://[^\s:/@\"']*:)(?P<secret>[^\s\"'/]+)(?=@)"),
    # user:password@tcp(host), as Go's MySQL driver has it
    re.compile(r"(?P<keep>(?<![\w.-])[\w.-]++:)(?P<secret>[^\s:@/\"']+)(?=@(?:tcp|unix)\()"),
    re.compile(r"(?P<keep>\bbearer\s+)(?P<secret>[A-Za-z0-9._~+/=-]{8,})", re.IGNORECASE),
    re.compile(r"(?P<keep>\bauthorization\\*[\"']?\s*[:=]\s*\\*[\"']?[A-Za-z]+[ \t]+)(?P<secret>[\w.~+/=-]+)", re.IGNORECASE),
)
# The same, but ordinary words come close to them: not remembered.
_VAGUE_TAIL = (
    # Base64 has a digit, an inner capital or padding; "basic authentication" has none.
    re.compile(r"(?P<keep>\b(?i:basic)\s+)(?P<secret>(?=\S*(?:\d|[a-z][A-Z]|=))[\w.~+/=-]{8,})"),
    re.compile(r"(?P<keep>\btoken\s+)(?P<secret>(?=\S*\d)[A-Za-z0-9._~+/=-]{16,})", re.IGNORECASE),
)
# A variable in an object that is quoted in a text: JSON, escaped JSON, Go's %v of a struct; the second is YAML.
_NAMED = (
    re.compile(
        r"""(?P<keep>\bname\\*["']?\s*[:=]\s*\\*["'](?P<name>[\w./-]+)\\*["']\s*,\s*\\*["']?value\\*["']?\s*[:=]\s*"""
        r"""(?P<quote>\\*["']))(?P<secret>.*?)(?=(?<!\\)(?P=quote)|\Z)""",
        re.IGNORECASE | re.DOTALL,
    ),
    re.compile(
        r"""(?P<keep>\bname:[ \t]*["']?(?P<name>[\w./-]+)["']?[ \t]*\n[ \t+-]*value:[ \t]*(?P<quote>["']?))"""
        r"""(?P<secret>[^\s"'][^\n]*?)(?=(?P=quote)[ \t]*(?:\n|\Z))"""
    ),
)
# A value that the API server's validation names by its place: `spec.containers[0].env[1].value: Invalid value: "…"`.
_PLACED = re.compile(
    r"(?P<keep>\b(?:env\[[^\]\s]*\]\.value|(?:args|command)\[\d+\]|(?:annotations|data|stringData)(?:\[[^\]\s]*\]|\.[^\s:]+))"
    r":\s*[A-Z]\w+ value:\s*)(?P<secret>\"(?:[^\"\\]|\\.)*(?:\"|\Z)|\[redacted \d+\]|[^\s:]+)"
)
# name=value, name: value, "name": "value", --name value; a value on the next line stands there alone.
_HEAD = re.compile(
    r"""(?<![\w.-])(?P<name>[\w.-]++)\\*["']?"""
    r"""(?:[ \t]*[=:][ \t]*(?:\r?\n[ \t]*(?=[^\s:]+[ \t]*(?:[\r\n]|\Z)))?|(?:(?<=-password)|(?<=-token)|(?<=-secret))\s+)"""
)
_VALUE = re.compile(
    r"""\[redacted(?:[ ]\d+|,[ ]not[ ]the[ ]present[ ]value)?\]|"(?:[^"\\]|\\.)*"|'[^']*'|\\+".*?\\+"|[^\s,;&"'}\])\\]+"""
)
_PLAIN = frozenset({"true", "false", "null", "none", "nil", "<nil>"})
_QUOTE = re.compile(r"""\\*["']""")
_FLAG = re.compile(r"-{1,2}(?P<name>[A-Za-z][\w.-]*)")
# Only such values are remembered: "postgres" as a password must not blot out every image of that name.
_MEMORABLE = re.compile(r"(?=.*[A-Za-z])(?=.*\d)\S{8,}")
_DATA = ("data", "binaryData", "stringData")


def secretive(name: str) -> bool:
    """Whether a variable, flag or annotation of this name is expected to hold a secret."""
    words = [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)]
    if not words or name in _API_FIELDS or (len(words) > 1 and words[-1] in _ABOUT):
        return False
    if words in (["key"], ["keys"]):
        # `key:` in running text is any key; a variable KEY is one to keep.
        return name.isupper()
    return any(word in _WORDS for word in words) or _PARTS.search(name) is not None


def is_mark(text: str) -> bool:
    """Whether this stands for something that was taken out."""
    return _MARKED.fullmatch(text) is not None


class Redactor:
    """Redacts what belongs together (one investigation, one diff); what it learns in one place it takes out in all others.

    `numbered`: equal secrets get equal numbers and different ones different numbers, so that a change stays visible.
    """

    def __init__(self, *, numbered: bool = False) -> None:
        """Know nothing yet."""
        self._numbered = numbered
        self._numbers: dict[str, int] = {}
        self._known: dict[str, str] = {}  # as it is written → the secret itself

    def object(self, obj: Json) -> Json:
        """Return a copy of a Kubernetes object, or a part of one, without secrets."""
        return self._value(obj)

    def at(self, path: str, value: Json) -> Json:
        """Return a copy of what an object holds at a JSON pointer: the place tells what the value alone does not."""
        above, last = ["", "", *(part.replace("~1", "/").replace("~0", "~") for part in path.split("/"))][-2:]
        if not isinstance(value, str):
            return self.object(value)
        in_list = above in ("args", "command") or above in _DATA
        if in_list or (last == "value" and "/env/" in path) or secretive(last.rsplit("/", 1)[-1]):
            return self._placed(value)
        return self.text(value)

    def text(self, text: str) -> str:
        """Return a text (a log, a message) without what looks like a secret."""
        for pattern in _WHOLE:
            text = pattern.sub(lambda match: self._mark(match[0]), text)
        for pattern in _TAIL:
            text = pattern.sub(lambda match: match["keep"] + self._take(match["secret"]), text)
        for pattern in _VAGUE_TAIL:
            text = pattern.sub(lambda match: match["keep"] + self._mark(match["secret"]), text)
        for pattern in _NAMED:
            text = pattern.sub(self._named, text)
        text = _PLACED.sub(lambda match: match["keep"] + self._quoted(match["secret"]), text)
        return self._pairs(text)

    def words(self, text: str, longest: int) -> str:
        """Return somebody else's words (a server's, an error's) on one line: redacted first, then cut to `longest` characters."""
        line = " ".join(str(self.forget(self.text(text))).split())
        return line if len(line) <= longest else line[: longest - 1] + "…"

    def forget(self, value: Json) -> Json:
        """Take remembered values out of a JSON value, keys included."""
        if isinstance(value, str):
            # The longest first, so that no rest of a longer one stays behind.
            for written in sorted(self._known, key=len, reverse=True):
                if written in value:
                    value = value.replace(written, self._mark(self._known[written]))
            return value
        if isinstance(value, dict):
            return {self.forget(key): self.forget(inner) for key, inner in value.items()}
        return [self.forget(inner) for inner in value] if isinstance(value, list) else value

    def together(self, values: Sequence[Json]) -> list[Json]:
        """Redact several values: what one gives away is taken out of all."""
        return [self.forget(value) for value in [self.object(value) for value in values]]

    def _mark(self, secret: str) -> str:
        if is_mark(secret):
            return secret
        return f"[redacted {self._numbers.setdefault(secret, len(self._numbers) + 1)}]" if self._numbered else MARK

    def _take(self, value: str) -> str:
        if not value or is_mark(value):
            return value
        if _MEMORABLE.fullmatch(value) and MARK[:-1] not in value:
            self._known[value] = value
            self._known[canonical(value).decode()[1:-1]] = value  # as JSON writes it
        return self._mark(value)

    def _placed(self, value: str) -> str:
        """Take out a value whose place says secret; what is secret within it (a URL's password) is remembered by itself."""
        if not is_mark(value):
            self.text(value)
        return self._take(value)

    def _quoted(self, value: str) -> str:
        quote = _QUOTE.match(value)
        if quote is None:
            return self._take(value)
        return quote[0] + self._take(value.removeprefix(quote[0]).removesuffix(quote[0])) + quote[0]

    def _named(self, match: re.Match[str]) -> str:
        return match["keep"] + (self._take(match["secret"]) if secretive(match["name"]) else match["secret"])

    def _pairs(self, text: str) -> str:
        """Take out the value after each name that says secret; what follows another name is read as a name again."""
        out: list[str] = []
        done = at = 0
        while head := _HEAD.search(text, at):
            at = head.end()
            name = head["name"].lstrip("-")
            # `auth:` in running text is any message about it; a variable AUTH is one to keep.
            if name == "auth" or not secretive(name) or (value := _VALUE.match(text, at)) is None:
                continue
            at = value.end()
            scheme = name.lower().endswith("authorization") and value[0].isalpha() and text.startswith(" [redacted", at)
            if not scheme and value[0].lower() not in _PLAIN:
                out += [text[done : value.start()], self._quoted(value[0])]
                done = at
        return "".join([*out, text[done:]])

    def _data(self, data: Json) -> Json:
        """The keys of a Secret or ConfigMap without their values."""
        return {key: self._mark(str(value)) for key, value in data.items()} if isinstance(data, dict) else None

    def _value(self, value: Json) -> Json:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return self._list(value)
        if not isinstance(value, dict):
            return value
        if value.get("kind") in ("Secret", "ConfigMap"):
            value = {key: self._data(inner) if key in _DATA else inner for key, inner in value.items()}
        if isinstance(value.get("name"), str) and isinstance(value.get("value"), str) and secretive(value["name"]):
            value = {**value, "value": self._placed(value["value"])}
        return {key: self._entry(key, inner) for key, inner in value.items()}

    def _entry(self, key: str, inner: Json) -> Json:
        if key.endswith("last-applied-configuration"):
            return self._mark(inner if isinstance(inner, str) else canonical(inner).decode())
        if isinstance(inner, str) and secretive(key.rsplit("/", 1)[-1]):
            return self._placed(inner)
        return self._value(inner)

    def _list(self, values: list[Json]) -> list[Json]:
        """A list of words may be a command line, where a flag tells what the next word is."""
        found: list[Json] = []
        flagged = False
        for value in values:
            if flagged and isinstance(value, str) and not value.startswith("-"):
                found.append(self._placed(value))
                flagged = False
                continue
            found.append(self._value(value))
            flag = _FLAG.fullmatch(value) if isinstance(value, str) else None
            flagged = flag is not None and secretive(flag["name"])
        return found
