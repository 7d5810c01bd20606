"""WebSocket routes."""

from django.urls import path

from pipelines.consumers import ExecutionConsumer

websocket_urlpatterns = [
    path("ws/projects/<str:project>/executions/<str:name>/", ExecutionConsumer.as_asgi()),
]
