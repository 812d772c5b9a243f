from collections.abc import Callable

import pytest

HEAD = (
    "StartTime,Dur,Proto,SrcAddr,Sport,Dir,DstAddr,Dport,State,sTos,dTos,"
    "TotPkts,TotBytes,SrcBytes,SrcPkts,Label\n"
)


def row(state: str, proto: str = "tcp") -> str:
    return (
        f"2026/03/01 00:00:00.5,1.5,{proto},192.0.2.1,4000,   ->,198.51.100.2,445,{state},0,0,3,300,100,2,x\n"
    )


def test_a_flow(read: Callable) -> None:
    event = read(HEAD + row("FSPA_FSPA")).only
    expected = {
        "source.ip": "192.0.2.1",
        "destination.port": 445,
        "network.transport": "tcp",
        "source.bytes": 100,
        "destination.bytes": 200,
        "source.packets": 2,
        "destination.packets": 1,
        "event.duration": 1_500_000_000,
        "taishi.flow.state": "SF",
    }
    assert {name: event.fields.get(name) for name in expected} == expected
    assert event.extra["Label"] == "x"


@pytest.mark.parametrize(
    ("state", "word"),
    [("S_", "S0"), ("S_RA", "REJ"), ("SPA_SRPA", "RSTR"), ("CON", "SF"), ("REQ", "S0"), ("S0", "S0")],
)
def test_states(read: Callable, state: str, word: str) -> None:
    assert read(HEAD + row(state)).only.text("taishi.flow.state") == word


def test_damaged_rows(read: Callable) -> None:
    made = read(HEAD + row("S_") + row("S_").replace(",445,", ",many,") + "1,2,3\n")
    assert len(made.events) == 1
    assert made.reasons == ["Dport is no port: 'many'", "3 values for 16 columns"]
