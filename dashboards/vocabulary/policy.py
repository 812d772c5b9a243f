"""Words of the page that shows and sets the policy."""

VOCABULARY = {
    "tab.policy": ("处置策略", "Policy"),
    "policy_hint": (
        "各类别、级别的风险事件如何处理：发哪种函、何时发、整改几个工作日、提议封禁什么。",
        "What is done about a risk event of each class and level: which letter, when, how many working days "
        "to answer, whose block is proposed.",
    ),
    "policy_letter": ("函件", "Letter"),
    "policy_when": ("时间", "When"),
    "policy_days": ("工作日", "Working days"),
    "policy_block": ("提议封禁", "Block proposed"),
    "policy_missing": ("（本系统尚无此类函件）", "(no such letter type here)"),
    "policy_otherwise": (
        "未写明期限的按 {days} 个工作日。",
        "Where no days are given: {days} working days.",
    ),
    "policy_text": ("策略（YAML）", "Policy (YAML)"),
    "policy_text_hint": (
        "保存后对新起草的函件生效，已起草的期限不变；改动记入审计。",
        "Counts for letters drafted from then on; deadlines of earlier ones stay. The change is audited.",
    ),
    "policy_default": ("默认策略", "The policy without a setting"),
}
