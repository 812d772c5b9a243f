"""What a store takes in."""

from collections.abc import Iterable, Iterator

from taishi.core.event import Batch, first_batch_error
from taishi.core.problems import Problem


def checked(batches: Iterable[Batch]) -> Iterator[Batch]:
    """The batches, as long as they fit their kind; raises Problem at the first that does not."""
    for batch in batches:
        error = first_batch_error(batch)
        if error:
            raise Problem(f"{batch.kind} events cannot be stored: {error}; mend the sensor that made them")
        yield batch
