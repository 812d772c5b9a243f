"""What the register itself lacks, and how its records are told to people."""

from datetime import date, datetime

from taishi.core.clock import rfc3339
from taishi.core.records import Asset, Unit
from taishi.core.text import Text

#: Named contacts a unit needs beside its head (district rules for the extranet, 新邵 2016).
LEAST_CONTACTS = 2


def unit_warnings(unit: Unit) -> list[Text]:
    """The unit is responsible for its own network: its head answers, at least two people can be called."""
    found = []
    if unit.head is None:
        found.append(Text("未登记单位负责人（第一责任人）", "no head registered"))
    if len(unit.contacts) < LEAST_CONTACTS:
        found.append(
            Text(
                f"联系人 {len(unit.contacts)} 名，至少应有 {LEAST_CONTACTS} 名",
                f"{len(unit.contacts)} contacts of {LEAST_CONTACTS} needed",
            )
        )
    return found


def masked(phone: str | None) -> str:
    """A telephone as pages show it: first three and last four digits, of a short one the last two only."""
    if not phone:
        return ""
    if len(phone) < 9:
        return "*" * max(0, len(phone) - 2) + phone[-2:]
    return phone[:3] + "*" * (len(phone) - 7) + phone[-4:]


def asset_document(asset: Asset, names: dict[str, str]) -> dict[str, object]:
    """An asset as JSON tells it; the telephone of a terminal is masked."""
    return {
        "id": asset.id,
        "unit": names.get(asset.unit, asset.unit),
        "kind": asset.kind,
        "value": asset.value,
        "name": asset.name,
        "system": asset.system,
        "tier": asset.tier,
        "grade": asset.grade,
        "filing": asset.filing,
        "assessed": asset.assessed.isoformat() if asset.assessed else None,
        "tags": list(asset.tags),
        "vendor": asset.vendor,
        "addressing": asset.addressing,
        "note": asset.note,
        "user": asset.user,
        "phone": masked(asset.phone) or None,
        "from": asset.valid_from,
        "to": asset.valid_to,
    }


def written(value: object) -> str:
    """A value of a record for people to read."""
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return "、".join(getattr(one, "name", str(one)) for one in value) or "—"
    return "—" if value is None else str(getattr(value, "name", value))
