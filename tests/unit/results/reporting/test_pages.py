"""What pages are made of: names as text, data that cannot end its script, the hash of the one script that may run."""

import base64
import hashlib
import json
import re

import pytest

from results.reporting.pages import json_data, name, render
from results.wording.text import CHART_LETTERS, clipped, for_chart, for_spreadsheet, isolated, number, plain, times

HOSTILE = "</script><!-- <script>\u2028'\"&"


def test_data_in_a_script_element_cannot_end_it() -> None:
    text = json_data({"name": HOSTILE})
    assert not set("<>&\u2028") & set(text)
    assert json.loads(text) == {"name": HOSTILE}


def test_numbers_that_json_has_no_word_for_are_refused() -> None:
    with pytest.raises(ValueError, match="Out of range float values"):
        json_data([float("nan")])


def test_a_long_name_is_clipped_and_whole_in_its_title() -> None:
    long = "<b>" + "x" * 10_000
    text = name(long)
    assert "<b>" not in text
    assert f'title="&lt;b&gt;{"x" * 10_000}"' in text
    assert len(text) < 10_300
    assert name("plain") == "<bdi>plain</bdi>"


def test_only_the_page_s_own_script_may_run() -> None:
    page = render("base.html", {"script": "report.js"})
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}';" in page


def test_a_page_without_a_script_lets_none_run() -> None:
    page = render("base.html", {})
    assert "script-src 'none'" in page
    assert "<script" not in page


def test_a_chart_s_names_are_one_line_of_signs_that_have_a_shape() -> None:
    assert for_chart("a\nb\u202ec\x07") == "a b c"
    assert len(for_chart("x" * 10_000)) == CHART_LETTERS
    assert for_chart("\n") == "–"


def test_a_clipped_text_keeps_its_beginning_and_its_end() -> None:
    assert clipped("abcdefghij", 9) == "abcdef…ij"
    assert clipped("abc", 9) == "abc"


def test_only_names_that_could_turn_a_sentence_are_isolated() -> None:
    assert isolated("uvicorn") == "uvicorn"
    assert isolated("שרת") == "\u2068שרת\u2069"


def test_what_turns_the_direction_or_is_no_sign_is_shown_nowhere_and_kept_in_the_title() -> None:
    sly = "\u05d0\u2069\u202eb\x00\n"
    assert plain(sly) == "\u05d0b  "
    assert name(sly) == f'<bdi title="{sly}">\u05d0b  </bdi>'


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_no_text_of_a_csv_file_is_a_formula(text: str) -> None:
    assert for_spreadsheet(text) == f"'{text}"


@pytest.mark.parametrize("value", ["plain", "a=1", "", -1.5, None, True])
def test_other_fields_of_a_csv_file_stay_as_they_are(value: object) -> None:
    assert for_spreadsheet(value) is value


@pytest.mark.parametrize(
    ("value", "shown"), [(None, "–"), (12345.6, "12,346"), (0.012344, "0.01234"), (999.96, "1000"), (0.0, "0")]
)
def test_numbers_have_four_digits_or_all_before_the_point(value: float | None, shown: str) -> None:
    assert number(value) == shown


@pytest.mark.parametrize(
    ("ratio", "shown"),
    [
        (1.004, "1.004"),
        (0.996, "0.996"),
        (1.314, "1.31"),
        (12.34, "12.3"),
        (999.4, "999"),
        (999.6, "1,000"),
        (1234.5, "1,234"),
        (0.0042, "0.0042"),
    ],
)
def test_a_ratio_s_digits_show_on_which_side_of_1_it_is(ratio: float, shown: str) -> None:
    assert times(ratio) == shown
