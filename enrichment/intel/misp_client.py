"""PyMISP over our own HTTP: bounded, and led nowhere by redirects (`taishi.kit.fetch`)."""

from collections.abc import Iterable, Mapping
from urllib.parse import urlencode, urljoin

import msgspec
import requests
from pymisp import AbstractMISP, PyMISP
from pymisp.abstract import pymisp_json_default

from taishi.kit.fetch import Asked, fetch

#: PyMISP's word for what a caller may send.
Content = Iterable[object] | Mapping[str, object] | AbstractMISP | bytes | None


class SafeMISP(PyMISP):
    """The same client; only the way a request goes out is ours. Raises Unfetched beside PyMISP's errors."""

    def _prepare_request(
        self,
        request_type: str,
        url: str,
        data: Content = None,
        params: Mapping[str, object] = {},
        kw_params: Mapping[str, object] = {},
        output_type: str = "json",
        content_type: str = "json",
    ) -> requests.Response:
        place = urljoin(self.root_url, url.lstrip("/").replace(" ", "+"))
        place += "".join(f"/{name}:{value}" for name, value in kw_params.items())
        place += f"?{urlencode(params)}" if params else ""
        headers = {
            "Authorization": self.key,
            "Accept": f"application/{output_type}",
            "Content-Type": f"application/{content_type}",
        }
        answer = fetch(
            Asked(
                place, headers, request_type, _body(data), ca=self.ssl if isinstance(self.ssl, str) else None
            )
        )
        response = requests.Response()
        response.status_code, response.url, response._content = answer.status, answer.url, answer.body
        response.headers.update(answer.headers)
        response.request = requests.Request(request_type, place).prepare()
        return response


def _body(data: Content) -> bytes | None:
    if data is None or isinstance(data, bytes):
        return data
    given = (
        {name: value for name, value in data.items() if value is not None} if isinstance(data, dict) else data
    )
    return msgspec.json.encode(given, enc_hook=pymisp_json_default)
