"""The WSGI application that servers are pointed at."""

from djbench_shim.serving import wsgi_application

application = wsgi_application()
