"""Access logs of AWS Application Load Balancers: one request a line, fields separated by blanks.

Source: AWS, Elastic Load Balancing, "Access logs for your Application Load Balancer" (entry syntax). The
request names its URL in full; what goes to the target is its path.
"""

import re
from collections.abc import Iterator

from sensors.lines import Damaged, Seen, read_lines, share, shown
from sensors.values import count, filled, moment, number, parsed_address
from sensors.web import url_columns
from taishi.core.event import Batch, Json, Value
from taishi.core.source import Reject, Source

_LINE = re.compile(
    r"(?P<type>https?|h2|grpcs|wss?) (?P<time>\d{4}-\d\d-\d\dT[\d:.]+Z) (?P<balancer>\S+) "
    r"(?P<client>\S+):(?P<client_port>\d{1,5}) "
    r"(?:-|(?P<target>\S+):(?P<target_port>\d{1,5})) (?:-?[\d.]+ ){3}"
    r"(?P<status>\d{3}|-) (?P<target_status>\d{3}|-) (?P<received>\d+) (?P<sent>\d+) "
    r'"(?P<method>\S+) (?P<url>.*?) (?P<version>\S+)" "(?P<agent>[^"]*)"(?P<rest>.*)',
    re.DOTALL,
)
_ORIGIN = re.compile(r"\w{2,5}://([^/?]*)(.*)", re.DOTALL)


class AwsAlb:
    """The client is the source, the target the destination, the name in the URL the site."""

    name = "aws_alb"

    def recognizes(self, source: Source) -> int:
        return 88 if share(source, lambda line: _LINE.match(shown(line))) >= 0.5 else 0

    def read(self, source: Source, reject: Reject) -> Iterator[Batch]:
        return read_lines(self.name, source, reject, lambda line: [_seen(shown(line))])


def _seen(text: str) -> Seen:
    found = _LINE.fullmatch(text)
    if found is None:
        raise Damaged("no line of a load balancer (type, time, balancer, client, target, …)")
    status, agent = number(found["status"], "status"), found["agent"]
    row: dict[str, Value] = {
        "@timestamp": moment(found["time"], "time"),
        "event.kind": "event",
        "event.category": "web",
        "event.type": "access",
        "event.outcome": None if status is None else "success" if status < 400 else "failure",
        "event.module": "aws",
        "event.dataset": "aws.elb_logs",
        "network.protocol": "http",
        "network.transport": "tcp",
        "source.ip": parsed_address(found["client"]),
        "source.port": number(found["client_port"], "port"),
        "destination.ip": parsed_address(found["target"] or ""),
        "destination.port": number(found["target_port"], "port"),
        "http.request.method": found["method"] if found["method"] != "-" else None,
        "http.request.bytes": count(found["received"], "bytes"),
        "http.response.status_code": status,
        "http.response.bytes": count(found["sent"], "bytes"),
        "http.version": found["version"].partition("/")[2] or None,
        "user_agent.original": agent if agent != "-" else None,
        **_target(found["url"]),
    }
    extra: dict[str, Json] = {
        "balancer": found["balancer"],
        "type": found["type"],
        "rest": found["rest"].strip(),
    }
    return Seen("http", filled(row), extra, text)


def _target(url: str) -> dict[str, Value]:
    found = _ORIGIN.match(url)
    return url_columns(found[2] or "/", found[1]) if found else url_columns(url)


SENSOR = AwsAlb()
