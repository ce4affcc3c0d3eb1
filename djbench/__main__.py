"""``djbench``: the command line. ``python -P -m djbench ROOM.MODULE …``: a process of one of the rooms."""

import sys

from djbench.errors import INTERRUPTED
from djbench.rooms import ROOMS, enter


def main() -> None:
    """The console script's entry point. A room's module is told from a command by the room's name and a dot."""
    room, dot, _ = (sys.argv[1] if len(sys.argv) > 1 else "").partition(".")
    if dot and room in ROOMS:
        module = sys.argv.pop(1)
        enter(module).main()
    else:
        try:
            enter("runners.cli.app").main()
        except KeyboardInterrupt:  # while the command line is imported, which takes a second
            sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
