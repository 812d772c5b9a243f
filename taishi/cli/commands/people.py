"""`taishi people`: who may log in."""

import argparse

from taishi.cli.data import answer_arguments, desk, person_id
from taishi.cli.output import print_json, print_table

ROLES = ("admin", "analyst", "approver", "auditor")


class People:
    name = "people"
    help = "list and add people, reset a password"
    example = "taishi people add 张三 --role analyst --role approver --data ./data"

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
        listing = acts.add_parser("list", help="everybody with their roles")
        add = acts.add_parser("add", help="make an account; its first password is printed once")
        add.add_argument("name", metavar="NAME")
        add.add_argument("--role", action="append", required=True, choices=ROLES)
        reset = acts.add_parser("reset-password", help="print a new first password")
        reset.add_argument("name", metavar="NAME")
        for act in (listing, add, reset):
            answer_arguments(act)
        for act in (add, reset):
            act.add_argument(
                "--as", dest="person", default="admin", metavar="PERSON", help="an administrator"
            )

    def run(self, args: argparse.Namespace) -> int:
        with desk(args) as found:
            if args.act == "list":
                rows = [(one.name, " ".join(one.roles)) for one in found.people.list()]
                if args.json:
                    print_json({"people": [{"name": name, "roles": roles.split()} for name, roles in rows]})
                else:
                    print_table(("name", "roles"), rows)
                return 0
            by = person_id(found, args.person)
            if args.act == "add":
                _, password = found.people.create(args.name, args.role, by)
            else:
                password = found.people.reset_password(person_id(found, args.name), by)
        if args.json:
            print_json({"name": args.name, "password": password})
        else:
            print(f"{args.name}  {password}  (to be changed at the first login)")
        return 0


COMMAND = People()
