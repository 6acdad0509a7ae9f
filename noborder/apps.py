from django.apps import AppConfig


class NoborderConfig(AppConfig):
    name = "noborder"
