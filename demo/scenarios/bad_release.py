"""A release whose new version dies on a setting that it cannot read; the version before it still runs."""

from demo.manifests import BED, container, deployment
from demo.scenarios.scenario import Scenario

PLACE = "shop"

SCENARIO = Scenario(
    name="bad-release",
    title="A release crashes when it starts",
    namespace=PLACE,
    alert="KubePodCrashLooping",
    works=(deployment("api", PLACE, container(f"{BED}:v1", imagePullPolicy="Never")),),
    breaks=(deployment("api", PLACE, container(f"{BED}:v2", imagePullPolicy="Never")),),
    repaired=True,
)
