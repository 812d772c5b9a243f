"""The forms there are: every YAML file in `forms/` beside this, and in the folder `TAISHI_FORMS` names.

A file is a list of services: `service`, `programs` (syslog tags; any where absent), `messages` and `records`.
"""

import os
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec
import yaml
from ahocorasick_rs import AhoCorasick

from sensors.services.form import Form
from taishi.core.problems import Problem

_OWN = Path(__file__).parent / "forms"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Entry(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    says: str
    outcome: Literal["failure", "success", "denied", "alert"] = "failure"
    action: str = "login"


class _Message(_Entry, forbid_unknown_fields=True, frozen=True):
    form: str = ""


class _Record(_Entry, forbid_unknown_fields=True, frozen=True):
    where: dict[str, str | int | bool | list[str | int]] = {}
    fields: dict[str, str] = {}


class _Service(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    service: str
    #: Where the forms come from: manual or source file of the service.
    source: str
    programs: list[str] = []
    messages: list[_Message] = []
    records: list[_Record] = []


class Forms:
    """Forms, found by the words that must stand in a text: all at once, however many forms there are."""

    def __init__(self, forms: Sequence[Form]) -> None:
        self._forms = forms
        self._worded = [number for number, form in enumerate(forms) if form.says]
        self._any = {number for number, form in enumerate(forms) if not form.says}
        self._search = AhoCorasick([forms[number].says for number in self._worded])

    def that_may_fit(self, text: str) -> Iterator[Form]:
        """Those whose words stand in the text, in their order."""
        try:
            found = self._search.find_matches_as_indexes(text, overlapping=True)
        except UnicodeEncodeError:  # half of a surrogate pair, which no UTF-8 has
            return iter([form for form in self._forms if form.says in text])
        numbers = {self._worded[one[0]] for one in found} | self._any
        return map(self._forms.__getitem__, sorted(numbers))


@cache
def messages() -> Forms:
    """Forms of lines of text, to be searched for."""
    return Forms(message_forms())


@cache
def records() -> Forms:
    """Forms of JSON objects and of `key=value` lines, to be searched for."""
    return Forms(record_forms())


@cache
def message_forms() -> tuple[Form, ...]:
    """Forms of lines of text, in the order of files and of lines in them."""
    return tuple(form for form in _all_forms() if form.form)


@cache
def record_forms() -> tuple[Form, ...]:
    """Forms of JSON objects and of `key=value` lines."""
    return tuple(form for form in _all_forms() if not form.form)


@cache
def _all_forms() -> tuple[Form, ...]:
    named = os.environ.get("TAISHI_FORMS")
    folders = [_OWN, Path(named)] if named else [_OWN]
    files = [path for folder in folders for path in sorted(folder.glob("*.yml"))]
    return tuple(form for path in files for form in read_forms(path))


def read_forms(path: Path) -> list[Form]:
    """Raises Problem where a file is none of forms."""
    try:
        # Safe: both are safe loaders; the compiled one is not everywhere.
        found = yaml.load(path.read_bytes(), _LOADER)  # noqa: S506
        services = msgspec.convert(found or [], list[_Service])
        forms = [form for service in services for form in _forms(service)]
        for form in forms:
            _ = form.form and form.pattern
    except (OSError, yaml.YAMLError, msgspec.ValidationError, re.error) as error:
        raise Problem(f"{path}: no forms of messages ({' '.join(str(error).split())})") from None
    return forms


def _forms(service: _Service) -> Iterator[Form]:
    programs = frozenset(service.programs)
    for one in service.messages:
        yield Form(
            service.service, one.says, one.outcome, one.action, one.form or re.escape(one.says), programs,
        )  # fmt: skip
    for record in service.records:
        where = {name: _texts(value) for name, value in record.where.items()}
        yield Form(
            service.service, record.says, record.outcome, record.action, "", programs, where, record.fields,
        )  # fmt: skip


def _texts(value: str | int | bool | list[str | int]) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    return tuple(str(one).lower() for one in values)
