"""The URL map: pages, the REST API under ``/api/v1/``, and what machines ask for."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from controllers.metrics import metrics
from devops_platform.projects import urls as projects
from pipelines import urls as pipelines
from pipelines.api import urls as pipelines_api

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    path("api/", include("devops_platform.api.urls")),
    path("api/v1/", include(projects.api)),
    path("api/v1/", include(pipelines_api)),
    path("metrics", metrics, name="metrics"),
    path("", include(projects.pages)),
    path("", include(pipelines)),
]
