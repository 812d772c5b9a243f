"""Rules against events: routed by kind, channel and event code, then matched exactly."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from detections.engine.rule import Predicate, Rule, Variant
from detections.engine.view import View
from taishi.core.ecs import Kind
from taishi.core.event import Batch, Event

_Candidate = tuple[Predicate, Rule]
_Key = tuple[str | None, str | None]


class SigmaEngine:
    """Matches single-event rules. Pure: the same batch gives the same hits, whatever came before."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._by_kind: dict[Kind, list[_Candidate]] = defaultdict(list)
        self._windows: dict[_Key, list[_Candidate]] = defaultdict(list)
        self.count = 0
        for rule in rules:
            self.count += 1
            for variant in rule.variants:
                self._place(rule, variant)

    def match(self, batch: Batch) -> Iterator[tuple[Rule, Event]]:
        """Every (rule, event) that hits; a rule at most once an event."""
        if batch.kind != "windows" and not self._by_kind.get(batch.kind):
            return
        for event in batch.events():
            for rule in self.match_event(event):
                yield rule, event

    def match_event(self, event: Event) -> Iterator[Rule]:
        view, hit = View(event), set[str]()
        for matches, rule in self._candidates(event, view):
            if rule.id not in hit and matches(view):
                hit.add(rule.id)
                yield rule

    def _place(self, rule: Rule, variant: Variant) -> None:
        for kind in variant.kinds:
            if kind != "windows":
                self._by_kind[kind].append((variant.matches, rule))
        if "windows" in variant.kinds:
            for channel in variant.channels or (None,):
                for code in variant.codes or (None,):
                    self._windows[channel, code].append((variant.matches, rule))

    def _candidates(self, event: Event, view: View) -> Iterator[_Candidate]:
        if event.kind != "windows":
            yield from self._by_kind.get(event.kind, ())
            return
        channel = str(view.raw("Channel") or event.text("winlog.channel")).lower()
        code = str(view.raw("EventID") or event.text("event.code"))
        for key in ((channel, code), (channel, None), (None, code), (None, None)):
            yield from self._windows.get(key, ())
