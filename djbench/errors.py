"""What can go wrong, by what the user can do about it."""


def first_line(error: Exception) -> str:
    """What an error's message says before the lines of a log that it may end with."""
    return str(error).partition("\n")[0].partition(LOG_FOLLOWS)[0]


def error_line(error: Exception) -> str:
    """An error's type and the first line of its message, such as ``KeyError: 'port'``."""
    return f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"


# What a message goes on with when lines of a log follow.
LOG_FOLLOWS = "; the last lines of its log"


class UsageError(Exception):
    """What was asked for cannot be done; the message is one line and says what would be right. Exit code 2."""


class RunFailed(Exception):
    """The run cannot go on; the message says why, with the last lines of the log where there is one. Exit code 1."""


class ServerFailed(Exception):
    """A server does not answer as it should, or died: the trial at hand fails, the run goes on."""


class ServerNotStarted(ServerFailed):
    """A server did not come up. When it does not a second time either, the run goes on without it."""


class GeneratorLost(Exception):
    """A load generator's process ended in the middle of a window: the trial does not count, the run goes on."""
