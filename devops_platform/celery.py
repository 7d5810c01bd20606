"""The Celery application. Its configuration is ``CELERY_*`` in the settings."""

import os

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "devops_platform.settings")
TRANSPORT_ALIASES["inprocess"] = "devops_platform.broker:Transport"

app = Celery("devops_platform")
app.set_default()  # in every thread, where Celery's current application is otherwise that of the importing one alone
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["repositories", "pipelines", "controllers"])
