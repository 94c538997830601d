"""Whether it runs, which build it is, and what it has done (HTTP contract)."""

import os
import re
from collections.abc import Iterator
from typing import Any

import orjson
from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from users_service.journal.models import DeliveryCounts
from users_service.journal.outbox import backlog
from users_service.problems import problem_response

METHODS = frozenset({"GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"})
CONVERTER = re.compile(r"<(?:\w+:)?(\w+)>")
NO_ROUTE = "none"

# Their own registry, so that /metrics adds up all workers and nothing is told twice.
OWN = CollectorRegistry()
REQUESTS = Counter(
    "users_http_requests_total",
    "Requests answered",
    ("method", "route", "status"),
    registry=OWN,
)
SECONDS = Histogram(
    "users_http_request_duration_seconds",
    "Time until an answer started",
    ("method", "route"),
    registry=OWN,
)


def route_of(request: HttpRequest) -> str:
    """Return the route's pattern, `/dhos/v1/clinician/{clinician_id}`, never a value.

    `none` where no route fits; that includes static files.
    """
    match = request.resolver_match
    return "/" + CONVERTER.sub(r"{\1}", match.route) if match else NO_ROUTE


def count_request(method: str, route: str, status: int, seconds: float) -> None:
    """Add an answered request to the metrics."""
    # Invented methods must not each open a new series.
    known = method if method in METHODS else "other"
    REQUESTS.labels(known, route, str(status)).inc()
    SECONDS.labels(known, route).observe(seconds)


@method_decorator(csrf_exempt, name="dispatch")
class MonitoringView(View):
    """GET, HEAD and OPTIONS for anyone; query parameters are ignored."""

    http_method_names = ["get", "head", "options"]

    def http_method_not_allowed(
        self, request: HttpRequest, *_args: Any, **_kwargs: Any
    ) -> HttpResponse:
        """Answer another method."""
        return problem_response(
            405,
            f'Method "{request.method}" not allowed.',
            headers={"Allow": ", ".join(self.http_method_names).upper()},
        )

    @staticmethod
    def json(content: Any, status: int = 200) -> HttpResponse:
        """Return the content as a JSON answer."""
        body = orjson.dumps(content)
        return HttpResponse(body, status=status, content_type="application/json")


class RunningView(MonitoringView):
    """Liveness: touches nothing, so that a lost database restarts no container."""

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Answer `{"running": true}`."""
        return self.json({"running": True})


class VersionView(MonitoringView):
    """Which build this is; `unknown` where the build did not say."""

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Answer with circle, hash and version."""
        return self.json(
            {
                "circle": settings.BUILD_CIRCLE,
                "hash": settings.BUILD_HASH,
                "version": settings.BUILD_VERSION,
            }
        )


class MetricsView(MonitoringView):
    """Prometheus text: our own counts over all workers, process and Python info."""

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Answer with every metric."""
        return HttpResponse(metrics(), content_type=CONTENT_TYPE_LATEST)


class EventsCollector(Collector):
    """How the delivery of messages goes, as the database tells.

    The publishers are other processes, mostly in other containers, and write their
    counts down. Without a database there is nothing to tell.
    """

    def collect(self) -> Iterator[Metric]:
        """Yield the backlog, its age, and what was published, failed and retried."""
        try:
            waiting = backlog()
            counts = DeliveryCounts.objects.first() or DeliveryCounts()
        except Error:
            return
        for name, text, value in (
            ("users_events_undelivered", "Messages that wait", waiting.number),
            (
                "users_events_oldest_seconds",
                "For how long the oldest that can be delivered has waited",
                waiting.age,
            ),
            ("users_events_waiting_for_staff", "Messages that failed", waiting.failed),
        ):
            yield GaugeMetricFamily(name, text, value)
        for name, text, value in (
            ("users_events_published", "Confirmed by the broker", counts.published),
            ("users_events_failed", "Refused by the broker", counts.failed),
            ("users_events_retried", "Refused, or no word came", counts.retried),
        ):
            yield CounterMetricFamily(name, text, value)


def metrics() -> bytes:
    """Return the metrics of all workers.

    The process_* values are those of gunicorn's master, which lives as long as the
    service: one worker's would jump with whoever answers.
    """
    registry = CollectorRegistry()
    registry.register(EventsCollector())
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        return generate_latest(OWN) + generate_latest(registry)
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    ProcessCollector(pid=os.getppid, registry=registry)
    PlatformCollector(registry=registry)
    return generate_latest(registry)
