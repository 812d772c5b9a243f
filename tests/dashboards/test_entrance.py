"""The way in and what guards it."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from dashboards.application import create_app
from taishi.app.desk import Desk
from taishi.core.clock import FixedClock
from taishi.core.records import Alert, Person
from tests.dashboards.conftest import PASSWORD, Login, Visitor

Visit = Callable[[], Visitor]
OPEN = {"/login", "/language", "/healthz", "/metrics"}


def _routes(app: FastAPI) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for route in app.routes:
        inner = getattr(route, "original_router", None)
        for each in inner.routes if inner else [route]:
            if isinstance(each, APIRoute):
                found += [(method, each.path) for method in each.methods or ()]
    return found


def test_every_route_but_the_open_ones_asks_for_a_session(desk: Desk, visit: Visit) -> None:
    routes = _routes(create_app(desk))
    assert len(routes) > 30
    for method, path in routes:
        if path not in OPEN:
            answer = visit().ask(method, path.replace("{", "").replace("}", ""))
            assert (answer.status_code, answer.headers["location"][:6]) == (303, "/login"), path


def test_the_first_login_must_set_a_password(desk: Desk, visit: Visit) -> None:
    _, first = desk.people.create("小王", ("analyst",), "admin")
    visitor = visit()
    assert "请设置您自己的口令" in visitor.post("/login", name="小王", password=first)
    assert "请设置您自己的口令" in visitor.get("/alerts")
    visitor.get("/password")
    assert "两次输入" in visitor.post(
        "/password", 422, old=first, new=PASSWORD, again="another long password"
    )
    assert "总览" in visitor.post("/password", old=first, new=PASSWORD, again=PASSWORD)


def test_a_wrong_password_says_nothing_of_what_was_wrong(desk: Desk, visit: Visit) -> None:
    told = [
        visit().post("/login", 401, name=name, password="wrong password!") for name in ("admin", "nobody")
    ]
    assert "姓名或口令不正确" in told[0]
    assert told[0].replace("admin", "") == told[1].replace("nobody", "")


def test_five_failures_lock(desk: Desk, visit: Visit) -> None:
    for _ in range(5):
        visit().post("/login", 401, name="admin", password="wrong password!")
    visit().post("/login", 401, name="admin", password=PASSWORD)


def test_an_idle_session_ends(desk: Desk, login: Login) -> None:
    visitor = login()
    assert isinstance(desk.clock, FixedClock)
    desk.clock.advance(timedelta(minutes=31))
    assert "登录" in visitor.get("/alerts")


def test_logout_ends_the_session(desk: Desk, login: Login) -> None:
    visitor = login()
    visitor.post("/logout")
    assert visitor.ask("GET", "/").status_code == 303


def test_after_login_one_lands_where_one_wanted_to_go(desk: Desk, visit: Visit) -> None:
    visitor = visit()
    asked = visitor.ask("GET", "/alerts?level=high")
    assert asked.headers["location"] == "/login?next=%2Falerts%3Flevel%3Dhigh"
    form = {"name": "admin", "password": PASSWORD, "next": "/alerts?level=high"}
    assert visitor.ask("POST", "/login", data=form).headers["location"] == "/alerts?level=high"


def test_a_part_of_a_page_sends_the_browser_to_the_login(desk: Desk, visit: Visit) -> None:
    answer = visit().ask("GET", "/alerts/A-1", headers={"hx-request": "true", "hx-target": "beside"})
    assert answer.headers["hx-redirect"] == "/login?next=%2Falerts%2FA-1"


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x", "/a\nb", "\\/x"],
)
def test_redirects_stay_here(desk: Desk, visit: Visit, elsewhere: str) -> None:
    form = {"name": "admin", "password": PASSWORD, "next": elsewhere}
    assert visit().ask("POST", "/login", data=form).headers["location"] == "/"


def test_a_form_without_its_token_is_refused(county: Desk, login: Login) -> None:
    visitor = login()
    alert = county.alerts.list().alerts[0]
    for token in ("", "forged"):
        answer = visitor.ask("POST", f"/alerts/{alert.id}/confirm", data={"csrf": token})
        assert answer.status_code == 403
        assert "页面已过期" in answer.text
    unchanged = county.state.get(Alert, alert.id)
    assert unchanged is not None
    assert unchanged.state == "new"


def test_a_login_form_from_another_site_is_refused(desk: Desk, visit: Visit) -> None:
    form, evil = {"name": "admin", "password": PASSWORD}, {"origin": "https://evil.example"}
    assert visit().ask("POST", "/login", data=form, headers=evil).status_code == 403


def test_cookies_are_kept_from_scripts_and_other_sites(desk: Desk) -> None:
    transport = httpx.ASGITransport(create_app(desk))
    for scheme in ("http", "https"):
        visitor = Visitor(httpx.AsyncClient(transport=transport, base_url=f"{scheme}://console.test"))
        cookie = visitor.ask("POST", "/login", data={"name": "admin", "password": PASSWORD}).headers[
            "set-cookie"
        ]
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert ("Secure" in cookie) is (scheme == "https")


def test_every_answer_carries_the_safe_headers(county: Desk, login: Login) -> None:
    visitor = login()
    for path in ("/", "/login", "/static/console.css", "/nowhere", "/healthz", "/metrics"):
        headers = visitor.ask("GET", path).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
    assert visitor.ask("GET", "/").headers["cache-control"] == "no-store"


def test_health_is_open_and_well(desk: Desk, visit: Visit) -> None:
    assert visit().ask("GET", "/healthz").json() == {"ok": True, "why": []}


def test_language_is_kept_before_and_after_login(desk: Desk, visit: Visit) -> None:
    visitor = visit()
    assert "Log in" in visitor.post("/language", language="en", next="/login")
    visitor.post("/login", name="admin", password=PASSWORD)
    visitor.get("/")
    assert "Overview" in visitor.post("/language", language="en", next="/")
    person = desk.state.get(Person, "admin")
    assert person is not None
    assert person.language == "en"


def test_an_unknown_page_is_told_as_a_page(desk: Desk, login: Login) -> None:
    visitor = login()
    for path in ("/alerts/A-0", "/letters/N-0", "/blocks/B-0", "/units/u", "/events/e", "/nowhere"):
        assert "没有这一页" in visitor.get(path, 404)


@pytest.mark.parametrize(
    "query", ["days=x", "days=0", "days=99999", "from=2026-13-01", "from=2026-11-02&to=2026-11-01"]
)
def test_a_window_that_cannot_be_is_told_as_a_page(desk: Desk, login: Login, query: str) -> None:
    assert "请求无法处理" in login().get(f"/?{query}", 400)


def test_health_says_which_job_ails(desk: Desk) -> None:
    transport = httpx.ASGITransport(app=create_app(desk, ailing=lambda: ["look: disk full"]))

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url="http://taishi") as client:
            return await client.get("/healthz")

    answer = asyncio.run(ask())
    assert answer.status_code == 503
    assert answer.json() == {"ok": False, "why": ["look: disk full"]}
