"""A planted secret never survives."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from firstresponder.adapters.replay.bundle import BundleCluster, BundleLogs
from firstresponder.config import Limits
from firstresponder.evidence import redact
from firstresponder.evidence.collect import collect
from firstresponder.model import Alert, Evidence, Json, canonical
from firstresponder.redaction import MARK, Redactor
from firstresponder.testing.clock import FakeClock
from firstresponder.testing.objects import NOW, bad_release, container, crashed, event, meta, template

# A value that no other part of a fixture contains by chance.
SECRETS = st.from_regex(r"[a-z][A-Za-z]{3,10}[0-9]{2,6}[A-Za-z]{2,8}", fullmatch=True).map(lambda text: "zq" + text)
NAMES = st.sampled_from(
    [
        "DB_PASSWORD",
        "password",
        "apiToken",
        "API_KEY",
        "clientSecret",
        "AWS_SECRET_ACCESS_KEY",
        "CREDENTIALS",
        "SENTRY_DSN",
        "githubToken",
    ]
)
PLACES: dict[str, Callable[[str, str], dict[str, Json]]] = {
    "env": lambda name, value: {"env": [{"name": name, "value": value}]},
    "flag with =": lambda name, value: {"args": [f"--{name}={value}"]},
    "flag and word": lambda name, value: {"args": ["serve", f"--{name}", value]},
    "shell": lambda name, value: {"command": ["sh", "-c", f"{name}={value} exec server"]},
    "url": lambda _, value: {"env": [{"name": "DATABASE_URL", "value": f"postgres://app:{value}@db:5432/app"}]},
    "url with @ in the password": lambda _, value: {"env": [{"name": "BROKER", "value": f"amqp://u:x@{value}@mq:5672"}]},
    "go mysql": lambda _, value: {"env": [{"name": "MYSQL", "value": f"app:{value}@tcp(db:3306)/app"}]},
    "bearer": lambda _, value: {"args": [f"--header=Authorization: Bearer {value}"]},
    "json": lambda name, value: {"env": [{"name": "CONFIG", "value": json.dumps({name: value})}]},
    "probe header": lambda _, value: {
        "livenessProbe": {"httpGet": {"path": "/", "port": 80, "httpHeaders": [{"name": "Authorization", "value": value}]}}
    },
}


def alert() -> Alert:
    """Return a firing alert about Deployment shop/api."""
    labels = {"alertname": "KubePodCrashLooping", "namespace": "shop", "deployment": "api"}
    return Alert(fingerprint="ab" * 8, labels=labels, annotations={}, status="firing", starts_at=NOW, received_at=NOW)


async def seen(objects: Sequence[Json], logs: dict[str, str] | None = None) -> str:
    """Return all that an investigation keeps, as text."""
    found = await collect("i", 1, [alert()], BundleCluster(objects), BundleLogs(logs or {}), FakeClock(NOW), Limits())
    assert {"pods", "revisions", "workload"} <= {item.id for item in found.items}
    return canonical(found).decode()


def name_of_new_pod(objects: Sequence[Json]) -> str:
    """Return the crashing pod's name."""
    return next(str(o["metadata"]["name"]) for o in objects if o["kind"] == "Pod" and o["metadata"]["name"].endswith("new0"))


FEW = settings(max_examples=40, deadline=None)  # each example is a whole investigation


@FEW
@given(place=st.sampled_from(sorted(PLACES)), name=NAMES, secret=SECRETS)
async def test_a_secret_in_the_template_survives_nowhere(place: str, name: str, secret: str) -> None:
    """A secret in env, flags, a shell line, a URL or a header is in no object, diff, summary, log or event."""
    bad = template(container(image="app:v2", **PLACES[place](name, secret)))
    objects = bad_release(new_template=bad, new_status=crashed(message=f"fatal: login with {secret} failed"))
    objects[0]["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"] = json.dumps(bad)
    broken = next(o for o in objects if o["metadata"]["name"] == name_of_new_pod(objects))
    objects.append(event(broken, "Failed", f"password={secret} rejected", first=3))
    text = await seen(objects, {f"{name_of_new_pod(objects)}/app@previous": f"connecting\nerror: token={secret}\n"})
    assert secret not in text
    assert MARK[:-1] in text


@FEW
@given(name=NAMES, secret=SECRETS)
async def test_a_secret_known_by_its_name_is_taken_out_of_running_text_too(name: str, secret: str) -> None:
    """A value that an env variable's name gives away is also gone from a log that prints it bare."""
    objects = bad_release(new_template=template(container(image="app:v2", env={name: secret})))
    text = await seen(objects, {f"{name_of_new_pod(objects)}/app@previous": f"tried {secret} and gave up"})
    assert secret not in text
    assert "and gave up" in text


@FEW
@given(name=NAMES, old=SECRETS, new=SECRETS)
async def test_a_changed_secret_shows_that_it_changed_and_no_more(name: str, old: str, new: str) -> None:
    """The diff of two revisions tells that a secret variable differs, without either value."""
    before, after = (template(container(image="app:v1", env={name: value})) for value in (old, new))
    text = await seen(bad_release(old_template=before, new_template=after))
    assert old not in text
    assert new not in text
    assert ("not the present value" in text) is (old != new)


@FEW
@given(key=NAMES, secret=SECRETS)
async def test_annotations_that_say_secret_are_taken_out(key: str, secret: str) -> None:
    """An annotation whose name says secret loses its value, on workload, template and pod."""
    objects = bad_release(new_template=template(container(image="app:v2"), annotations={f"example.org/{key}": secret}))
    objects[0]["metadata"]["annotations"][f"example.org/{key}"] = secret
    assert secret not in await seen(objects)


@FEW
@given(secret=SECRETS)
async def test_data_of_secrets_and_configmaps_is_never_kept(secret: str) -> None:
    """Of a Secret that the template refers to only the name is kept, of a ConfigMap the version and the keys too."""
    source = [{"secretRef": {"name": "creds"}}, {"configMapRef": {"name": "conf"}}]
    objects = bad_release(new_template=template(container(image="app:v2", envFrom=source)))
    coded = base64.b64encode(secret.encode()).decode()
    noted = meta("Secret", "creds", "shop", made=99)
    noted["annotations"] = {"note": secret}
    objects.append(
        {"apiVersion": "v1", "kind": "Secret", "metadata": noted, "data": {"user": coded}, "stringData": {"user": secret}}
    )
    objects.append(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": meta("ConfigMap", "conf", "shop", made=99),
            "data": {"mode": secret},
        }
    )
    text = await seen(objects)
    assert secret not in text
    assert coded not in text
    assert "Secret creds is referred to; Secrets are never read" in text
    assert "ConfigMap conf exists" in text


def test_an_ordinary_word_as_a_password_does_not_blot_out_the_rest() -> None:
    """A password "postgres" is hidden where it stands, and the image of that name stays readable."""
    redactor = Redactor()
    item = redact.evidence(
        redactor,
        Evidence(
            id="x", collector="x", title="x", at=NOW,
            objects=({"env": [{"name": "PASSWORD", "value": "postgres"}], "image": "postgres:16"},),
        )
    )  # fmt: skip
    (item,) = redact.recall(redactor, [item])
    assert item.objects[0] == {"env": [{"name": "PASSWORD", "value": MARK}], "image": "postgres:16"}


async def test_an_application_called_token_stays_readable() -> None:
    """Names of workloads that contain such a word do not make the state of their pods unreadable."""
    objects = bad_release(name="token-auth", new_template=template(container("secret-agent", "app:v2"), app="token-auth"),
                          new_status=crashed("secret-agent", code=3))  # fmt: skip
    found = await collect(
        "i", 1, [Alert(fingerprint="ab" * 8, labels={"deployment": "token-auth", "namespace": "shop"}, annotations={},
                       status="firing", starts_at=NOW, received_at=NOW)],
        BundleCluster(objects), BundleLogs({}), FakeClock(NOW), Limits(),
    )  # fmt: skip
    kept = [item for item in found.items if item.collector not in ("alert", "namespace_context")]
    assert len(kept) >= 6
    assert MARK not in canonical(kept).decode()
    assert "container secret-agent, waiting CrashLoopBackOff" in canonical(kept).decode()
