"""The outcomes of gates as JUnit XML, which CI systems show beside their tests. Pure."""

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from results.comparing.gates import GateOutcome, JudgedGate
from results.wording.names import cell_name, question_name
from results.wording.text import NOT_XML


def junit_xml(judged: Sequence[JudgedGate]) -> bytes:
    """A ``testsuite`` per gate and run, in it a ``testcase`` per cell.

    One for which the evidence does not suffice is skipped, or fails where that was asked for.
    """
    root = ET.Element("testsuites", {"name": "djbench compare", **_counts(judged)})
    suites: dict[tuple[str, str], list[JudgedGate]] = {}
    for ruling in judged:
        suites.setdefault((str(ruling.gate), ruling.run.run.id), []).append(ruling)
    for (gate, run), of_suite in suites.items():
        suite = ET.SubElement(root, "testsuite", {"name": _safe(f"{gate}: {run}"), **_counts(of_suite)})
        for ruling in of_suite:
            cell = ruling.cell
            case = ET.SubElement(
                suite,
                "testcase",
                classname=_safe(question_name(cell.pattern, cell.load, written=str)),
                name=_safe(f"{cell_name(cell, written=str)}: {gate}"),
                time="0",
            )
            if ruling.fails:
                failure = ET.SubElement(case, "failure", message=_safe(ruling.why), type=ruling.kind)
                name = cell_name(cell, question=True, written=str)
                failure.text = _safe(f"gate: {gate}\ncell: {name}\n{ruling.why}")
            elif ruling.outcome is GateOutcome.UNDECIDED:
                ET.SubElement(case, "skipped", message=_safe(f"undecided: {ruling.why}"))
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _counts(judged: Sequence[JudgedGate]) -> dict[str, str]:
    return {
        "tests": str(len(judged)),
        "failures": str(sum(ruling.fails for ruling in judged)),
        "errors": "0",
        "skipped": str(sum(ruling.outcome is GateOutcome.UNDECIDED and not ruling.fails for ruling in judged)),
        "time": "0",
    }


def _safe(text: str) -> str:
    return NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
