"""What can go wrong, by what the user can do about it."""

#: What follows these words in a message are lines of a log.
LOG_FOLLOWS = "; the last lines of its log"
#: The exit code of a command that Ctrl-C ended.
INTERRUPTED = 130


class UsageError(Exception):
    """The user asked for something impossible. The message is one line and says what would be right. Exit code 2."""


class RunFailed(Exception):
    """The run cannot go on. The message says why, with the last lines of the log if there is one. Exit code 1."""


class ServerFailed(Exception):
    """A server gives wrong answers or died. Its trial fails, and the run goes on."""


class ServerNotStarted(ServerFailed):
    """A server did not start. If it fails a second time, the run goes on without it."""


class GeneratorLost(Exception):
    """A load generator's process ended within a window. The trial does not count, and the run goes on."""


def reason_without_log(error: Exception) -> str:
    """The first line of an error's message, without the lines of a log that may follow."""
    return str(error).partition("\n")[0].partition(LOG_FOLLOWS)[0]


def error_line(error: Exception) -> str:
    """An error's type and the first line of its message, such as ``KeyError: 'port'``."""
    return f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
