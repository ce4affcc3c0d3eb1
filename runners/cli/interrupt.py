"""The signals that end a command as Ctrl-C does: what was started is stopped, what was measured is kept."""

import signal
from types import FrameType


def end_as_by_ctrl_c() -> None:
    """From now on SIGTERM and SIGHUP raise KeyboardInterrupt; but for a SIGHUP that nohup has made ignored."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)


def _interrupt(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  the signature signal handlers have
    raise KeyboardInterrupt
