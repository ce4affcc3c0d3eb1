"""What a comparison of runs is written as: complete, deaf to markup, and never in place of other things."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from results.comparing.comparison import RunComparison, compare_runs, read
from results.comparing.comparison_page import folder_name, write_comparison
from results.comparing.gates import judge_gates, parse_gate
from results.records.store import StoreError
from results.reporting.charts.changes import ratio_chart, ratio_ticks
from tests.unit.results.comparing.test_comparison import noisy
from tests.unit.runs import OPEN, a_cell, a_directory

HOSTILE = '<script>alert("x")</script>|`$\\frac$&amp;\u202e'
SYNC = a_cell()


class _Reader(HTMLParser):
    """Collects the page's tags, the addresses it refers to, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.text += data


def a_comparison(path: Path, *, name: str = "uvicorn:workers=1", **changes: object) -> RunComparison:
    cells = [
        replace(a_cell(server=name, pattern=pattern, style=style), load=load)
        for pattern in ("plain", name)
        for style in ("sync", "async", name)
        for load in (SYNC.load, OPEN)
    ]
    rates = [{cell: noisy(rate, seed + n) for n, cell in enumerate(cells)} for rate, seed in ((100, 0), (90, 50))]
    base = a_directory(path / "a", rates[0], id="base")
    new = a_directory(path / "b", rates[1], **{"id": "new", **changes})  # type: ignore[arg-type]
    return compare_runs([read(base), read(new)])


@pytest.fixture(scope="module")
def comparison(tmp_path_factory: pytest.TempPathFactory) -> RunComparison:
    """Two runs with nothing special about them."""
    return a_comparison(tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="module")
def page(comparison: RunComparison, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Their page, with one gate that fails and one that does not."""
    gates = [parse_gate("throughput slower 5%"), parse_gate("memory more 5%")]
    folder = tmp_path_factory.mktemp("written") / "out" / "deeper"
    return write_comparison(comparison, judge_gates(gates, comparison), folder)


def test_everything_is_written_and_the_page_needs_nothing_else(page: Path) -> None:
    written = {str(file.relative_to(page.parent)) for file in page.parent.rglob("*") if file.is_file()}
    charts = {f"charts/{name}.{kind}" for name in ("ratios", "ratios-open") for kind in ("png", "svg")}
    assert written == {"comparison.json", "comparison.md", "comparison.html"} | charts
    reader = _Reader()
    reader.feed(page.read_text())
    assert reader.addresses
    assert all(address.startswith("data:") for address in reader.addresses)
    assert "script" not in reader.tags
    assert page.read_text().index("What else differs") < page.read_text().index("What was found")
    content = json.loads((page.parent / "comparison.json").read_text())
    assert content["runs"][0]["run"] == "new"
    assert {each["outcome"] for each in content["gates"]} == {"failed", "passed"}
    for closed in (True, False):  # their latencies mean different things (Schroeder et al. 2006)
        text = (page.parent / "charts" / f"ratios{'' if closed else '-open'}.svg").read_text()
        assert ("2 users" in text, "open load" in text) == (closed, not closed)


def test_where_what_is_undecided_fails_every_file_says_so(tmp_path: Path) -> None:
    """The throughputs lie 10 % apart, which is where the gate is."""
    base = a_directory(tmp_path / "a", {SYNC: noisy(100, 1)}, id="base")
    new = a_directory(tmp_path / "b", {SYNC: noisy(90, 2)}, id="new")
    comparison = compare_runs([read(base), read(new)])
    for strict, word, badge in ((False, "undecided", "unsure"), (True, "failed", "bad")):
        judged = judge_gates([parse_gate("throughput slower 10%")], comparison, strict=strict)
        page = write_comparison(comparison, judged, tmp_path / str(strict))
        (gate,) = json.loads((page.parent / "comparison.json").read_text())["gates"]
        assert (gate["outcome"], gate["fails"]) == ("undecided", strict)
        assert f'<span class="badge {badge}">{word}</span>\n<strong>throughput slower 10%' in page.read_text()
        assert f'<td><span class="badge {badge}">undecided</span></td>' in page.read_text()
        assert ("undecided, which fails here, too" in page.read_text()) is strict
        text = (page.parent / "comparison.md").read_text()
        assert (f"| throughput slower 10% | {'**failed**' if strict else 'undecided'} | 0 | 0 | 1 |" in text) is True
        assert ("- `throughput slower 10%` undecided: sync on uvicorn" in text) is strict


def test_the_same_comparison_gives_the_same_files_and_takes_the_place_of_the_old_ones(
    comparison: RunComparison, tmp_path: Path
) -> None:
    page = write_comparison(comparison, [], tmp_path / "out")
    (page.parent / "charts" / "ratios of mine.png").write_text("the reader's own")
    before = {file: file.read_bytes() for file in page.parent.rglob("*") if file.is_file()}
    (page.parent / "charts" / "ratios-7.png").write_text("of an older comparison")
    write_comparison(comparison, [], tmp_path / "out")
    assert {file: file.read_bytes() for file in page.parent.rglob("*") if file.is_file()} == before


@pytest.mark.parametrize("name", ["thesis.txt", "comparison.json"])
def test_what_is_no_comparison_is_not_written_over(comparison: RunComparison, tmp_path: Path, name: str) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / name).write_text('{"mine": true}')
    with pytest.raises(StoreError, match="out is there already and is no comparison; name another with --output"):
        write_comparison(comparison, [], tmp_path / "out")
    assert [file.name for file in (tmp_path / "out").iterdir()] == [name]


def test_a_place_that_cannot_be_written_to_is_named(comparison: RunComparison, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(StoreError, match=r"cannot write the comparison: .*out: Not a directory"):
        write_comparison(comparison, [], tmp_path / "file" / "out")
    with pytest.raises(StoreError, match="file is there already and is no comparison"):
        write_comparison(comparison, [], tmp_path / "file")
    with pytest.raises(StoreError, match=r"cannot write .*…x+: File name too long"):
        write_comparison(comparison, [], tmp_path / ("x" * 256))


def test_markup_in_names_stays_text(tmp_path: Path) -> None:
    machine = {"cpu_count": 4, "packages": {"django": HOSTILE}, "load_average": []}
    comparison = a_comparison(
        tmp_path, name=HOSTILE, id=HOSTILE, profile=HOSTILE, command=HOSTILE, status="failed", failure=HOSTILE,
        machine=machine,
    )  # fmt: skip
    page = write_comparison(comparison, judge_gates([parse_gate("throughput slower 5%")], comparison), tmp_path / "out")
    reader = _Reader()
    reader.feed(page.read_text())
    assert "script" not in reader.tags
    assert reader.text.count('<script>alert("x")</script>') > 20
    rows = [line for line in (tmp_path / "out" / "comparison.md").read_text().splitlines() if line.startswith("| ")]
    cells = [line for line in rows if "users |" in line or "poisson |" in line]
    assert len(cells) == 12
    assert all(len(re.findall(r"(?<!\\)\|", line)) == 10 for line in cells)
    assert all("<script" not in re.sub(r"\\<", "", line) for line in rows)


def test_a_name_on_the_page_turns_no_direction_and_has_no_control_characters(tmp_path: Path) -> None:
    sly = "a\u202eb\x1bc"
    comparison = a_comparison(tmp_path, name=sly, id=sly)
    alone = a_cell(server=sly, pattern=sly, style="alone")
    run = replace(comparison.others[0], only_in_new=(alone,))
    comparison = replace(comparison, base=replace(comparison.base, id=sly), others=(run, run))
    judged = judge_gates([parse_gate("throughput slower 5%")], comparison)
    text = write_comparison(comparison, judged, tmp_path / "out").read_text()
    shown = f'<bdi title="{sly}">ab c</bdi>'
    for beside in (
        "<title>djbench: runs compared with ab c</title>",
        f"<h1>Compared with {shown}</h1>",
        f"What else differs in {shown}</h2>",
        f"What was found: {shown}</h2>",
        f'<td class="name">{shown}</td><td class="name">2 users</td><td class="name" title="ab c">{shown}</td>',
        '<li dir="auto">alone on ab c, ab c, 2 users</li>',
    ):
        assert beside in text
    assert not re.search(f"<bdi>[^<]*{sly}", text)


def test_names_that_no_drawing_can_hold_are_drawn_without_their_signs_and_cut(tmp_path: Path) -> None:
    comparison = a_comparison(tmp_path, name="\x00\x1b\n" + "\u05d0\u05d1\u05d2 " * 3000, id="new" * 3000)
    page = write_comparison(comparison, [], tmp_path / "out")
    charts = list((page.parent / "charts").glob("*.svg"))
    assert {file.stem for file in charts} == {"ratios", "ratios-open"}
    for file in charts:
        ET.parse(file)
        assert file.stat().st_size < 500_000


def test_the_markdown_begins_with_the_verdicts_and_folds_its_table(page: Path) -> None:
    lines = (page.parent / "comparison.md").read_text().splitlines()
    assert lines[0] == "**djbench: new beside base**"
    at = [next(n for n, line in enumerate(lines) if line.startswith(text)) for text in (
        "Nothing else differs", "- Throughput and median latency of ", "| throughput slower 5% | **failed** |",
        "<details><summary>Every cell", "| pattern | load |",
    )]  # fmt: skip
    assert at == sorted(at)
    assert lines.count("</details>") == sum(line.startswith("<details>") for line in lines)


def test_a_comparison_without_a_single_ratio_is_written_too(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "r", {SYNC: []})
    comparison = compare_runs([read(directory), read(directory)])
    page = write_comparison(comparison, [], tmp_path / "out")
    assert "No cell has a throughput" in page.read_text()
    assert list((tmp_path / "out" / "charts").iterdir()) == []


def test_each_of_several_runs_has_a_chart_of_its_own(tmp_path: Path) -> None:
    runs = [a_directory(tmp_path / name, {SYNC: noisy(100, n)}, id=name) for n, name in enumerate("abc")]
    page = write_comparison(compare_runs([read(run) for run in runs]), [], tmp_path / "out")
    assert {file.name for file in (page.parent / "charts").glob("*.svg")} == {"ratios-1.svg", "ratios-2.svg"}


def test_a_comparison_is_called_by_its_runs_and_never_outside_of_its_folder(tmp_path: Path) -> None:
    def called(*ids: str) -> str:
        runs = [a_directory(tmp_path / str(hash(ids)) / str(n), {SYNC: [1.0]}, id=id_) for n, id_ in enumerate(ids)]
        return folder_name(compare_runs([read(run) for run in runs]))

    assert called("20260101-000000-quick", "20260102-000000-quick") == "20260101-000000-quick--20260102-000000-quick"
    hostile = called("../../etc", "a/b")
    assert re.fullmatch(r"-etc--a-b-[0-9a-f]{8}", hostile)
    assert called("..-..-etc", "a-b") != hostile
    assert len(called(*(f"{n}" * 60 for n in range(9)))) < 200


def test_a_scale_of_ratios_has_1_and_few_labels() -> None:
    for span in (0.12, 0.3, 1.0, 3.0, 9.0):
        ticks = ratio_ticks(span)
        assert 1 in ticks
        assert 3 <= len(ticks) <= 7
    assert ratio_ticks(0.12) == [0.9, 0.95, 1, 1.05, 1.1]


def test_cells_without_a_ratio_have_no_chart() -> None:
    assert ratio_chart([], {}, {}) is None
