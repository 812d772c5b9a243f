"""Words that say what the value behind them is, by kind; patterns apart by spaces, `~` before whole words."""

import re
from functools import cache
from typing import Literal

from detections.personal.found import ItemType

#: `number`: a word for numbers of things (orders, serials, times); `key`: an ASCII name that says nothing.
LabelClass = ItemType | Literal["number", "key", "person"]

_WORDS: dict[LabelClass, str] = {
    "id_card": """
        身份证 身份證 公民身份 居民身份 身份号 证件号 證件號 有效证件 id[_-]?card id[_-]?n(?:o|um)
        id\\snumber identity citizen cert(?:ificate)?[_-]?(?:no|num|code) ~sfz(?:h|hm)? zjhm
    """,
    "uscc": """
        信用代码 统一代码 统一社会 税号 纳税人识别 机构代码 uscc credit[_-]?code
        tax(?:payer)?[_-]?(?:no|id) tyshxydm ~xydm nsrsbh
    """,
    "bank_card": """
        银行卡 信用卡 借记卡 储蓄卡 工资卡 卡号 账号 帐号 账户 帐户 开户 银行 存折 bank
        (?<![a-z])card debit acct account yhkh? yhzh ~pan
    """,
    "mobile": """
        手机 电话 手提 联系方式 联系人 联络 移动号 本机号 致电 拨打 短信 微信号 来电 ~tel telephone
        phone mobile ~cell msisdn ~sms contact sjhm? lxdh lxfs
    """,
    "passport": "护照 護照 passport hzhm",
    "plate": "车牌 号牌 车号 牌照 车辆 驾驶 plate ~cph hphm",
    "email": "邮箱 电子邮件 e-?mail mailbox",
    "officer_card": "军官证 士兵证 士官证 文职 军人证 警官证 军队 officer jgz",
    "person": """
        姓名 户名 申请人 法定代表人 法人代表 负责人 当事人 经办人 收件人 寄件人 监护人 居民 村民
        学生 患者 name
    """,
    "number": """
        订单 流水 单号 编号 编码 代号 序列 序号 工单 批次 批号 条码 条形码 二维码 货号 版本 文号
        案号 档号 卷号 学号 工号 房号 房间 快递 运单 物流 物料 合同 发票 凭证 票号 设备 机器码 型号
        端口 金额 数量 合计 总计 余额 时间 时刻 哈希 校验 摘要 指纹 坐标 经度 纬度 会话 请求号 事务
        任务 计数 累计 书号 刊号 标准号 isbn issn (?<![a-z])order serial ~sn trace span uuid guid
        hash md5 sha\\d token timestamp ~ts time version ~ver build batch (?<![a-z])seq
        (?<![a-z])sku barcode imei imsi iccid ~mac bytes (?<![a-z])size length offset ~pid ~port
        latitude longitude ~(?:lat|lon|lng) coord transaction ~txn? request session ticket invoice
        device counter ~count total amount nonce cookie message-id checksum commit epoch gps model
    """,
}


def _pattern(words: str) -> str:
    whole = (f"(?<![a-z]){word[1:]}(?![a-z])" if word[0] == "~" else word for word in words.split())
    return "|".join(whole).replace("[_-]?", "[_ -]?")


@cache
def words_of(name: LabelClass) -> re.Pattern[str]:
    """Any word of one class."""
    return re.compile(_pattern(_WORDS[name]), re.IGNORECASE)


LABELS = re.compile(
    "|".join(f"(?P<{name}>{_pattern(words)})" for name, words in _WORDS.items()), re.IGNORECASE
)
#: By the name of the group that matched.
CLASSES: dict[str, LabelClass] = {name: name for name in _WORDS}
