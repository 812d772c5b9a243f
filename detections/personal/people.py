"""Names of people and postal addresses: no items of their own, but what makes other data worse to lose."""

import re

#: The 200 commonest family names (Ministry of Public Security's yearly counts), and those of two characters.
_FAMILY = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭"
    "陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤康易乔赖文葛樊牛洪倪芦"
    "安邢岳殷梅章鲁齐庞柯颜庄尚施翁左俞季麦阎聂焦温柴祝纪路关包卓甘骆翟欧裴耿鲍牟詹丘辛管游谷冉闵霍辜涂褚桂柳骆"
)
_DOUBLE = "欧阳|司马|上官|诸葛|东方|皇甫|尉迟|公孙|慕容|司徒|令狐|夏侯|宇文|长孙"
#: A family name and a given name of one or two characters.
NAME = rf"(?:{_DOUBLE}|[{_FAMILY}])[\u4e00-\u9fff]{{1,2}}"

_CALLED = re.compile(
    r"(?:姓名|户名|申请人|法定代表人|负责人|当事人|经办人|联系人|收件人|监护人|患者|学生|持卡人)[\s:：为是,，\t\"']{0,3}"
    rf"(?P<name>{NAME})(?![\u4e00-\u9fff]{{3}})"
)
_IN_A_CELL = re.compile(rf"(?:^|[,，\t|\"'、])\s?(?P<name>{NAME})\s?(?=$|[,，\t|\"'、])", re.MULTILINE)
_ADDRESS = re.compile(
    r"[\u4e00-\u9fff]{2,9}?(?:省|自治区|市|特别行政区|县|区|旗)[\u4e00-\u9fff]{0,16}?"
    r"(?:[\u4e00-\u9fff]{1,8}(?:路|街|巷|弄|道|大道|镇|乡|村|社区|小区|花园|苑))\s?"
    r"[0-9A-Za-z一二三四五六七八九十甲乙丙丁\-]{1,6}\s?(?:号|幢|栋|座|室|单元|楼|组|弄)"
)


def count_names(text: str) -> int:
    """Names that are said to be names, or that fill a cell of their own."""
    return len({one["name"] for pattern in (_CALLED, _IN_A_CELL) for one in pattern.finditer(text)})


def count_addresses(text: str) -> int:
    """Postal addresses down to a house."""
    return sum(1 for _ in _ADDRESS.finditer(text))
