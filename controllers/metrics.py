"""What operators watch, for Prometheus: computed from the database when asked, so that every process tells the same."""

from collections.abc import Iterable
from datetime import datetime
from http import HTTPStatus
from ipaddress import ip_address

from django.conf import settings
from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from typing_extensions import override

from controllers.models import Claim
from devops_platform.projects.authentication import SCHEME, bearer, principal_of_token
from devops_platform.projects.roles import Scope
from pipelines.models import Execution


class Ledger(Collector):
    """Runs that are not finished, and how well the controllers keep up with them."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    @override
    def collect(self) -> Iterable[Metric]:
        unfinished = Execution.objects.filter(open_since__isnull=False)
        states = GaugeMetricFamily("platform_open_runs", "Runs that are not finished", labels=["state"])
        for state, count in unfinished.order_by().values_list("state").annotate(Count("pk")):
            states.add_metric([str(state)], count)
        yield states

        waiting = unfinished.filter(admitted__isnull=True).aggregate(length=Count("pk"), oldest=Min("open_since"))
        yield GaugeMetricFamily("platform_queue_length", "Runs that wait for a slot", value=waiting["length"])
        yield self._age("platform_queue_age_seconds", "Age of the run that waits longest", waiting["oldest"])

        failing = Claim.objects.filter(failures__gt=0).count()
        yield GaugeMetricFamily("platform_failing_objects", "Objects whose last pass failed", value=failing)
        overdue = Claim.objects.filter(token="", look_at__lt=self._now).aggregate(oldest=Min("look_at"))["oldest"]
        yield self._age("platform_sweep_lag_seconds", "How long the most overdue look is overdue", overdue)

    def _age(self, name: str, about: str, since: datetime | None) -> Metric:
        seconds = (self._now - since).total_seconds() if since else 0.0
        return GaugeMetricFamily(name, about, value=max(0.0, seconds))


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """The text format. Counters (``platform_passes_total``, ``platform_log_bytes_total``) are of this process alone."""
    if not (_is_operator(request) or _is_local(request)):
        challenge = {"WWW-Authenticate": f'{SCHEME} realm="metrics"'}
        return HttpResponse(status=HTTPStatus.UNAUTHORIZED, headers=challenge)
    ledger = CollectorRegistry()
    ledger.register(Ledger(timezone.now()))
    return HttpResponse(generate_latest(ledger) + generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)


def _is_operator(request: HttpRequest) -> bool:
    """A superuser's token of scope admin that is bound to no project. A session is not enough: scrapers have none."""
    credential = bearer(request.headers.get("Authorization", "").encode("latin-1", "replace"))
    principal = principal_of_token(credential, now=timezone.now()) if credential else None
    if principal is None or principal.token is None:
        return False
    return principal.is_staff and Scope.ADMIN in principal.token.scopes and principal.token.project_id is None


def _is_local(request: HttpRequest) -> bool:
    """Whether this machine asks and may do so without a token. What came through a proxy is not local."""
    if not settings.METRICS_PUBLIC or "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
