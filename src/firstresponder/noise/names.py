"""What a title says: its words, what is left when ids, numbers and places are gone, how bad it sounds, what it is about."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, NamedTuple

from firstresponder.noise.limits import MAX_TITLE
from firstresponder.noise.words import (
    ALWAYS_FIRING,
    CLASSES,
    DEGRADED,
    GENERIC,
    HARMLESS,
    HEALED_PHRASES,
    HEALED_WORDS,
    INTENSIFIERS,
    NEGATIONS,
    OUTAGE,
    STOP,
    TRANSIENT,
    WORSE,
)

Grade = Literal["outage", "degraded", "harmless", "unknown"]

_URL = re.compile(r"https?://[^\s/]+\S*|\b[\w.+-]+@[\w-]+\.[\w.]+")
_ID = re.compile(
    r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b"  # a UUID
    r"|\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b"  # an IPv4 address
    r"|\b(?=[0-9a-f]*\d)(?=\d*[a-f])[0-9a-f]{8,64}\b"  # a hash
    r"|\b(?:i|vol|eni|subnet|sg|vpc|ami)-[0-9a-f]{8,17}\b"  # a cloud object
)
_POD = re.compile(r"\b([a-z][a-z0-9]*(?:-[a-z0-9]+)*?)-[a-f0-9]{6,10}-[a-z0-9]{5}\b")
_HOST = re.compile(r"\b(?P<role>[A-Za-z]+(?:[-_.][A-Za-z]+)*)[-_.]?\d+(?:[-_.][\w]+)*\b")
_VALUE = re.compile(r"[<>≥≤=~]*\s?\b\d[\d.,:]*\s?(?:%|[kKMGTP]i?B?\b|ms\b|s\b|m\b|h\b|d\b|qps\b|rps\b)?")
_PART_FULL = re.compile(r"\d\s?%\s+full\b", re.IGNORECASE)  # 81% full is not full
_AMOUNT = re.compile(r"\d+(?:ms|[smhdwkMGT]|[KMGT]i?B)")  # 5m in disk_full_5m
_NUMBERED = re.compile(r"\d|://|@")
_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)?")
_CAMEL = re.compile(r"[A-Z]+s?(?![a-z])|[A-Z]?[a-z]+|[A-Z]+(?=[A-Z][a-z])|\d+")
_KNOWN = re.compile(
    r"\b(?:p\d{2,3}|[2345]xx|[45]0\d|k8s|s3|ec2|ipv[46]|http2|oauth2|x509|l[47]|eth\d+|exit code \d+|sha256|utf8|h2)\b",
    re.IGNORECASE,
)
_IDENTIFIER = re.compile(r"[^\W\d][\w:.]{2,120}")
_SUFFIXES = (
    "rations",
    "ration",
    "ations",
    "ation",
    "ings",
    "ing",
    "ures",
    "ure",
    "ered",
    "ers",
    "ies",
    "ied",
    "er",
    "ed",
    "es",
    "y",
    "s",
)
_SHORT = 4


class Named(NamedTuple):
    """What a title says. `key` names the kind of alert: titles that differ in numbers, ids and machines have the same one."""

    key: str
    base: str  # the key without words of degree: what `Stale` and `VeryStale` share
    lasting: str  # the key without words for passing: what a `TransientFailure` and a `Failure` share
    subjects: frozenset[str]  # the stems that say what it is about
    classes: tuple[str, ...]
    grade: Grade
    transient: bool  # it calls itself passing
    worse: bool  # it has a word of a high degree
    healed: bool  # it says that it is over
    always: bool  # it fires while all is well
    instance: str


@lru_cache(maxsize=16_384)
def read(title: str) -> Named:
    """Read one title; places have been taken out of it before."""
    text, instance = _without_ids(title[:MAX_TITLE])
    said = _said(" ".join(text.split()))
    return said._replace(instance=instance) if instance else said


@lru_cache(maxsize=32_768)
def _said(text: str) -> Named:
    """What a title says when its numbers are gone: a stream has few of these, however many machines it names."""
    words = _words(text)
    phrase = f" {' '.join(words)} "
    there = frozenset(words)
    kept = [stem(word) for word in words if word not in STOP and not word.isdigit()]
    return Named(
        key=" ".join(sorted(set(kept))) or phrase.strip()[:80] or "(no words)",
        base=" ".join(sorted({stem(w) for w in words if w not in STOP and w not in INTENSIFIERS and not w.isdigit()})),
        lasting=" ".join(sorted({each for each in kept if each not in _PASSING})),
        subjects=frozenset(stem(word) for word in words if _tells(stem(word), word)),
        classes=tuple(name for name, vocabulary in _CLASSES if vocabulary.hit(there, phrase)),
        grade=_grade(there, phrase),
        transient=_TRANSIENT.hit(there, phrase),
        worse=not WORSE.isdisjoint(words),
        healed=_healed(text),
        always=any(f" {name} " in phrase for name in ALWAYS_FIRING),
        instance="",
    )


def identifier(title: str) -> str:
    """Return the title if it is one name as alert rules have (`KubePodCrashLooping`, `disk_full`), else ""."""
    text = title.strip()
    if _IDENTIFIER.fullmatch(text) is None or not ("_" in text or len(_CAMEL.findall(text)) > 1):
        return ""
    return text


def spelled(title: str, stems: frozenset[str]) -> str:
    """Return the words of a title that have these stems, as they are written in it."""
    return " ".join(dict.fromkeys(word for word in _words(_without_ids(title[:MAX_TITLE])[0]) if stem(word) in stems))


@lru_cache(maxsize=16_384)
def stem(word: str) -> str:
    """Return the word without its ending, so that failure, failures and failed are one."""
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= _SHORT and not word.endswith("ss"):
            short = word[: -len(suffix)]
            return short[:-1] if short[-1] == short[-2] and short[-1] in "bdgmnprt" else short
    return word


def _without_ids(title: str) -> tuple[str, str]:
    """Take ids, addresses, machine numbers and measured values out; return what is left and the first machine or id."""
    found: list[str] = []
    kept: list[str] = []

    def note(match: re.Match[str]) -> str:
        found.append(match.group())
        return f" {match.group(1)} " if match.re.groups else " "

    def keep(match: re.Match[str]) -> str:
        kept.append(match.group())
        return f" {_MARK}{'x' * len(kept)}{_MARK} "

    text = _PART_FULL.sub("0% filling", title.replace(_MARK, " "))
    text = _KNOWN.sub(keep, text) if _KNOWN.search(text) else text
    if _NUMBERED.search(text) is not None:
        for pattern in (_URL, _POD, _ID, _HOST):
            text = pattern.sub(note, text)
        text = _VALUE.sub(" ", text)
    for index, each in enumerate(kept, 1):
        text = text.replace(f"{_MARK}{'x' * index}{_MARK}", each, 1)
    return text, found[0] if found else ""


_MARK = "\x01"


def _words(text: str) -> list[str]:
    words: list[str] = []
    for word in _WORD.findall(text):
        if _AMOUNT.fullmatch(word):
            continue
        if not word.isascii():
            words.append(word.casefold())
        elif _KNOWN.fullmatch(word) or "'" in word or word.islower() or (word.isupper() and len(word) > 1):
            words.append(word.lower())
        else:
            words += [part.lower() for part in _CAMEL.findall(word)]
    return words


def _tells(stemmed: str, word: str) -> bool:
    return len(word) > 2 and not word.isdigit() and word not in _COMMON and stemmed not in _COMMON  # noqa: PLR2004


class _Vocabulary:
    """Words and phrases, to be found in a title."""

    def __init__(self, listed: tuple[str, ...]) -> None:
        self._words = frozenset(each for each in listed if " " not in each)
        self._phrases = tuple(f" {each} " for each in listed if " " in each)

    def hit(self, words: frozenset[str], phrase: str) -> bool:
        """Whether one of them is among the words, or is part of them in order."""
        return not self._words.isdisjoint(words) or any(each in phrase for each in self._phrases)


_OUTAGE, _DEGRADED, _HARMLESS, _TRANSIENT = (_Vocabulary(each) for each in (OUTAGE, DEGRADED, HARMLESS, TRANSIENT))
_CLASSES = tuple((name, _Vocabulary(listed)) for name, listed in CLASSES)


def _grade(words: frozenset[str], phrase: str) -> Grade:
    if _OUTAGE.hit(words, phrase):
        return "outage"
    if _DEGRADED.hit(words, phrase):
        return "degraded"
    return "harmless" if _HARMLESS.hit(words, phrase) else "unknown"


def _healed(title: str) -> bool:
    """Whether it says that it is over: `… (recovered)`, `… resolved`, `… is back to normal`, and does not deny it."""
    words = [word.lower() for word in re.findall(r"[\w'\u2019-]+", title)]
    for index, word in enumerate(words):
        if word in HEALED_WORDS and (index == 0 or words[index - 1] not in NEGATIONS):
            return True
    lower = f" {' '.join(words)} "
    return any(f" {phrase} " in lower for phrase in HEALED_PHRASES)


_PASSING = frozenset(stem(word) for phrase in TRANSIENT for word in phrase.split())
_COMMON = (
    GENERIC
    | {stem(word) for word in GENERIC}
    | STOP
    | INTENSIFIERS
    | {word for phrase in (*OUTAGE, *DEGRADED, *TRANSIENT, *HARMLESS) for word in phrase.split()}
    | {stem(word) for phrase in (*OUTAGE, *DEGRADED, *TRANSIENT, *HARMLESS) for word in phrase.split()}
)
