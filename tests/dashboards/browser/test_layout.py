"""Every page fits its window and can be read by everybody, in both looks."""

import json

import pytest

from tests.dashboards.browser.conftest import Screen

pytestmark = pytest.mark.browser

PATHS = {
    "overview": "/",
    "alerts": "/alerts",
    "letters": "/letters",
    "blocks": "/blocks",
    "units": "/units",
    "unit": "/units/u0",
    "assets": "/units/assets",
    "asset": "/units/assets/a0",
    "discovered": "/units/discovered",
    "import": "/units/import",
    "search": "/search?q=10.34.0.10",
    "event": "/events/event-web",
    "system-people": "/system/people",
    "system-settings": "/system/settings",
    "system-data": "/system/data",
    "system-policy": "/system/policy",
    "system-fieldmaps": "/system/fieldmaps",
    "system-fieldmap": "/system/fieldmaps/of/sangfor_af",
    "system-audit": "/system/audit",
    "password": "/password",
}


@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_nothing_is_wider_than_the_window(screen: Screen, width: int) -> None:
    screen.page.set_viewport_size({"width": width, "height": 900})
    wide = {}
    for name, path in PATHS.items():
        screen.open(path)
        screen.shoot(f"{name}-{width}")
        if screen.overflow() > 0:
            wide[name] = screen.overflow()
    assert wide == {}


@pytest.mark.parametrize("look", ["light", "dark"])
def test_axe_finds_nothing(screen: Screen, axe: str, look: str) -> None:
    """Contrast, names, roles, order: WCAG 2.1 A and AA."""
    screen.page.emulate_media(color_scheme="dark" if look == "dark" else "light")
    found = {}
    for name, path in PATHS.items():
        screen.open(path)
        if name == "alerts":
            screen.page.locator("a.open").first.click()
            screen.page.wait_for_selector("#beside article")
        screen.page.evaluate(axe)
        result = screen.page.evaluate(
            "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']}).then((r) => JSON.stringify("
            "r.violations.map((v) => [v.id, v.nodes.slice(0, 3).map((n) => n.html + n.failureSummary)])))"
        )
        if json.loads(result):
            found[name] = json.loads(result)
    told = json.dumps(found, ensure_ascii=False, indent=1)
    assert found == {}, told
