"""What a run's record keeps of the reader's own project, for its report and for a comparison of two runs of it."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetFacts:
    """A project as it was when the run was made."""

    #: Its name, from its description.
    name: str
    #: SHA-256 of its description.
    digest: str = ""
    #: The commit that is checked out there; empty if it is not under version control.
    commit: str = ""
    #: Do its files differ from that commit?
    dirty: bool = False
    #: The Python that runs it.
    interpreter: str = ""
    #: Its settings module, such as ``mysite.settings``.
    settings: str = ""
    #: The settings that were replaced for the run, by name. Their values may be secrets.
    replaced: tuple[str, ...] = ()
    #: Its own applications by interface, such as ``mysite.wsgi:application``; an interface can be missing.
    applications: dict[str, str] = field(default_factory=dict)
    #: The folder in which its processes start, seen from its description.
    working_directory: str = "."
    #: What its database is in place of the configured one: ``sqlite``, ``postgres`` or ``none``.
    database: str = ""
    #: What that database holds: ``empty``, ``copy`` or ``dump:FILE``.
    data: str = ""
    #: Hosts beyond this machine that it was allowed to call.
    may_call: tuple[str, ...] = ()
    #: Each request that is measured, by its name among the samples: its method and its path with blanks, such as
    #: ``GET /polls/{question.pk}/``.
    requests: dict[str, str] = field(default_factory=dict)
    #: The weight of each request in its mix, by the name of its pattern.
    weights: dict[str, float] = field(default_factory=dict)
    #: The folder where its runs lie.
    runs: str = ""
