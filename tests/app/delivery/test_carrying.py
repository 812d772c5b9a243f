"""Letters by a real mail server: sent once, tried again, passed on to the next contact, told."""

from datetime import timedelta
from pathlib import Path

import pytest

from taishi.app.delivery.carrying import LEASE, PAUSES
from taishi.app.desk import Desk, open_desk
from taishi.app.refusal import Refusal
from taishi.core.clock import FixedClock
from taishi.core.notice_records import Notice
from taishi.core.portal_records import Delivery
from taishi.core.problems import Problem
from tests.app.delivery.conftest import set_mail
from tests.dashboards.portal_county import issued
from tests.servers.mail import Post


def states(desk: Desk, notice: Notice) -> list[tuple[str, str]]:
    return [(one.to, one.state) for one in desk.deliveries.of(notice.id)]


def later(desk: Desk, by: timedelta) -> None:
    assert isinstance(desk.clock, FixedClock)
    desk.clock.advance(by)


@pytest.mark.office
def test_the_letter_arrives_with_its_link_and_its_pdf(county: Desk, mailed: Notice, post: Post) -> None:
    county.deliveries.mail(mailed.id, "admin")
    assert county.deliveries.run() == 1
    assert states(county, mailed) == [("李某", "sent")]
    (message,) = post.box.messages()
    assert message["To"] == "李某 <li@edu.example.cn>"
    assert mailed.number in message["Subject"]
    text = message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    code = text.partition("https://wj.example.gov.cn/t/")[2].split()[0]
    assert county.links.look(code) is not None
    (paper,) = message.iter_attachments()
    assert paper.get_content_type() in ("application/pdf", _WORD)
    assert len(paper.get_content()) > 5_000
    assert county.deliveries.run() == 0
    assert county.state.verify() == []


_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def test_nothing_leaves_by_itself(county: Desk) -> None:
    notice = issued(county)
    with pytest.raises(Refusal, match="没有启用"):
        county.deliveries.mail(notice.id, "admin")
    assert county.deliveries.run() == 0


def test_a_busy_server_is_tried_again_with_growing_pauses(county: Desk, mailed: Notice, post: Post) -> None:
    post.box.busy = True
    county.deliveries.mail(mailed.id, "admin")
    for pause in PAUSES:
        assert county.deliveries.run() == 1
        assert county.deliveries.run() == 0
        later(county, timedelta(minutes=pause))
    (one,) = county.deliveries.of(mailed.id)
    assert one.state == "queued"
    assert "451" in one.problem
    first = one.message_id
    post.box.busy = False
    county.deliveries.run()
    assert states(county, mailed) == [("李某", "sent")]
    assert [message["Message-ID"] for message in post.box.messages()] == [first]


def test_a_server_that_never_comes_is_given_up_visibly(county: Desk, mailed: Notice, post: Post) -> None:
    set_mail(county, 1)
    county.deliveries.mail(mailed.id, "admin")
    for pause in (*PAUSES, 0):
        county.deliveries.run()
        later(county, timedelta(minutes=pause))
    assert states(county, mailed) == [("李某", "failed")]
    assert county.deliveries.of(mailed.id)[0].problem
    set_mail(county, post.port)
    county.deliveries.mail(mailed.id, "admin")
    county.deliveries.run()
    assert ("李某", "sent") in states(county, mailed)


def test_an_unknown_recipient_passes_it_to_the_next_contact(county: Desk, mailed: Notice, post: Post) -> None:
    post.box.refusing = {"li@edu.example.cn"}
    county.deliveries.mail(mailed.id, "admin")
    county.deliveries.run()
    county.deliveries.run()
    assert sorted(states(county, mailed)) == [("李某", "refused"), ("赵某", "sent")]
    assert "550" in next(one.problem for one in county.deliveries.of(mailed.id) if one.to == "李某")
    assert post.box.messages()[0]["To"] == "赵某 <zhao@edu.example.cn>"


def test_a_bounce_passes_it_on_too_until_nobody_is_left(county: Desk, mailed: Notice, post: Post) -> None:
    county.deliveries.mail(mailed.id, "admin")
    county.deliveries.run()
    first = county.deliveries.of(mailed.id)[0]
    county.deliveries.bounced(first.id, "admin", "退信：邮箱已满")
    county.deliveries.run()
    second = next(one for one in county.deliveries.of(mailed.id) if one.to == "赵某")
    county.deliveries.bounced(second.id, "admin", "退信")
    assert sorted(states(county, mailed)) == [("李某", "bounced"), ("赵某", "bounced")]
    with pytest.raises(Refusal, match="当面送达"):
        county.deliveries.mail(mailed.id, "admin")


def test_a_line_broken_while_handing_over_is_not_sent_again(county: Desk, mailed: Notice, post: Post) -> None:
    post.box.hanging_up = True
    county.deliveries.mail(mailed.id, "admin")
    county.deliveries.run()
    (one,) = county.deliveries.of(mailed.id)
    assert one.state == "handing"
    post.box.hanging_up = False
    later(county, timedelta(days=3))
    assert county.deliveries.run() == 0
    with pytest.raises(Refusal, match="正在发送"):
        county.deliveries.mail(mailed.id, "admin", "李某")
    county.deliveries.settle(one.id, "admin", arrived=False)
    county.deliveries.run()
    assert states(county, mailed) == [("李某", "sent")]
    assert post.box.messages()[0]["Message-ID"] == one.message_id


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("at", ["before", "handing", "after"])
def test_killed_at_any_step_it_is_sent_once_or_asked_about(
    county: Desk, mailed: Notice, post: Post, at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the message goes over it is taken up again; from then on a person is asked."""
    from taishi.app.delivery import carrying

    real = carrying.send

    def dying(*given: object, **named: object) -> object:
        if at == "before":
            raise Killed
        *rest, handing = given
        if at == "handing":

            def then() -> None:
                handing()  # type: ignore[operator]
                raise Killed

            return real(*rest, then)  # type: ignore[arg-type]
        real(*given)  # type: ignore[arg-type]
        raise Killed

    county.deliveries.mail(mailed.id, "admin")
    monkeypatch.setattr(carrying, "send", dying)
    with pytest.raises(Killed):
        county.deliveries.run()
    monkeypatch.setattr(carrying, "send", real)
    again = open_desk(county.data, clock=county.clock, read_only=True)
    later(again, LEASE + timedelta(seconds=1))
    again.deliveries.run()
    (one,) = again.deliveries.of(mailed.id)
    assert len(post.box.arrived) == (0 if at == "handing" else 1)
    assert one.state == ("sent" if at == "before" else "handing")
    again.close()


def test_two_services_send_one_letter_once(county: Desk, mailed: Notice, post: Post) -> None:
    other = open_desk(county.data, clock=county.clock, read_only=True)
    county.deliveries.mail(mailed.id, "admin")
    assert sorted((county.deliveries.run(), other.deliveries.run())) == [0, 1]
    assert len(post.box.arrived) == 1
    other.close()


def test_by_hand_says_who_took_it_and_is_the_receipt(county: Desk) -> None:
    notice = issued(county)
    county.deliveries.by_hand(notice.id, "admin", "县教育局办公室 孙某")
    assert states(county, notice) == [("县教育局办公室 孙某", "handed")]
    assert county.letters.get(notice.id).state == "received"
    assert isinstance(county.clock, FixedClock)
    with pytest.raises(Refusal, match="之前"):
        county.deliveries.by_hand(notice.id, "admin", "孙某", county.clock.now() + timedelta(hours=1))
    with pytest.raises(Refusal, match="接收人"):
        county.deliveries.by_hand(notice.id, "admin", " ")


def test_a_withdrawn_letter_stops_on_its_way(county: Desk, mailed: Notice, post: Post) -> None:
    county.deliveries.mail(mailed.id, "admin")
    county.letters.withdraw(mailed.id, "admin", "误发")
    county.deliveries.run()
    assert states(county, mailed) == [("李某", "stopped")]
    assert post.box.arrived == []


def test_the_password_is_fetched_never_kept(county: Desk, mailed: Notice, post: Post, tmp_path: Path) -> None:
    kept = tmp_path / "password"
    kept.write_text("wrong\n")
    set_mail(county, post.port)
    for wrong, word in (
        ("mail: {host: h, sender: a@b, password: secret}", "never the password itself"),
        ("mail: {host: h, sender: a@b, user: u, security: none}", "over TLS only"),
        ("mail: {sender: nobody}", "no mail address"),
        ("portal: {url: example.gov.cn}", "https://"),
        ("portal: {grace_days: x}", "grace_days"),
        ("mails: {}", "mails"),
        ("a: [", "no YAML"),
    ):
        with pytest.raises(Problem, match=word):
            county.settings.set_delivery(wrong, "admin", "测试")
    county.settings.set_delivery(
        f"mail: {{host: h, sender: a@b, user: u, password: 'file:{tmp_path}/none'}}", "admin", "测试"
    )
    with pytest.raises(Problem, match="cannot be read"):
        county.settings.delivery().mail.server()
    county.settings.set_delivery(
        f"mail: {{host: h, sender: a@b, user: u, password: 'file:{kept}'}}", "admin", "测试"
    )
    assert county.settings.delivery().mail.server().password == "wrong"
    assert "wrong" not in county.settings.delivery_text()


def test_what_is_queued_shows_where_it_stands(county: Desk, mailed: Notice) -> None:
    made = county.deliveries.mail(mailed.id, "admin", "赵某")
    assert isinstance(made, Delivery)
    assert (made.to, made.address, made.state) == ("赵某", "zhao@edu.example.cn", "queued")
    with pytest.raises(Refusal, match="没有名为"):
        county.deliveries.mail(mailed.id, "admin", "钱某")
