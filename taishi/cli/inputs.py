"""What a document says of one input."""

from taishi.app.intake import Input
from taishi.cli.output import Document


def input_document(one: Input) -> Document:
    """Counts, and every reason for what was set aside or could not be used."""
    reasons = dict(one.reasons)
    if one.unusable:
        reasons[one.unusable] = 1
    return {
        "path": one.path,
        "kind": one.kind,
        "events": one.events,
        "quarantined": one.quarantined,
        "reasons": reasons,
    }
