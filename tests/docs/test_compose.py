"""What docker-compose.yml publishes, and that it holds no password; `scripts/check` asks the schema."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent.parent
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
SERVICES: Mapping[str, Mapping[str, object]] = COMPOSE["services"]
each = pytest.mark.parametrize("name", SERVICES)


@each
def test_it_is_published_on_loopback_only(name: str) -> None:
    ports = SERVICES[name].get("ports", [])
    assert isinstance(ports, list)
    assert all(str(port).startswith("127.0.0.1:") for port in ports)


@each
def test_its_passwords_are_files(name: str) -> None:
    environment = SERVICES[name].get("environment", {})
    assert isinstance(environment, dict)
    named = {
        key: value for key, value in environment.items() if re.search("password|secret|token", key, re.I)
    }
    assert all(
        key.endswith("_FILE") and str(value).startswith("/run/secrets/") for key, value in named.items()
    )
    secrets = SERVICES[name].get("secrets", [])
    assert isinstance(secrets, list)
    assert all(set(COMPOSE["secrets"][one]) == {"file"} for one in secrets)


@each
def test_it_says_how_it_is_and_gains_no_rights(name: str) -> None:
    assert SERVICES[name].get("healthcheck")
    assert "no-new-privileges:true" in str(SERVICES[name].get("security_opt"))


@each
def test_its_image_is_of_one_version_and_names_no_registry(name: str) -> None:
    image = str(SERVICES[name]["image"])
    where, _, tag = image.rpartition(":")
    assert tag
    assert tag != "latest"
    assert "." not in where


def test_only_the_service_starts_without_a_profile() -> None:
    assert [name for name, one in SERVICES.items() if "profiles" not in one] == ["taishi"]


def test_secrets_are_never_committed() -> None:
    assert "/secrets/" in (ROOT / ".gitignore").read_text("utf-8").splitlines()


def test_what_services_wait_for_is_there() -> None:
    for service in SERVICES.values():
        waits = service.get("depends_on", {})
        assert isinstance(waits, dict)
        assert set(waits) <= set(SERVICES)
