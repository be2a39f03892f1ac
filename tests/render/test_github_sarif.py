"""Findings for GitHub and for code-scanning tools."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from tests.render import strategies

from batchfirst.diagnosis.codes import CATALOGUE, finding
from batchfirst.model.finding import Edit, Finding, Fix, Location
from batchfirst.model.report import Report
from batchfirst.render.github import github_command, github_commands
from batchfirst.render.plain import render_finding
from batchfirst.render.report import report_sarif
from batchfirst.render.sarif import findings_to_sarif
from batchfirst.render.sarif_fingerprints import line_hashes


def test_a_workflow_command_names_the_place_and_carries_the_whole_finding(swapped: Finding) -> None:
    command = github_command(swapped)
    head, _, message = command.removeprefix("::error ").partition("::")
    assert head == "file=train.py,line=41,col=36,endColumn=36,title=BF101 batch-seq-swapped"
    assert message.replace("%0A", "\n").replace("%25", "%") == render_finding(swapped)
    assert "\n" not in command


def test_nothing_in_a_finding_ends_the_command_early() -> None:
    command = github_command(
        finding("BF209", "100% of it\n::error::x", location=Location("/a,b:c/50%\nx.py", 1), severity="note")
    )
    assert command.startswith("::notice file=/a%2Cb%3Ac/50%25%0Ax.py,line=1,title=BF209 state-random::note[BF209]: 1")
    assert "\n" not in command


def test_one_command_a_line() -> None:
    assert len(github_commands([finding("BF101"), finding("BF002")]).splitlines()) == 2


def test_a_sarif_log(swapped: Finding, source: Callable[..., str]) -> None:
    source(12, "        self.lstm = nn.LSTM(8, 16)", "model.py")
    bare = finding("BF209")
    log = json.loads(findings_to_sarif([swapped, bare, swapped], version="1.2.3"))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    assert run["tool"]["driver"]["version"] == "1.2.3"
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["BF101", "BF209"]
    first, second, third = run["results"]
    assert (first["ruleIndex"], first["level"], second["ruleIndex"], second["level"]) == (0, "error", 1, "note")
    assert first["message"]["text"].startswith("LSTM reads the batch axis as time\n")
    assert first["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "train.py", "uriBaseId": "%SRCROOT%"},
                "region": {"startLine": 41, "startColumn": 36, "endColumn": 37},
            },
            "logicalLocations": [
                {"fullyQualifiedName": "train_step", "kind": "function"},
                {"fullyQualifiedName": "encoder.lstm", "kind": "module"},
            ],
        }
    ]
    (change,) = first["fixes"][0]["artifactChanges"]
    assert change["replacements"] == [
        {
            "deletedRegion": {"startLine": 12, "startColumn": 21, "endColumn": 35},
            "insertedContent": {"text": "nn.LSTM(8, 16, batch_first=True)"},
        }
    ]
    assert first["partialFingerprints"] == third["partialFingerprints"]
    assert set(second) == {"ruleId", "ruleIndex", "level", "message"}


def test_a_fingerprint_follows_a_line_that_moved(swapped: Finding, source: Callable[..., str]) -> None:
    def fingerprint(found: Finding) -> str:
        return str(json.loads(findings_to_sarif([found], version="1"))["runs"][0]["results"][0]["partialFingerprints"])

    before = fingerprint(swapped)
    assert swapped.location is not None
    source(52, "    out, (h_n, c_n) = self.encoder(x)")
    assert fingerprint(replace(swapped, location=replace(swapped.location, line=52))) == before
    assert fingerprint(replace(swapped, code="BF102")) != before


def test_an_edit_that_is_not_in_the_source_is_told_in_words_only(source: Callable[..., str]) -> None:
    model = source(3, "y = f(x) + f(x)", "with blank.py")
    for before in ("g(x)", "f(x)", ""):
        at = Location(model, 3)
        found = finding("BF401", location=at, fix=Fix("so", (Edit(at, before, "h(x)"),)))
        (result,) = json.loads(findings_to_sarif([found], version="1"))["runs"][0]["results"]
        assert "fixes" not in result
        assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "with%20blank.py"


def test_a_file_elsewhere_has_an_absolute_address() -> None:
    found = finding("BF401", location=Location("/else where/model.py", 3))
    (result,) = json.loads(findings_to_sarif([found], version="1"))["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "file:///else%20where/model.py"}


# --- against the standard, and against what GitHub asks for ------------------------------------------------------

STANDARD = jsonschema.Draft7Validator(
    json.loads((Path(__file__).parent / "sarif-schema-2.1.0.json").read_text(encoding="utf-8"))
)


def _checked(text: str) -> dict[str, Any]:
    """The run of a log, once it has been found to hold by the standard's schema and by what the schema cannot say."""
    log = json.loads(text)
    STANDARD.validate(log)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        for place in result.get("locations", ()):
            physical = place["physicalLocation"]
            _inside(physical["artifactLocation"], physical["region"], run)
        for fix in result.get("fixes", ()):
            for change in fix["artifactChanges"]:
                for replacement in change["replacements"]:
                    _inside(change["artifactLocation"], replacement["deletedRegion"], run)
    return dict(run)


def _inside(artifact: dict[str, str], region: dict[str, int], run: dict[str, Any]) -> None:
    """The address is one, and the region lies in the file where there is one."""
    base = run["originalUriBaseIds"][artifact["uriBaseId"]]["uri"] if "uriBaseId" in artifact else ""
    address = urlsplit(urljoin(base, artifact["uri"]))
    assert address.scheme == "file"
    assert re.fullmatch(r"[!-~]*", artifact["uri"]), "no blank, nothing but ASCII"
    assert 1 <= region.get("startColumn", 1) <= region.get("endColumn", 10**9)
    file = unquote(address.path, errors="surrogateescape")
    if "\0" in file or not os.path.isfile(file):
        return
    lines = Path(file).read_text(encoding="utf-8").splitlines()
    assert region["startLine"] <= len(lines)
    assert region.get("endColumn", 1) <= len(lines[region["startLine"] - 1]) + 1


def test_a_log_follows_the_standard(swapped: Finding, source: Callable[..., str]) -> None:
    source(12, "        self.lstm = nn.LSTM(8, 16)", "model.py")
    train = source(41, "    out, (h_n, c_n) = self.encoder(x)")
    whole_line = finding("BF601", location=Location(train, 41))
    outside = finding("BF601", location=Location(train, 41, "", 400, 410))
    run = _checked(findings_to_sarif([swapped, whole_line, outside], version="1", title="pytest a/b", remarks=["why"]))
    assert run["automationDetails"] == {"id": "batchfirst/pytest a/b/"}
    assert run["invocations"] == [
        {"executionSuccessful": True, "toolExecutionNotifications": [{"level": "note", "message": {"text": "why"}}]}
    ]
    regions = [result["locations"][0]["physicalLocation"]["region"] for result in run["results"]]
    assert regions[1] == regions[2] == {"startLine": 41, "startColumn": 5, "endColumn": 38}


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(strategies.reports())
def test_any_log_follows_the_standard(report: Report) -> None:
    run = _checked(report_sarif(report, "1.2.3"))
    assert len(run["results"]) == len(report.findings)


def test_every_rule_is_explained_as_github_shows_it() -> None:
    run = _checked(findings_to_sarif([finding(code) for code in CATALOGUE], version="1"))
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(CATALOGUE)
    for rule in rules:
        entry = CATALOGUE[rule["id"]]
        assert (rule["name"], rule["shortDescription"]) == (entry.slug, {"text": entry.summary})
        assert rule["defaultConfiguration"] == {"level": entry.severity}
        assert 40 < len(rule["fullDescription"]["text"]) <= 1024
        assert "\n" not in rule["fullDescription"]["text"]
        assert rule["help"]["markdown"].startswith(f"# {entry.code} {entry.slug}\n")
        assert rule["help"]["text"].startswith(f"{entry.code} {entry.slug}\n===")
        assert rule["properties"]["problem.severity"] in ("error", "warning", "recommendation")
        assert len(rule["properties"]["tags"]) == 3


def test_a_code_of_a_later_version_is_told_by_its_finding() -> None:
    later = replace(finding("BF101", "a mistake of tomorrow"), code="BF999", slug="tomorrow")
    (rule,) = _checked(findings_to_sarif([later], version="1"))["tool"]["driver"]["rules"]
    assert (rule["id"], rule["name"], rule["help"]["text"]) == ("BF999", "tomorrow", "a mistake of tomorrow")


@pytest.mark.parametrize(
    ("text", "hashes"),
    [
        ("", ["c129715d7a2bc9a3"]),
        (" a\nb\n  \t\tc\n d", ["271789c17abda88f", "54703d4cd895b18", "180aee12dab6264", "a23a3dc5e078b07b"]),
        (
            " hello; \t\nworld!!!\r\r\n\n  \t\tGreetings\r End\n",
            ["e9496ae3ebfced30", "fb7c023a8b9ccb3f", "ce8ba1a563dcdaca", "e20e36e16fcb0cc8", "b3edc88f2938467e",
             "c8e28b0b4002a3a0", "c129715d7a2bc9a3"],
        ),
    ],
)  # fmt: skip
def test_github_counts_the_lines_fingerprint_in_the_same_way(text: str, hashes: list[str]) -> None:
    """Values from the tests of github/codeql-action, src/fingerprints.test.ts."""
    assert line_hashes(text) == [f"{one}:1" for one in hashes]


def test_the_same_line_twice_has_two_fingerprints(source: Callable[..., str]) -> None:
    same = "x = lstm(x)" + " # " + "long " * 40
    file = source(1, f"{same}\n{same}")
    found = [finding("BF101", location=Location(file, line)) for line in (1, 2, 3)]
    results = _checked(findings_to_sarif(found[:2], version="1"))["results"]
    hashes = [result["partialFingerprints"]["primaryLocationLineHash"] for result in results]
    assert hashes == [line_hashes(f"{same}\n{same}\n")[line] for line in (0, 1)]
    assert [one.partition(":")[2] for one in hashes] == ["1", "2"]


# --- GitHub's commands -------------------------------------------------------------------------------------------


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(strategies.findings)
def test_any_finding_is_one_command_that_reads_back(found: Finding) -> None:
    """Read as GitHub's runner reads them: https://github.com/actions/toolkit, packages/core/src/command.ts."""
    command = github_command(found)
    assert not set(command) & set("\n\r")
    match = re.fullmatch(r"::(error|warning|notice) ([^:]*)::(.*)", command)
    assert match is not None
    data = match[3].replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
    assert data == render_finding(found)
    properties = dict(part.split("=", 1) for part in match[2].split(","))
    assert properties["title"] == f"{found.code} {found.slug}"
    if found.location is not None:
        file = properties["file"]
        for told, meant in (("%2C", ","), ("%3A", ":"), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
            file = file.replace(told, meant)
        assert file == found.location.file
        assert int(properties["line"]) == found.location.line
