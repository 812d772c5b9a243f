"""SMB 1, 2 and 3: what a connection shows, however its bytes were cut."""

import struct
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

SVCCTL = UUID("367abb81-9844-35f1-ad32-98f038001003")


def opened(smb1, session, user=b""):
    return (
        session.opened()
        .asks(smb1.negotiate(b"LANMAN1.0", b"NT LM 0.12"))
        .answers(smb1.negotiated(1))
        .asks(smb1.setup(user))
        .answers(smb1.set_up())
        .asks(smb1.tree())
        .answers(smb1.treed())
    )


def test_smb1_session_tells_dialect_share_and_that_it_is_anonymous(session, talk, smb1):
    event = talk(opened(smb1, session(445)).closed()).only("smb")
    assert event.text("taishi.smb.version") == "1"
    assert event.text("taishi.smb.dialect") == "NT LM 0.12"
    assert event.text("taishi.smb.signing") == "off"
    assert event.fields["taishi.smb.anonymous"] is True
    assert event.fields["taishi.smb.shares"] == ["\\\\192.0.2.2\\IPC$"]
    assert event.fields.get("taishi.smb.marks") is None


def test_a_question_in_smb1_answered_in_smb2_is_smb2(session, talk, smb1, smb2):
    said = session(445).opened().asks(smb1.negotiate(b"NT LM 0.12", b"SMB 2.???")).answers(smb2.negotiated())
    heard = talk(said.closed())
    assert heard.only("smb").text("taishi.smb.version") == "2.1"
    assert heard.only("flow").text("network.protocol") == "smb2"


@pytest.mark.parametrize(("status", "outcome"), [(0, "success"), (0xC000006D, "failure"), (0xC0000022, "")])
def test_smb1_logon_with_a_name(session, talk, smb1, status, outcome):
    said = session(445).opened().asks(smb1.negotiate()).answers(smb1.negotiated())
    logon = talk(said.asks(smb1.setup(b"clerk")).answers(smb1.set_up(status)).closed()).only("logon")
    assert (logon.text("user.name"), logon.text("event.outcome")) == ("clerk", outcome)
    assert logon.text("taishi.logon.method") == "ntlm"
    assert logon.fields["taishi.logon.cleartext"] is False


def test_session_service_on_139_is_passed_over(session, talk, smb1):
    said = session(139).opened().asks(b"\x81\x00\x00\x44" + bytes(68)).answers(b"\x82\x00\x00\x00")
    said = said.asks(smb1.negotiate()).answers(smb1.negotiated()).asks(b"\x85\x00\x00\x00" + smb1.setup())
    assert talk(said.answers(smb1.set_up()).closed()).only("smb").text("taishi.smb.version") == "1"


def test_smb2_file_that_was_written_and_read(session, talk, smb2):
    said = (
        session(445)
        .opened()
        .asks(smb2.tree("\\\\192.0.2.2\\ADMIN$"))
        .answers(smb2.treed())
        .asks(smb2.create("Temp\\run.exe"))
        .answers(smb2.created())
        .asks(smb2.write(b"MZ" + bytes(600)))
        .answers(smb2.wrote())
    )
    heard = talk(said.closed())
    file = heard.only("file")
    assert file.text("event.action") == "SMB::FILE_WRITE"
    assert file.text("file.path") == "\\\\192.0.2.2\\ADMIN$\\Temp\\run.exe"
    assert (file.text("file.name"), file.number("file.size")) == ("run.exe", 602)
    assert heard.only("smb").number("taishi.smb.written") == 602


@pytest.mark.parametrize("charset", ["utf-8", "gb18030"])
def test_what_smb2_carried_is_handed_on_for_the_search(session, talk, smb2, charset):
    """Cut into pieces within a character, as clients write and read."""
    rows = ("张三,340521198001010013,13912345678\n" * 40).encode(charset)
    pieces = [rows[at : at + 701] for at in range(0, len(rows), 701)]
    for reading in (False, True):
        said = session(445).opened().asks(smb2.tree("\\\\192.0.2.2\\共享")).answers(smb2.treed())
        said = said.asks(smb2.create("名册.csv")).answers(smb2.created())
        for number, piece in enumerate(pieces, 10):
            asked = smb2.read(number) if reading else smb2.write(piece, number)
            said = said.asks(asked).answers(smb2.was_read(piece, number) if reading else smb2.wrote(number))
        file = talk(said.closed()).only("file")
        assert file.text("event.action") == ("SMB::FILE_READ" if reading else "SMB::FILE_WRITE")
        assert file.text("file.name") == "名册.csv"
        assert file.extra["content"] == rows.decode(charset)


def test_what_smb2_carried_without_long_numbers_is_not_kept(session, talk, smb2):
    said = session(445).opened().asks(smb2.tree("\\\\192.0.2.2\\s")).answers(smb2.treed())
    said = said.asks(smb2.create("a.txt")).answers(smb2.created())
    file = talk(said.asks(smb2.write("会议纪要".encode() * 90)).answers(smb2.wrote()).closed()).only("file")
    assert "content" not in file.extra


def test_rpc_in_a_pipe_names_interface_operation_result_and_arguments(session, talk, smb2, rpc):
    stub = bytes(20) + rpc.text("updater") + bytes(4) + rpc.text("%COMSPEC% /C whoami")
    said = (
        session(445)
        .opened()
        .asks(smb2.tree("\\\\192.0.2.2\\IPC$"))
        .answers(smb2.treed())
        .asks(smb2.create("svcctl"))
        .answers(smb2.created())
        .asks(smb2.write(rpc.bind(SVCCTL, 2)))
        .answers(smb2.wrote())
        .asks(smb2.ioctl(rpc.request(12, stub)))
        .answers(smb2.ioctled(rpc.response(0, stub=bytes(24))))
    )
    call = talk(said.closed()).only("rpc")
    assert call.text("taishi.rpc.interface") == "svcctl"
    assert call.text("taishi.rpc.operation") == "RCreateServiceW"
    assert call.text("taishi.rpc.pipe") == "svcctl"
    assert call.text("taishi.rpc.result") == "0x00000000"
    assert call.text("taishi.rpc.argument") == "updater | %COMSPEC% /C whoami"


def test_encrypted_session_is_told_as_such(session, talk, smb2):
    said = session(445).opened().asks(smb2.framed(b"\xfdSMB" + bytes(80))).answers(smb2.negotiated(0x0311, 3))
    said = said.answers(smb2.framed(b"\xfdSMB" + bytes(80)))
    event = talk(said.closed()).only("smb")
    assert event.fields["taishi.smb.encrypted"] is True
    assert (event.text("taishi.smb.version"), event.text("taishi.smb.signing")) == ("3.1.1", "required")


@pytest.mark.parametrize(
    ("size", "offset", "marked"), [(0xFFFFFFFF, 16, True), (4096, 0xFFFFFF00, True), (4096, 8, False)]
)
def test_compression_header_that_overflows(session, talk, smb2, size, offset, marked):
    head = b"\xfcSMB" + struct.pack("<IHHI", size, 2, 0, offset)
    said = session(445).opened().asks(smb2.framed(head + bytes(64))).answers(smb2.negotiated(0x0311))
    marks = talk(said.closed()).only("smb").fields.get("taishi.smb.marks")
    assert (marks == ["compression-overflow"]) is marked


def test_messages_cut_into_single_bytes_and_glued_together(session, talk, smb1):
    whole = smb1.negotiate() + smb1.setup() + smb1.tree() + smb1.trans2(14)
    said = session(445).opened()
    for byte in whole:
        said.asks(bytes((byte,)))
    said.answers(
        smb1.negotiated() + smb1.set_up() + smb1.treed() + smb1.trans2_answer(smb1.NOT_IMPLEMENTED, 81)
    )
    event = talk(said.closed()).only("smb")
    assert event.fields["taishi.smb.marks"] == ["trans2-session-setup", "multiplex-id-raised"]


def test_what_follows_a_hole_is_read(session, talk, smb1):
    said = opened(smb1, session(445))
    said.sequences[0] += 3000
    said.asks(bytes(37) + smb1.trans2(14)).answers(smb1.trans2_answer(smb1.NOT_IMPLEMENTED, 81))
    assert "multiplex-id-raised" in talk(said.closed()).only("smb").fields["taishi.smb.marks"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_messages_do_no_harm(data, session, talk, smb1, smb2, rpc):
    good = [
        smb1.negotiate(),
        smb1.trans2(14, b"x" * 40),
        smb1.nt_trans(),
        smb1.secondary(0x33, b"y" * 90),
        smb1.write(0x4000, b"z" * 30, 0x4000),
        smb2.create("svcctl"),
        smb2.ioctl(rpc.bind(SVCCTL)),
    ]
    said = session(445).opened()
    for message in data.draw(st.lists(st.sampled_from(good), min_size=1, max_size=8)):
        broken = bytearray(message)
        for place, value in data.draw(
            st.lists(st.tuples(st.integers(4, len(message) - 1), st.integers(0, 255)), max_size=6)
        ):
            broken[place] = value
        (said.asks if data.draw(st.booleans()) else said.answers)(bytes(broken))
    heard = talk(said.closed())
    assert heard.rejects == []
    assert len(heard.of("flow")) == 1
