"""What never arrived, by the numbers that exporters give their datagrams."""

from collections import OrderedDict
from dataclasses import dataclass

from sensors.exports.looks import IPFIX, V5, V9
from sensors.exports.memory import Stream
from sensors.exports.message import Message

#: Streams that are watched, the one silent longest going first.
MAX_STREAMS = 10_000
#: A step back of no more than this is a datagram that was overtaken; a longer one a restart.
_REORDERED = 1000
#: A step ahead of more than this is a restart, not a loss.
_PLAUSIBLE = 1_000_000
_MODULUS = 1 << 32


@dataclass
class _State:
    """The next number by each way of counting; `unit` is None until it is known which one holds."""

    by_message: int
    by_record: int
    unit: str | None
    lost: int = 0


class Sequences:
    """Of each exporter and domain. v5 counts flows (Cisco), IPFIX records (RFC 7011 3.1), sFlow datagrams.

    NetFlow v9 is to count datagrams (RFC 3954 5.1) but many count records: each stream is watched until
    one reading alone is right.
    """

    def __init__(self) -> None:
        self._streams: OrderedDict[tuple[Stream, int], _State] = OrderedDict()

    def missing(self, message: Message) -> tuple[int, str]:
        """How much did not arrive since the message before, and whether in `records` or `datagrams`.

        Negative where something counted as missing came late.
        """
        records = len(message.flows) + (len(message.options) if message.version == IPFIX else 0)
        known = None if message.waiting or message.damage else records
        return self.step(message.stream, message.version, message.sequence, known)

    def step(self, stream: Stream, version: int, sequence: int, records: int | None) -> tuple[int, str]:
        """`records` None: nobody knows how many the datagram has, so counting by records begins anew."""
        key = stream, version
        state = self._streams.pop(key, None)
        ahead = (sequence + 1) % _MODULUS, (sequence + (records or 0)) % _MODULUS
        unit = {V5: "records", IPFIX: "records", V9: None}.get(version, "datagrams")
        if records is None and unit != "datagrams":
            return 0, ""  # forgotten: the next datagram begins the count
        if state is None:
            state = _State(*ahead, unit)
            missing = 0
        else:
            missing = self._gap(state, sequence)
            if state.unit is None:
                missing = 0
                _learn(state, sequence)
            if missing >= 0 or missing < -_REORDERED:
                state.by_message, state.by_record = ahead
            missing = _judged(state, missing)
        self._streams[key] = state
        if len(self._streams) > MAX_STREAMS:
            self._streams.popitem(last=False)
        return missing, state.unit or ""

    @staticmethod
    def _gap(state: _State, sequence: int) -> int:
        expected = state.by_record if state.unit == "records" else state.by_message
        return (sequence - expected + _MODULUS // 2) % _MODULUS - _MODULUS // 2


def _learn(state: _State, sequence: int) -> None:
    if state.by_message == state.by_record:
        return
    if sequence == state.by_message:
        state.unit = "datagrams"
    elif sequence == state.by_record:
        state.unit = "records"


def _judged(state: _State, missing: int) -> int:
    """A gap counts; what comes late is taken off again, if it had been counted."""
    if missing > _PLAUSIBLE or missing < -_REORDERED:
        state.lost = 0
        return 0
    if missing < 0:
        missing = -min(state.lost, 1)
    state.lost += missing
    return missing
