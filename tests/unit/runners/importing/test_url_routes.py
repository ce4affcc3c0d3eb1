"""Which URL pattern of a project a path belongs to."""

import pytest

from runners.importing.url_routes import RoutedPath, RouteTable, UrlRoute

ROUTES = RouteTable(
    [
        UrlRoute("/api/users/{pk}/", {"pk": ""}),
        UrlRoute("/api/users/{pk}/friends/", {"pk": ""}),
        UrlRoute("/days/{day}/{slug}.html", {"day": "uuid", "slug": "slug"}),
        UrlRoute("/a+b/", {}),
        UrlRoute("/{page}", {"page": ""}),
    ]
)


@pytest.mark.parametrize(
    ("path", "template", "values"),
    [
        ("/api/users/7/", "/api/users/{}/", ("7",)),
        ("/api/users/7/friends/", "/api/users/{}/friends/", ("7",)),
        ("/days/0b0c7e5a-6a43-4a0e-9d2f-0123456789ab/a-b.html", "/days/{}/{}.html",
         ("0b0c7e5a-6a43-4a0e-9d2f-0123456789ab", "a-b")),
        ("/a+b/", "/a+b/", ()),
        ("/about", "/{}", ("about",)),
        ("/deep/down/", "/{}", ("deep/down/",)),
    ],
)  # fmt: skip
def test_a_path_belongs_to_the_first_route_that_fits_it_most_closely(
    path: str, template: str, values: tuple[str, ...]
) -> None:
    routed = ROUTES.routed(path)
    assert routed is not None
    assert (routed.template, routed.values) == (template, values)


def test_a_path_may_belong_to_no_route() -> None:
    assert RouteTable([UrlRoute("/polls/{pk}/", {"pk": "int"})]).routed("/polls/latest/") is None
    assert RouteTable(()).routed("/") is None
    assert RouteTable([UrlRoute("/x/", {})]).routed("/x/") == RoutedPath("/x/", (), ())
