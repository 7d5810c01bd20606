from django.apps import AppConfig


class ControllersConfig(AppConfig):
    name = "controllers"
