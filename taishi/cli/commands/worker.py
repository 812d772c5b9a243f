"""`taishi worker`: one more process, on this machine or another, that runs rules over stored events."""

import argparse
import logging
import os
import signal
import socket
import sys
from threading import Event as Signal

from taishi.app.nodes.bus_worker import BusWorker
from taishi.app.nodes.leases import PATIENCE_S
from taishi.app.nodes.worker import Worker as Working
from taishi.bus.address import client_properties
from taishi.cli.data import data_arguments, desk


class Worker:
    name = "worker"
    help = "run rules beside a service that was started with --workers, until Ctrl-C (docs/scale.md)"
    example = "taishi worker --data ./data"

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        data_arguments(parser)
        parser.add_argument("--name", help="what this worker is called (default: machine and process)")
        parser.add_argument(
            "--patience",
            type=float,
            default=PATIENCE_S,
            metavar="SECONDS",
            help=f"how long one without a sign of life is waited for (default: {PATIENCE_S:g})",
        )

        parser.add_argument(
            "--kafka",
            metavar="HOST:PORT",
            default=os.environ.get("TAISHI_KAFKA"),
            help="take events from Kafka: brokers, or a file of properties (default: TAISHI_KAFKA)",
        )

    def run(self, args: argparse.Namespace) -> int:
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s: %(message)s", stream=sys.stderr)
        stopping = Signal()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stopping.set())
        bus = client_properties(args.kafka) if args.kafka else None
        with desk(args) as found:
            name = args.name or f"{socket.gethostname()}-{os.getpid()}"
            worker = BusWorker(found, bus, args.patience) if bus else Working(found, name, args.patience)
            print("at work; Ctrl-C stops", flush=True)
            worker.run(stopping)
        print(f"stopped after {worker.judged} events", flush=True)
        return 0


COMMAND = Worker()
