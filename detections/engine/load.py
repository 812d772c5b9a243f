"""Rules from files become a pack: parsed once, kept on disk, nothing dropped without a line saying why."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import msgspec

from detections.engine.correlate.definition import Correlation
from detections.engine.files import EXAMPLES, texts
from detections.engine.plan import Plan
from detections.engine.rule import Refusal, Rule
from taishi.kit.kept import Kept

__all__ = ["EXAMPLES", "Options", "RulePack", "load_rules"]

#: Told how many of how many files are parsed.
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Options:
    """What a site adds to rules: values of placeholders, routes of its own, a pySigma pipeline (files)."""

    placeholders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    routes: Path | None = None
    pipelines: tuple[Path, ...] = ()


class RulePack(msgspec.Struct):
    """What folders or archives of rules gave. Nothing is dropped without a line in `refused`."""

    plan: Plan = Plan()
    correlations: tuple[Correlation, ...] = ()
    filters: int = 0
    refused: tuple[Refusal, ...] = ()

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The single-event rules, in the order in which they were found."""
        return self.plan.rules

    def __len__(self) -> int:
        return len(self.plan.rules) + len(self.correlations)


def load_rules(
    paths: Iterable[Path],
    options: Options | None = None,
    kept: Kept | None = None,
    progress: Progress | None = None,
) -> RulePack:
    """Every rule under the paths (folder, file or zip). Raises Problem where a path has none to read."""
    options, kept = options or Options(), kept or Kept(None)
    found = [one for path in paths for one in texts(path)]
    told = _told(found, options)
    pack = _known(kept, told)
    if pack is None:
        from detections.engine.compile import compile_rules  # pySigma takes a second: only when it is needed

        pack = compile_rules(found, options, progress)
        kept.put("rules", told, _encoder.encode(pack))
    return pack


_encoder = msgspec.msgpack.Encoder()


def _known(kept: Kept, told: str) -> RulePack | None:
    content = kept.get("rules", told)
    if content is None:
        return None
    try:
        return msgspec.msgpack.decode(content, type=RulePack)
    except msgspec.DecodeError:
        return None


def _told(found: Iterable[tuple[str, str | Refusal]], options: Options) -> str:
    """Everything that a pack depends on, as one hash: texts, options, and the code that compiles them."""
    digest = hashlib.blake2b(_code())
    for part in (*_option_texts(options), *(text for one in found for text in _texts(*one))):
        digest.update(len(part).to_bytes(8))
        digest.update(part.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _texts(name: str, text: str | Refusal) -> tuple[str, str]:
    return name, text if isinstance(text, str) else text.reason


def _option_texts(options: Options) -> Iterator[str]:
    yield repr(sorted(options.placeholders.items()))
    folder = sorted(options.routes.glob("*.yml")) if options.routes else []
    for path in (*folder, *options.pipelines):
        yield str(path)
        yield path.read_text("utf-8", "replace")


@cache
def _code() -> bytes:
    digest = hashlib.blake2b(version("pysigma").encode())
    package = Path(str(files("detections.engine")))
    for path in sorted([*package.rglob("*.py"), *package.rglob("*.yml")]):
        digest.update(path.read_bytes())
    return digest.digest()
