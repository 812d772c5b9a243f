"""What one row says of a unit."""

from enrichment.cells import MOST_WEIGHT, read_tier, read_weight
from enrichment.headings import Column
from enrichment.row import Row
from taishi.core.ids import stable_id
from taishi.core.records import Contact, Tier, Unit

#: The field of a unit, and the columns that speak of it.
_FIELDS: tuple[tuple[str, tuple[Column, ...]], ...] = (
    ("parent", ("parent",)),
    ("district", ("district",)),
    ("contact", ("contact",)),
    ("phone", ("phone",)),
    ("email", ("email",)),
    ("head", ("head", "head_phone")),
    ("others", ("contact2", "phone2", "email2", "contact3", "phone3", "email3")),
    ("weight", ("weight",)),
)
_FURTHER: tuple[tuple[Column, Column, Column], ...] = (
    ("contact2", "phone2", "email2"),
    ("contact3", "phone3", "email3"),
)
#: Contacts beyond the first that a sheet has columns for.
MOST_OTHERS = len(_FURTHER)


def unit_id(name: str) -> str:
    """The id of the unit of that name."""
    return stable_id("unit", name)


def read_unit(row: Row, name: str, *, own_tier: bool) -> tuple[Unit, frozenset[str]]:
    """The unit as the row has it, and which fields the row says something of.

    `own_tier`: the column 层级 is of the unit; otherwise of an asset.
    """
    parent = row.text("parent")
    unit = Unit(
        unit_id(name),
        name,
        parent=unit_id(parent) if parent and parent != name else None,
        district=row.text("district") or None,
        contact=row.text("contact") or None,
        phone=row.text("phone") or None,
        email=row.text("email") or None,
        head=_person(row, "head", "head_phone", None),
        others=tuple(filter(None, (_person(row, *columns) for columns in _FURTHER))),
        tier=_tier(row) if own_tier else None,
        weight=_weight(row),
    )
    said = {field for field, columns in _FIELDS if row.says(*columns)}
    if own_tier and row.says("tier"):
        said.add("tier")
    return unit, frozenset(said)


def _person(row: Row, name: Column, phone: Column, email: Column | None) -> Contact | None:
    called, number, address = row.text(name), row.text(phone), row.text(email) if email else ""
    if called:
        return Contact(called, number or None, address or None)
    if number or address:
        row.error(
            phone if number else email or phone,
            "有电话或邮箱而没有姓名,请补上姓名",
            "has a telephone or e-mail without a name; add the name",
        )
    return None


def _tier(row: Row) -> Tier | None:
    text = row.text("tier")
    tier = read_tier(text) if text else None
    if text and tier is None:
        row.error(
            "tier",
            f"'{text}' 不是层级,请写 线路接入、云平台 或 业务系统",
            f"'{text}' is no tier; write 线路接入, 云平台 or 业务系统",
        )
    return tier


def _weight(row: Row) -> float:
    text = row.text("weight")
    try:
        return read_weight(text) if text else 1.0
    except ValueError:
        row.error(
            "weight",
            f"'{text}' 不是权重,请写大于 0、不超过 {MOST_WEIGHT:g} 的数",
            f"'{text}' is no weight; write a number above 0, {MOST_WEIGHT:g} at most",
        )
        return 1.0
