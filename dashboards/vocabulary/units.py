"""Words of the units and assets."""

VOCABULARY = {
    "units_n": ("共 {n} 个单位", "{n} unit{s}"),
    "parent": ("上级单位", "Parent"),
    "assets": ("资产", "Assets"),
    "asset_kind": ("类型", "Kind"),
    "asset_kind.cidr": ("网段", "Network"),
    "asset_kind.address": ("地址", "Address"),
    "asset_kind.domain": ("域名", "Domain"),
    "asset_kind.url": ("网址", "URL"),
    "asset_kind.system": ("系统", "System"),
    "asset_name": ("名称", "Name"),
    "tier": ("层级", "Tier"),
    "grade": ("等保", "Grade"),
    "grade_n": ("{n} 级", "{n}"),
    "valid": ("有效期", "Valid"),
    "no_contact": ("未登记联系人", "No contact registered"),
    "ownerless_n": (
        "{n} 件风险事件的地址未登记单位，无法发函。",
        "{n} risk event{s} without a registered unit: no letter can be sent.",
    ),
    "empty.units": (
        "还没有登记单位。先导入单位资产表：",
        "No unit is registered. Import the register first:",
    ),
    "empty.filtered": ("没有符合条件的单位。", "No unit fits."),
    "empty.assets": ("该单位还没有登记资产。", "No asset is registered for this unit."),
    "empty.unit_alerts": ("这段时间没有告警。", "No alert in this time."),
    "empty.unit_letters": ("还没有函件。", "No letter yet."),
}
