"""A recording as a journey, with the user and the values that it needs. Pure."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from djbench.errors import UsageError
from results.wording.text import count
from runners.importing.imported import MEMBER, Imported, ImportedTable, TomlValue, member_entry
from runners.importing.recordings.har_file import HarFile
from runners.importing.recordings.logins import without_logins
from runners.importing.recordings.recorded_exchange import Exchange, Payload
from runners.importing.recordings.recorded_steps import LONGEST_THINK_S, recorded_secrets, steps_of
from runners.importing.recordings.site_requests import require_known, site_requests
from runners.importing.recordings.taken_values import TakenValues
from runners.importing.secrecy import Secrets, texts_of
from runners.importing.url_routes import RouteTable


def journey_of(recording: HarFile, name: str, host: str, source: str, routes: RouteTable | None = None) -> Imported:
    """The journey of a recording. host: of the site; empty for the one with the most pages. routes: the project's.

    Raises UsageError that names ``source`` if no step is left, or none is for the project.
    """
    site = site_requests(recording.exchanges, host, source)
    session = without_logins(site.exchanges)
    if not session.exchanges:
        raise UsageError(f"{source} has nothing of {site.host} but logins; record what a user does after one")
    unknown = require_known(session.exchanges, routes, source) if routes else []
    secrets = recorded_secrets(recording.exchanges)
    values = TakenValues(session.exchanges, secrets)
    pauses_s = _pauses_s(session.exchanges, site.exchanges)
    steps = steps_of(session.exchanges, pauses_s, secrets, values)
    content: dict[str, TomlValue] = {**({"user": MEMBER} if session.has_session else {}), "steps": steps}
    journey = ImportedTable(kind="journeys", name=name, content=content, comments=(f"Recorded on {site.host}.",))
    to_fill_in = tuple(secrets.entries(texts_of(content)))
    notes = (
        *_unreadable(recording.unreadable),
        *site.notes,
        *session.notes,
        *unknown,
        *_secret_notes([entry.name for entry in to_fill_in]),
        *_step_notes(session.exchanges, pauses_s, values, secrets),
    )
    users = (member_entry(),) if session.has_session else ()
    return Imported(entries=(*to_fill_in, *users, journey), notes=notes)


def _unreadable(problems: Sequence[str]) -> Iterator[str]:
    if problems:
        yield f"left out: {count(len(problems), 'entry', 'entries')} that cannot be read; the first: {problems[0]}"


def _secret_notes(names: Sequence[str]) -> Iterator[str]:
    if names:
        tables = ", ".join(f"values.{name}" for name in names)
        yield f"secrets are not copied; fill in {tables}"


def _pauses_s(steps: Sequence[Exchange], exchanges: Sequence[Exchange]) -> list[float]:
    """The time before each step, from the end of the answer before, be it to a step or to what is left out.

    It is negative if the step was sent before that, and 0 for the first one and if times are not recorded.
    """
    before = {id(after): first for first, after in pairwise(exchanges)}
    return [_pause_s(before.get(id(step)), step) for step in steps]


def _pause_s(before: Exchange | None, exchange: Exchange) -> float:
    if before is None or before.sent_s is None or exchange.sent_s is None:
        return 0.0
    return exchange.sent_s - before.sent_s - before.took_s


def _step_notes(
    exchanges: Sequence[Exchange], pauses_s: Sequence[float], values: TakenValues, secrets: Secrets
) -> Iterator[str]:
    """What the recording shows and the steps do not."""
    if any(exchange.payload != Payload() for exchange in exchanges):
        yield "what was typed into forms is copied; look through it before you share the file"
    if any(pause >= 0.05 for pause in pauses_s):
        longer = sum(pause > LONGEST_THINK_S for pause in pauses_s)
        were = f"; {longer} longer" if longer else ""
        yield f"think times are as recorded, rounded to 0.1 s, at most {LONGEST_THINK_S:g} s{were}"
    if overlapping := sum(pause < 0 for pause in pauses_s):
        yield f"{count(overlapping, 'request')} went out before the last answer; steps come one after the other"
    for exchange in exchanges:
        if exchange.payload.files:
            files = ", ".join(exchange.payload.files)
            step = f"{exchange.method} {secrets.path(exchange.plain_path)}"
            yield f"{step}: files are not copied ({files}); add a body to that step"
    if paths := list(dict.fromkeys(map(secrets.path, values.without_source))):
        more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
        yield f"no earlier answer has the id of {paths[0]}{more}; check that your data has it"
