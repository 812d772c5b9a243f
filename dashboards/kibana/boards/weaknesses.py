"""What is weak or open: old or ended TLS, SMBv1, passwords in clear."""

from dashboards.kibana.board import Board, Is, Search, over_time, table
from taishi.core.text import Text

_OLD_TLS = Is("tls.version", ("1.0", "1.1", "2.0", "3.0"))
_ENDED = Is("taishi.tls.expired", (True,))
_SMB1 = Is("taishi.smb.version", ("1",))
_CLEAR = Is("taishi.logon.cleartext", (True,))
_SERVER = ("destination.ip", "taishi.destination.unit")

BOARD = Board(
    "weaknesses",
    Text("潜在风险线索", "Weaknesses"),
    Text("过期证书、旧版 TLS、SMBv1、明文口令", "Ended certificates, old TLS, SMBv1, passwords in clear"),
    (
        over_time("versions", Text("TLS 版本", "TLS versions"), "tls", by="tls.version"),
        table(
            "old-tls",
            Text("旧版 TLS 的服务", "Servers of old TLS"),
            "tls",
            (*_SERVER, "tls.version"),
            where=(_OLD_TLS,),
        ),
        table(
            "ended", Text("证书过期的服务", "Servers of ended certificates"), "tls", _SERVER, where=(_ENDED,)
        ),
        table("smb1", Text("SMBv1 服务", "Servers of SMBv1"), "smb", _SERVER, where=(_SMB1,)),
        table(
            "clear",
            Text("明文口令的服务", "Servers that take passwords in clear"),
            "logon",
            (*_SERVER, "network.protocol"),
            where=(_CLEAR,),
        ),
    ),
    (
        Search(
            "ended-certificates",
            Text("证书过期", "Ended certificates"),
            "tls",
            (*_SERVER, "tls.client.server_name", "tls.server.subject", "tls.server.not_after"),
            (_ENDED,),
        ),
        Search(
            "old-versions",
            Text("旧版 TLS", "Old TLS"),
            "tls",
            ("source.ip", *_SERVER, "tls.client.server_name", "tls.version"),
            (_OLD_TLS,),
        ),
        Search(
            "smbv1", Text("SMBv1", "SMBv1"), "smb", ("source.ip", *_SERVER, "taishi.smb.shares"), (_SMB1,)
        ),
        Search(
            "clear-passwords",
            Text("明文口令", "Passwords in clear"),
            "logon",
            ("source.ip", *_SERVER, "user.name", "network.protocol"),
            (_CLEAR,),
        ),
    ),
)
