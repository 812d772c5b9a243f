"""What becomes known of one SMB connection, whichever version is spoken on it."""

from dataclasses import dataclass, field

from sensors.pcap import ntlm
from sensors.pcap.carried import SEARCHED
from sensors.pcap.netbios import Frame
from sensors.pcap.rpc import Association

SUCCESS = 0
PENDING = 0x00000103
BUFFER_OVERFLOW = 0x80000005
MORE_PROCESSING = 0xC0000016
INVALID_PARAMETER = 0xC000000D
INSUFF_SERVER_RESOURCES = 0xC0000205
#: A name or password that is not right, or an account that may not log on (MS-ERREF 2.3.1).
_LOGON_REFUSED = frozenset(
    {0xC000006A, 0xC000006D, 0xC0000064, 0xC000006E, 0xC0000070, 0xC0000071, 0xC0000072, 0xC0000193}
    | {0xC0000224, 0xC0000234, 0xC000015B}
)
_KEPT = 1000


@dataclass(slots=True)
class Opened:
    """A file or pipe that was opened; bytes are those that passed."""

    path: str
    share: str
    pipe: bool
    time: int
    record: int
    size: int | None = None
    read: int = 0
    written: int = 0
    deleted: bool = False
    renamed: str | None = None
    rpc: Association | None = None
    content: bytearray = field(default_factory=bytearray)

    @property
    def action(self) -> str:
        """The weightiest thing that was done, in Zeek's words (smb_files.log)."""
        done = (
            (self.written, "SMB::FILE_WRITE"),
            (self.renamed, "SMB::FILE_RENAME"),
            (self.deleted, "SMB::FILE_DELETE"),
            (self.read, "SMB::FILE_READ"),
        )
        return next((word for happened, word in done if happened), "SMB::FILE_OPEN")


@dataclass(frozen=True, slots=True)
class Logon:
    """A session that was asked for. `status` is the server's answer, None where none was seen."""

    who: ntlm.Identity | None
    method: str
    status: int | None
    time: int
    record: int

    @property
    def outcome(self) -> str | None:
        if self.status is None:
            return None
        return "success" if self.status == SUCCESS else "failure" if self.status in _LOGON_REFUSED else None


@dataclass
class Session:
    """Facts of one connection, in the order in which they showed."""

    time: int = 0
    record: int = 0
    version: str | None = None
    dialect: str | None = None
    signing: str | None = None
    signed: int = 0
    unsigned: int = 0
    encrypted: bool = False
    anonymous: bool = False
    guest: bool = False
    systems: dict[str, str] = field(default_factory=dict)
    shares: dict[str, None] = field(default_factory=dict)
    refused: dict[str, None] = field(default_factory=dict)
    marks: dict[str, int] = field(default_factory=dict)
    logons: list[Logon] = field(default_factory=list)
    files: list[Opened] = field(default_factory=list)
    messages: int = 0
    read: int = 0
    written: int = 0

    def saw(self, frame: Frame) -> None:
        if not self.messages:
            self.time, self.record = frame.time, frame.record
        self.messages += 1

    def mark(self, word: str) -> None:
        """Notes something that no honest client or server does."""
        self.marks[word] = self.marks.get(word, 0) + 1

    def share(self, path: str, status: int) -> None:
        known = self.shares if status == SUCCESS else self.refused
        if path and path not in known and len(known) < _KEPT:
            known[path] = None

    def opened(self, path: str, share: str, frame: Frame) -> Opened:
        name = path.replace("/", "\\").removeprefix("\\")
        is_pipe = share.upper().endswith("IPC$") or (not share and name.lower() in _PIPES)
        one = Opened(name, share, is_pipe, frame.time, frame.record)
        if is_pipe:
            one.path = name[5:] if name.lower().startswith("pipe\\") else name
            one.rpc = Association(one.path.lower())
        if len(self.files) < _KEPT:
            self.files.append(one)
        return one

    def carried(self, one: Opened | None, of_client: bool, data: bytes, frame: Frame) -> None:
        """Bytes that were written to or read from what was opened."""
        if of_client:
            self.written += len(data)
        else:
            self.read += len(data)
        if one is None:
            return
        if of_client:
            one.written += len(data)
        else:
            one.read += len(data)
        if not one.pipe and len(one.content) < SEARCHED:
            one.content += data[: SEARCHED - len(one.content)]
        if one.rpc is not None:
            one.rpc.feed(of_client, data, frame.time, frame.record)

    def logged_on(self, blob: bytes, status: int | None, frame: Frame) -> None:
        """A session setup with its answer; NTLM names the user, Kerberos does not in clear."""
        who = ntlm.identity(blob)
        if who is None and not ntlm.is_kerberos(blob):
            return
        self.identified(who, status, frame)

    def identified(self, who: ntlm.Identity | None, status: int | None, frame: Frame) -> None:
        method = "kerberos" if who is None else "anonymous" if who.anonymous else "ntlm"
        self.anonymous = self.anonymous or (method == "anonymous" and status == SUCCESS)
        self.logons.append(Logon(who, method, status, frame.time, frame.record))


#: Pipes that are known by their name alone, where the connection to IPC$ was not seen.
_PIPES = frozenset(
    {
        "svcctl",
        "atsvc",
        "samr",
        "lsarpc",
        "netlogon",
        "srvsvc",
        "wkssvc",
        "winreg",
        "spoolss",
        "efsrpc",
        "epmapper",
    }
)
