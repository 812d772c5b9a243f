"""`taishi up`: the service."""

import argparse
import logging
import os
import signal
import sys
from threading import Thread

from taishi.app.delivery.settings import PORTAL
from taishi.app.demo import prepare
from taishi.app.desk import Desk, open_desk
from taishi.app.service import Service
from taishi.bus.address import client_properties
from taishi.cli.data import data_arguments
from taishi.cli.listening import listen_address, require_free
from taishi.cli.portal_server import PortalServer
from taishi.core.problems import Problem
from taishi.core.searching import RuleSearch, Searchable


class Up:
    name = "up"
    help = "run the service: inbox, detection, jobs and console, until Ctrl-C"
    example = "taishi up --demo --listen 127.0.0.1:8420 --data ./data"

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        data_arguments(parser)
        parser.add_argument("--demo", action="store_true", help="with a sample week of a county's traffic")
        parser.add_argument(
            "--listen", default="127.0.0.1:8420", metavar="HOST:PORT", help="where the console answers"
        )

        parser.add_argument(
            "--portal",
            nargs="?",
            const=PORTAL,
            metavar="HOST:PORT",
            help=f"where the unit portal answers (without a value {PORTAL}; default: as set, else nowhere)",
        )
        parser.add_argument(
            "--tls-cert", metavar="FILE", help="console and intake over TLS: certificate (PEM)"
        )
        parser.add_argument("--tls-key", metavar="FILE", help="its key (PEM, not encrypted)")
        parser.add_argument(
            "--workers", action="store_true", help="leave rules on single events to `taishi worker` processes"
        )
        parser.add_argument(
            "--sigma-on",
            choices=("engine", "store"),
            default="engine",
            help="who looks at single events: the engine at each (default), or rules as queries of an "
            "Elasticsearch store (`taishi rules queries`)",
        )
        parser.add_argument(
            "--kafka",
            metavar="HOST:PORT",
            default=os.environ.get("TAISHI_KAFKA"),
            help="hand events to workers over it: brokers, or a file of properties (default: TAISHI_KAFKA)",
        )

    def run(self, args: argparse.Namespace) -> int:
        host, port = listen_address(args.listen)
        if bool(args.tls_cert) != bool(args.tls_key):
            raise Problem("--tls-cert, --tls-key: name both or neither")
        require_free(host, port)
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s: %(message)s", stream=sys.stderr)
        for name in ("alembic", "apscheduler", "elastic_transport"):
            logging.getLogger(name).setLevel(logging.ERROR)
        desk = open_desk(args.data, store_uri=args.store, state_uri=args.state_store)
        try:
            return serve(args, desk, host, port)
        finally:
            desk.close()


def _search(on: str, desk: Desk, workers: bool) -> RuleSearch | None:
    """What rules search, if they shall. Raises Problem where that cannot be."""
    if on != "store":
        return None
    if workers:
        raise Problem("--sigma-on store: workers look at each event; leave out one of the two")
    if not isinstance(desk.events, Searchable):
        raise Problem(
            "--sigma-on store: only an Elasticsearch store can be searched by rules; name it by --store"
        )
    return desk.events.rule_search()


def serve(args: argparse.Namespace, desk: Desk, host: str, port: int) -> int:
    """Runs the console in this thread and the jobs in theirs; returns when told to stop."""
    import uvicorn

    from dashboards.application import create_app
    from taishi.app.measuring import measures
    from taishi.intake.application import Beside, Intake

    first = desk.people.first_person()
    bus = client_properties(args.kafka) if args.kafka else None
    workers = args.workers or bus is not None
    service = Service(args.data, desk, workers, bus, _search(args.sigma_on, desk, workers))
    starting = Thread(target=start, args=(args, desk, service), name="start", daemon=True)
    console = create_app(
        desk,
        service.ailing,
        lambda: [*desk.intel.ailing(), *desk.places.ailing()],
        lambda: measures(desk, service.waiting()),
    )
    config = uvicorn.Config(
        Beside(console, Intake(service.reception, desk.sensors)),
        host=host,
        port=port,
        log_level="warning",
        server_header=False,
        ssl_certfile=args.tls_cert,
        ssl_keyfile=args.tls_key,
    )
    try:
        config.load()
    except OSError as error:
        raise Problem(f"--tls-cert, --tls-key: cannot be used ({error})") from None
    portal = PortalServer.of(desk, args.portal)
    _announce(f"{'https' if args.tls_cert else 'http'}://", host, port, first, args.demo)
    if portal is not None:
        print(f"  单位门户 unit portal   {portal.address}\n", flush=True)
    for number in (signal.SIGINT, signal.SIGTERM):
        # uvicorn stops on either and raises it again at its end, which is ours to come to.
        signal.signal(number, lambda *_: None)
    starting.start()
    if portal is not None:
        portal.start()
    uvicorn.Server(config).run()
    starting.join()
    if portal is not None:
        portal.stop()
    service.stop()
    print("stopped; start again and it goes on where it was", flush=True)
    return 0


def start(args: argparse.Namespace, desk: Desk, service: Service) -> None:
    """The sample first, where asked for; then the jobs."""
    log = logging.getLogger("taishi.up")
    if args.demo:
        log.info("making the sample week (about half a minute, once)")
        try:
            made = prepare(args.data, desk)
            log.info("sample week laid into %s", made) if made else log.info("sample week is there already")
        except Problem as problem:
            log.error("sample week: %s", problem)
    service.start()


def _announce(scheme: str, host: str, port: int, first: tuple[str, str] | None, demo: bool) -> None:
    shown = f"[{host}]" if ":" in host else host
    print(f"\n  态势 Taishi   {scheme}{shown}:{port}/")
    if first is not None:
        print(f"  首次登录 first login   {first[0]}   {first[1]}   （登录后须修改 to be changed at once）")
    else:
        print("  登录 log in with the account made at the first start")
        print("  忘记口令 forgotten: taishi people reset-password NAME")
    if demo:
        print("  示例一周的数据正在读入，约一分钟后可见全部研判结果")
        print("  the sample week is being read; all verdicts are there in about a minute")
    print("  Ctrl-C 停止 stops\n", flush=True)


COMMAND = Up()
