"""The URL patterns of a project, as its own interpreter says them."""

from pathlib import Path

from runners.hosts.workspace import Workspace
from runners.importing.url_routes import RouteTable, UrlRoute
from runners.survey.looking import surveyor_of
from runners.targets.describing.description import read_target


def routes_of_project(description: Path) -> RouteTable:
    """Ask the project that a file describes. No database is asked. Raises UsageError if it does not start."""
    target = read_target(description)
    with Workspace("import") as workspace:
        surveyor = surveyor_of(target, workspace, lambda _: None)
        facts = surveyor.url_facts(surveyor.without_database(surveyor.settings_facts()))
    return RouteTable(UrlRoute(route.path, route.arguments) for route in facts.routes if route.path is not None)
