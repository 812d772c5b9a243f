"""What opening a store to write puts in order after a crash."""

from collections.abc import Iterator, Sequence
from functools import partial
from mmap import ACCESS_READ, mmap
from pathlib import Path

from taishi.core.ledger import Fates
from taishi.store.embedded.folder import Folder
from taishi.store.embedded.known import Known, digests
from taishi.store.embedded.manifest import Manifest
from taishi.store.embedded.segments import beside, read_segment, write_durably
from taishi.store.spool import Counted, Damage, Frame, scan


def sweep(folder: Folder, manifest: Manifest) -> None:
    """Removes what a crash left between two steps: files that the manifest does not list."""
    listing = manifest.listing()
    current = folder.spool(listing.generation)
    listed = {one.path for one in listing.segments} | set(manifest.replaced())
    runs = {name for name, _ in manifest.known()}
    for path in folder.segments.iterdir():
        if path.name not in listed:
            path.unlink()
    kept = {path for name in listed for path in beside(folder.segments / name)}
    for path in (*folder.sketches.iterdir(), *folder.rollups.iterdir()):
        if path not in kept:
            path.unlink()
    for path in folder.known.iterdir():
        if path.name not in runs:
            path.unlink()
    for path in folder.spools.glob("*.spool"):
        if path != current:
            path.unlink()


def read_spool(path: Path, marker: bytes, manifest: Manifest) -> tuple[list[Frame | Counted], int]:
    """The spool's frames and where the last one ends. What is damaged or torn is noted in the manifest
    and its bytes are kept beside the spool, so that nothing goes without a word.
    """
    data = mapped(path)
    frames, end = list[Frame | Counted](), 0
    for part in scan(data, marker):
        if not isinstance(part, Damage):
            frames.append(part)
            end = part.end
        else:
            kept = path.with_name(f"{path.stem}-{part.offset}.{part.what}")
            if not kept.exists():
                piece = data[part.offset : part.offset + part.size]
                write_durably(kept, partial(_write_bytes, piece))
            manifest.note(path.name, part)
    return frames, end


def corrections(parts: Sequence[Frame | Counted]) -> Iterator[Counted]:
    """What makes counts fit the rows again where damage took one and not the other. Rows without their count
    are there all the same: they count for nobody's sensor. Rows that were counted and are lost are stored no
    longer: their bytes are kept with what is damaged, so they count as quarantined for whoever sent them.
    """
    rows = sum(part.rows.num_rows for part in parts if isinstance(part, Frame))
    lost = sum(part.fates.stored for part in parts if isinstance(part, Counted)) - rows
    if lost < 0:
        yield Counted("", Fates(stored=-lost))
    here = 0
    for part in parts:
        if isinstance(part, Frame):
            here += part.rows.num_rows
            continue
        missing, here = min(lost, part.fates.stored - here), 0
        if missing > 0:
            lost -= missing
            yield Counted(part.sensor, Fates(stored=-missing, quarantined=missing))


def mapped(path: Path) -> bytes | mmap:
    """A spool's content; rows that are made from it stay where they are in the file, whatever its size."""
    if not path.exists() or not path.stat().st_size:
        return b""
    with path.open("rb") as file:
        return mmap(file.fileno(), 0, access=ACCESS_READ)


def _write_bytes(data: bytes, path: Path) -> None:
    path.write_bytes(data)


def known_ids(folder: Folder, manifest: Manifest) -> Known:
    """The index of stored ids, made again from the segments where it does not fit them."""
    segments = manifest.listing().segments
    known = Known.open(folder.known, manifest.known(), sum(one.rows for one in segments))
    if known is not None:
        return known
    known = Known(folder.known, ())
    for segment in segments:
        column = read_segment(folder.segments / segment.path, columns=["event.id"]).column("event.id")
        known = known.adding(digests(column.to_pylist()))
    manifest.set_known(known.listed())
    return known
