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
    for each in judged:
        suites.setdefault((str(each.gate), each.run.run.id), []).append(each)
    for (gate, run), of_suite in suites.items():
        suite = ET.SubElement(root, "testsuite", {"name": _safe(f"{gate}: {run}"), **_counts(of_suite)})
        for each in of_suite:
            cell = each.cell
            case = ET.SubElement(
                suite,
                "testcase",
                classname=_safe(question_name(cell.pattern, cell.load, written=str)),
                name=_safe(f"{cell_name(cell, written=str)}: {gate}"),
                time="0",
            )
            if each.fails:
                failure = ET.SubElement(case, "failure", message=_safe(each.why), type=each.kind)
                name = cell_name(cell, question=True, written=str)
                failure.text = _safe(f"gate: {gate}\ncell: {name}\n{each.why}")
            elif each.outcome is GateOutcome.UNDECIDED:
                ET.SubElement(case, "skipped", message=_safe(f"undecided: {each.why}"))
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _counts(judged: Sequence[JudgedGate]) -> dict[str, str]:
    return {
        "tests": str(len(judged)),
        "failures": str(sum(each.fails for each in judged)),
        "errors": "0",
        "skipped": str(sum(each.outcome is GateOutcome.UNDECIDED and not each.fails for each in judged)),
        "time": "0",
    }


def _safe(text: str) -> str:
    return NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
