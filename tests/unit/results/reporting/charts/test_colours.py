"""The colours of servers: one for each, apart from each other for colour-blind eyes too, and seen on every paper."""

from collections.abc import Collection
from functools import cache
from itertools import combinations, product

import numpy as np
import pytest

from results.records.schema import Run, ServerFacts
from results.reporting.charts.marks import PALETTE, colours
from runners.servers.registry import SERVERS
from tests.unit.runs import a_run

# Linear sRGB as it is seen without red and without green cones: Machado, Oliveira & Fernandes, "A physiologically-based
# model for simulation of color vision deficiency" (2009), severity 1.0; and as it is.
SEEN = {
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "all cones": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
}
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
PAPERS = {"light": "#ffffff", "dark": "#14171b"}


def linear(colour: str) -> "np.ndarray":
    values = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def lab(rgb: "np.ndarray") -> "np.ndarray":
    """CIE 1976 L*a*b* under D65."""
    relative = TO_XYZ @ np.clip(rgb, 0, 1) / TO_XYZ.sum(axis=1)
    x, y, z = np.where(relative > 216 / 24389, np.cbrt(relative), (24389 / 27 * relative + 16) / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((float(TO_XYZ[1] @ linear(colour)) for colour in (one, other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


REGISTERED = {name: server.colour for name, server in SERVERS.items()}
OF_STRANGERS = {f"number {place}": colour for place, colour in enumerate(PALETTE)}
TABLES = {"the registry": REGISTERED, "the palette for strangers": OF_STRANGERS}


def a_record(**of_servers: str) -> Run:
    return a_run((), 0, servers={name: ServerFacts(colour=colour) for name, colour in of_servers.items()})


OURS = a_record(**REGISTERED)


def test_every_server_has_a_colour_of_its_own() -> None:
    assert colours(SERVERS, OURS) == REGISTERED
    assert len(set(REGISTERED.values())) == len(SERVERS)


@cache
def as_seen(colour: str, cones: str) -> "np.ndarray":
    """The colour in L*a*b* as it is seen with these cones."""
    return lab(np.array(SEEN[cones]) @ linear(colour))


def distance(one: str, other: str, cones: str) -> float:
    """How far apart two colours are in CIE 1976 L*a*b*, seen with these cones."""
    return float(np.linalg.norm(as_seen(one, cones) - as_seen(other, cones)))


def roomiest(taken: Collection[str]) -> str:
    """Of the colours that every paper shows, the one that is furthest from those that are taken."""
    steps = range(0, 256, 25)
    candidates = (f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in product(steps, repeat=3))
    legible = [colour for colour in candidates if all(contrast(colour, paper) >= 3 for paper in PAPERS.values())]
    return max(legible, key=lambda colour: min(distance(colour, other, cones) for other in taken for cones in SEEN))


# The palette is as far apart as so many colours can be. The registry grows: one more leaves less room.
@pytest.mark.parametrize(
    ("table", "cones", "minimum"),
    [
        ("the palette for strangers", "protanopia", 13.6),
        ("the palette for strangers", "deuteranopia", 13.6),
        ("the palette for strangers", "all cones", 23),
        ("the registry", "protanopia", 10),
        ("the registry", "deuteranopia", 10),
        ("the registry", "all cones", 18),
    ],
)
def test_no_two_look_alike(table: str, cones: str, minimum: float) -> None:
    of_table = TABLES[table]
    nearest = min(combinations(of_table, 2), key=lambda pair: distance(of_table[pair[0]], of_table[pair[1]], cones))
    apart = distance(of_table[nearest[0]], of_table[nearest[1]], cones)
    assert apart >= minimum, f"{nearest}; this colour would be apart from all: {roomiest(of_table.values())}"


def test_a_new_server_finds_a_colour_that_is_apart_from_all() -> None:
    colour = roomiest(REGISTERED.values())
    for cones, minimum in (("protanopia", 10), ("deuteranopia", 10), ("all cones", 18)):
        assert min(distance(colour, other, cones) for other in REGISTERED.values()) >= minimum


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("paper", PAPERS)
def test_each_is_seen_on(table: str, paper: str) -> None:
    of_table = TABLES[table]
    faintest = min(of_table, key=lambda name: contrast(of_table[name], PAPERS[paper]))
    assert contrast(of_table[faintest], PAPERS[paper]) >= 3, faintest


def test_a_server_has_its_colour_whoever_else_is_there() -> None:
    alone = colours(["uvicorn:workers=2"], OURS)
    among = colours(["daphne", "mine.toml:a=1", "uvicorn:workers=1", "uvicorn:workers=4"], OURS)
    assert alone["uvicorn"] == among["uvicorn"] == "#0072b2"
    assert len(set(among.values())) == len(among) == 3


def test_strangers_have_colours_of_their_own_as_far_as_there_are_some() -> None:
    assert len(set(colours([f"server{number}" for number in range(17)]).values())) == 17
    assert len(colours([*SERVERS, "mine.toml"], OURS)) == len(SERVERS) + 1
    recorded = a_record(uvicorn=PALETTE[0])
    assert colours(["mine.toml", "uvicorn"], recorded) == {"mine.toml": PALETTE[1], "uvicorn": PALETTE[0]}


def test_of_several_runs_the_first_that_names_a_colour_counts() -> None:
    runs = (a_record(waitress=""), a_record(waitress="#123456"), a_record(waitress="#654321"))
    assert colours(["waitress:threads=4"], *runs) == {"waitress": "#123456"}


@pytest.mark.parametrize("colour", ["red", "#0072b2;x", "url(//example.org)", "#0072B"])
def test_what_is_no_colour_in_a_record_gets_into_no_chart(colour: str) -> None:
    assert colours(["waitress"], a_record(waitress=colour)) == {"waitress": PALETTE[0]}
