"""The document of the API and its reader. The operations themselves are included by the root URL map."""

from django.urls import path

from devops_platform.api.docs import Schema, docs

urlpatterns = [
    path("schema/", Schema.as_view(), name="api-schema"),
    path("docs/", docs, name="api-docs"),
]
