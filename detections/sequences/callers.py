"""What a web request says of the program that sent it and of the place it went to."""

import re

from detections.sequences.randomness import looks_random
from taishi.core.event import Event

#: Names under which browsers present themselves.
_BROWSER = re.compile(r"Mozilla/[45]\.0 \(.{0,300}(?:Gecko/|AppleWebKit/|MSIE |Trident/)")
#: Headers that every browser sends with every request for a page or form (Fetch standard).
_BROWSER_HEADERS = ("accept:", "accept-language:", "accept-encoding:")
#: Fetching tools and interfaces for programs, by the names that they use unless told otherwise.
_TOOL = re.compile(
    r"(?i)^(?:win ?http|wininet|certutil|powershell|.*windowspowershell|curl|wget|python|go-http|libwww|"
    r"winhttp|java/|microsoft url control|autoit|nsis|inetc|http ?client|urlmon|mozilla/[345]\.0$|"
    r"mozilla/4\.0 \(compatible; msie [2-7]\.|mozilla/4\.0 \(compatible\)|hello, ?world|\W*$)"
)
_UPDATER = re.compile(
    r"(?i)^(?:microsoft[- ](?:delivery-optimization|bits|cryptoapi)|windows-update-agent|debian apt|"
    r"(?:google|microsoftedge)(?:updater?| update)|omaha|libdnf|urlgrabber|.*packagekit|sccm|ccmhttp)"
)
#: Zones that give a name to any address for nothing (their operators' own lists).
_DYNAMIC = re.compile(
    r"(?i)(?:^|\.)(?:duckdns\.org|ydns\.eu|no-ip\.(?:org|biz|info|com)|ddns\.(?:net|me)|hopto\.(?:org|me)|zapto\.org|"
    r"sytes\.net|myftp\.(?:org|biz)|myvnc\.com|serve(?:ftp|http|blog|game|beer|minecraft|quake)\.(?:com|net)|"
    r"redirectme\.net|bounceme\.net|gotdns\.ch|dyn(?:dns|alias)\.(?:org|com|net)|dynu\.(?:net|com)|freeddns\.org|"
    r"mywire\.org|webredirect\.org|chickenkiller\.com|mooo\.com|3322\.(?:org|net)|f3322\.(?:org|net)|8866\.org|"
    r"gnway\.(?:net|cc)|vicp\.(?:net|cc|io)|oicp\.(?:net|io)|xicp\.(?:net|io)|dnsalias\.(?:com|net|org)|"
    r"ngrok(?:-free)?\.(?:io|app)|portmap\.(?:io|host)|ply\.gg|kozow\.com|ooguy\.com|giize\.com|accesscam\.org)$"
)
#: Services that tell a caller its own address: programs ask them, people look at a page.
_ADDRESS_SERVICE = re.compile(
    r"(?i)(?:^|\.)(?:ip-api\.com|ipify\.org|ipinfo\.io|icanhazip\.com|ifconfig\.(?:me|co)|checkip\.(?:dyndns|amazonaws)\.(?:org|com)|"
    r"ident\.me|wtfismyip\.com|myexternalip\.com|whatismyipaddress\.com|ipecho\.net|geoplugin\.net|freegeoip\.app|"
    r"ipwho\.is|reallyfreegeoip\.org|ip\.sb|myip\.(?:com|opendns\.com)|db-ip\.com|iplogger\.(?:org|com)|api\.ip\.sb)$"
)
_PARAMETER = re.compile(r"[\w.\-\[\]]{1,40}=([A-Za-z0-9+/%=_\-]{120,})")
_PLAIN_TYPES = ("json", "xml", "soap", "multipart", "ocsp", "text/", "grpc", "protobuf", "thrift", "msl")


def headers(event: Event) -> str:
    """The request's headers in lower case, empty where the source does not give them."""
    return event.text("taishi.http.headers").lower()


def claims_browser(event: Event) -> bool:
    return bool(_BROWSER.match(event.text("user_agent.original")))


def is_false_browser(event: Event) -> bool:
    """It calls itself a browser and lacks at least two of the three headers that browsers send."""
    sent = headers(event)
    if not sent or not claims_browser(event):
        return False
    return sum(f"\n{name}" in f"\n{sent}" for name in _BROWSER_HEADERS) <= 1


def is_tool(event: Event) -> bool:
    """A fetching tool, an interface for programs, or no name at all (where headers are known)."""
    agent = event.text("user_agent.original")
    return bool(_TOOL.match(agent)) if agent else bool(headers(event))


def is_updater(event: Event) -> bool:
    return bool(_UPDATER.match(event.text("user_agent.original")))


def has_random_agent(event: Event) -> bool:
    agent = event.text("user_agent.original")
    return len(agent) >= 12 and looks_random(agent)


def is_dynamic(host: str) -> bool:
    return bool(_DYNAMIC.search(host))


def tells_address(host: str) -> bool:
    return bool(_ADDRESS_SERVICE.search(host))


def has_opaque_body(event: Event) -> bool:
    """A form that is one long encoded value, or bytes of no known format: what was sent is to stay unread."""
    body = event.text("http.request.body.content").strip()
    if event.text("http.request.method") != "POST" or len(body) < 60:
        return False
    if _PARAMETER.fullmatch(body):
        return True
    mime = event.text("http.request.mime_type")
    if any(word in mime for word in _PLAIN_TYPES) or body[:1] in "{[<":
        return False
    strange = sum(not letter.isprintable() and letter not in "\r\n\t" for letter in body[:400])
    return strange * 8 > len(body[:400])


def script_name(event: Event) -> str:
    """The last part of the path without its extension."""
    return event.text("url.path").rpartition("/")[2].partition(".")[0]
