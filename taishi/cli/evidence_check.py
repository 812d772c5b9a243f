"""`taishi verify FILE.zip`: an evidence file, checked by itself or against the data it was made from."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from taishi.app.evidence_file.against_data import data_problems
from taishi.app.evidence_file.checking import Checked, check_file
from taishi.cli.data import desk
from taishi.cli.output import print_json
from taishi.core.clock import rfc3339
from taishi.core.problems import Problem
from taishi.core.text import Text

#: What a check that was not asked for leaves open.
_NOT_COMPARED = Text(
    "证书是否确属发函单位（用 --certificate 或核对指纹）",
    "that the certificate is the bureau's (use --certificate, or compare the fingerprint)",
)
_NOT_WITH_DATA = Text(
    "所列记录是否在系统的审计链中、有无遗漏（由持有数据者用 --with-data）",
    "that the lines stand in the system's audit chain and none was left out (who has the data: --with-data)",
)
_NEVER = Text("制作的时间、事件入库之前的真实性", "when it was made; what an event was before it was stored")


def run_check(args: argparse.Namespace) -> int:
    checked = check_file(args.file, _held(args.certificate))
    problems = list(checked.problems)
    against = args.with_data and not problems
    if against:
        with desk(args) as found:
            problems += data_problems(checked, found.state, found.seal.fingerprint)
    unproved = [_NEVER]
    if not checked.known:
        unproved.append(_NOT_COMPARED)
    if not against:
        unproved.append(_NOT_WITH_DATA)
    if args.json:
        print_json(_document(checked, problems, unproved))
    else:
        _print(checked, problems, unproved)
    return 1 if problems else 0


def _held(path: Path | None) -> bytes | None:
    try:
        return None if path is None else path.read_bytes()
    except OSError as error:
        raise Problem(f"--certificate {path}: {error.strerror}") from None


def _document(
    checked: Checked, problems: Sequence[tuple[str, Text]], unproved: Sequence[Text]
) -> dict[str, object]:
    manifest = checked.manifest
    return {
        "ok": not problems,
        "letter": manifest.letter if manifest else None,
        "number": manifest.number if manifest else None,
        "unit": manifest.unit if manifest else None,
        "made_at": rfc3339(manifest.made_at) if manifest else None,
        "parts": len(manifest.parts) if manifest else 0,
        "certificate": {"sha256": checked.certificate, "subject": checked.subject, "known": checked.known},
        "problems": [{"part": name, "what": said.en} for name, said in problems],
        "missing_events": manifest.missing_events if manifest else (),
        "lacking": [said.en for said in manifest.lacking] if manifest else [],
        "not_proved": [said.en for said in unproved],
    }


def _print(checked: Checked, problems: Sequence[tuple[str, Text]], unproved: Sequence[Text]) -> None:
    for name, said in problems:
        print(f"! {name}: {said.zh} / {said.en}")
    manifest = checked.manifest
    if manifest:
        print(f"{manifest.number}  {manifest.unit}  {len(manifest.parts)} parts  {rfc3339(manifest.made_at)}")
        for lacking in manifest.lacking:
            print(f"- {lacking.zh} / {lacking.en}")
        if manifest.missing_events:
            print(f"- 已不在库中的事件 / events no longer stored: {len(manifest.missing_events)}")
    if checked.certificate:
        print(f"系统签章 / seal: {checked.subject}  SHA-256 {checked.certificate}")
    for said in unproved:
        print(f"未证明 / not proved: {said.zh} / {said.en}")
    print("完整 / whole" if not problems else f"{len(problems)} 处问题 / problems")
