"""``python -m runners``: the command line."""

from runners.cli.app import main

main()
