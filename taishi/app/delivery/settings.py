"""How letters leave the house, as the administrator sets it. Nothing leaves by itself until that is done."""

import os
from datetime import timedelta
from pathlib import Path

import msgspec
import yaml

from taishi.core.problems import Problem
from taishi.kit.mail.message import Signer
from taishi.kit.mail.smtp import Security, Server

DEFAULT_TEXT = """\
# 送达方式。空着的就是没有启用。 How letters leave; what is empty is switched off.
portal:
  url: ""            # 单位从外面访问门户的网址，如 https://wj.example.gov.cn；写进链接和二维码
  listen: ""         # 门户监听的地址，如 127.0.0.1:8421；与管理端分开
  certificate: ""    # 证书和私钥（PEM 文件）；前面有反向代理时不用填
  key: ""
  grace_days: 5      # 期限过后链接还能用几天
mail:
  host: ""           # 邮件服务器
  port: 587
  security: starttls # starttls | tls | none
  user: ""
  password: ""       # 只写在哪里取：env:变量名 或 file:/路径
  authority: ""      # 自建证书机构的根证书（PEM 文件）
  sender: ""         # 发件地址
  name: ""           # 发件人名称，空着用本局名称
  certificate: ""    # S/MIME 签名证书和私钥（PEM 文件），可不填
  key: ""
"""


#: Where the portal listens unless told otherwise.
PORTAL = "127.0.0.1:8421"


class PortalSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    url: str = ""
    listen: str = ""
    certificate: str = ""
    key: str = ""
    grace_days: int = 5


class MailSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    host: str = ""
    port: int = 587
    security: Security = "starttls"
    user: str = ""
    password: str = ""
    authority: str = ""
    sender: str = ""
    name: str = ""
    certificate: str = ""
    key: str = ""

    @property
    def on(self) -> bool:
        return bool(self.host and self.sender)

    def server(self) -> Server:
        """Raises Problem where the password cannot be fetched."""
        authority = Path(self.authority) if self.authority else None
        return Server(self.host, self.port, self.security, self.user, secret(self.password), authority)

    def signer(self) -> Signer | None:
        return Signer(Path(self.certificate), Path(self.key)) if self.certificate else None


class DeliverySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    portal: PortalSettings = PortalSettings()
    mail: MailSettings = MailSettings()

    @property
    def grace(self) -> timedelta:
        return timedelta(days=self.portal.grace_days)


def read_delivery(text: str, name: str) -> DeliverySettings:
    """Raises Problem, naming `name` and the key, where the text is none."""
    try:
        settings = msgspec.convert(yaml.safe_load(text) or {}, DeliverySettings)
    except yaml.YAMLError as error:
        raise Problem(f"{name}: no YAML ({' '.join(str(error).split())[:160]})") from None
    except msgspec.ValidationError as error:
        raise Problem(f"{name}: {error}") from None
    for wrong in _wrong(settings):
        raise Problem(f"{name}: {wrong}")
    return settings


def _wrong(settings: DeliverySettings) -> list[str]:
    portal, mail = settings.portal, settings.mail
    found = []
    if portal.url and not portal.url.startswith(("https://", "http://")):
        found.append(f"portal.url: {portal.url} must begin with https:// or http://")
    if not 0 <= portal.grace_days <= 90:
        found.append(f"portal.grace_days: {portal.grace_days} must be 0 to 90")
    if mail.password and not mail.password.startswith(("env:", "file:")):
        found.append("mail.password: write env:NAME or file:/PATH, never the password itself")
    if mail.sender and "@" not in mail.sender:
        found.append(f"mail.sender: {mail.sender} is no mail address")
    if mail.user and mail.security == "none":
        found.append("mail.security: a password goes over TLS only; set starttls or tls")
    for part, one in (("portal", portal), ("mail", mail)):
        if bool(one.certificate) != bool(one.key):
            found.append(f"{part}.key: a certificate and its key go together")
    return found


def secret(reference: str) -> str:
    """What `env:NAME` or `file:/PATH` holds; empty where nothing is referred to. Raises Problem."""
    where, _, name = reference.partition(":")
    if where == "env":
        value = os.environ.get(name)
        if value is None:
            raise Problem(f"mail.password: the variable {name} is not set")
        return value
    if where == "file":
        try:
            return Path(name).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise Problem(f"mail.password: {name} cannot be read ({type(error).__name__})") from None
    return ""
