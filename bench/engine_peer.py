"""The peer of the engine's figures: rsigma-eval, built from the crate registry, and how it is asked.

Its log sources come from pySigma's own tables (sysmon and windows pipelines), not from ours, so that
routing is compared as well.
"""

import json
import subprocess
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Required, TypedDict, cast

from sigma.pipelines.common import windows_logsource_mapping
from sigma.pipelines.sysmon.sysmon import sysmon_generic_logsource_eventid_mapping
from sigma.pipelines.windows.windows import (
    generic_logsource_to_windows_audit_event_mapping,
    windows_audit_registry_categories,
    windows_audit_registry_fieldmappings,
    windows_audit_registry_unsupported_fields,
    windows_generic_category_channel_mapping,
)

FOLDER = Path(__file__).parent / "peer"
#: pySigma keeps this mapping inside its windows_audit_pipeline.
_AUDIT_FIELDS = {
    "Image": "NewProcessName",
    "ParentImage": "ParentProcessName",
    "Details": "NewValue",
    "LogonId": "SubjectLogonId",
}
# pySigma annotates it with ast.Dict.
_AUDITED = cast(Mapping[str, Mapping[str, object]], generic_logsource_to_windows_audit_event_mapping)


class Peer(TypedDict, total=False):
    """What the harness prints: counts, and CPU-seconds by stage."""

    strategy: Required[str]
    events: Required[int]
    hits: Required[int]
    damaged: int
    rules: dict[str, object]
    cpu: Required[dict[str, float]]
    peak_rss_kib: Required[int]


class Source(TypedDict, total=False):
    """One log source an event belongs to; `pipeline` and `lacking`: how rules are rewritten to fit there."""

    product: str
    service: str
    category: str
    pipeline: dict[str, object]
    lacking: list[str]


def build(features: Sequence[str] = ()) -> Path:
    """The harness, built for release. Raises CalledProcessError where cargo cannot build it."""
    command = ["cargo", "build", "--release", "--locked", "--quiet"]
    if features:
        command += ["--features", ",".join(features), "--target-dir", f"target/{'-'.join(features)}"]
    subprocess.run(command, cwd=FOLDER, check=True)  # noqa: S603 - fixed program and arguments
    return FOLDER / "target" / "-".join(features) / "release" / "peer"


def ask(
    program: Path,
    rules: Sequence[Path],
    routes: Path,
    events: Path,
    *options: str,
    pairs: Path | None = None,
) -> Peer:
    """Runs the harness once over flat lines."""
    command = [str(program), "--routes", str(routes), "--events", str(events), *options, "--rules"]
    command += map(str, rules)
    if pairs:
        command += ["--pairs", str(pairs)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - ours
    return cast(Peer, json.loads(done.stdout))


def pairs_of(path: Path) -> Iterator[tuple[int, str]]:
    """Line number (from zero) and rule id of every hit the harness wrote."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            number, _, rule = line.rstrip("\n").partition("\t")
            yield int(number), rule


def write_routes(path: Path) -> None:
    """The table the harness routes by: channel and event id to log sources."""
    table: list[dict[str, object]] = [{"sources": [{"product": "windows"}]}]
    for channel, service in _services():
        plain: Source = {"product": "windows", "service": service}
        table.append({"channel": channel, "sources": [plain]})
        for code, sources in _categories(service).items():
            table.append({"channel": channel, "event_id": code, "sources": [plain, *sources]})
    path.write_text(json.dumps(table, indent=1) + "\n", "utf-8")


def _services() -> Iterator[tuple[str, str]]:
    """Every channel with its service."""
    mapping = cast(Mapping[str, str | list[str]], windows_logsource_mapping)
    for service, channels in mapping.items():
        for channel in channels if isinstance(channels, list) else [channels]:
            yield channel, service


def _categories(service: str) -> dict[int, list[Source]]:
    """Event ids of a service that are generic categories as well."""
    found: dict[int, list[Source]] = defaultdict(list)
    if service == "sysmon":
        for category, codes in sysmon_generic_logsource_eventid_mapping.items():
            for code in codes if isinstance(codes, list) else [codes]:
                found[cast(int, code)].append(
                    {"product": "windows", "service": service, "category": category}
                )
    for category, told in windows_generic_category_channel_mapping.items():
        if told["service"] == service:
            source: Source = {"product": "windows", "service": service, "category": category}
            found[int(str(told["EventID"]))].append(source)
    if service == "security":
        for category, audited in _AUDITED.items():
            found[int(str(audited["EventID"]))].append(_audited(category, audited))
    return found


def _audited(category: str, told: Mapping[str, object]) -> Source:
    """A category of Sysmon's as the Security log shows it: other field names, some of them lacking."""
    registry = category in windows_audit_registry_categories
    fields = {**_AUDIT_FIELDS, **(windows_audit_registry_fieldmappings if registry else {})}
    items: list[dict[str, object]] = [{"type": "field_name_mapping", "mapping": fields}]
    demanded = {name: value for name, value in told.items() if name != "EventID"}
    if demanded:
        items.append({"type": "add_condition", "conditions": demanded})
    return {
        "product": "windows",
        "category": category,
        "pipeline": {"name": f"audit {category}", "priority": 10, "transformations": items},
        "lacking": list(windows_audit_registry_unsupported_fields) if registry else [],
    }
