"""How an operation of a schema is protected, and what a request needs for it. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from runners.importing.imported import FILL_IN, MEMBER, ImportedTable
from runners.importing.naming import as_name
from runners.importing.schemas.schema_file import ApiSchema


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """What a request needs."""

    #: The user whose session it is sent in; empty for nobody.
    user: str = ""
    #: Headers, with blanks for secrets.
    headers: Mapping[str, str] = field(default_factory=dict)
    #: Parameters of the query, with blanks for secrets.
    query: Mapping[str, str] = field(default_factory=dict)
    #: The names of the values to fill in.
    secrets: frozenset[str] = frozenset()


def protection_of(schema: ApiSchema, operation: Mapping[str, Any]) -> Protection:
    """What an operation needs: nothing if it can do without, else a session if that is enough, else a secret."""
    needs = operation.get("security", schema.content.get("security"))
    alternatives = schema.tables(needs)
    if not alternatives or {} in alternatives:
        return Protection()
    protections = [_protection(schema, alternative) for alternative in alternatives]
    return next((protection for protection in protections if protection.user), protections[0])


def secret_tables(names: Iterable[str]) -> Iterator[ImportedTable]:
    """Values to fill in for these secrets."""
    for name in sorted(names):
        comments = (f"The schema asks for a secret, {name}. Write one for tests.",)
        yield ImportedTable(kind="values", name=name, content={"list": [FILL_IN]}, comments=comments, to_fill_in=True)


def _protection(schema: ApiSchema, needs: Mapping[str, Any]) -> Protection:
    """What one alternative needs: all of its schemes."""
    components = schema.table(schema.content.get("components"))
    schemes = schema.table(schema.content.get("securityDefinitions") or components.get("securitySchemes"))
    user, headers, query, secrets = "", {}, {}, set()
    for name in needs:
        scheme = schema.table(schemes.get(name))
        blank = as_name(name, "secret")
        where, key = scheme.get("in"), str(scheme.get("name") or "Authorization")
        if scheme.get("type") == "apiKey" and where == "cookie":
            user = MEMBER
            continue
        secrets.add(blank)
        if scheme.get("type") == "apiKey" and where == "query":
            query[key] = f"{{{blank}}}"
        elif scheme.get("type") == "apiKey":
            headers[key] = f"{{{blank}}}"
        else:
            word = "Basic" if "basic" in (scheme.get("type"), str(scheme.get("scheme")).lower()) else "Bearer"
            headers["Authorization"] = f"{word} {{{blank}}}"
    return Protection(user=user, headers=headers, query=query, secrets=frozenset(secrets))
