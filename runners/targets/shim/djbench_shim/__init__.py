"""The one part of djbench that runs in the processes of a reader's project.

It needs Python 3.9, Django 4.2 and nothing of djbench. Its folder goes on PYTHONPATH; every variable is optional.

- ``djbench_shim.settings``: the project's settings, without what would reach the outside
- ``djbench_shim.wsgi`` and ``djbench_shim.asgi``: the project's applications, which also tell who answers
- ``python -m djbench_shim.launch -m gunicorn``: a server, with packages that the project's interpreter lacks
- ``python -m djbench_shim manage.py migrate``: a command of the project, with these settings whatever its file says
"""

import os


class Refusal(Exception):
    """The project cannot be measured as it is. The message says why, and what to do."""


if os.environ.get("DJBENCH_CALLS"):
    from djbench_shim import calls

    calls.watch(calls.CallWatch.of(os.environ))
