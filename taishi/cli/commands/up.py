"""`taishi up`: the service."""

import argparse
import logging
import signal
import socket
import sys
from threading import Thread

from taishi.app.demo import prepare
from taishi.app.desk import Desk, open_desk
from taishi.app.service import Service
from taishi.cli.data import data_arguments
from taishi.core.problems import Problem


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

    def run(self, args: argparse.Namespace) -> int:
        host, port = listen_address(args.listen)
        require_free(host, port)
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s: %(message)s", stream=sys.stderr)
        for name in ("apscheduler", "elastic_transport"):
            logging.getLogger(name).setLevel(logging.ERROR)
        desk = open_desk(args.data, store_uri=args.store)
        try:
            return serve(args, desk, host, port)
        finally:
            desk.close()


def serve(args: argparse.Namespace, desk: Desk, host: str, port: int) -> int:
    """Runs the console in this thread and the jobs in theirs; returns when told to stop."""
    import uvicorn

    from dashboards.application import create_app

    first = desk.people.first_person()
    service = Service(args.data, desk)
    starting = Thread(target=start, args=(args, desk, service), name="start", daemon=True)
    config = uvicorn.Config(
        create_app(desk, service.ailing, lambda: [*desk.intel.ailing(), *desk.places.ailing()]),
        host=host,
        port=port,
        log_level="warning",
        server_header=False,
    )
    _announce(host, port, first, args.demo)
    for number in (signal.SIGINT, signal.SIGTERM):
        # uvicorn stops on either and raises it again at its end, which is ours to come to.
        signal.signal(number, lambda *_: None)
    starting.start()
    uvicorn.Server(config).run()
    starting.join()
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


def listen_address(text: str) -> tuple[str, int]:
    """HOST:PORT. Raises Problem where it is none."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise Problem(f"--listen {text}: give HOST:PORT, e.g. 127.0.0.1:8420")
    return host.strip("[]"), int(port)


def require_free(host: str, port: int) -> None:
    """Raises Problem where the address cannot be listened on: nothing is promised before."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Problem(f"--listen {host}:{port}: {error.strerror}; choose another address") from None


def _announce(host: str, port: int, first: tuple[str, str] | None, demo: bool) -> None:
    shown = f"[{host}]" if ":" in host else host
    print(f"\n  态势 Taishi   http://{shown}:{port}/")
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
