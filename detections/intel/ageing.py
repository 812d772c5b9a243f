"""Indicators age: what nobody has confirmed for long counts for less.

MISP's polynomial score: base × (1 − (t/τ)^(1/δ)), t since the last sighting, τ the lifetime, δ the decay
speed (Mokaddem et al., "Taxonomy driven indicator scoring in MISP threat intelligence platforms",
arXiv:1902.03914, section 4). Lifetimes for addresses are those of MISP's "NIDS Simple Decaying Model" (120
days, δ 2, threshold 30 at a base score of 80); names and URLs are given longer; a hash never ages, since the
file stays what it is. The score is taken at the event's own time, so that the same file gives the same
verdict tomorrow, and an event from before an indicator was written is not held to its age.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from taishi.core.indicators import Indicator, IndicatorType
from taishi.core.text import Text


@dataclass(frozen=True)
class Model:
    """`threshold` is of the same scale as the base score, 0 to 100."""

    lifetime: timedelta
    speed: float
    threshold: float
    base: float = 80


_NIDS = Model(timedelta(days=120), 2.0, 30)
MODELS: dict[IndicatorType, Model] = {
    "address": _NIDS,
    "network": _NIDS,
    "domain": Model(timedelta(days=365), 2.0, 30),
    "url": Model(timedelta(days=180), 2.0, 30),
    "email": Model(timedelta(days=365), 2.0, 30),
    "certificate": Model(timedelta(days=365), 2.0, 30),
}


@dataclass(frozen=True)
class Score:
    """`value` 0 to 100; `stale` where it is below the model's threshold."""

    value: float
    stale: bool
    why: Text


def score_at(indicator: Indicator, at: datetime) -> Score:
    """What an indicator is still worth at a moment."""
    model, last = MODELS.get(indicator.type), indicator.last_seen or indicator.at
    if indicator.expires is not None and at >= indicator.expires:
        day = indicator.expires.date().isoformat()
        return Score(0, True, Text(f"已于 {day} 过期，定为低危", f"expired on {day}: low"))
    if model is None:
        return Score(80, False, Text("", ""))
    share = max(0.0, (at - last) / model.lifetime)
    value = model.base * (1 - min(1.0, share) ** (1 / model.speed))
    day = last.date().isoformat()
    zh, en = ("降一级", "one level down") if value > 0 else ("定为低危", "low")
    why = Text(
        f"最后一次确认是 {day}，已陈旧（分值 {value:.0f} < {model.threshold:.0f}），{zh}",
        f"last confirmed on {day}: stale (score {value:.0f} below {model.threshold:.0f}), {en}",
    )
    return Score(value, value < model.threshold, why)
