"""What `doctor` asks Slack: would messages arrive, and would clicks come back? Nothing is sent to a channel."""

from __future__ import annotations

from typing import Any

from firstresponder.adapters.slack.api import Answered, Api
from firstresponder.adapters.slack.faults import MissingScope
from firstresponder.adapters.slack.looking import IDS
from firstresponder.config import Slack
from firstresponder.errors import FirstresponderError, Temporary
from firstresponder.model import Finding

NEEDED = "chat:write"
LOOKING = ("channels:history", "groups:history")
ANYWHERE = "chat:write.public"


async def check(settings: Slack, api: Api) -> list[Finding]:
    """Return what was found, in the order in which to mend it."""
    try:
        answer = await api.get("auth.test")
    except FirstresponderError as error:
        why = "see whether this machine reaches Slack" if isinstance(error, Temporary) else "set SLACK_BOT_TOKEN anew"
        return [Finding(part="Slack", state="fail", says=str(error), fix=why), await _clicks(settings)]
    team, bot = answer.data.get("team", "?"), answer.data.get("user", "?")
    found = [Finding(part="Slack", state="ok", says=f"the token counts: bot {bot} in {team}")]
    found += _scopes(answer)
    found.append(await _channel(settings, api, str(bot)))
    found.append(await _clicks(settings))
    return found


def _granted(answer: Answered) -> set[str] | None:
    """Return the token's scopes, or None where Slack does not say them."""
    said = answer.headers.get("x-oauth-scopes")
    return {scope.strip() for scope in said.split(",")} if said is not None else None


def _scopes(answer: Answered) -> list[Finding]:
    part = "Slack: scopes"
    granted = _granted(answer)
    if granted is None:
        return [Finding(part=part, state="warn", says="Slack does not say which scopes the token has")]
    if NEEDED not in granted:
        fix = f"add {NEEDED} under OAuth & Permissions and install the app again"
        return [Finding(part=part, state="fail", says=f"{NEEDED} is missing: nothing can be posted", fix=fix)]
    if not granted & set(LOOKING):
        says = "neither channels:history nor groups:history: after a broken connection a message may come twice"
        fix = "add channels:history (groups:history for a private channel) and install the app again"
        return [Finding(part=part, state="warn", says=says, fix=fix)]
    return [Finding(part=part, state="ok", says=", ".join(sorted(granted)))]


async def _channel(settings: Slack, api: Api, bot: str) -> Finding:
    part = "Slack: channel"
    if not settings.channel.startswith(IDS):
        says = f"{settings.channel} is a name: messages arrive, but after a broken connection one may come twice"
        fix = "set SLACK_CHANNEL_ID to the id, which stands at the end of the channel's details"
        return Finding(part=part, state="warn", says=says, fix=fix)
    try:
        answer = await api.get("conversations.info", channel=settings.channel)
    except MissingScope:
        says = f"{settings.channel} could not be looked at without channels:read or groups:read; the first message will tell"
        return Finding(part=part, state="ok", says=says)
    except Temporary as error:
        return Finding(part=part, state="warn", says=str(error), fix="ask again later")
    except FirstresponderError as error:
        return Finding(part=part, state="fail", says=str(error), fix="check SLACK_CHANNEL_ID, and invite the bot with /invite")
    channel = answer.data.get("channel")
    return _described(channel if isinstance(channel, dict) else {}, settings.channel, bot)


def _described(about: dict[str, Any], channel: str, bot: str) -> Finding:
    """Judge what Slack says of the channel."""
    part, name = "Slack: channel", f"#{about.get('name', channel)}"
    if about.get("is_archived"):
        return Finding(part=part, state="fail", says=f"{name} is archived", fix="set SLACK_CHANNEL_ID to another channel")
    if about.get("is_member") is False:
        return Finding(part=part, state="fail", says=f"the bot is not in {name}", fix=f"say /invite @{bot} in {name}")
    if about.get("is_ext_shared"):
        says = f"{name} is shared with another organisation, whose people may click as well"
        return Finding(part=part, state="warn", says=says, fix="name who may approve in approval.approvers (slack:U…)")
    return Finding(part=part, state="ok", says=f"{name}, and the bot is in it")


async def _clicks(settings: Slack) -> Finding:
    part = "Slack: clicks"
    if len(settings.app_token):
        api = Api(settings, settings.app_token)
        try:
            await api.post("apps.connections.open", {})
        except FirstresponderError as error:
            fix = "make an app-level token with connections:write, turn Socket Mode on, and set SLACK_APP_TOKEN"
            return Finding(part=part, state="fail", says=str(error), fix=fix)
        finally:
            await api.close()
        return Finding(part=part, state="ok", says="over Socket Mode: Slack needs no way in")
    if len(settings.signing_secret):
        says = "over HTTP: Slack must reach /integrations/slack/actions of this server; only a click shows whether it does"
        return Finding(part=part, state="ok", says=says)
    fix = "set SLACK_APP_TOKEN (Socket Mode), or SLACK_SIGNING_SECRET and a request URL that leads here"
    return Finding(part=part, state="warn", says="no buttons: a click could not come back", fix=fix)
