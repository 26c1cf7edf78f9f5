"""The one ASGI application: hot webhooks as bare routes, the API behind the token, and the console.

The outer application is plain Starlette without any middleware of its own; the API framework is mounted beside the
webhooks, so that none of its machinery runs for an alert.
"""

from __future__ import annotations

import functools

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from firstresponder.config import Web
from firstresponder.intake.parse import parse_alert, parse_webhook
from firstresponder.ports.clock import Clock
from firstresponder.web import api, docs, faults, health, pages, replies
from firstresponder.web.auth import Token
from firstresponder.web.console.app import Console
from firstresponder.web.console.once import LoginCodes
from firstresponder.web.guarded import Guarded
from firstresponder.web.metrics import Figures, Metrics, MetricsPage
from firstresponder.web.needs import Responder
from firstresponder.web.replies import Reply
from firstresponder.web.slack import PATH as CLICKS
from firstresponder.web.slack import Clicks, Inbox
from firstresponder.web.webhooks import Parser, Webhook


def create_app(
    responder: Responder,
    *,
    token: str,
    settings: Web,
    clock: Clock,
    figures: Figures | None = None,
    slack: Inbox | None = None,
    codes: LoginCodes | None = None,
) -> ASGIApp:
    """Wire the routes.

    `token` opens the API and the console from anywhere, and the webhooks and metrics from other machines. `figures`
    returns more metrics by name ("firstresponder_briefs_total": 3.0) and is asked at each scrape. `slack` takes what is
    clicked there, `codes` are the console's login links. Raises ValueError for an empty token.
    """
    secret = Token(token)
    metrics = Metrics(figures)

    def webhook(parse: Parser) -> Webhook:
        return Webhook(parse, responder, token=secret, limit=settings.max_body, clock=clock, metrics=metrics)

    inner = api.build(responder)

    @functools.cache  # made when somebody first asks: it takes longer than all the rest of the start
    def described() -> tuple[Reply, Reply]:
        document = docs.openapi(inner)
        return replies.json(document), replies.html(docs.docs_page(document), pages.STYLE)

    async def openapi(request: Request) -> Reply:
        del request
        return described()[0]

    async def documentation(request: Request) -> Reply:
        del request
        return described()[1]

    return Starlette(
        routes=[
            Route("/webhooks/alertmanager", webhook(parse_webhook)),  # first: routes are tried in order
            Route("/alert", webhook(parse_alert)),
            Route(CLICKS, Clicks(slack)),
            Route("/healthz", health.alive),
            Route("/readyz", health.Ready(responder, secret), methods=["GET"]),
            Route("/metrics", MetricsPage(metrics, responder, secret), methods=["GET"]),
            Mount(docs.PREFIX, Guarded(inner, secret)),
            Route("/docs", documentation),
            Route("/openapi.json", openapi),
            *Console(responder, token=token, clock=clock, codes=codes, figures=figures).routes(),
        ],
        exception_handlers={HTTPException: faults.http},
    )
