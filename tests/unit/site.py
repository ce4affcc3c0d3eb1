"""The built-in site, its patterns, and plans for it, as tests write them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from djbench.options import Profile
from djbench.pattern import PatternSpec
from runners.planning.plan import Plan, make_plan
from runners.planning.selection import select
from runners.services.database_server import Database
from runners.services.place import Place
from runners.services.running import Services
from runners.targets.built_in import built_in

SITE = built_in()
PATTERNS = SITE.catalog.own


def parse_pattern(text: str) -> PatternSpec:
    """A pattern of the built-in site."""
    return SITE.catalog.parse(text)


def plan_from(profile: Profile, seed: int, **options: Any) -> Plan:
    """The plan for what a profile selects from the built-in site."""
    return make_plan(select(profile, SITE), seed, **options)


def some_services(
    folder: Path = Path(), environment: Mapping[str, str] | None = None, settings: Mapping[str, str] | None = None
) -> Services:
    """Services with a single place. settings: those of the database."""
    place = Place(target=SITE, folder=folder, database=Database(url=""), environment=environment or {})
    return Services(place=lambda _: place, before_start=lambda _: place, database={"settings": settings or {}})
