"""What a project's interpreter says of the project: settings, URLs, middleware, and answers."""

from pydantic import BaseModel, ConfigDict


class _Fact(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DatabaseFacts(_Fact):
    """One of DATABASES. No user and no password."""

    engine: str
    #: The path of an SQLite database.
    file: str = ""
    #: Seconds that a connection is kept; None: for ever.
    conn_max_age: float | None = 0.0
    atomic_requests: bool = False
    pool: bool = False


class CacheFacts(_Fact):
    """One of CACHES."""

    backend: str


class SettingsFacts(_Fact):
    """The project's own settings, with Django's defaults."""

    settings: str
    python: str
    django: str
    debug: bool = False
    apps: list[str] = []
    databases: dict[str, DatabaseFacts] = {}
    #: Is DJANGO_ALLOW_ASYNC_UNSAFE set?
    async_unsafe: bool = False
    caches: dict[str, CacheFacts] = {}
    session_engine: str = ""
    #: The storage backends by alias.
    storages: dict[str, str] = {}
    wsgi_application: str = ""
    asgi_application: str = ""
    prepend_www: bool = False
    ssl_redirect: bool = False
    session_cookie_secure: bool = False
    csrf_cookie_secure: bool = False
    static_url: str = ""
    media_url: str = ""

    @property
    def own_databases(self) -> dict[str, DatabaseFacts]:
        """The databases that are more than Django's stand-in for none."""
        return {
            alias: database
            for alias, database in self.databases.items()
            if database.engine and not database.engine.endswith(".dummy")
        }


class Route(_Fact):
    """One URL pattern."""

    #: The path with its arguments in braces; None if Django cannot reverse it.
    path: str | None
    #: The arguments, each with the name of its converter; empty for one of a regular expression.
    arguments: dict[str, str] = {}
    name: str = ""
    namespaces: list[str] = []
    #: The dotted name of its view.
    view: str = ""
    is_async: bool = False
    #: The methods that it takes; empty if it does not say.
    methods: list[str] = []
    csrf_exempt: bool = False
    login_required: bool = False
    #: The model that it shows; empty if it does not say.
    model: str = ""
    #: The field that each argument is looked up in.
    lookups: dict[str, str] = {}

    @property
    def style(self) -> str:
        """How its view is written."""
        return "async" if self.is_async else "sync"

    @property
    def answers_get(self) -> bool:
        """Can it be asked with GET, as far as it says?"""
        return not self.methods or "GET" in self.methods


class MiddlewareFacts(_Fact):
    """One middleware."""

    name: str
    #: Can it run without, and within, an event loop?
    sync_capable: bool
    async_capable: bool
    #: Its hooks that Django runs in a thread under ASGI, once for each request.
    thread_hooks: list[str] = []


class ReplacedSetting(_Fact):
    """A setting that a run replaces, in words."""

    setting: str
    was: str
    becomes: str


class UrlFacts(_Fact):
    """What Django knows once it is set up."""

    #: What the run replaces in the project's settings.
    replaced: list[ReplacedSetting] = []

    routes: list[Route]
    middleware: list[MiddlewareFacts]
    #: The fields of each model.
    models: dict[str, list[str]] = {}


class PageAnswer(_Fact):
    """How a request was answered in the project's interpreter, without a server."""

    name: str
    #: The path as it was asked.
    path: str = ""
    #: None if there was no answer.
    status: int | None = None
    length: int = 0
    content_type: str = ""
    #: Where it redirects.
    location: str = ""
    #: The last line of the exception, or why there is no answer.
    error: str = ""
    queries: int = 0
    #: Statements that change the database.
    writes: int = 0
    #: Rows that were read.
    rows: int = 0
    #: Hosts other than this machine that it called.
    calls: list[str] = []


class PageAnswers(_Fact):
    """The answers to requests, in their order."""

    #: Where Django sends who has to log in.
    login_url: str = ""
    #: Hosts that the project calls when it starts.
    calls_at_start: list[str] = []
    answers: list[PageAnswer] = []

    def by_name(self) -> dict[str, PageAnswer]:
        """Each answer under the name of its request."""
        return {answer.name: answer for answer in self.answers}
