"""A rule's fields as the engine finds them in an event: under the names that its log source has there."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from detections.engine.correlate.matches import Value
from detections.engine.made import MADE
from detections.engine.paths import under
from detections.engine.route import Route
from detections.engine.routes import Routes
from detections.engine.rule import Rule
from taishi.core.clock import rfc3339
from taishi.core.event import Event, Json


class RuleFields:
    """Reads fields of events by the names that a rule has for them."""

    def __init__(self, routes: Routes | None = None) -> None:
        """`routes`: None means the shipped ones."""
        self._routes = routes or Routes.load()
        self._of: dict[str, tuple[Route, ...]] = {}
        self._names: dict[tuple[str, str, str], tuple[str, ...]] = {}
        self._event: Event | None = None
        self._own: dict[str, Json] = {}

    def values(self, rule: Rule, event: Event, names: Iterable[str]) -> Mapping[str, Value]:
        """The value of each field, None where the event has none."""
        if event is not self._event:  # matches of one event follow each other
            self._event, self._own = event, event.extra
        route = self._route(rule, event)
        return {name: self._value(event, self._places(rule, route, name)) for name in names}

    def _route(self, rule: Rule, event: Event) -> Route | None:
        """The first of the rule's routes that leads to the event."""
        routes = self._of.get(rule.id)
        if routes is None:
            routes = self._of[rule.id] = self._routes.of(rule.logsource)
        if len(routes) == 1:
            return routes[0]

        def given(name: str) -> object:
            return self._value(event, (name,))

        return next((one for one in routes if one.fits(event.kind, given)), None)

    def _places(self, rule: Rule, route: Route | None, name: str) -> tuple[str, ...]:
        """Where the field may stand; a name that the source cannot tell is looked for as it is."""
        if route is None:
            return (name,)
        key = (rule.id, route.name, name)
        if key not in self._names:
            self._names[key] = route.event_fields(name) or (name,)
        return self._names[key]

    def _value(self, event: Event, places: Iterable[str]) -> Value:
        """The first that has a value: own fields before ECS columns, as rules are matched."""
        for name in places:
            found = _found(self._own, name)
            if found is None:
                made = MADE.get(name)
                found = _plain(made(event) if made else event.fields.get(name))
            if found is not None:
                return found
        return None


def _found(own: dict[str, Json], name: str) -> Value:
    if name in own:
        return _plain(own[name])
    if "." in name:
        return _plain(under(own, name))
    return None


def _plain(value: object) -> Value:
    """Values that can be compared; objects cannot."""
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value if isinstance(value, (str, int, float, bool)) else None
