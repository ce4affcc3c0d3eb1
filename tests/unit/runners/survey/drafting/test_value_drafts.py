"""What the arguments of a URL are drawn from, as far as the view tells."""

import pytest

from djbench.data import Query
from runners.survey.drafting.value_drafts import ValueDraft, filled_path, tables_of, value_drafts
from runners.survey.inspection import Route
from tests.unit.runners.survey.facts import a_route, some_urls

MODELS = some_urls().models


@pytest.mark.parametrize(
    ("route", "path", "sources"),
    [
        (
            a_route("/q/{pk}/", arguments={"pk": "int"}, model="polls.Question", lookups={"pk": "pk", "slug": "slug"}),
            "/q/{polls_question.pk}/",
            [("polls_question", "polls.Question", "pk")],  # another app has a model of that name
        ),
        (
            a_route("/q/{question_id}/", arguments={"question_id": "int"}),
            "/q/{polls_question.pk}/",
            [("polls_question", "polls.Question", "pk")],  # another app has a model of that name
        ),
        (
            a_route("/q/{question_id}/", arguments={"question_id": "int"}, view="shop.views.page"),
            "/q/{shop_question.pk}/",
            [("shop_question", "shop.Question", "pk")],  # the model of the view's own app
        ),
        (
            a_route("/{year}/{slug}/", arguments={"year": "", "slug": "slug"}),
            "/{year}/{slug}/",
            [("year", "", "text"), ("slug", "", "a-slug")],
        ),
        (
            a_route("/p/{_0}", arguments={"_0": ""}),
            "/p/{value_0}",
            [("value_0", "", "text")],
        ),
        (
            a_route("/u/{user_pk}/", arguments={"user_pk": "int"}),
            "/u/{user.pk}/",
            [("user", "auth.User", "pk")],
        ),
        (a_route("/o/{order_id}/", arguments={"order_id": "uuid"}), "/o/{order_id}/", [("order_id", "", ...)]),
    ],
)
def test_arguments_get_a_table_to_be_drawn_from(
    route: Route, path: str, sources: list[tuple[str, str, object]]
) -> None:
    drafts = tuple(value_drafts(route, MODELS))
    assert filled_path(str(route.path), drafts) == path
    for draft, (name, model, source) in zip(drafts, sources, strict=True):
        assert (draft.name, draft.model) == (name, model)
        assert source in ((draft.field if model else draft.example), ...)


def test_fields_of_one_model_are_one_query() -> None:
    drafts = [ValueDraft(argument="x", name="user", model="auth.User", field=field) for field in ("pk", "email", "pk")]
    drafts.append(ValueDraft(argument="year", name="year"))
    assert tables_of(drafts) == {"user": Query(model="auth.User", fields=("pk", "email"))}
