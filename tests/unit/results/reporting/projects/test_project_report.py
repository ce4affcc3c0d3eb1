"""The report of a reader's project: what to run, request by request, and nothing about a site that nobody deploys."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from djbench.options import CONFIGURED
from results.analysis.summary import summarise
from results.records.store import RunDirectory
from results.reporting.conclusions import conclude
from results.reporting.frames import labels
from results.reporting.front.first_screen import Front, front_of
from results.reporting.method import method
from results.reporting.projects.asked import what_is_asked
from results.reporting.projects.described import hardly_compared, project_facts, project_line
from results.reporting.projects.request_table import request_table
from results.reporting.report import write_report
from results.wording.compared import compared_text
from tests.unit.project_runs import MYSITE, a_project_run, project_cells
from tests.unit.runs import a_cell, a_directory

NOT_OF_A_PROJECT = ("yourproject", "built-in", "target_site", "djbench_shim", "sleep:", "third-party", "make bench")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    return a_project_run(tmp_path_factory.mktemp("project") / "run")


@pytest.fixture(scope="module")
def front(run: RunDirectory) -> Front:
    return front_of(conclude(summarise(run)))


def test_the_first_screen_says_which_server_and_interface(front: Front) -> None:
    said = {finding.about: finding.text for finding in front.findings}
    assert said["What to run"] == (
        "Run gunicorn-gthread (WSGI) for mix, which stands for the whole project. "
        "One by one: gunicorn-gthread (WSGI) for home, detail and vote; sync on gunicorn-gthread for latest."
    )
    assert said["Which style"] == "Against sync on the same server, async is slower for latest (0.75 times)."
    assert said["What it costs"].startswith(
        "CPU time for a request of the mix: 3.47 ms on gunicorn-gthread and 4.17 ms on uvicorn."
    )
    assert said["Request by request"] == (
        "mix under gunicorn-gthread (WSGI), p95: detail 570 ms and home 285 ms. "
        "vote under gunicorn-gthread (WSGI), p95: submit 570 ms and page 285 ms."
    )


def test_a_request_in_one_style_asks_for_no_other(front: Front) -> None:
    styles = {standing.question.pattern: len(standing.styles) for standing in front.standings}
    assert styles == {"mix": 0, "home": 0, "detail": 0, "latest": 1, "vote": 0}
    assert {standing.question.pattern: standing.sure_of_style for standing in front.standings}["home"] is None


def test_no_page_speaks_of_a_site_that_is_not_the_readers(run: RunDirectory) -> None:
    page = write_report(run).read_text()
    for text in (page, (run.path / "report.md").read_text()):
        assert [words for words in NOT_OF_A_PROJECT if words in text] == []
        assert "on view" not in text
        assert "view on" not in text
    assert "<h1>djbench: <bdi>mysite</bdi></h1>" in page
    assert 'id="every-request"' in page
    assert "Beside other styles" in page


def test_what_has_one_style_is_answered_by_server_and_interface(tmp_path: Path) -> None:
    rates = {replace(cell, style="async"): [100.0] * 6 for cell in project_cells() if cell.pattern == "home"}
    (standing,) = front_of(conclude(summarise(a_directory(tmp_path / "run", rates, target=MYSITE)))).standings
    assert standing.run == "gunicorn-gthread (WSGI)"
    (standing,) = front_of(conclude(summarise(a_directory(tmp_path / "ours", rates)))).standings
    assert standing.run == "async on gunicorn-gthread"


def test_a_run_without_a_choice_of_styles_has_no_column_for_them(tmp_path: Path) -> None:
    page = write_report(a_directory(tmp_path / "run", {a_cell(pattern="home", style="view"): [1.0] * 6}))
    assert "Beside other styles" not in page.read_text()


def test_each_request_of_mix_and_journey_has_a_row_under_each_server(run: RunDirectory) -> None:
    summary = summarise(run)
    table = request_table(summary, labels(summary))
    assert table is not None
    rows = [[field.shown for field in row] for row in table.rows]
    assert [row[:6] for row in rows[:3]] == [
        ["mix", "16 users", "home", "GET /", "gunicorn-gthread", "–"],
        ["mix", "16 users", "home", "GET /", "uvicorn", "–"],
        ["mix", "16 users", "detail", "GET /polls/{question.pk}/", "gunicorn-gthread", "–"],
    ]
    assert rows[0][6:] == ["300", "0", "150", "285", "297", "1800", "98"]
    assert len(rows) == 8


def test_a_run_of_single_requests_has_no_table_of_them(tmp_path: Path) -> None:
    summary = summarise(a_directory(tmp_path / "run", {a_cell(): [1.0, 2.0]}))
    assert request_table(summary, labels(summary)) is None
    write_report(RunDirectory(tmp_path / "run"))
    assert not (tmp_path / "run" / "requests.csv").exists()


def test_files_have_each_request(run: RunDirectory) -> None:
    write_report(run)
    with (run.path / "requests.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["pattern"], row["request"]) for row in rows[:3]] == [
        ("mix", "home"),
        ("mix", "detail"),
        ("mix", "home"),
    ]
    assert (rows[1]["latency_ms_p95"], rows[1]["compared"], rows[1]["latency_ms_p999"]) == ("570.0", "0.98", "")
    summary = json.loads((run.path / "summary.json").read_text())
    assert summary["run"]["target"]["requests"]["mix view: home"] == "GET /"
    cells = summary["cells"]
    (mix, *_) = cells
    assert [request["name"] for request in mix["by_request"]] == ["home", "detail"]
    assert (mix["by_request"][0]["rate_rps"], mix["compared"]) == (300, 0.98)
    home = next(cell for cell in cells if cell["pattern"] == "home")
    assert (home["by_request"], home["compared"]) == ([], 0.98)


def test_what_is_asked_and_compared_stands_among_the_evidence(front: Front) -> None:
    questions = {standing.question.pattern: standing.question for standing in front.standings}
    assert list(what_is_asked(questions["latest"])) == [
        "It asks GET /latest/ (sync), GET /latest-async/ (async).",
        "Right answers: 98 % of the body is compared; the rest varies from answer to answer.",
    ]
    assert list(what_is_asked(questions["vote"])) == [
        "page: 98 % of the body is compared; the rest varies from answer to answer.",
        "submit: Only 30 % of the body is compared, so a wrong answer may look right.",
    ]
    assert hardly_compared(list(questions.values())) == [
        "vote, submit: Only 30 % of the body is compared, so a wrong answer may look right."
    ]


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (1.0, ""),
        (0.9999, "99.9 % of the body is compared; the rest varies from answer to answer."),
        (0.5, "50 % of the body is compared; the rest varies from answer to answer."),
        (0.0, "The status alone tells a right answer; the body is not compared."),
    ],
)
def test_a_share_is_never_rounded_up_to_all(share: float, text: str) -> None:
    assert compared_text(share) == text


def test_users_who_think_are_said_to(tmp_path: Path) -> None:
    directory = a_project_run(tmp_path / "run")
    for trial in directory.read_trials():
        if trial.cell.pattern == "vote" and trial.measurement:
            directory.write_trial(replace(trial, measurement=replace(trial.measurement, think_ms=800.0)))
    conclusions = conclude(summarise(directory))
    (vote,) = (row.question for row in front_of(conclusions).standings if row.question.pattern == "vote")
    assert next(iter(what_is_asked(vote))) == (
        "Its users think 800 ms before a request on average, which limits its throughput. "
        "Look at the answer times and the CPU time."
    )
    said = " ".join(method(conclusions, labels(conclusions.summary)))
    assert "as soon as the last one is answered, but for the think times of journeys." in said


def test_the_method_names_the_project_and_what_was_replaced(run: RunDirectory) -> None:
    conclusions = conclude(summarise(run))
    sentences = method(conclusions, labels(conclusions.summary))
    assert sentences[:4] == [
        "The project is mysite (commit cccccccccccc with changes, Django 5.2).",
        "Settings: mysite.settings. Replaced for the run by its description: DEBUG, ALLOWED_HOSTS.",
        (
            "Its database is a temporary one (sqlite) in place of the configured one. "
            "It holds a copy of the project's SQLite file."
        ),
        "It may call api.example.org; calls count as the project's own time.",
    ]
    assert sentences[4] == (
        "Of every answer the status was checked, and of its body what does not vary under any server and in any "
        "style. That is at least 30 % of it."
    )
    assert not any("byte-equal" in sentence or sentence.startswith("Database:") for sentence in sentences)


def test_a_configured_database_is_not_called_a_temporary_one(tmp_path: Path) -> None:
    directory = a_project_run(tmp_path / "run")
    run = directory.read_run()
    directory.write_run(replace(run, settings=replace(run.settings, database=CONFIGURED)))
    conclusions = conclude(summarise(directory))
    sentences = method(conclusions, labels(conclusions.summary))
    assert sentences[2] == "Its database is the one that its settings name, which was only read."


def test_the_versions_of_servers_are_said_with_where_they_came_from(tmp_path: Path) -> None:
    directory = a_project_run(tmp_path / "run")
    run = directory.read_run()
    first, second = run.servers
    packages = {first: {"gunicorn": "23.0.0"}, second: {"uvicorn": "0.39.0", "uvloop": "0.22.1"}}
    servers = {name: replace(facts, packages=packages.get(name, {})) for name, facts in run.servers.items()}
    overlays = {first.partition(":")[0]: {}, second.partition(":")[0]: {"uvloop": "0.22.1", "not-named": "1"}}
    directory.write_run(replace(run, servers=servers, machine={**run.machine, "overlays": overlays}))
    conclusions = conclude(summarise(directory))
    names = labels(conclusions.summary)
    sentences = method(conclusions, names)
    assert f"{names[first]} had gunicorn 23.0.0." in sentences
    assert f"{names[second]} had uvicorn 0.39.0, uvloop 0.22.1 (overlay)." in sentences
    assert (
        "What an overlay has, the project lacks. djbench installed it for the project's interpreter, elsewhere."
        in sentences
    )


def test_a_project_without_database_and_version_control_says_so(tmp_path: Path) -> None:
    project = replace(MYSITE, commit="", database="none", replaced=(), may_call=())
    conclusions = conclude(summarise(a_project_run(tmp_path / "run", project)))
    sentences = method(conclusions, labels(conclusions.summary))
    assert sentences[:3] == [
        "The project is mysite (Django 5.2).",
        "Settings: mysite.settings.",
        "It has no database.",
    ]


def test_the_facts_of_a_project_are_listed(run: RunDirectory) -> None:
    record = run.read_run()
    facts = project_facts(record)
    assert (facts["replaced settings"], facts["applications"]) == ("DEBUG, ALLOWED_HOSTS", "mysite.wsgi:application")
    assert facts["description"] == "d" * 12
    assert "runs" not in facts
    assert project_line(record) == "commit cccccccccccc with changes, Django 5.2"


def test_of_the_built_in_site_there_is_no_project(tmp_path: Path) -> None:
    record = a_directory(tmp_path / "run", {a_cell(): [1.0]}).read_run()
    assert (project_line(record), project_facts(record)) == ("", {})


def test_commands_measure_again_without_a_style_where_there_is_no_choice(run: RunDirectory) -> None:
    page = write_report(run).read_text()
    home = next(cell for cell in project_cells() if cell.pattern == "home")
    assert home.style == "view"
    assert "--style view" not in page
    assert "--style async" in page
