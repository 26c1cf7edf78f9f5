"""`Metrics` over Prometheus' HTTP API (docs "Querying API": rules, Alertmanagers, build information)."""

from __future__ import annotations

import asyncio
import threading
import weakref
from typing import Any

import httpx2
import msgspec

from firstresponder.errors import FirstresponderError, Forbidden, Unreachable
from firstresponder.model import Finding


class Prometheus:
    """One Prometheus server; each event loop gets a client of its own."""

    def __init__(self, url: str, *, timeout: float = 5.0) -> None:
        """`url` may hold a path prefix and basic credentials; `timeout` in seconds bounds one question."""
        self._url = url.rstrip("/")
        self._timeout = timeout
        self._lock = threading.Lock()
        self._clients: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, httpx2.AsyncClient] = weakref.WeakKeyDictionary()

    async def firing(self, alertname: str, labels: dict[str, str]) -> bool | None:
        """Whether such an alert is pending or firing; None when no rule of that name is visible here.

        Raises Unreachable, Forbidden.
        """
        # Servers before 2.47 ignore the filter by name and send all rules.
        data = await self._get("/api/v1/rules", {"type": "alert", "rule_name[]": alertname})
        rules = [
            rule
            for group in data.get("groups") or ()
            for rule in group.get("rules") or ()
            if rule.get("type") == "alerting" and rule.get("name") == alertname
        ]
        if not rules:
            return None
        return any(
            alert.get("state") in {"pending", "firing"} and labels.items() <= (alert.get("labels") or {}).items()
            for rule in rules
            for alert in rule.get("alerts") or ()
        )

    async def check(self) -> list[Finding]:
        """See whether it answers, has alerting rules, and sends alerts on. Raises Unreachable, Forbidden."""
        rules, version, alertmanagers = await asyncio.gather(self._rules(), self._version(), self._alertmanagers())
        says = f"reachable, version {version}, {rules} alerting rules"
        if rules:
            return [Finding(part="Prometheus", state="ok", says=says), alertmanagers]
        fix = "give prometheus.url the server that evaluates the rules: an alert that is not visible there cannot be asked about"
        return [Finding(part="Prometheus", state="warn", says=says, fix=fix), alertmanagers]

    async def close(self) -> None:
        """Close the running loop's client."""
        with self._lock:
            client = self._clients.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.aclose()

    async def _rules(self) -> int:
        data = await self._get("/api/v1/rules", {"type": "alert"})
        return sum(rule.get("type") == "alerting" for group in data.get("groups") or () for rule in group.get("rules") or ())

    async def _version(self) -> str:
        try:
            return str((await self._get("/api/v1/status/buildinfo", {})).get("version") or "unknown")
        except FirstresponderError:  # what only speaks Prometheus' language may not have it
            return "unknown"

    async def _alertmanagers(self) -> Finding:
        part = "Alertmanager"
        try:
            found = (await self._get("/api/v1/alertmanagers", {})).get("activeAlertmanagers") or ()
        except FirstresponderError as error:
            return Finding(part=part, state="warn", says=f"where Prometheus sends alerts cannot be seen: {error}")
        if not found:
            fix = "name an Alertmanager under `alerting:` in Prometheus' configuration"
            return Finding(part=part, state="warn", says="Prometheus sends its alerts to nobody", fix=fix)
        says = f"Prometheus sends alerts to {len(found)}; whether one of them has us as a receiver cannot be seen from here"
        return Finding(part=part, state="ok", says=says, fix="to prove it: firstresponder test-alert --to ALERTMANAGER_URL")

    def _http(self) -> httpx2.AsyncClient:
        loop = asyncio.get_running_loop()
        with self._lock:
            client = self._clients.get(loop)
            if client is None:
                client = self._clients[loop] = httpx2.AsyncClient()
            return client

    async def _get(self, path: str, params: dict[str, str]) -> dict[str, Any]:
        try:
            async with asyncio.timeout(self._timeout):
                answer = await self._http().get(self._url + path, params=params, timeout=self._timeout)
        except TimeoutError as error:
            raise Unreachable(f"Prometheus: GET {path}: no answer within {self._timeout:g} s") from error
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise Unreachable(f"Prometheus: GET {path}: {type(error).__name__}: {error}") from error
        if answer.status_code in {401, 403}:
            raise Forbidden(f"Prometheus: GET {path}: {answer.status_code}")
        try:
            body = msgspec.json.decode(answer.content)
        except msgspec.DecodeError as error:
            raise Unreachable(f"Prometheus: GET {path}: {answer.status_code}, and the answer is no JSON: {error}") from error
        if not answer.is_success or not isinstance(body, dict) or body.get("status") != "success":
            words = body.get("error", "") if isinstance(body, dict) else ""
            raise Unreachable(f"Prometheus: GET {path}: {answer.status_code}: {words or 'no success'}")
        data = body.get("data")
        return data if isinstance(data, dict) else {}
