from django.apps import AppConfig
from typing_extensions import override


class PipelinesConfig(AppConfig):
    name = "pipelines"

    @override
    def ready(self) -> None:
        from devops_platform.projects import services as projects  # noqa: PLC0415  # models are loaded only now
        from pipelines import services  # noqa: PLC0415

        projects.before_deletion.append(services.clear_project)
