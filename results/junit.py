"""The outcomes of gates as JUnit XML, which CI systems show beside their tests. Pure."""

import re
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from results.gates import Judged, Outcome

# What XML 1.0 has no way to hold, escaped or not (section 2.2, Characters).
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_xml(judged: Sequence[Judged]) -> bytes:
    """A ``testsuite`` per gate and run, in it a ``testcase`` per cell, skipped where the evidence does not suffice."""
    root = ET.Element("testsuites", {"name": "djbench compare", **_counts(judged)})
    suites: dict[tuple[str, str], list[Judged]] = {}
    for each in judged:
        suites.setdefault((str(each.gate), each.run.run.id), []).append(each)
    for (gate, run), of_suite in suites.items():
        suite = ET.SubElement(root, "testsuite", {"name": _safe(f"{gate}: {run}"), **_counts(of_suite)})
        for each in of_suite:
            cell = each.change.cell
            case = ET.SubElement(
                suite,
                "testcase",
                classname=_safe(f"{cell.pattern}, {cell.load}"),
                name=_safe(f"{cell.style} on {cell.server}: {gate}"),
                time="0",
            )
            if each.outcome is Outcome.FAILED:
                failure = ET.SubElement(case, "failure", message=_safe(each.why), type=_type(each))
                failure.text = _safe(
                    f"gate: {gate}\ncell: {cell.pattern}, {cell.load}, {cell.style} on {cell.server}\n{each.why}"
                )
            elif each.outcome is Outcome.UNDECIDED:
                ET.SubElement(case, "skipped", message=_safe(f"undecided: {each.why}"))
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _type(each: Judged) -> str:
    """Which kind of failure: worse than allowed, or no number any more."""
    return each.change.new.status if each.change.lost else each.gate.quantity.worse


def _counts(judged: Sequence[Judged]) -> dict[str, str]:
    outcomes = [each.outcome for each in judged]
    return {
        "tests": str(len(outcomes)),
        "failures": str(outcomes.count(Outcome.FAILED)),
        "errors": "0",
        "skipped": str(outcomes.count(Outcome.UNDECIDED)),
        "time": "0",
    }


def _safe(text: str) -> str:
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", text)
