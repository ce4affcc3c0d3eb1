"""The files that sites deploy djbench's own servers with, for the entries of the registry."""

from djbench.server import DeploymentFile
from runners.servers.shared_settings import BACKLOG, KEEP_ALIVE_S, REQUESTS

_GUNICORN_HEAD = """\
# {spec}, as djbench measured it
wsgi_app = "{application}"
raw_env = ["DJANGO_SETTINGS_MODULE={settings}"]
bind = "{host}:{port}"
workers = {workers}
"""

_GUNICORN_FOOT = f"""\
keepalive = {KEEP_ALIVE_S}  # seconds; longer than a load balancer in front keeps a connection
timeout = 120  # seconds until a worker that does not answer is replaced
"""

_UNIT = """\
# {{spec}}, as djbench measured it
[Unit]
Description={{project}} under {program}
After=network.target

[Service]
WorkingDirectory={{folder}}
Environment=DJANGO_SETTINGS_MODULE={{settings}}
ExecStart=/srv/{{project}}/.venv/bin/{{command}}
Restart=on-failure

[Install]
WantedBy=multi-user.target
"""


HYPERCORN_FILE = DeploymentFile(
    name="hypercorn.toml",
    command=("hypercorn", "--config", "hypercorn.toml", "{application}"),
    text=f"""\
# {{spec}}, as djbench measured it
bind = ["{{host}}:{{port}}"]
workers = {{workers}}
worker_class = "{{loop}}"
keep_alive_timeout = {KEEP_ALIVE_S}  # seconds
keep_alive_max_requests = {REQUESTS}  # of one connection; its own default closes it after a thousand
backlog = {BACKLOG}
loglevel = "WARNING"
""",
)

UWSGI_FILE = DeploymentFile(
    name="uwsgi.ini",
    command=("uwsgi", "--ini", "uwsgi.ini"),
    text=f"""\
; {{spec}}, as djbench measured it
[uwsgi]
http = {{host}}:{{port}}
http-keepalive = {KEEP_ALIVE_S}
http-auto-chunked = true
module = {{application}}
env = DJANGO_SETTINGS_MODULE={{settings}}
processes = {{workers}}
threads = {{threads}}
; no more than the system allows (net.core.somaxconn), else it does not start
listen = {BACKLOG}
master = true
single-interpreter = true
lazy-apps = true
need-app = true
die-on-term = true
disable-logging = true
max-fd = 32768
""",
)


def gunicorn_file(worker_class: str, **settings: str) -> DeploymentFile:
    """A gunicorn.conf.py. settings: further ones by gunicorn's names, each as Python source with the usual blanks."""
    lines = [f'worker_class = "{worker_class}"', *(f"{name} = {value}" for name, value in settings.items())]
    return DeploymentFile(
        name="gunicorn.conf.py",
        command=("gunicorn", "--config", "gunicorn.conf.py"),
        text=_GUNICORN_HEAD + "".join(f"{line}\n" for line in lines) + _GUNICORN_FOOT,
    )


def systemd_unit(program: str, *arguments: str) -> DeploymentFile:
    """A systemd unit, for a server that has no file of its own."""
    return DeploymentFile(name="{project}.service", command=(program, *arguments), text=_UNIT.format(program=program))
