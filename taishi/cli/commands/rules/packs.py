"""`taishi rules add`, `update`, `rollback` and `remove`."""

import argparse
from pathlib import Path

from taishi.app.rule_changes import Changes
from taishi.app.rulebook import PackManifest, Taken, pack_name
from taishi.cli.commands.rules.installed import rulebook
from taishi.cli.data import answer_arguments
from taishi.cli.output import Document, print_json
from taishi.core.clock import rfc3339
from taishi.core.problems import Problem

_LATER = "a running service takes it up at its next look"


class Add:
    name = "add"
    help = "check a folder, file or release zip and keep it for this data directory"
    examples = (
        "taishi rules add sigma_core.zip --data ./data",
        "taishi rules add ~/sigma --name sigmahq --as 张三 --why 'release of May' --data ./data",
    )

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("path", type=Path, metavar="PATH")
        parser.add_argument("--name", metavar="NAME", help="what to call the pack (default: the file's name)")
        _act_arguments(parser)

    def run(self, args: argparse.Namespace) -> int:
        with rulebook(args) as book:
            taken = book.add(args.path, args.person, args.why, args.name)
        if args.json:
            print_json(_taken_document(taken))
            return 0
        _print_taken(taken)
        print(_LATER if taken.applied else "it is installed already; nothing was changed")
        return 0


class Update:
    name = "update"
    help = "what a new version of a pack changes; with --apply, change it (and keep the old one for rollback)"
    examples = (
        "taishi rules update sigma_core.zip --data ./data",
        "taishi rules update sigmahq --from ~/sigma --apply --as 张三 --data ./data",
    )

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "target", metavar="NAME|PATH", help="an installed pack, or the new version of one"
        )
        parser.add_argument(
            "--from",
            dest="path",
            type=Path,
            metavar="PATH",
            help="the new version (default: where it came from)",
        )
        parser.add_argument("--apply", action="store_true", help="change it; otherwise only tell")
        _act_arguments(parser)

    def run(self, args: argparse.Namespace) -> int:
        with rulebook(args) as book:
            name, path = _meant(args, [pack.name for pack in book.packs()])
            taken = book.update(name, path, args.person, args.why, apply=args.apply)
        if args.json:
            print_json(_taken_document(taken))
            return 0
        _print_taken(taken)
        _print_changes(taken.changes or Changes((), (), ()))
        again = f" --from {args.path}" if args.path else ""
        print(
            _LATER
            if taken.applied
            else f"nothing is changed yet: taishi rules update {args.target}{again} --apply"
        )
        return 0


class Rollback:
    name = "rollback"
    help = "put back the version before the last update, or a removed pack"
    examples = ("taishi rules rollback sigma_core --as 张三 --why 'too many hits' --data ./data",)

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("name", metavar="NAME")
        _act_arguments(parser)

    def run(self, args: argparse.Namespace) -> int:
        with rulebook(args) as book:
            manifest = book.rollback(args.name, args.person, args.why).manifest
        said = _origin(manifest) if manifest else "version unknown"
        print_json({"name": args.name, "version": said}) if args.json else print(
            f"{args.name}: {said} is back; {_LATER}"
        )
        return 0


class Remove:
    name = "remove"
    help = "take a pack away; `rollback` brings it back"
    examples = ("taishi rules remove sigma_core --as 张三 --data ./data",)

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("name", metavar="NAME")
        _act_arguments(parser)

    def run(self, args: argparse.Namespace) -> int:
        with rulebook(args) as book:
            book.remove(args.name, args.person, args.why)
        if args.json:
            print_json({"name": args.name})
        else:
            print(f"{args.name}: removed; a running service drops it at its next look")
        return 0


def _act_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--as", dest="person", default="admin", metavar="PERSON", help="an administrator (default: admin)"
    )
    parser.add_argument("--why", default="", metavar="REASON", help="reason, kept in the audit")
    answer_arguments(parser)


def _meant(args: argparse.Namespace, installed: list[str]) -> tuple[str, Path | None]:
    """An installed pack's name, or a path whose file name is one."""
    if args.target in installed or args.path is not None:
        return args.target, args.path
    path = Path(args.target)
    name = pack_name(path)
    if path.exists() and name not in installed:
        listed = ", ".join(installed) or "none"
        raise Problem(
            f"{path}: no pack called {name} is installed (there are: {listed});"
            f" say which one it updates: taishi rules update NAME --from {path}"
        )
    return (name, path) if path.exists() else (args.target, None)


def _origin(manifest: PackManifest) -> str:
    return manifest.version or f"sha256 {manifest.sha256[:12]}"


def _print_taken(taken: Taken) -> None:
    known = taken.manifest
    more = f", {known.correlations} correlations" if known.correlations else ""
    print(f"{known.name}: {known.rules} rules{more}, {known.refused} refused ({_origin(known)})")
    for folder, count in known.left_out.items():
        print(f"left out: {folder}/ ({count} files), which holds no rules to be used")
    for one in taken.refused:
        print(f"! {one.path}: {one.reason}")


def _print_changes(changes: Changes) -> None:
    for added in changes.added:
        print(f"+ {added.level or '—':<13} {added.title}  {added.id}")
    for removed in changes.removed:
        print(f"- {removed.level or '—':<13} {removed.title}  {removed.id}")
    for changed in changes.changed:
        print(f"~ {changed.title}  {changed.id}: {'; '.join(changed.what)}")
    print(f"{len(changes.added)} added, {len(changes.removed)} removed, {len(changes.changed)} changed")


def _taken_document(taken: Taken) -> Document:
    known = taken.manifest
    document: dict[str, object] = {
        "name": known.name,
        "rules": known.rules,
        "correlations": known.correlations,
        "filters": known.filters,
        "refused": [{"path": one.path, "reason": one.reason} for one in taken.refused],
        "version": known.version,
        "sha256": known.sha256,
        "source": known.source,
        "at": rfc3339(known.added_at),
        "applied": taken.applied,
    }
    if taken.changes is not None:
        new, old = taken.changes.added, taken.changes.removed
        document["added"] = [{"id": one.id, "title": one.title, "level": one.level} for one in new]
        document["removed"] = [{"id": one.id, "title": one.title, "level": one.level} for one in old]
        document["changed"] = [
            {"id": one.id, "title": one.title, "what": one.what} for one in taken.changes.changed
        ]
    return document


ACTS = (Add(), Update(), Rollback(), Remove())
