"""THE STORY: what happens to one incident, in three short workflows that never wait for a person.

    alert ─▶ intake ─▶ correlate ─▶ investigate ─▶ ask ··· approve ─▶ remediate ─▶ close
                                         ▲                              │
                                         └── changed, rejected, failed ─┘

Between the workflows the incident is a row (`correlation/advance.py` says what an event does to it), so an answer that
takes a day costs nothing. Each line below is one durable step: what is finished is never done again, and the one that
was cut off runs again, so every step is safe to repeat. A step returns ids and digests; what it read or thought lies in
the store. Steps do not raise what they expect: they say so in their result.
"""

from __future__ import annotations

from firstresponder.workflow.results import Stage
from firstresponder.workflow.steps import Steps


async def investigate(do: Steps, incident: str, n: int) -> None:
    """Find out what broke and what changed; read-only, safe to start again from nothing."""
    await do.collect(incident, n)  # all collectors at once, bounded; what could not be read is evidence too
    await do.diagnose(incident, n)  # ranked hypotheses that cite the evidence, or "not enough to say"
    await do.plan(incident, n)  # runbook + hypothesis → a ladder, with the dry-run diff of its first rung
    await do.decide(incident, n)  # every guard: allow, ask or deny, and why
    await do.brief(incident, n)  # one message; its event asks, acts where that was granted, or hands over


async def remediate(do: Steps, incident: str, n: int, plan: str) -> None:
    """Do what was approved, prove it, and take it back where it did not help. Started once per plan, whoever clicks."""
    again = await do.decide_again(incident, n, plan)  # facts age while a person thinks
    if again.stage is not Stage.GO:
        return await do.end(incident, n, plan, again)

    did = await do.act(incident, plan, "do")  # through the write gate, the only way to a cluster
    if did.stage is not Stage.GO:
        return await do.end(incident, n, plan, did)

    proof = await do.verify(incident, n, plan, "do")  # over time: an instant "ready" is no success
    if proof.undo:
        undid = await do.act(incident, plan, "undo")  # the same gate, with tests on the new values
        back = await do.verify(incident, n, plan, "undo") if undid.stage is Stage.GO else None
        proof = await do.tell_undo(plan, proof, undid, back)
    return await do.end(incident, n, plan, proof)  # closed, the next rung, asked anew, or handed over: `advance` says


async def close(do: Steps, incident: str, n: int) -> None:
    """Withdraw what is still offered and write the summary. The watch for a relapse goes on for a while."""
    await do.withdraw(incident, n)  # whoever clicks from now on is told why there is nothing to decide
    await do.summarise(incident, n)  # what it was, what was done, how long it took
