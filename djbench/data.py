"""What a project's requests are filled in with: values that they draw from, and users who send them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

#: One choice of values, by name. The name of a value that is alone is empty.
Row: TypeAlias = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Values that the project's own models are asked for, on the prepared database."""

    #: The model, ``app_label.Model``.
    model: str
    #: The fields of each row, such as ``pk``. One field is a value that is alone.
    fields: tuple[str, ...] = ("pk",)
    #: Lookups that choose rows, as ``QuerySet.filter`` takes them.
    filter: Mapping[str, Any] = field(default_factory=dict)
    #: The maximum number of rows.
    most: int = 1000


#: Rows that the description has, or how to get them.
Values: TypeAlias = tuple[Row, ...] | Query


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Users of the project in the temporary database, each with a session."""

    #: What the user model calls it. Of several, the first part: ``name-1``, ``name-2`` …
    username: str
    #: Is it made if it is not there? Else a run needs it to be there.
    create: bool = True
    #: Django's ``is_staff``.
    staff: bool = False
    #: Django's ``is_superuser``.
    superuser: bool = False
    #: Permissions, ``app_label.codename``.
    permissions: tuple[str, ...] = ()
    #: How many such users there are.
    count: int = 1
