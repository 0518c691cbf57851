"""Somebody with a browser, on a line that is watched: the headers and the second request of a real one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing

from demo.person import Page, Person
from demo.socks import OnionConnection

# What Firefox ESR sends with the preferences of demo/firefox.py, to the byte: a watcher counts cells.
_ANY = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0",
    "Accept-Encoding": "gzip, deflate, br, zstd",
    "Connection": "keep-alive",
    "Sec-Fetch-Site": "same-origin",
}
_PAGE = _ANY | {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Upgrade-Insecure-Requests": "1",
    "Sec-Fetch-Dest": "document",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-User": "?1",
    "Priority": "u=0, i",
}
_STYLE = _ANY | {
    "Accept": "text/css,*/*;q=0.1",
    "Sec-Fetch-Dest": "style",
    "Sec-Fetch-Mode": "no-cors",
    "Priority": "u=2",
}
_ICON = _STYLE | {"Accept": "image/png,*/*;q=0.8", "Sec-Fetch-Dest": "image", "Priority": "u=6"}


class Reader(Person):
    """Loads the style sheet with every page, since nothing is to be kept, and the icon once."""

    def __init__(self, socks_port: int, host: str, isolation: tuple[str, str] | None = None) -> None:
        """Requests with one `isolation` share a circuit, as all of Tor Browser's to one site do."""
        super().__init__(host, lambda: OnionConnection(socks_port, host, timeout=120.0, isolation=isolation))
        self._icon = True

    def _request(
        self,
        method: str,
        url: str,
        body: bytes | Iterator[bytes] | None,
        own: Mapping[str, str],
        extra: Mapping[str, str],
    ) -> Page:
        page = super()._request(method, url, body, own, {**_PAGE, **extra})
        for link in page.root.all("link"):
            if link.attributes["rel"] == "stylesheet":
                self._fetch(link.attributes["href"], _STYLE)
            elif self._icon:
                self._icon = False
                self._fetch(link.attributes["href"], _ICON)
        return page

    def _fetch(self, path: str, headers: Mapping[str, str]) -> None:
        sent = {"Host": self._host, "Accept-Language": "en-US,en;q=0.5", **headers}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        with closing(self._connect()) as connection:
            connection.request("GET", path, headers=sent)
            connection.getresponse().read()
