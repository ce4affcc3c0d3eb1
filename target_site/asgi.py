"""The ASGI application that servers are pointed at: Django, and beside it what speaks over WebSockets."""

import os
from importlib import import_module

from django.conf import settings
from django.core.asgi import get_asgi_application

from target_site import handicap, sockets

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "target_site.settings")

# Django imports these at a process's first request, which one of several processes can get in the middle of a window.
_django = get_asgi_application()
import_module(settings.ROOT_URLCONF)
application = sockets.beside(handicap.asgi(_django))
