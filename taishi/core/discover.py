"""Parts find themselves: one new file in a folder is one new sensor, behaviour, letter or enforcer."""

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType


def discover(package: ModuleType, attribute: str) -> Iterator[object]:
    """Yields `attribute` of every module or sub-package directly inside `package`, in name order.

    Modules without the attribute are passed over (they are parts of a part).
    """
    for info in sorted(iter_modules(package.__path__), key=lambda found: found.name):
        module = import_module(f"{package.__name__}.{info.name}")
        part = getattr(module, attribute, None)
        if part is not None:
            yield part
