"""Every stored event lies in one slice; a slice that a dead node left is taken up as it was."""

from collections.abc import Callable

from taishi.app.desk import Desk
from taishi.app.nodes.leases import Leases
from taishi.app.nodes.slices import Slice, Slices
from taishi.core.node_records import Lease
from tests.app.nodes.conftest import flows


def ids(taken: Slice | None) -> list[str]:
    assert taken is not None
    return [event.id for batch in taken.batches for event in batch.events()]


def test_slices_hold_every_event_once(open_data: Callable[[str], Desk]) -> None:
    desk = open_data("data")
    desk.events.write([flows(250)])
    nodes = [Slices(desk.state, desk.events, Leases(desk.state, name), 40) for name in "abc"]
    seen: list[str] = []
    for turn in range(7):
        seen += ids(nodes[turn % 3].next())
    assert all(node.next() is None for node in nodes)
    assert (len(seen), len(set(seen))) == (250, 250)
    desk.events.write([flows(10, 250)])
    assert len(ids(nodes[0].next())) == 10
    assert len(desk.state.find(Lease)) == 8


def test_what_a_dead_node_held_is_taken_up_as_it_was(open_data: Callable[[str], Desk]) -> None:
    desk = open_data("data")
    desk.events.write([flows(100)])
    now = [0.0]
    dead = Slices(desk.state, desk.events, Leases(desk.state, "dead"), 40)
    left = [ids(dead.next()), ids(dead.next())]
    leases = Leases(desk.state, "heir", 10, lambda: now[0])
    heir = Slices(desk.state, desk.events, leases, 40)
    own = heir.next()
    assert len(ids(own)) == 20
    assert heir.next() is None
    now[0] = 9.0
    assert own is not None
    with leases.done(own.lease):
        assert heir.next() is None
    now[0] = 10.0
    assert sorted([ids(heir.next()), ids(heir.next())]) == sorted(left)
    assert heir.next() is None


def test_a_node_that_dies_while_it_cuts_holds_up_nobody_for_long(open_data: Callable[[str], Desk]) -> None:
    desk = open_data("data")
    desk.events.write([flows(100)])
    now = [0.0]
    assert Leases(desk.state, "dead").acquire("cut") is not None
    heir = Slices(desk.state, desk.events, Leases(desk.state, "heir", 10, lambda: now[0]), 100)
    assert heir.next() is None
    now[0] = 10.0
    assert len(ids(heir.next())) == 100
