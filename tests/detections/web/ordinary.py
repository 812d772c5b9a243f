"""Ordinary requests, made for these tests: what citizens, staff, browsers and programs send all day."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, quote_plus

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Safari/537.36"
)
AGENTS = (
    CHROME,
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Mobile/15E148 MicroMessenger/8.0.49(0x18003137) NetType/WIFI Language/zh_CN",
    "Mozilla/5.0 (Linux; Android 13; V2243A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 "
    "Chrome/109.0.5414.86 MQQBrowser/6.2 TBS/046247 Mobile Safari/537.36 MMWEBID/7143",
    "Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1; WOW64; Trident/7.0; .NET CLR 3.5.30729; 360SE)",
    "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Sogou web spider/4.0(+http://www.sogou.com/docs/help/webmasters.htm#07)",
    "Mozilla/5.0 (compatible; YisouSpider/5.0; +http://www.yisou.com/)",
    "curl/8.5.0",
    "Wget/1.21.4",
    "python-requests/2.31.0",
    "okhttp/4.12.0",
    "Java/17.0.9",
    "Apache-HttpClient/4.5.14 (Java/11.0.22)",
    "Go-http-client/1.1",
    "axios/1.6.7",
    "Dart/3.3 (dart:io)",
    "PostmanRuntime/7.37.3",
    "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17328; Pro)",
    "Microsoft-CryptoAPI/10.0",
    "Windows-Update-Agent/10.0.10011.16384 Client-Protocol/2.71",
    "Zabbix 6.4.12",
    "Prometheus/2.51.0",
    "kube-probe/1.28",
    "Dalvik/2.1.0 (Linux; U; Android 12; ALN-AL00 Build/HUAWEIALN-AL00)",
    "DingTalk/7.5.10 (iOS; iPhone15,2)",
    "WeChat/8.0.49 CFNetwork/1496.0.7 Darwin/23.5.0",
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Chef Client/18.4.12 (ruby-3.1.2-p20; ohai-18.1.11; x86_64-linux)",
    "ansible-httpget",
)

#: Words of people, in all the ways in which they look like something else.
SAYINGS = (
    "公积金提取需要哪些材料",
    "关于印发《县级政务数据共享管理办法（试行）》的通知",
    "张三（局长）；李四（副局长）",
    "营业执照“三证合一”怎么办？",
    "2026年1月1日-3月31日 值班表",
    "小学入学报名条件 & 时间",
    "新农合报销比例：门诊/住院",
    "退休年龄计算器（女，1975年生）",
    "电话 0551-6260 1234 转 8",
    "C++ 和 C# 有什么区别",
    "价格<100元 的二手房",
    "身高>170cm 体重<60kg",
    "A|B 两类岗位 or 其他岗位",
    "select a unit from the list",
    "please select your district from the list where you live",
    "union of workers select committee",
    "the student union and the select few",
    "drop us a line; we answer within 24 hours",
    "update on the set of documents to insert into the folder",
    "delete from my account the old address",
    "where can I order by phone or by post",
    "case when the applicant is a minor",
    "how to create a table of contents in Word",
    "O'Neill and D'Angelo's report",
    "it's the director's office, isn't it?",
    "rock 'n' roll and more",
    "Tom & Jerry; Ben & Jerry's",
    "AT&T or T-Mobile and 5G",
    "Q&A: what is 1+1 and why",
    "50% off and 30% more",
    "and then there were none",
    "or not to be",
    "1 or 2 rooms, 3 and a half baths",
    "rooms (2 or 3) and kitchen",
    "sections (a)(1) and (b)(2) of article 501(c)(3)",
    "f(x) = x^2 + 2x + 1",
    "if x > 3 and y < 5 then z",
    "time warner cable; time of the day",
    "cat food; dog food | bird food",
    "the cat sat; the dog ran",
    "find the nearest post office",
    "ping pong club; table tennis",
    "make a sort of list; more or less",
    "who is at the door; at last",
    "echo chamber effect | media",
    "sleep well (8 hours)",
    "alert the staff (immediately)",
    "confirm (yes/no)",
    "the file (see annex) is attached",
    "date (yyyy-mm-dd), time (hh:mm)",
    "user (name) and password (new)",
    "count (total): 17",
    "max(3,5)是多少",
    "公司(北京)有限公司",
    "Windows(10/11) 系统怎么装",
    "item(s) in the cart",
    "see http://www.example.gov.cn/zwgk/ for details",
    "mail me at staff@example.gov.cn",
    "script for the New Year's gala",
    "java developer, javascript developer",
    "document the location of the window",
    "on load of the truck = 5t",
    "order by 5 pm",
    "having 3 children",
    "like father, like son",
    "between 9 and 17",
    "version 1.2.3 (build 456)",
    "server-side / client-side",
    "system (operating) requirements",
    "exec summary",
    "include a copy of the form",
    "require 2 photos",
    "the base of the mountain; style guide",
    "<<<重要通知>>>",
    ">>> 点击进入 <<<",
    "a -> b -> c",
    "→ 下一步",
    "———分割线———",
    "-- 来自我的手机",
    "满意 :-) 不满意 :-(",
    "哈哈哈~~~~",
    "#便民服务# @办事大厅",
    "¥100.00/月",
    "{姓名}先生/女士",
    "[通知] 系统维护",
    "第1{页}共10页",
    "100*200/3",
    "2026/03/01..2026/03/31",
    "文件名.doc",
    "‘引号’和“双引号”",
    "path to success",
    "etc. and so on",
    "win.initiative",
)

PATHS = tuple((Path(__file__).parent / "ordinary_paths.txt").read_text("utf-8").split("\n")[:-1])

JSON_BODIES = (
    '{"username":"zhangsan","captcha":"a7b3","remember":true}',
    '{"query":"query Unit($id: ID!) { unit(id: $id) { name assets { ip } } }","variables":{"id":"12"}}',
    '{"title":"关于召开会议的通知","content":"<p>各单位：</p><p>定于<b>3月1日</b>召开会议。</p>"}',
    '{"filter":{"name":"教育局","type":["select","union"]},"order":"desc","page":1}',
    '{"records":[{"id":1,"note":"it\'s fine"},{"id":2,"note":"A&B; C|D"}]}',
    '{"formula":"=SUM(A1:A10)","cell":"B2"}',
    '{"token":"eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJhIn0.c2ln","nonce":"Zm9vYmFy"}',
    '{"image":"data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"}',
    '{"path":"/data/2026/03","cron":"0 0 2 * * ?","cmd":"start"}',
    '{"expression":"a > 3 && b < 5","desc":"阈值"}',
    '{"regex":"^1[3-9]\\\\d{9}$"}',
    '{"address":"安庆市大观区 1 号 (办公楼) 3-2","phone":"0556-5512345"}',
    '{"jsonrpc":"2.0","method":"eth_call","params":[{"to":"0x1f9840a85d5aF5bf1D1762F925BDADdC4201F984"},"latest"],"id":1}',
    '[{"op":"replace","path":"/name","value":"new"}]',
    '{"template":"尊敬的{name}，您的验证码是{code}","sign":"【政务服务】"}',
)
XML_BODIES = (
    '<?xml version="1.0" encoding="UTF-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><getUnit><id>12</id></getUnit></soap:Body></soap:Envelope>',
    "<xml><ToUserName><![CDATA[gh_123]]></ToUserName><Content><![CDATA[你好]]></Content><MsgType>text</MsgType></xml>",
    '<propfind xmlns="DAV:"><prop><getlastmodified/><resourcetype/></prop></propfind>',
)
MULTIPART = (
    '------WebKitFormBoundaryA1b2C3d4E5\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
    "Content-Type: application/octet-stream\r\n\r\n{content}\r\n------WebKitFormBoundaryA1b2C3d4E5--\r\n"
)
UPLOADS = (
    ("处置报告.docx", "PK\x03\x04 word/document.xml"),
    ("2026 预算 (终稿).xlsx", "PK\x03\x04 xl/workbook.xml"),
    ("photo.final.jpg", "JFIF"),
    ("data.csv", 'id,name\n1,it\'s\n2,"A; B"\n'),
    ("notes.txt", "select the best; drop the rest"),
)


class Request(NamedTuple):
    """What was asked, and what came with it."""

    target: str
    agent: str = CHROME
    referrer: str = ""
    body: str = ""
    mime_type: str = ""


def requests() -> Iterator[Request]:
    """All of them."""
    for place, path in enumerate(PATHS):
        yield Request(path, AGENTS[place % len(AGENTS)], f"https://www.example.gov.cn{PATHS[place - 7]}")
    for saying in SAYINGS:
        yield Request(f"/search?q={quote_plus(saying)}&page=1")
        yield Request(
            f"/jsearch/search.do?word={quote(saying)}", referrer=f"https://www.baidu.com/s?wd={quote(saying)}"
        )
        yield Request("/feedback/submit", body=f"title={quote_plus(saying)}&type=2", mime_type=FORM)
        yield Request("/api/feedback", body='{"content":' + _json(saying) + "}", mime_type="application/json")
    for saying in SAYINGS[:24]:
        gbk = quote_plus(saying.encode("gbk", "replace"))
        yield Request(f"/so/index.jsp?keyword={gbk}")
    for agent in AGENTS:
        yield Request("/api/v1/status", agent)
    for body in JSON_BODIES:
        yield Request("/api/v1/save", body=body, mime_type="application/json")
    for body in XML_BODIES:
        yield Request("/services/UnitService", body=body, mime_type="text/xml")
    for name, content in UPLOADS:
        yield Request(
            "/upload", body=MULTIPART.format(name=name, content=content), mime_type="multipart/form-data"
        )
    for first, second in product(
        ("id", "page", "type", "s"), ("12", "abc", "a-b_c", "3.14", "true", "-1", "2026-03-01")
    ):
        yield Request(f"/list?{first}={second}&t=1709280000")


FORM = "application/x-www-form-urlencoded"


def _json(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
