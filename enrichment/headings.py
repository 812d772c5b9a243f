"""What people call the columns of a register."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args
from unicodedata import normalize

from taishi.kit.spreadsheets import Cell

Column = Literal[
    "unit", "parent", "district", "head", "head_phone", "contact", "phone", "email",
    "contact2", "phone2", "email2", "contact3", "phone3", "email3", "weight",
    "address", "domain", "url", "host", "name", "system", "tier", "grade", "filing", "assessed",
    "tags", "vendor", "addressing", "note", "user", "user_phone", "valid_from", "valid_to",
]  # fmt: skip
COLUMNS: tuple[Column, ...] = get_args(Column)

#: For each column the words seen at its head, ours (what an export writes) first.
WORDS: Mapping[Column, Sequence[str]] = {
    "unit": ("单位名称", "单位", "所属单位", "责任单位", "使用单位", "部门", "部门名称", "unit"),
    "parent": ("上级单位", "主管单位", "上级部门", "主管部门", "parent"),
    "district": ("区域", "地区", "所属区域", "行政区划", "区县", "district"),
    "head": ("单位负责人", "第一责任人", "主要负责人", "分管领导", "网络安全负责人", "head"),
    "head_phone": ("单位负责人电话", "第一责任人电话", "主要负责人电话", "负责人电话", "head phone"),
    "contact": ("联系人", "联系人姓名", "联系人1", "第一联系人", "负责人", "责任人", "contact"),
    "phone": ("联系电话", "电话", "手机", "手机号", "手机号码", "联系方式", "phone"),
    "email": ("邮箱", "电子邮箱", "电子邮件", "email", "e-mail"),
    "contact2": ("联系人2", "第二联系人", "备用联系人", "contact 2"),
    "phone2": ("联系电话2", "电话2", "手机2", "第二联系人电话", "备用联系人电话", "phone 2"),
    "email2": ("邮箱2", "email 2"),
    "contact3": ("联系人3", "第三联系人", "contact 3"),
    "phone3": ("联系电话3", "电话3", "手机3", "第三联系人电话", "phone 3"),
    "email3": ("邮箱3", "email 3"),
    "weight": ("权重", "考评权重", "weight"),
    "address": (
        "IP地址", "IP", "地址", "网段", "IP网段", "IP段", "地址段", "IP地址段", "IP地址/网段", "IP/网段",
        "IP/域名", "IP地址/域名", "address", "ip address", "cidr",
    ),
    "domain": ("域名", "网站域名", "domain"),
    "url": ("网址", "URL", "访问地址", "系统地址", "网站地址"),
    "host": ("主机名", "主机名称", "计算机名", "host", "hostname"),
    "name": ("资产名称", "资产", "名称", "设备名称", "asset", "asset name"),
    "system": ("所属系统", "系统名称", "系统", "业务系统", "业务系统名称", "信息系统名称", "system"),
    "tier": ("层级", "类别", "资产类别", "资产层级", "tier"),
    "grade": ("等保级别", "等保等级", "等级", "等保", "定级", "安全保护等级", "grade"),
    "filing": ("备案号", "备案编号", "等保备案号", "备案证明编号", "filing", "filing number"),
    "assessed": ("测评日期", "测评时间", "最近测评", "最近测评日期", "上次测评日期", "assessed"),
    "tags": ("标签", "tags"),
    "vendor": ("运维厂商", "运维单位", "维护厂商", "承建单位", "vendor"),
    "addressing": ("地址方式", "地址分配", "分配方式", "addressing"),
    "note": ("备注", "说明", "地址说明", "note"),
    "user": ("使用人", "用户", "用户姓名", "使用者", "终端用户", "姓名", "user"),
    "user_phone": ("使用人电话", "用户电话", "使用人联系电话", "终端电话", "user phone"),
    "valid_from": ("启用日期", "启用时间", "起始", "起始日期", "开始日期", "上线日期", "生效日期", "from"),
    "valid_to": ("停用日期", "停用时间", "截止", "截止日期", "结束日期", "下线日期", "失效日期", "to"),
}  # fmt: skip

#: A title and a remark may stand above the head.
_LOOKED_AT = 10
_ASIDE = re.compile(r"\(.*?\)|\[.*?\]|[\s*:]")


@dataclass(frozen=True)
class Heading:
    """Where a sheet's head stands (zero-based row) and which column is what; `unread` are the rest."""

    row: int
    columns: Mapping[Column, int]
    unread: tuple[str, ...]


def find_heading(rows: Sequence[Sequence[Cell]]) -> Heading | None:
    """The row among the first ten that names most columns; None where none names any."""
    headings = [_heading(number, row) for number, row in enumerate(rows[:_LOOKED_AT])]
    best = max(headings, key=lambda heading: len(heading.columns), default=None)
    return best if best and best.columns else None


def _heading(number: int, row: Sequence[Cell]) -> Heading:
    columns: dict[Column, int] = {}
    unread = []
    for index, cell in enumerate(row):
        column = _MEANING.get(_plain(str(cell))) if cell is not None else None
        if column is not None and column not in columns:
            columns[column] = index
        elif cell is not None and str(cell).strip():
            unread.append(str(cell).strip())
    return Heading(number, _users_own(columns), tuple(unread))


def _users_own(columns: dict[Column, int]) -> dict[Column, int]:
    """On a sheet of terminals (用户, IP, 电话) the telephone is that of whoever works there."""
    if "user" in columns and "contact" not in columns and "phone" in columns:
        columns.setdefault("user_phone", columns.pop("phone"))
    return columns


def _plain(head: str) -> str:
    """`* IP 地址(必填)` is `ip地址`: width, blanks, stars and what stands in brackets do not matter."""
    return _ASIDE.sub("", normalize("NFKC", head)).lower()


_MEANING: Mapping[str, Column] = {_plain(word): column for column in COLUMNS for word in WORDS[column]}
