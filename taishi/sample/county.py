"""An invented county: units, their assets and desks, the bureau's services, and the outside world.

Outside addresses are documentation space (RFC 5737); names end in example domains (RFC 2606, 6761).
"""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from taishi.core.records import Tier
from taishi.sample.conversation import Wire


@dataclass(frozen=True)
class Asset:
    """`address` is an address or a network; `grade` is 等保级别; `host` is the name it writes into logs."""

    name: str
    address: str
    tier: Tier = "business"
    grade: int | None = None
    host: str | None = None


@dataclass(frozen=True)
class Unit:
    name: str
    network: str
    contact: str
    phone: str
    parent: str
    assets: tuple[Asset, ...]
    first_desk: str | None = None

    def desk(self, number: int) -> str:
        """The address of the n-th office computer that people work at, from 0."""
        if number == 0 and self.first_desk:
            return self.first_desk
        return str(IPv4Network(self.network)[101 + number])


GOVERNMENT = "县人民政府"
#: Office computers of each unit that the week shows at work.
DESKS = 4

RESOLVER = "10.34.0.53"
TIME_SERVER = "10.34.0.123"
GATEWAY = "10.34.0.1"
MONITOR = "10.34.0.20"
BASTION = "10.34.0.21"
MAIL = "10.34.0.25"
OFFICE = "10.34.0.30"
BACKUP = "10.34.0.40"

PUPILS = "10.34.2.15"
SCHOOL_PLANS = "10.34.2.30"
EDUCATION_SITE = "10.34.2.20"
REGISTRY_DESK = "10.34.2.104"
PORTAL = "10.34.3.20"
BOOKING = "10.34.3.21"
BOOKING_DATA = "10.34.3.30"
INSURANCE = "10.34.4.20"
INSURANCE_DESK = "10.34.4.31"
LAND = "10.34.5.20"
ARCHIVE_FILES = "10.34.6.10"
ARCHIVE_ADMIN = "10.34.6.11"
HALL = "10.34.9.15"

BUREAU = Unit(
    "县数据资源管理局",
    "10.34.0.0/24",
    "程若川",
    "0555-5550100",
    GOVERNMENT,
    (
        Asset("政务外网核心网络", "10.34.0.0/24", "access", 3),
        Asset("外网出口网关", GATEWAY, "access", 3),
        Asset("域名解析服务", RESOLVER, "cloud", 3),
        Asset("时间同步服务", TIME_SERVER, "cloud", 2),
        Asset("运行监控平台", MONITOR, "cloud", 2),
        Asset("运维堡垒机", BASTION, "cloud", 3),
        Asset("政务邮件系统", MAIL, "cloud", 3),
        Asset("协同办公系统", OFFICE, "cloud", 3),
        Asset("政务云备份存储", BACKUP, "cloud", 3),
    ),
)
EDUCATION = Unit(
    "县教育局",
    "10.34.2.0/24",
    "许亦航",
    "0555-5550102",
    GOVERNMENT,
    (
        Asset("教育局办公网", "10.34.2.0/24", "access"),
        Asset("学籍系统主机", PUPILS, "business", 2),
        Asset("教育信息网站", EDUCATION_SITE, "cloud", 2),
        Asset("校舍图纸存储", SCHOOL_PLANS, "business", 2),
        Asset("学籍科办公终端", REGISTRY_DESK, "business", 2),
    ),
)
HEALTH = Unit(
    "县卫生健康委员会",
    "10.34.3.0/24",
    "苏望舒",
    "0555-5550103",
    GOVERNMENT,
    (
        Asset("卫健委办公网", "10.34.3.0/24", "access"),
        Asset("卫健委门户网站", PORTAL, "cloud", 2, "wjw.county.example"),
        Asset("预约诊疗应用服务器", BOOKING, "business", 3, "wjw-app01"),
        Asset("预约诊疗数据库", BOOKING_DATA, "business", 3),
    ),
)
INSURANCE_BUREAU = Unit(
    "县医疗保障局",
    "10.34.4.0/24",
    "顾清和",
    "0555-5550104",
    GOVERNMENT,
    (
        Asset("医保局办公网", "10.34.4.0/24", "access"),
        Asset("医保经办系统", INSURANCE, "business", 3),
        Asset("医保经办终端", INSURANCE_DESK, "business", 3),
    ),
    INSURANCE_DESK,
)
RESOURCES = Unit(
    "县自然资源和规划局",
    "10.34.5.0/24",
    "梁暮山",
    "0555-5550105",
    GOVERNMENT,
    (
        Asset("自然资源局办公网", "10.34.5.0/24", "access"),
        Asset("国土空间地理信息服务器", LAND, "business", 3, "zrzy-gis01"),
    ),
)
ARCHIVES = Unit(
    "县档案馆",
    "10.34.6.0/24",
    "白砚秋",
    "0555-5550106",
    GOVERNMENT,
    (
        Asset("档案馆办公网", "10.34.6.0/24", "access"),
        Asset("数字档案文件服务器", ARCHIVE_FILES, "business", 2),
        Asset("馆藏管理后台", ARCHIVE_ADMIN, "business", 2),
    ),
)
TOWN = Unit(
    "环峰镇人民政府",
    "10.34.9.0/24",
    "陆听澜",
    "0555-5550109",
    GOVERNMENT,
    (
        Asset("环峰镇办公网", "10.34.9.0/24", "access"),
        Asset("便民服务大厅受理机", HALL, "business", 2, "WIN-HFZ-01"),
    ),
    HALL,
)
UNITS = (BUREAU, EDUCATION, HEALTH, INSURANCE_BUREAU, RESOURCES, ARCHIVES, TOWN)
OFFICES = UNITS[1:]

#: A desk whose card is on a phone's hotspot as well, and its address there; no register knows that one.
SURFER, HOTSPOT = RESOURCES.desk(3), "192.168.43.57"
#: A video recorder that somebody has put on the extranet without telling anybody.
RECORDER = "10.34.12.66"

#: Servers that run day and night and are watched, kept in time and up to date.
SERVERS = (
    PUPILS, PORTAL, BOOKING, BOOKING_DATA, INSURANCE, LAND, ARCHIVE_FILES, ARCHIVE_ADMIN, MAIL, OFFICE,
)  # fmt: skip
WINDOWS = (PUPILS, HALL, INSURANCE_DESK, ARCHIVE_ADMIN)

INSIDE_ZONE = "county.example"
OFFICE_NAME = f"oa.{INSIDE_ZONE}"
MAIL_NAME = f"mail.{INSIDE_ZONE}"
PORTAL_NAME = f"wjw.{INSIDE_ZONE}"

#: Everyday sites: name, address, typical size of an answer in bytes, and how often it is chosen.
SITES = (
    ("www.example.com", "192.0.2.10", 14_000, 5),
    ("news.example.cn", "192.0.2.11", 18_000, 9),
    ("search.example.com", "192.0.2.12", 7_000, 12),
    ("map.example.cn", "192.0.2.13", 22_000, 3),
    ("weather.example.net", "192.0.2.14", 4_000, 4),
    ("docs.example.net", "192.0.2.15", 9_000, 4),
    ("static.cdn.example.net", "192.0.2.16", 26_000, 7),
    ("img-03.cdn.example.net", "192.0.2.17", 30_000, 5),
    ("www.province.example", "192.0.2.20", 11_000, 6),
    ("zwfw.province.example", "192.0.2.21", 8_000, 6),
    ("edu.province.example", "192.0.2.22", 9_000, 2),
    ("policy.state.example", "192.0.2.23", 12_000, 3),
    ("bank.example.com", "192.0.2.30", 6_000, 2),
    ("im.example.com", "192.0.2.31", 2_500, 6),
    ("tickets.example.cn", "192.0.2.32", 13_000, 1),
)
UPDATES = ("update.example.cn", "192.0.2.60")
CONFERENCE = ("meeting.example.com", "192.0.2.80")


def desks() -> list[str]:
    """The office computers of all units."""
    return [unit.desk(number) for unit in OFFICES for number in range(DESKS)]


def wire_of(address: str) -> Wire:
    """How packets of an address look at the sensor beside the gateway; outside hosts come by the gateway."""
    if address == HOTSPOT:
        return Wire(_mac(SURFER), 128)
    number = IPv4Address(address)
    if number not in IPv4Network("10.34.0.0/16"):
        return Wire(_mac(GATEWAY), 47 + int(number) % 9)
    is_windows = address in WINDOWS or (number.packed[3] > 100 and address != TIME_SERVER)
    return Wire(_mac(address), 128 if is_windows else 64)


def _mac(address: str) -> str:
    # Locally administered (IEEE 802: second-lowest bit of the first octet), so it is nobody's.
    return ":".join(f"{octet:02x}" for octet in (0x02, 0x34, *IPv4Address(address).packed))
