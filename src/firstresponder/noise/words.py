"""The vocabulary: which words mean a failure, a recovery, a severity, a kind of trouble.

General words of operations and the names of the public Kubernetes alert rules (kubernetes-mixin, node-exporter mixin).
All are matched as whole words of the title in lower case, camel case split.
"""

from __future__ import annotations


def listed(text: str) -> tuple[str, ...]:
    """Return the words and phrases between the commas."""
    return tuple(" ".join(each.split()) for each in text.split(",") if each.strip())


SEVERITIES: dict[str, str] = {
    **dict.fromkeys(
        listed(
            "critical, crit, emergency, emerg, fatal, disaster, blocker, highest, page, panic, p1, p0, sev0, sev1, s1, prio1, 1"
        ),
        "critical",
    ),
    **dict.fromkeys(listed("high, error, err, major, severe, alert, p2, sev2, s2, prio2, 2"), "high"),
    **dict.fromkeys(listed("warning, warn, medium, moderate, average, normal, p3, sev3, s3, prio3, 3"), "warning"),
    **dict.fromkeys(listed("low, minor, lowest, p4, sev4, s4, prio4, 4"), "low"),
    **dict.fromkeys(listed("info, information, informational, notice, debug, trivial, p5, sev5, s5, prio5, 5"), "info"),
    **dict.fromkeys(listed("none, heartbeat"), "none"),
}
RANK = {"critical": 5, "high": 4, "warning": 3, "": 3, "low": 2, "info": 1, "none": 0}

BARE_SEVERITIES = frozenset(
    listed(
        """
    critical, crit, emergency, emerg, fatal, disaster, error, err, warn, warning, info, notice, debug, p0, p1, p2, p3, p4,
    p5, sev0, sev1, sev2, sev3, sev4, sev5, major, minor
    """
    )
)
"""Words that are a severity by themselves at the head of a line; `high` or `low` there may belong to the title."""

FIRING = frozenset(
    listed(
        """
    firing, trigger, triggered, open, opened, problem, alerting, active, new, acknowledged, in progress, suppressed,
    unprocessed, pending, to do, reopened
    """
    )
)
RESOLVED = frozenset(
    listed(
        """
    resolved, solved, recovered, recovery, ok, closed, clear, cleared, done, fixed, inactive, auto-resolved, autoresolved,
    healed, up
    """
    )
)
HEALED_WORDS = frozenset(
    listed(
        """
    resolved, recovered, cleared, auto-resolved, autoresolved, self-healed, healed
    """
    )
)
HEALED_PHRASES = listed(
    """
    back to normal, back up, is ok, is ok again, returned to normal, auto resolved, self healed
    """
)
NEGATIONS = frozenset(
    listed(
        """
    not, no, never, un, cannot, cant, isnt, isn't, until, be
    """
    )
)

TRANSIENT = listed(
    """
    transient, transiently, flapping, flaps, intermittent, intermittently, blip, temporary, temporarily, momentary,
    momentarily, sporadic, hiccup, self healed, short lived
    """
)
OUTAGE = listed(
    """
    fail, fails, failed, failing, failure, failures, down, unavailable, unreachable, crash, crashed, crashing, crashes,
    crash loop, crash looping, crashlooping, oom, oomkilled, killed, lost, missing, cannot, can not, can't, unable,
    refused, expired, corrupt, corrupted, corruption, dead, offline, outage, broken, stuck, hung, rejected, exhausted, out
    of memory, out of disk, out of space, disk full, full, too few, no healthy, no endpoints, not ready, not healthy,
    unhealthy, not responding, not working, no response, inconsistent, absent, deadlock, panic, exception, disconnected,
    interrupted, timeout, timeouts, timed out, error, errors, errs, not running, not completed, not enough, aborted,
    denied, evicted, breach, breached, lockout, locked, not ingesting
    """
)
DEGRADED = listed(
    """
    high, slow, low, slowly, latency, late, lag, lagging, degraded, pressure, saturation, saturated, throttling,
    throttled, elevated, increasing, growing, filling, almost, near, nearly, soon, above, exceeded, exceeds, over, below,
    stale, outdated, behind, mismatch, pending, waiting, burn, skew, backlog, delayed, old, expires, expiring, expiration,
    expiry, overcommit, misscheduled, maxed, under replicated, missed, long, drift, usage, flapping, warning, less than,
    more than, greater, limit, terminated, faults, eviction, not synchronising, suspended, unusual, anomaly, spike, many,
    depth, days old
    """
)
HARMLESS = listed(
    """
    info, informational, finished, succeeded, success, successful, completed, scheduled, maintenance, started, deployed,
    test alert, fire drill, notice, watchdog, info inhibitor, dead mans switch
    """
)
ALWAYS_FIRING = frozenset(
    listed(
        """
    watchdog, info inhibitor, dead mans switch, always firing
    """
    )
)
"""Alerts that fire while all is well (kube-prometheus)."""

INTENSIFIERS = frozenset(
    listed(
        """
    very, extremely, severely, critically, totally, completely, almost, soon, too, long, nearly, still, again, now, major,
    minor, partially, fully, predicted, next, week, days, four
    """
    )
)
WORSE = frozenset(
    listed(
        """
    very, extremely, severely, critically, totally, completely, fully, still
    """
    )
)

STOP = frozenset(
    listed(
        """
    s, t, a, an, the, on, in, for, or, at, of, is, are, was, has, have, had, been, be, to, from, with, it, by, and, its,
    this, that, alert, alerts, alarm, ticket, incident, firing, resolved, recovered, triggered, problem, service
    """
    )
)

GENERIC = frozenset(
    listed(
        """
    kube, kubernetes, node, no, pod, job, service, server, host, high, low, error, fail, down, usage, not, too, few, many,
    above, below, over, time, count, rate, days, old, process, batch, instance, cluster, container, system, status, check,
    data, request, response, connect, connection, call, and, prod, production, staging, dev, test, internal, external,
    app, api, critical, warning, info, code, exit, ready, unreachable, unavailable, primary, secondary, replica, group,
    db, database, queue, disk, memory, cpu, network, latency, timeout, crash, intermittent, transient, depth, growing,
    run, nightly, daily, weekly, hourly, monthly, export, import, worker, consumer, stale, very, lag, backup, certificate,
    tls, expire, full
    """
    )
)
"""Words that two titles may share without being about one thing."""

CLASSES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "monitoring",
        listed(
            """
            watchdog, prometheus, alertmanager, scrape, exporter, kube state metrics, text file collector,
            inhibitor, config reloader, grafana, heartbeat, probe, metrics, dead mans switch, target
            """
        ),
    ),
    ("certificate", listed("certificate, certificates, cert, certs, tls, ssl, x509")),
    ("dns", listed("dns, coredns, name resolution, nameserver, resolver, nxdomain")),
    (
        "queue",
        listed(
            """
            queue, queues, backlog, consumer group, consumer lag, topic, kafka, rabbitmq, dead letter, partitions,
            broker, sqs
            """
        ),
    ),
    ("job", listed("job, jobs, batch, cron, cronjob, cron job, nightly, etl, pipeline, backup, backups")),
    ("stale", listed("stale, outdated, freshness, days old, hours old, not updated, out of date, behind")),
    (
        "registration",
        listed(
            """
            registration, registered, register, endpoints, endpoint, service discovery, too few, no healthy,
            upstream, backends, load balancer
            """
        ),
    ),
    ("quota", listed("quota, overcommit, limit exceeded, rate limit, rate limited")),
    ("autoscaling", listed("hpa, autoscaler, autoscaling, scaling, horizontal pod autoscaler")),
    ("rollout", listed("rollout, rolled out, generation mismatch, deploy, deployment, release, canary")),
    (
        "crash",
        listed(
            """
            crash, crashed, crashes, crashing, crash loop, crash looping, crashlooping, oom, oomkilled, oom
            killed, oom killer, restarts, restarting, restarted, panic, segfault, killed, exit code, core dumped,
            exception, back off
            """
        ),
    ),
    ("volume", listed("persistent volume, persistentvolume, persistentvolumeclaim, pvc, pv, volume, inodes, mount")),
    ("disk", listed("disk, filesystem, file system, raid, storage, inode, iops, ssd, smart, file descriptor")),
    ("memory", listed("memory, mem, heap, swap, ram, gc, out of memory")),
    ("cpu", listed("cpu, load average, throttling, load")),
    ("node", listed("node, nodes, kubelet, host, machine, vm, server, instance, hypervisor, pleg")),
    (
        "network",
        listed(
            """
            network, packet, packets, bgp, link, interface, vpn, vpc, conntrack, switch, router, nat, bonding,
            firewall, peering, cni, routing, icmp, ping
            """
        ),
    ),
    (
        "control plane",
        listed(
            """
            apiserver, api server, kube api, etcd, scheduler, controller manager, aggregated api, kube proxy, kube
            client
            """
        ),
    ),
    (
        "auth",
        listed(
            """
            auth, login, logins, authentication, authorisation, authorization, token, unauthorized, forbidden,
            credentials, password, oauth
            """
        ),
    ),
    ("latency", listed("latency, slow, response time, p50, p90, p95, p99, duration, timeout, timeouts, timed out")),
    ("errors", listed("5xx, 500, 502, 503, 504, error rate, errors, error, failures above, error budget, exceptions")),
    (
        "database",
        listed(
            """
            database, db, postgres, postgresql, mysql, mongo, mongodb, redis, replication, primary, replica lag,
            cassandra, elasticsearch, clickhouse, oracle, sql
            """
        ),
    ),
    (
        "pod",
        listed(
            """
            pod, pods, container, replicas, replicaset, statefulset, daemonset, daemon set, stateful set, replica
            set, pdb, disruption budget, containers
            """
        ),
    ),
    ("clock", listed("clock, ntp, time sync, chrony")),
    ("availability", listed("down, unavailable, unreachable, not responding, offline, outage, no response, health check")),
)
"""The class of a title is the first of these that it has a word of; later ones count too."""

LEADS: tuple[tuple[str, str], ...] = (
    ("registration", "registration"), ("job", "stale"), ("crash", "queue"), ("crash", "registration"), ("crash", "pod"),
    ("crash", "rollout"), ("crash", "latency"), ("crash", "errors"), ("crash", "availability"), ("memory", "crash"),
    ("rollout", "crash"), ("rollout", "errors"), ("queue", "queue"), ("disk", "database"), ("volume", "database"),
    ("database", "errors"), ("database", "auth"), ("database", "latency"), ("certificate", "errors"), ("certificate", "auth"),
    ("registration", "errors"), ("registration", "availability"), ("stale", "stale"), ("availability", "errors"),
    ("availability", "auth"), ("database", "job"), ("job", "queue"), ("cpu", "latency"), ("node", "pod"), ("node", "crash"),
)  # fmt: skip
"""By meaning: trouble of the first class may be what trouble of the second follows from, where both are about one thing."""

INFRASTRUCTURE = frozenset(
    listed(
        """
    node, network, dns, control plane
    """
    )
)
"""What fails here takes other things in the same place with it."""

FOLLOWERS = frozenset(
    listed(
        """
    job, pod, availability, errors, latency, crash, registration, queue, database, stale, auth
    """
    )
)
