"""The ASGI application that servers are pointed at: Django, and beside it what speaks over WebSockets."""

import os

from django.core.asgi import get_asgi_application

from target_site import handicap, sockets

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "target_site.settings")

application = sockets.beside(handicap.asgi(get_asgi_application()))
