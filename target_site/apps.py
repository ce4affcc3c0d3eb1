"""The Django app that owns the site's two tables."""

from django.apps import AppConfig


class TargetSiteConfig(AppConfig):
    """The app's registration."""

    name = "target_site"
    label = "target_site"
