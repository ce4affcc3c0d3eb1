"""Every observer there is, in the order in which they look."""

from collections.abc import Sequence

from runners.watching.connections import DatabaseConnections
from runners.watching.observer import ObserverMaker, Scene
from runners.watching.telemetry import Telemetry
from runners.watching.watch import Watch

OBSERVERS: tuple[ObserverMaker, ...] = (Telemetry, DatabaseConnections.of)


def watch_of(scene: Scene, makers: Sequence[ObserverMaker], length_s: float) -> Watch:
    """The observers of a window that is meant to be ``length_s`` long."""
    made = (maker(scene) for maker in makers)
    return Watch([observer for observer in made if observer is not None], length_s)
