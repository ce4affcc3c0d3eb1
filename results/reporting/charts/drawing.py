"""From a figure to files and to what a page embeds."""

import io
import math
import textwrap
import warnings
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import matplotlib as mpl
from markupsafe import Markup
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from djbench.load import KINDS, Load
from results.records.store import replacing
from results.reporting.charts.marks import INK, Hints
from results.wording.text import NOT_XML

_SVG, _XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
ET.register_namespace("", _SVG)
ET.register_namespace("xlink", _XLINK)
_PAPER = "paper"
# What each chart is written as.
_FORMATS = (".png", ".svg")
_TITLE_LETTERS_PER_INCH = 9.2
# A picture of so many pixels takes 64 MB while it is drawn, a few times; beyond the largest side matplotlib gives up.
_DPI, _MOST_PIXELS, _LARGEST_SIDE = 110, 16e6, 60_000
# Half the time for a few more bytes.
_PNG = {"compress_level": 3}
_TITLE_AT, _LINE_INCHES = 0.1, 0.21
_TITLE_FONT: dict[str, Any] = {"fontsize": 12, "fontweight": "bold"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A chart that was drawn."""

    #: The name of its files.
    name: str
    #: The finding.
    title: str
    #: The element to stand in a page.
    svg: Markup


def save(figure: Figure, name: str, title: str, hints: Hints, folder: Path) -> Chart:
    """Write NAME.png and NAME.svg, with the title above, into the folder; the same figure gives the same files."""
    for patch in (figure.patch, *(panel.patch for panel in figure.axes)):
        patch.set_gid(_PAPER)
    buffer = io.BytesIO()
    width, height = figure.get_size_inches()
    lines = textwrap.wrap(NOT_XML.sub("", title), round(width * _TITLE_LETTERS_PER_INCH)) or [""]
    # A name can have letters that the font lacks; the SVG's reader has others.
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from", category=UserWarning)
        # A fixed salt and no date: the same run gives the same file.
        with mpl.rc_context({"svg.hashsalt": name, "svg.fonttype": "none"}):
            figure.savefig(buffer, format="svg", metadata={"Date": None})
        heading = figure.text(
            _TITLE_AT / width, 1 + 0.06 / height, "\n".join(map(_drawable, lines)), **_TITLE_FONT, va="bottom"
        )
        heading.set_parse_math(False)
        whole = Bbox([[0, 0], [width, height + _title_inches(lines)]])
        with replacing(folder / f"{name}.png") as partial:
            figure.savefig(partial, format="png", dpi=_dpi(whole), bbox_inches=whole, pil_kwargs=_PNG)
    root = ET.fromstring(buffer.getvalue())  # noqa: S314 - written by matplotlib a moment ago
    with replacing(folder / f"{name}.svg") as partial:
        partial.write_bytes(_with_title(root, lines))
    root = ET.fromstring(buffer.getvalue())  # noqa: S314 - the same
    return Chart(name=name, title=title, svg=_embedded(root, title, hints.texts))


# What follows the name of a chart that there is for each kind of load, as a regular expression.
OF_KIND = rf"(?:-(?:{'|'.join(KINDS)}))?"


def chart_name(name: str, load: Load) -> str:
    """The name of a chart that there is for each kind of load: closed load has the plain one."""
    return name if load.throughput_tells else f"{name}-{load.kind}"


def remove_stale(folder: Path, ours: Callable[[str], bool], drawn: Container[str]) -> None:
    """Remove charts that an earlier report drew into the folder and this one has not. Other files are the reader's.

    ours: Is that the name of a chart that a report can draw? drawn: the names of those that this one has.
    """
    for file in folder.iterdir():
        if file.suffix in _FORMATS and ours(file.stem) and file.stem not in drawn:
            file.unlink()


def _drawable(text: str) -> str:
    """Text without signs that have no shape, such as those that isolate a name."""
    return "".join(sign for sign in text if sign.isprintable())


def _dpi(whole: Bbox) -> float:
    """As fine as the others, or as its size allows."""
    return min(_DPI, math.sqrt(_MOST_PIXELS / (whole.width * whole.height)), _LARGEST_SIDE / max(whole.size))


def _title_inches(lines: Sequence[str]) -> float:
    return 0.14 + _LINE_INCHES * len(lines)


def _with_title(root: ET.Element, lines: Sequence[str]) -> bytes:
    """The drawing as a file of its own, with the title over it: on paper that is so much higher, in points."""
    width, height = (float(size) for size in root.get("viewBox", "0 0 0 0").split()[2:])
    more = 72 * _title_inches(lines)
    root.set("viewBox", f"0 {-more:g} {width:g} {height + more:g}")
    root.set("height", f"{height + more:g}pt")
    paper = {"x": "0", "y": f"{-more:g}", "width": f"{width:g}", "height": f"{more + 1:g}", "fill": "#ffffff"}
    root.insert(0, ET.Element(f"{{{_SVG}}}rect", paper))
    for number, line in enumerate(reversed(lines)):
        place = {"x": f"{72 * _TITLE_AT:g}", "y": f"{-72 * (0.1 + _LINE_INCHES * number):g}"}
        text = ET.SubElement(root, f"{{{_SVG}}}text", place | {"style": "font: bold 12px 'DejaVu Sans', sans-serif"})
        text.text = line
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _marks(group: ET.Element, texts: str | list[str]) -> list[tuple[ET.Element, str]]:
    """Each mark of a group with what it says: the group itself, or the markers of its line."""
    if isinstance(texts, str):
        return [(group, texts)]
    return list(zip(group.findall(f".//{{{_SVG}}}use"), texts, strict=True)) if texts else []


def _embedded(root: ET.Element, title: str, hints: Mapping[str, str | list[str]]) -> Markup:
    """The drawing as an element of a page: in the page's ink, with hints as the titles of their marks.

    Names in it are text: they are parsed from what matplotlib escaped, and escaped again.
    """
    for parent in root.iter():
        for child in list(parent):
            if child.tag in (f"{{{_SVG}}}metadata", f"{{{_SVG}}}style") or child.get("id") == _PAPER:
                parent.remove(child)
    for element in root.iter():
        if (style := element.get("style")) and INK in style:
            element.set("style", style.replace(INK, "currentColor"))
        if element.tag == f"{{{_SVG}}}g" and (identity := element.get("id")):
            # Matplotlib names its groups alike in every drawing; a page's names are there once.
            del element.attrib["id"]
            for mark, text in _marks(element, hints.get(identity, [])):
                hint = ET.Element(f"{{{_SVG}}}title")
                hint.text = NOT_XML.sub("", text)
                mark.insert(0, hint)
    root.attrib.pop("version", None)
    root.set("class", "chart")
    root.set("role", "img")
    root.set("aria-label", NOT_XML.sub("", title))
    return Markup(ET.tostring(root, encoding="unicode"))  # noqa: S704 - escaped by ElementTree
