"""`/metrics` for Prometheus: backlog, progress and response times; no names.

For requests from this machine without a proxy, or with a token that has the scope `metrics`.
"""

import time
from collections.abc import Callable, Iterator
from ipaddress import ip_address

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from scanflow import __version__
from scanflow.archive.programs.api_tokens import token_of_secret
from scanflow.errors import NotFoundError, ScanflowError
from scanflow.membership import Scope as TokenScope
from scanflow.review.context import Review
from scanflow.review.waiting_items.work import Work, work_now
from scanflow.web.authentication import client_address, desk_of
from scanflow.web.proving import bearer_token
from scanflow.web.viewing import shows_nothing

router = APIRouter()

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_SECTIONS = frozenset(
    (
        "desk",
        "review",
        "api",
        "sign-in",
        "sign-out",
        "account",
        "procedures",
        "static",
        "metrics",
        "language",
    )
)
"""First parts of paths that are told apart; anything else is `other`, so that strangers make no new ones."""

_FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via")


class Metrics:
    """Counts of this process, and numbers that are read from the catalog for each request."""

    def __init__(self, review: Review) -> None:
        self.registry = CollectorRegistry()
        self.seconds = Histogram(
            "scanflow_http_request_seconds",
            "Seconds until the answer began, by kind of route",
            ("method", "section", "status"),
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.failures = Counter(
            "scanflow_http_failures", "Answers with a status of 500 and above", registry=self.registry
        )
        self.registry.register(_Work(lambda: work_now(review)))

    def text(self) -> bytes:
        return generate_latest(self.registry)


class _Work(Collector):
    """Reads the catalog each time. While it can't be reached only `scanflow_catalog_up` is given."""

    def __init__(self, work: Callable[[], Work]) -> None:
        self._work = work

    def describe(self) -> Iterator[Metric]:
        return iter(())

    def collect(self) -> Iterator[Metric]:
        try:
            work: Work | None = self._work()
        except ScanflowError:
            work = None
        yield _gauge("scanflow_catalog_up", "Whether the catalog answers", 1.0 if work else 0.0)
        info = GaugeMetricFamily("scanflow_info", "The version that runs", labels=["version"])
        info.add_metric([__version__], 1.0)
        yield info
        if work is None:
            return
        figures = work.figures
        batches = GaugeMetricFamily("scanflow_batches", "Batches by state", labels=["state"])
        for state, count in figures.batches.items():
            batches.add_metric([state], count)
        yield batches
        pages = GaugeMetricFamily("scanflow_pages", "Pages by state", labels=["state"])
        for state, count in figures.pages.items():
            pages.add_metric([state], count)
        yield pages
        for name, what, value in (
            ("scanflow_dossiers", "Dossiers", figures.dossiers),
            ("scanflow_documents", "Documents", figures.documents),
            ("scanflow_workers", "Workers that are entered", figures.workers),
            (
                "scanflow_oldest_waiting_seconds",
                "Age of the oldest batch that a worker is to do",
                figures.oldest,
            ),
            ("scanflow_log_entries", "Entries of the audit log", figures.log_entries),
            ("scanflow_log_unanchored", "Entries that the bucket doesn't have yet", figures.log_unanchored),
            ("scanflow_webhooks_failing", "Webhooks whose last try failed", figures.webhooks_failing),
            (
                "scanflow_webhook_lag",
                "Events that the slowest webhook has not confirmed",
                figures.webhook_lag,
            ),
            ("scanflow_index_behind", "Changes that this server's search index lacks", work.index_behind),
            ("scanflow_uploads", "Uploads on their way to this server", work.uploads),
        ):
            yield _gauge(name, what, float(value))


class Measuring:
    """Middleware: seconds and statuses of all answers, by the first part of their path."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.monotonic()
        first = scope["path"].split("/", 2)[1]
        section = first if first in _SECTIONS else "other"
        method = scope["method"] if scope["method"] in ("GET", "POST", "HEAD", "PATCH", "PUT") else "other"

        async def send_measured(message: Message) -> None:
            if message["type"] == "http.response.start":
                status = int(message["status"])
                seconds = time.monotonic() - begun
                self._metrics.seconds.labels(method, section, f"{status // 100}xx").observe(seconds)
                if status >= 500:
                    self._metrics.failures.inc()
            await send(message)

        await self._app(scope, receive, send_measured)


@router.get("/metrics")
@shows_nothing
def metrics(request: Request) -> Response:
    """The metrics. Without the right to see them NotFoundError is raised, as for an unknown page."""
    if not may_see(request):
        raise NotFoundError("no such page", "Không có trang này.")
    made: Metrics = request.app.state.metrics
    return Response(made.text(), media_type=CONTENT_TYPE_LATEST)


def may_see(request: Request) -> bool:
    """Whether a request comes from this machine, not through a proxy, or has a token for it."""
    secret = bearer_token(request.headers)
    if secret:
        token = token_of_secret(desk_of(request).services.catalog, secret)
        return token is not None and TokenScope.METRICS in token.scopes
    if any(name in request.headers for name in _FORWARDED):
        return False
    if not desk_of(request).services.settings.web.metrics_on_loopback:
        return False
    try:
        return ip_address(client_address(request)).is_loopback
    except ValueError:
        return False


def _gauge(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(name, what, value=value)
