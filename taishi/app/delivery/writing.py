"""The mail that carries a letter: a few plain sentences, the link, the letter itself."""

from collections.abc import Callable

from notices import wording
from taishi.app.delivery.settings import PORTAL, DeliverySettings
from taishi.app.letters import Letters
from taishi.app.portal.links import Links
from taishi.app.roles import SYSTEM
from taishi.core.clock import Clock
from taishi.core.notice_records import PAPER_NAMES, Notice, needed_papers
from taishi.core.portal_records import Delivery
from taishi.core.problems import Problem
from taishi.core.records import Bureau
from taishi.kit.mail.message import Attachment, Mail, composed
from taishi.kit.papers.paper import MEDIA_TYPES


class Writing:
    """Puts a delivery's mail together; each attempt has a fresh link, the earlier ones end."""

    def __init__(
        self,
        letters: Letters,
        links: Links,
        settings: Callable[[], DeliverySettings],
        bureau: Callable[[], Bureau],
        clock: Clock,
    ) -> None:
        self._letters, self._links = letters, links
        self._settings, self._bureau, self._clock = settings, bureau, clock

    def message(self, delivery: Delivery) -> bytes:
        """Raises Problem where the letter cannot be set or signed, ValueError for an unusable address."""
        settings, bureau = self._settings(), self._bureau()
        notice = self._letters.get(delivery.notice_id)
        attached = self._attached(notice)
        mail = Mail(
            sender=(settings.mail.name or bureau.name, settings.mail.sender),
            recipient=(delivery.to, delivery.address),
            subject=f"{notice.number} {notice.title}",
            text=_text(notice, bureau, self._way(notice, settings, delivery.to)),
            at=self._clock.now(),
            message_id=delivery.message_id,
            attachments=[attached],
        )
        return composed(mail, settings.mail.signer())

    def _attached(self, notice: Notice) -> Attachment:
        """The letter as PDF; as DOCX on a machine that cannot make one."""
        name = f"{notice.number}-{notice.unit}".replace("/", "-")
        try:
            return Attachment(f"{name}.pdf", MEDIA_TYPES["pdf"], self._letters.pdf(notice.id))
        except Problem:
            return Attachment(f"{name}.docx", MEDIA_TYPES["docx"], self._letters.docx(notice.id))

    def _way(self, notice: Notice, settings: DeliverySettings, to: str) -> str:
        if not settings.portal.url:
            papers = "和".join(PAPER_NAMES[kind].zh for kind in needed_papers(notice.type))
            return f"请填写附件中的{papers}，加盖公章后报送我局。\n"
        code, link = self._links.make(notice.id, SYSTEM, to)
        return (
            "请打开下面的链接签收并办理，不需要账号，手机和电脑都可以：\n\n"
            f"    {address_of(settings, code)}\n\n"
            "链接只用于本函，只能打开一次，请不要转发；"
            f"{wording.moment(link.expires_at)}失效。打不开时，请致电索取新的链接。\n"
        )


def address_of(settings: DeliverySettings, code: str) -> str:
    """Where a code's link leads: as units reach the portal, else where it listens of itself."""
    portal = settings.portal
    return f"{(portal.url or f'http://{portal.listen or PORTAL}').rstrip('/')}/t/{code}"


def _text(notice: Notice, bureau: Bureau, way: str) -> str:
    return (
        f"{notice.unit}：\n\n"
        f"我局向你单位发出《{notice.title}》（{notice.number}），请于{wording.moment(notice.deadline)}前办理。"
        "函件全文见附件。\n\n"
        f"{way}\n"
        f"{bureau.name}\n联系人：{bureau.contact}　电话：{bureau.phone}\n"
    )
