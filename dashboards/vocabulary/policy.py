"""Words of the pages about the policy: shown, set, tried, and the weekly summary."""

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
    "policy_append": (
        "已发出的函在 {days} 天内并入该单位同类的新情况。",
        "A letter that left takes in for {days} days what its unit shows anew of the same class.",
    ),
    "policy_weekly": (
        "按周汇总的函和每周小结在{day} {hour} 时生成。",
        "Weekly letters and the weekly summary are due on {day} at {hour}:00.",
    ),
    "policy_trial": ("试算", "Try it out"),
    "policy_trial_hint": (
        "{span}内首次发现的风险事件，按两种策略各会发出多少（不计人工撤回、销号；不改动任何数据）。",
        "What either policy would have sent about risk events first seen in {span} (without withdrawals and "
        "closures by people; nothing is changed).",
    ),
    "policy_now": ("现行策略", "Policy now"),
    "policy_other": ("试算策略", "This one"),
    "policy_sent": ("实际发出", "Really sent"),
    "policy_letters": ("函件合计", "Letters in all"),
    "policy_given.alerts": ("风险事件", "Risk events"),
    "policy_given.told": ("列入函件", "told in letters"),
    "policy_given.summary": ("列入每周小结", "in weekly summaries"),
    "policy_given.waiting": ("待本周汇总", "waiting for the end of their week"),
    "policy_given.ownerless": ("未登记", "without an owner"),
    "policy_given.blocks": ("提议封禁的地址", "Addresses proposed for blocking"),
    "weekly": ("每周小结", "Weekly summary"),
    "weekly_before": ("上一周", "Week before"),
    "weekly_after": ("下一周", "Week after"),
    "weekly_parts": (
        "本周首次发现 {total} 项：下列 {lines} 项不发函，{told} 项已列入函件，"
        "{ownerless} 项未登记，{waiting} 项待发函。",
        "First seen in the week: {total}. Without a letter, listed here: {lines}; in letters: {told}; "
        "without an owner: {ownerless}; waiting for a letter: {waiting}.",
    ),
    "weekly_empty": ("本周没有仅列入小结的事项。", "Nothing of this week is for the summary alone."),
}
