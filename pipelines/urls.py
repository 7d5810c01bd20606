"""The pages, below ``/``."""

from django.urls import path

from pipelines.views import notifications, pipelines, projects, runs, steering

PROJECT = "projects/<str:project>"
PIPELINE = f"{PROJECT}/pipelines/<str:name>"
NOTIFICATIONS = f"{PROJECT}/settings/notifications"

urlpatterns = [
    path(f"{PROJECT}/", projects.home, name="project"),
    path(f"{PROJECT}/runs/", projects.runs, name="runs"),
    path(f"{PROJECT}/settings/preferences/", projects.preferences, name="project-preferences"),
    path(f"{NOTIFICATIONS}/", notifications.notifications, name="project-notifications"),
    path(f"{NOTIFICATIONS}/<uuid:delivery>/again/", notifications.again, name="project-notification-again"),
    path(f"{NOTIFICATIONS}/<str:name>/", notifications.notifier, name="project-notifier"),
    path(f"{PROJECT}/pipelines/new/", pipelines.create, name="pipeline-create"),
    path(f"{PIPELINE}/", pipelines.detail, name="pipeline"),
    path(f"{PIPELINE}/run/", pipelines.run, name="pipeline-run"),
    path(f"{PIPELINE}/edit/", pipelines.edit, name="pipeline-edit"),
    path(f"{PIPELINE}/settings/", pipelines.settings, name="pipeline-settings"),
    path(f"{PIPELINE}/cache/clear/", pipelines.clear_cache, name="pipeline-cache-clear"),
    path(f"{PIPELINE}/delete/", pipelines.delete, name="pipeline-delete"),
    path(f"{PROJECT}/runs/<str:name>/", runs.detail, name="run"),
    path(f"{PROJECT}/runs/<str:name>/stop/", runs.stop, name="run-stop"),
    path(f"{PROJECT}/runs/<str:name>/answer/", steering.answer, name="run-answer"),
    path(f"{PROJECT}/runs/<str:name>/pause/", steering.pause, name="run-pause"),
    path(f"{PROJECT}/runs/<str:name>/resume/", steering.resume, name="run-resume"),
    path(f"{PROJECT}/runs/<str:name>/rerun/", runs.rerun, name="run-rerun"),
]
