"""Words of the page of field maps."""

VOCABULARY = {
    "tab.fieldmaps": ("字段映射", "Field maps"),
    "fieldmaps_hint": (
        "防火墙等设备的日志字段对应到哪个标准字段（ECS）。自己的映射优先于随产品提供的同名映射；"
        "保存后从下一个文件起生效。",
        "Which field of a device's log is which ECS field. Your own maps win over shipped ones of the same "
        "name; a saved map counts from the next file on.",
    ),
    "fieldmap": ("映射", "Map"),
    "fieldmap_new": ("新建映射", "New map"),
    "fieldmap_format": ("格式", "Format"),
    "fieldmap_own": ("自有", "own"),
    "fieldmap_shipped": ("随产品", "shipped"),
    "fieldmap_former": ("可撤销的版本", "Former versions"),
    "fieldmap_text": ("映射（YAML）", "Map (YAML)"),
    "fieldmap_lines": ("粘贴几行日志试一试", "Paste some lines to try it on"),
    "fieldmap_lines_hint": (
        "每行一条，最多 200 行；试一试不会保存任何东西。",
        "One record a line, 200 at most; trying keeps nothing.",
    ),
    "fieldmap_why": ("修改原因（写入审计）", "Why it is changed (goes into the audit)"),
    "act.try": ("试一试", "Try"),
    "act.undo_fieldmap": ("撤销上次修改", "Undo the last change"),
    "act.remove_fieldmap": ("删除", "Remove"),
    "fieldmap_tried": ("{n} 行，{failed} 行未能识别", "{n} line{s}, {failed} of them failed"),
    "fieldmap_line": ("第 {line} 行", "Line {line}"),
    "fieldmap_head": ("表头，已记住列名", "the head of a table; its columns are known now"),
    "fieldmap_field": ("字段", "Field"),
    "fieldmap_value": ("值", "Value"),
    "fieldmap_beside": ("原样保留", "kept beside"),
    "fieldmap_undo_hint": (
        "撤销会恢复到上一个版本；删除后也可以撤销。",
        "Undo brings the version before; a removed map comes back too.",
    ),
    "done.undone": ("已撤销，恢复为上一个版本。", "Undone; the version before counts again."),
    "done.removed": ("已删除。", "Removed."),
    "did.fieldmap.save": ("保存字段映射", "saved the field map"),
    "did.fieldmap.undo": ("撤销字段映射的修改", "undid a change of the field map"),
    "did.fieldmap.remove": ("删除字段映射", "removed the field map"),
}
