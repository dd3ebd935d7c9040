"""What this process counts, for Prometheus to fetch from ``/metrics``. Nothing here names a person."""

from bisect import bisect_right
from collections.abc import Iterable
from itertools import pairwise

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)
from prometheus_client.core import HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)

REQUESTS_REFUSED = Counter(
    "nuanfeng_requests_refused", "Requests over the limit of their address.", registry=REGISTRY
)
JOB_RUNS = Counter("nuanfeng_job_runs", "Scheduled jobs, by outcome.", ("job", "outcome"), registry=REGISTRY)
EVENTS_DELIVERED = Counter(
    "nuanfeng_events_delivered", "Events given to reactions, by outcome.", ("outcome",), registry=REGISTRY
)
EVENT_WAIT = Histogram(
    "nuanfeng_event_wait_seconds",
    "From recording an event to its reactions, the telling of people among them.",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2, 5, 15, 60, 600, 3600),
    registry=REGISTRY,
)
EVENTS_WAITING = Gauge("nuanfeng_events_waiting", "Events not delivered yet.", registry=REGISTRY)
EVENTS_HELD = Gauge(
    "nuanfeng_events_held", "Events set aside after too many failures; a person must look.", registry=REGISTRY
)
RULES_FAILING = Gauge(
    "nuanfeng_routing_rules_failing", "Routing rules that could not be applied when tried.", registry=REGISTRY
)
PUSHES = Counter(
    "nuanfeng_pushes",
    "Copies given to vendors, by channel and answer.",
    ("channel", "answer"),
    registry=REGISTRY,
)
PUSH_RECEIPTS = Counter(
    "nuanfeng_push_receipts",
    "What vendors said afterwards: delivered, failed, of an unknown copy, or forged.",
    ("channel", "what"),
    registry=REGISTRY,
)
PUSH_WAIT = Histogram(
    "nuanfeng_push_wait_seconds",
    "From telling somebody to the vendor taking the copy; nights and digests included.",
    ("channel",),
    buckets=(0.1, 0.25, 0.5, 1, 2, 5, 15, 60, 600, 3600, 43200),
    registry=REGISTRY,
)
PUSH_REACH = Gauge(
    "nuanfeng_push_reach",
    "Of those with a device on a channel, the share whose newest copy on it arrived.",
    ("channel",),
    registry=REGISTRY,
)
PUSHES_HELD = Gauge(
    "nuanfeng_pushes_held", "Copies set aside after too many tries; a person must look.", registry=REGISTRY
)


class RequestSeconds(Collector):
    """How long answers took, by method, route and status.

    Counted on the event loop alone, so without the locks that prometheus-client's histogram takes; that
    makes it five times as cheap, which the nearest-station route feels.
    """

    BOUNDS = (0.001, 0.005, 0.02, 0.1, 0.5, 2.0, 10.0)
    _MOST_LOOSE = 256

    def __init__(self) -> None:
        """Begin with nothing counted."""
        # The number of answers up to each bound and beyond the last, then their seconds in all.
        self._counted: dict[tuple[str, str, int], list[float]] = {}
        # What was noted since: to count many together takes a tenth of counting each.
        self._loose: dict[tuple[str, str, int], list[float]] = {}

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answer; the labels must come from small sets."""
        try:
            loose = self._loose[method, route, status]
        except KeyError:
            loose = self._loose[method, route, status] = []
        loose.append(seconds)
        if len(loose) == self._MOST_LOOSE:
            self._fold((method, route, status), loose)

    def _fold(self, key: tuple[str, str, int], loose: list[float]) -> None:
        counted = self._counted.setdefault(key, [0.0] * (len(self.BOUNDS) + 2))
        loose.sort()
        up_to = [0, *(bisect_right(loose, bound) for bound in self.BOUNDS), len(loose)]
        for number, (before, until) in enumerate(pairwise(up_to)):
            counted[number] += until - before
        counted[-1] += sum(loose)
        loose.clear()

    def collect(self) -> Iterable[Metric]:
        """Give what was counted in Prometheus' form."""
        family = HistogramMetricFamily(
            "nuanfeng_request_seconds",
            "From a request's arrival to the first byte of its answer.",
            labels=("method", "route", "status"),
        )
        for key, loose in self._loose.items():
            self._fold(key, loose)
        for (method, route, status), (*counts, seconds) in self._counted.items():
            total, buckets = 0.0, []
            for bound, count in zip((*map(str, self.BOUNDS), "+Inf"), counts, strict=True):
                total += count
                buckets.append((bound, total))
            family.add_metric((method, route, str(status)), buckets, sum_value=seconds)
        yield family


REQUEST_SECONDS = RequestSeconds()
REGISTRY.register(REQUEST_SECONDS)
