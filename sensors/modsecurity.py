"""What ModSecurity writes into a server's error log: `ModSecurity: … [id "942100"] [msg "…"] [uri "/"]`.

Source: ModSecurity Reference Manual, "SecAuditLog", msc_log; libmodsecurity, RuleMessage::log.
"""

import re

from taishi.core.event import Json, Value

_FIELD = re.compile(r'\[([a-z_]+) "((?:[^"\\]|\\.)*)"\]')
_OUTCOMES = (("Access denied", "deny"), ("Warning", "alert"), ("Access allowed", "allow"))


def matched(message: str) -> tuple[dict[str, Value], dict[str, Json]]:
    """Columns of the alert, and what stands beside them; both empty where the message is another's."""
    begin = message.find("ModSecurity: ")
    if begin < 0:
        return {}, {}
    fields: dict[str, str] = {}
    tags: list[Json] = []
    for name, value in _FIELD.findall(message, begin):
        if name == "tag":
            tags.append(value)
        elif value:
            fields.setdefault(name, value)
    if "id" not in fields:
        return {}, {}
    said = message[begin + len("ModSecurity: ") :]
    row: dict[str, Value] = {
        "event.kind": "alert",
        "event.category": "intrusion_detection",
        "event.type": "indicator",
        "event.action": "waf-rule",
        "rule.id": fields["id"],
        "rule.name": fields.get("msg") or fields["id"],
    }
    beside: dict[str, Json] = {
        "url.original": fields.get("uri"),
        "modsecurity.action": next((action for words, action in _OUTCOMES if said.startswith(words)), None),
        "rule.ruleset": fields.get("ver"),
        "modsecurity.data": fields.get("data"),
        "modsecurity.severity": fields.get("severity"),
        "modsecurity.hostname": fields.get("hostname"),
        "modsecurity.unique_id": fields.get("unique_id"),
        "modsecurity.tags": tags,
    }
    return row, beside
