"""The document of the API and its reader. The operations themselves are included by the root URL map."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from devops_platform.api.docs import docs

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("docs/", docs, name="api-docs"),
]
