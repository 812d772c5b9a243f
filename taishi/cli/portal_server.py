"""The unit portal beside the console: in a thread of its own, on an address of its own."""

import time
from threading import Thread

import uvicorn

from dashboards.portal.application import create_portal
from taishi.app.desk import Desk
from taishi.cli.listening import listen_address, require_free
from taishi.core.problems import Problem

#: Seconds that requests at work have to come to their end.
_PATIENCE_S = 10
#: Seconds between looks at whether it listens.
_LOOK_S = 0.01


class PortalServer:
    """`start()`, then `stop()`."""

    def __init__(self, config: uvicorn.Config) -> None:
        self._config = config
        self._server = uvicorn.Server(config)
        self._thread = Thread(target=self._server.run, name="portal", daemon=True)

    @classmethod
    def of(cls, desk: Desk, asked: str | None) -> "PortalServer | None":
        """Where the command line says, else the settings; None where neither does. Raises Problem for an
        address that cannot be listened on."""
        settings = desk.settings.delivery().portal
        address = asked or settings.listen
        if not address:
            return None
        host, port = listen_address(address, "--portal")
        require_free(host, port, "--portal")
        config = uvicorn.Config(
            create_portal(desk),
            host=host,
            port=port,
            log_level="warning",
            server_header=False,
            ws="none",
            lifespan="off",
            timeout_graceful_shutdown=_PATIENCE_S,
            ssl_certfile=settings.certificate or None,
            ssl_keyfile=settings.key or None,
        )
        return cls(config)

    @property
    def address(self) -> str:
        host = f"[{self._config.host}]" if ":" in self._config.host else self._config.host
        return f"{'https' if self._config.ssl_certfile else 'http'}://{host}:{self._config.port}/"

    def start(self) -> None:
        """It listens on return. Raises Problem where the certificate or the address cannot be used."""
        try:
            self._config.load()
        except OSError as error:
            raise Problem(f"portal.certificate: {error}") from None
        self._thread.start()
        while not self._server.started:
            if not self._thread.is_alive():
                raise Problem(f"--portal: cannot listen on {self.address}; see the line above")
            time.sleep(_LOOK_S)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(_PATIENCE_S + 5)
