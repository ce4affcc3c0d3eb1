"""How a target counts the work that goes on after its answers.

Each of its processes keeps a file with two numbers: how many pieces of work it began, and how many it ended. The file
outlasts the process, so the difference is what was lost when the process ended.
"""

from struct import Struct

#: Begun and ended, as a process writes them.
COUNTS = Struct("<QQ")
