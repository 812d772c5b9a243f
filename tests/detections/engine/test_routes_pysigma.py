"""Our routes against pySigma's pipelines, for every log source and field of SigmaHQ's Windows rules."""

import sys
from collections import defaultdict
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from sigma.exceptions import SigmaTransformationError
from sigma.processing.pipeline import ProcessingPipeline
from sigma.rule import SigmaDetection, SigmaDetectionItem, SigmaRule

from detections.engine.route import Route
from detections.engine.routes import routes

Source = frozenset[tuple[str, str]]
Conditions = dict[str, set[str]]
#: pySigma's condition fields and the columns that hold the same.
COLUMNS = {"Channel": "winlog.channel", "EventID": "event.code"}

#: Where we differ on purpose: (log source's name, what) → why.
DIFFERENCES = {
    ("ldap", "winlog.channel"): "pySigma knows it as ldap_debug only and would ask every Windows event",
    ("iis-configuration", "winlog.channel"): "unknown to pySigma, which would ask every Windows event",
    ("smbclient-connectivity", "winlog.channel"): "unknown to pySigma, which would ask every Windows event",
    ("smbserver-connectivity", "winlog.channel"): "unknown to pySigma, which would ask every Windows event",
    (
        "dns-client",
        "winlog.channel",
    ): "pySigma has the log's display name; its events carry DNS-Client/Operational",
    (
        "registry_event",
        "OperationType",
    ): "event logs hold the message's number (%%1905), pySigma its text alone",
    (
        "registry_set",
        "OperationType",
    ): "event logs hold the message's number (%%1905), pySigma its text alone",
    (
        "registry_add",
        "OperationType",
    ): "event logs hold the message's number (%%1904), pySigma its text alone",
    ("process_creation", "IntegrityLevel"): "4688 has it as MandatoryLabel, pySigma leaves Sysmon's name",
}
AUDITED = ("process_creation", "registry_event", "registry_set", "registry_add")


@pytest.fixture(scope="module")
def asked(corpus: Path) -> dict[Source, set[str]]:
    """The fields that the corpus' Windows rules ask for, by log source."""
    found: dict[Source, set[str]] = defaultdict(set)
    for path in (corpus / "sigma").glob("rules*/**/*.yml"):
        if "product: windows" not in (text := path.read_text("utf-8")):
            continue
        for rule in yaml.load_all(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            named = {k: v for k, v in rule.get("logsource", {}).items() if k != "definition"}
            if named.get("product") == "windows":
                found[frozenset(named.items())] |= fields(rule["detection"])
    return found


def fields(detection: Mapping[str, object]) -> set[str]:
    """The fields of a rule's selections, which are maps, or lists of maps or of keywords."""
    selections = [part for name, part in detection.items() if name != "condition"]
    maps = [one for part in selections for one in (part if isinstance(part, list) else [part])]
    names = (str(name).partition("|")[0] for one in maps if isinstance(one, dict) for name in one)
    return {name for name in names if name}


def piped(
    named: Mapping[str, str], asked: list[str], pipeline: ProcessingPipeline
) -> tuple[Conditions, list[str]]:
    """What a pipeline adds to a rule and how it calls the rule's fields."""
    rule = SigmaRule.from_dict(
        {
            "title": "x",
            "logsource": dict(named),
            "detection": {"sel": dict.fromkeys(asked, "x"), "condition": "sel"},
        }
    )
    pipeline.apply(rule)
    detections = rule.detection.detections
    conditions: Conditions = {}
    for item in (one for name, added in detections.items() if name != "sel" for one in items(added)):
        conditions[COLUMNS.get(str(item.field), str(item.field))] = {str(one).lower() for one in item.value}
    return conditions, [str(item.field) for item in items(detections["sel"])]


def items(detection: SigmaDetection) -> list[SigmaDetectionItem]:
    return [item for item in detection.detection_items if isinstance(item, SigmaDetectionItem)]


def differing(
    route: Route, named: Mapping[str, str], asked: list[str], pipeline: ProcessingPipeline
) -> set[tuple[str, str]]:
    conditions, names = piped(named, asked, pipeline)
    ours = {field: {value.lower() for value in values} for field, values in route.where.items()}
    what = {field for field in conditions.keys() | ours.keys() if conditions.get(field) != ours.get(field)}
    what |= {
        field for field, theirs in zip(asked, names, strict=True) if route.event_fields(field)[0] != theirs
    }
    return {(named.get("category") or named.get("service") or "", one) for one in what}


def pipelines() -> tuple[ProcessingPipeline, ProcessingPipeline]:
    """Sysmon's and the audit log's, of fresh modules: a conversion changes what pySigma's tables share."""
    for name in [name for name in sys.modules if name.startswith("sigma.pipelines")]:
        del sys.modules[name]
    windows = import_module("sigma.pipelines.windows.windows")
    sysmon = import_module("sigma.pipelines.sysmon.sysmon").sysmon_pipeline()
    audit = windows.windows_audit_pipeline()
    return sysmon + windows.windows_logsource_pipeline(), audit + windows.windows_logsource_pipeline()


def test_routes_say_what_the_pipelines_say(asked: dict[Source, set[str]]) -> None:
    sysmon, audit = pipelines()
    found: set[tuple[str, str]] = set()
    for source, wanted in asked.items():
        named, names = dict(source), sorted(wanted)
        windows = [route for route in routes(named) if route.kinds == {"windows"}]
        found |= differing(windows[0], named, names, sysmon)
        if named.get("category") in AUDITED:
            assert len(windows) == 2
            kept = [name for name in names if windows[1].carries({name})]
            found |= differing(windows[1], named, kept, audit)
            for name in set(names) - set(kept):
                with pytest.raises(SigmaTransformationError):
                    piped(named, [name], audit)
        else:
            assert len(windows) == 1
    assert len(asked) > 60
    assert sum(map(len, asked.values())) > 300
    assert found == DIFFERENCES.keys()
