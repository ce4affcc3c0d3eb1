"""The users of a reader's locustfile: imported once, and started as often as a load needs them."""

import sys
import traceback
from functools import cache
from pathlib import Path

import locust
from locust import User
from locust.argument_parser import get_parser
from locust.env import Environment
from locust.util.load_locustfile import load_locustfile

from scenarios.engine.locustfiles.allotment import allotted


class LocustfileError(Exception):
    """The file cannot be used; the message is one line."""


class ReaderUsers:
    """The user classes of a file, with the environment that they run in. Its listeners hear Locust's own events."""

    def __init__(self, path: str) -> None:
        self.classes = _classes_in(path)
        self.environment = Environment(
            user_classes=list(self.classes),
            events=locust.events,
            locustfile=Path(path).name,
            parsed_options=get_parser(default_config_files=[]).parse_args([]),
        )
        self.environment.events.init.fire(environment=self.environment, runner=None, web_ui=None)

    def users(self, count: int, url: str, timeout_s: float) -> list[type[User]]:
        """The class of each of so many users, who go to that site and wait so long for an answer at most."""
        self.environment.host = url
        for user_class in self.classes:
            user_class.host = url
            if hasattr(user_class, "timeout_s"):  # those of djbench.lean
                user_class.timeout_s = timeout_s
        numbers = allotted([one.weight for one in self.classes], [one.fixed_count for one in self.classes], count)
        return [self.classes[number] for number in numbers]


@cache  # a second import would register the file's listeners twice
def reader_users(path: str) -> ReaderUsers:
    """The users of that file. Raises LocustfileError."""
    return ReaderUsers(path)


def _classes_in(path: str) -> list[type[User]]:
    sys.path.append(str(Path(path).parent))  # its neighbours, also for what tasks import later
    sys.dont_write_bytecode = True  # nothing is left beside the reader's files
    try:
        classes, shapes = load_locustfile(path)
    except (Exception, SystemExit) as error:  # noqa: BLE001  a reader's file can raise anything
        raise LocustfileError(f"{_place(error, path)}: {_last_line(error)}") from None
    if shapes:
        raise LocustfileError(f"{path} has a load shape; djbench decides how many users there are: remove the shape")
    usable = [one for one in classes.values() if one.weight or one.fixed_count]
    if not usable:
        raise LocustfileError(f"{path} has no user class; write one that extends djbench.lean.LeanHttpUser")
    if idle := next((one for one in usable if not one.tasks), None):
        raise LocustfileError(f"{path}: {idle.__name__} has no tasks; mark its methods with @task")
    return usable


def _last_line(error: BaseException) -> str:
    return traceback.format_exception_only(error)[-1].strip()


def _place(error: BaseException, path: str) -> str:
    """The file, and the line of it that was at work."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
    return f"{path}, line {lines[-1]}" if lines else path
