from importlib import import_module

from django.apps import AppConfig
from typing_extensions import override


class PlatformConfig(AppConfig):
    name = "devops_platform"

    @override
    def ready(self) -> None:
        # Tasks are sent through Celery's current application: it must be ours in every process.
        import_module("devops_platform.celery")
