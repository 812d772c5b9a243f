"""Words of the page that shows and sets the sentences of letters."""

VOCABULARY = {
    "tab.texts": ("函件用语", "Sentences"),
    "texts_hint": (
        "函件的每一句话。花括号中是由系统填入的内容，改写时不得增减。",
        "Every sentence of letters. What stands in braces is filled in; one of your own names the same.",
    ),
    "texts_key": ("名称", "Name"),
    "texts_says": ("用语", "Says"),
    "texts_changed": ("本单位改写", "changed here"),
    "texts_text": ("本单位的用语（YAML）", "Sentences of your own (YAML)"),
    "texts_text_hint": (
        "只写要改的句子，例如 disposal: {{closing: …}}；留空即全部恢复。对草稿和以后的函件生效。",
        "Only what differs, e.g. disposal: {{closing: …}}; empty puts ours back. Counts for drafts and later "
        "letters; the change is audited.",
    ),
    "texts_preview": ("预览样函", "Show specimens"),
    "texts_undo": ("恢复上一版", "Undo the last change"),
}
