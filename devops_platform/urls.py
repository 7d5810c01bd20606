"""The URL map: pages, the REST API under ``/api/v1/``, and what machines ask for."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from devops_platform.projects import urls as projects

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    path("api/", include("devops_platform.api.urls")),
    path("api/v1/", include(projects.api)),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include(projects.pages)),
]
