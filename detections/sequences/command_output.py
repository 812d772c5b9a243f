"""The output of a command in the answer to a web request that carries one: the server ran it.

Answers whose first lines are what such commands print (directory listings, network settings, accounts) are
looked for first: they are rare, and only their requests are decoded (ATT&CK T1190, T1059). Look-alikes: pages
about commands (the output stands within a sentence, or the request carries no command), management pages
that show such output by design.
"""

import re
from collections.abc import Iterator

import pyarrow.compute as pc

from detections.decoding import decode_request
from detections.hits import Evidences, Finding, attack_hit
from detections.networks import Networks
from detections.sequences.recent import Recent
from taishi.core.ecs import Kind
from taishi.core.event import Batch
from taishi.core.records import Hit
from taishi.core.text import Text

_OUTPUT = (
    r"(?im)^\s*(?:Volume Serial Number is|Directory of [A-Z]:\\|Windows IP Configuration|"
    r"Microsoft Windows \[(?:Version|版本)|Host Name:\s+\S+\s*\r?$|total \d+\r?\n[d-][rwxst-]{9}|"
    r"Linux [\w.-]+ \d+\.\d+\.\d+\S* #\d|[a-z_][a-z0-9_-]{0,30}:[x*!]:\d+:\d+:|uid=\d+\([^)]{1,40}\) gid=\d+|"
    r"nt authority\\system|(?:eth|ens|eno)\d\w*:? .{0,80}(?:inet|Link encap|flags=))"
)
_COMMAND = re.compile(
    r"(?i)(?:\b|[/\\])(?:id|whoami|uname|ipconfig|ifconfig|netstat|systeminfo|dir|ls|cat|type|ver|hostname|"
    r"tasklist|net user|cmd(?:\.exe)?|powershell|(?:ba|z|k)?sh)\b"
)
#: What hands a command over: a parameter that is called so, or what a shell takes for a new command.
_CARRIER = re.compile(
    r"(?i)(?:cmd|exec|command|shell|run|ping|query|code|payload|system|eval)\w{0,10}=|[;|&`]\s*\w|\$\(|/bin/|"
    r"\$\{|%\{|cmd\.exe"
)

FINDING = Finding(
    "taishi.sequence.command-output",
    Text("Web 命令执行成功（已返回命令结果）", "Output of a command in answer to a web request"),
    "compromised",
    "high",
    ("T1190", "T1059"),
    Text(
        "隔离该服务器并取证，升级或修补对应组件，检查有无新增文件、外联与异常进程。",
        "Isolate the server and keep evidence, update or patch the component, look for new files, outbound "
        "connections and odd processes.",
    ),
)


class CommandOutput:
    """Watches answers, by server and client."""

    id = FINDING.rule
    kinds: frozenset[Kind] = frozenset({"http"})

    def __init__(self, _networks: Networks) -> None:
        self._answers = Recent(tuple[str, str], Evidences)

    def observe(self, batch: Batch) -> None:
        content = batch.rows.column("http.response.body.content")
        if content.null_count == len(batch):
            return
        printed = batch.rows.filter(pc.fill_null(pc.match_substring_regex(content, _OUTPUT), False))
        for event in Batch(batch.kind, printed).events():
            asked = decode_request(event)
            if _COMMAND.search(asked) and _CARRIER.search(asked):
                ends = event.text("destination.ip"), event.text("source.ip")
                if all(ends):
                    self._answers[ends].add(event, side="destination")

    def hits(self) -> Iterator[Hit]:
        for (server, client), evidence in self._answers.items():
            yield attack_hit(
                FINDING,
                evidence,
                source=client,
                target=server,
                summary=Text(
                    f"{server} 对 {client} 的 {evidence.count} 次请求返回了命令执行结果",
                    f"{server} answered {evidence.count} requests of {client} with the output of a command",
                ),
            )


SEQUENCE = CommandOutput
