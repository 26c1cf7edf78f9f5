"""The API under `/api/v1`: incidents, decisions on them, the kill switch, the audit."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import FastAPI, Query
from starlette.responses import Response

from firstresponder.errors import NotFound
from firstresponder.model import Person
from firstresponder.model.bundle import Bundle
from firstresponder.web import asked, faults, views
from firstresponder.web.needs import Responder
from firstresponder.web.sent import Sent
from firstresponder.workflow.answers import Answer, Requested
from firstresponder.workflow.checkup import worst

STATUS_OF = {
    "accepted": 200,
    "already_decided": 409,
    "expired": 409,
    "changed": 409,
    "nothing_to_decide": 409,
    "unknown": 404,
    "not_allowed": 403,
}
MAX_SEQ = 2**63 - 1  # the largest row number of a database


def build(responder: Responder) -> FastAPI:
    """Return the application that is mounted at `/api/v1`. Whoever mounts it checks the token."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    faults.install(app)
    incidents, switch = Incidents(responder), KillSwitch(responder)
    add = app.add_api_route
    add("/incidents", incidents.page, methods=["GET"], tags=["incidents"], **_answers(views.Page, 400))
    add("/incidents", incidents.respond, methods=["POST"], tags=["incidents"], **_answers(Requested, 400, 404))
    add("/incidents/{incident_id}", incidents.one, methods=["GET"], tags=["incidents"], **_answers(views.Details, 404))
    add(
        "/incidents/{incident_id}/bundle",
        incidents.bundle,
        methods=["GET"],
        tags=["incidents"],
        **_answers(Bundle, 400, 404),
    )
    decided = _answers(views.Decided, 400, 403, 404, 409)
    add("/incidents/{incident_id}/approve", incidents.approve, methods=["POST"], tags=["decisions"], **decided)
    add("/incidents/{incident_id}/reject", incidents.reject, methods=["POST"], tags=["decisions"], **decided)
    add("/incidents/{incident_id}/take-over", incidents.take_over, methods=["POST"], tags=["decisions"], **decided)
    add("/incidents/{incident_id}/look-again", incidents.look_again, methods=["POST"], tags=["decisions"], **decided)
    add("/incidents/{incident_id}/close", incidents.dismiss, methods=["POST"], tags=["decisions"], **decided)
    add("/kill-switch", switch.read, methods=["GET"], tags=["kill switch"], **_answers(views.Switch))
    add("/kill-switch", switch.engage, methods=["POST"], tags=["kill switch"], **_answers(views.Switch, 400))
    add("/kill-switch", switch.release, methods=["DELETE"], tags=["kill switch"], **_answers(views.Switch, 400, 409))
    add("/checkup", incidents.checkup, methods=["GET"], tags=["health"], **_answers(views.Checkup))
    add("/audit", incidents.audit, methods=["GET"], tags=["audit"], **_answers(views.Entries, 400))
    return app


class Incidents:
    """Incidents, what people decide on them, and their audit."""

    def __init__(self, responder: Responder) -> None:
        """Ask `responder`."""
        self.responder = responder

    async def page(
        self,
        phase: Annotated[list[str] | None, Query(description="repeat it or separate by commas; none: all")] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 50,
        before: Annotated[str, Query(max_length=200, description="`next` of the page before")] = "",
    ) -> Response:
        """List incidents, newest first."""
        wanted = asked.phases(phase or [])
        found, cursor = await self.responder.incidents(phases=wanted, limit=limit, before=before)
        return Sent(views.Page(items=[views.summary(each) for each in found], next=cursor))

    async def one(self, incident_id: str) -> Response:
        """Show one incident with its brief, plan, guards' verdicts, outcome and story."""
        return Sent(views.details(await self.responder.incident(incident_id)))

    async def bundle(
        self,
        incident_id: str,
        frames: Annotated[bool, Query(description="with later investigations as timed states")] = False,  # noqa: FBT002  # a query
    ) -> Response:
        """Return what was seen of an incident, without secrets, as a bundle: docs/bundle.md."""
        return Sent(await self.responder.bundle(incident_id, frames=frames))

    async def respond(self, body: asked.Respond) -> Response:
        """Look into one object that nobody alerted on: an incident is opened, or the open one about it is joined."""
        return Sent(
            await self.responder.respond(
                kind=body.kind,
                name=body.name,
                namespace=body.namespace,
                who=body.who(),
                why=body.why,
                severity=body.severity.lower(),
            )
        )

    async def approve(self, incident_id: str, body: asked.Approval) -> Response:
        """Approve exactly one plan. It is carried out at once, and once, whoever approves it again."""
        plan = body.plan_digest or await self.plan_asked(incident_id)
        answer = await self.responder.approve(incident_id, plan_digest=plan, who=body.who())
        return decided(answer, incident_id, plan)

    async def reject(self, incident_id: str, body: asked.Rejection) -> Response:
        """Reject exactly one plan: the next rung of the ladder is tried, or the incident is handed over."""
        plan = body.plan_digest or await self.plan_asked(incident_id)
        answer = await self.responder.reject(incident_id, plan_digest=plan, who=body.who(), reason=body.reason)
        return decided(answer, incident_id, plan)

    async def take_over(self, incident_id: str, body: asked.TakeOver) -> Response:
        """Take the incident over: the tool does nothing more about it."""
        return decided(await self.responder.take_over(incident_id, who=body.who()), incident_id)

    async def look_again(self, incident_id: str, body: asked.LookAgain) -> Response:
        """Investigate anew what was handed over or is being asked."""
        return decided(await self.responder.look_again(incident_id, who=body.who()), incident_id)

    async def dismiss(self, incident_id: str, body: asked.Dismissal) -> Response:
        """Close by hand what was handed over or is being asked, and whose alert nobody will resolve."""
        return decided(await self.responder.dismiss(incident_id, who=body.who(), reason=body.reason), incident_id)

    async def plan_asked(self, incident_id: str) -> str:
        """Return the digest of the plan that is asked now; empty when there is none, and the application says why."""
        try:
            return (await self.responder.incident(incident_id)).incident.plan_digest
        except NotFound:
            return ""

    async def checkup(self) -> Response:
        """Look at every part that the work needs: store, cluster and rights, Prometheus, sinks. Takes up to ten seconds."""
        found = await self.responder.checkup()
        return Sent(views.Checkup(worst=worst(found), items=found))

    async def audit(
        self,
        incident: Annotated[str, Query(max_length=200, description="only entries of this incident")] = "",
        after: Annotated[int, Query(ge=0, le=MAX_SEQ, description="`next` of the part before")] = 0,
        limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    ) -> Response:
        """Return entries of the audit, oldest first."""
        found = await self.responder.audit(incident, after, limit)
        return Sent(views.Entries(items=found, next=found[-1].seq if len(found) == limit else None))


class KillSwitch:
    """The switch that stops all new writes."""

    def __init__(self, responder: Responder) -> None:
        """Ask `responder`."""
        self.responder = responder

    async def read(self) -> Response:
        """Say whether it is engaged, by whom and why."""
        return Sent(views.switch(await self.responder.killed()))

    async def engage(self, body: asked.Kill) -> Response:
        """Stop all new writes, undo included. Engaging twice keeps the first."""
        return Sent(views.switch(await self.responder.kill(who=body.who(), why=body.why)))

    async def release(self, by: Annotated[asked.By, Query(description="who")]) -> Response:
        """Let writes happen again. 409 if something outside the database, a file, still holds it."""
        released = await self.responder.unkill(who=Person(name=by, via="api"))
        hold = await self.responder.killed()
        return Sent(views.switch(hold), 200 if released else 409)


def decided(answer: Answer, incident_id: str, plan_digest: str = "") -> Response:
    """Send what became of a decision, with the HTTP status that says the same."""
    return Sent(views.decided(answer, incident_id, plan_digest), STATUS_OF[answer.status])


def _answers(form: type, *refusals: int) -> dict[str, Any]:
    """Document what a route answers with."""
    shapes = {200: form} | dict.fromkeys([*refusals, 401, 503], views.Problem)
    if form is views.Decided:
        shapes |= dict.fromkeys({403, 404, 409} & set(refusals), form)
    return {
        "response_class": Response,
        "response_model": None,
        "responses": {
            status: {
                "description": faults.MEANING[status],
                "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{shape.__name__}"}}},
            }
            for status, shape in sorted(shapes.items())
        },
    }
