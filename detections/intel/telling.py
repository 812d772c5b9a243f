"""What a hit of intelligence says, as a person would."""

from taishi.core.records import Origin
from taishi.core.text import Text

RESOLVER = Text(
    "该主机是解析器，替其他主机查询，是谁在查询需另行核查",
    "this host resolves names for others; who asked has to be found",
)
CLIENTS = Text(
    "多台主机有同一指纹，多半是常见程序", "many hosts have the same mark: most likely a common program"
)

_SAYS: dict[str, tuple[str, str]] = {
    "intel-control": (
        "{subject} 连接 {value}，情报列其为控制端",
        "{subject} calls {value}, a known control server",
    ),
    "intel-mining": (
        "{subject} 连接 {value}，情报列其为矿池",
        "{subject} calls {value}, a known mining pool",
    ),
    "intel-delivery": (
        "{subject} 访问 {value}，情报列其分发恶意程序",
        "{subject} fetches from {value}, known to hand out malware",
    ),
    "intel-phishing": (
        "{subject} 访问 {value}，情报列其为钓鱼站点",
        "{subject} opens {value}, a known phishing site",
    ),
    "intel-contact": (
        "{subject} 主动连接 {value}，情报列其为攻击源",
        "{subject} calls {value}, a known attacker",
    ),
    "intel-anonymiser": (
        "{subject} 使用 {value}，情报列其为匿名代理",
        "{subject} uses {value}, a known anonymiser",
    ),
    "intel-attacker": ("情报中的 {value} 访问 {subject}", "{value}, known to intelligence, calls {subject}"),
    "intel-anonymous-visitor": (
        "匿名代理 {value} 访问 {subject}",
        "{subject} is visited through {value}, a known anonymiser",
    ),
    "intel-listed": ("本网的 {value} 被情报收录", "{value} of ours is listed by intelligence"),
    "intel-resolved": (
        "{subject} 查得的地址 {value} 在情报中",
        "{subject} was led to {value}, a known address",
    ),
    "intel-program": ("{subject} 运行了情报中的程序 {value}", "{subject} ran the known malware {value}"),
    "intel-file": ("{subject} 收到情报中的文件 {value}", "{subject} received the known file {value}"),
}


def tell(rule: str, subject: str, origin: Origin) -> Text:
    """One sentence, with the report that the indicator stands in."""
    zh, en = (words.format(subject=subject, value=origin.value) for words in _SAYS[rule])
    named = origin.info or origin.source
    by = f"（{origin.producer}）" if origin.producer else ""
    return Text(
        f"{zh}：《{named}》{by}", f"{en}: “{named}”{f' ({origin.producer})' if origin.producer else ''}"
    )
