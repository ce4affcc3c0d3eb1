"""The ASGI application that servers are pointed at."""

from djbench_shim.serving import asgi_application

application = asgi_application()
