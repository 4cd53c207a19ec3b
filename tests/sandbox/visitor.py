"""A browser without a window: it reads pages, and sends only forms that are there, as they would be sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

import aiohttp

HOME = "/canada-ca/micro-acquisition"


@dataclass
class Form:
    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)


class Page(HTMLParser):
    """What a page holds: its forms with what stands in them, its links, its words; and any mark it should not have."""

    def __init__(self, status: int, url: str, text: str) -> None:
        super().__init__()
        self.status, self.url, self.text = status, url, text
        self.forms: dict[str, Form] = {}
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.problem = ""
        self._named: dict[str, Form] = {}
        self._open: Form | None = None
        self._area: list[str] | None = None
        self._select = ""
        self._alert = False
        self.feed(text.replace("\r\n", "\n"))
        late = [(at["form"], at) for tag, at in self.tags if tag == "input" and "form" in at]
        for name, at in late:
            self._input(self._named[str(name)], at)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = dict(attrs)
        self.tags.append((tag, at))
        if tag == "form":
            self._open = Form(at.get("action") or self.url)
            self.forms.setdefault(self._open.action.partition("?")[0], self._open)
            self._named[at.get("id") or ""] = self._open
        elif tag == "input" and self._open and "form" not in at:
            self._input(self._open, at)
        elif tag == "textarea" and self._open:
            self._area = []
            self._open.fields.append((str(at["name"]), ""))
        elif tag == "select":
            self._select = str(at["name"])
        elif tag == "option" and "selected" in at and self._open:
            self._open.fields.append((self._select, at.get("value") or ""))
        elif at.get("role") == "alert":
            self._alert = True

    @staticmethod
    def _input(form: Form, at: dict[str, str | None]) -> None:
        if at.get("type") not in ("checkbox", "radio") or "checked" in at:
            form.fields.append((str(at["name"]), at.get("value") or ""))

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area.append(data)
        if self._alert:
            self.problem += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._open and self._area is not None:
            name, _ = self._open.fields.pop()
            self._open.fields.append((name, "".join(self._area).removeprefix("\n").replace("\n", "\r\n")))
            self._area = None
        elif tag == "form":
            self._open = None
        elif tag == "div":
            self._alert = False

    def box(self, label: str) -> str:
        return next(str(at["value"]) for _, at in self.tags if at.get("aria-label") == label)


class Visitor:
    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self._url, self._session = url, session

    async def look(self, path: str) -> Page:
        async with self._session.get(self._url + path) as answer:
            return Page(answer.status, str(answer.real_url.relative()), await answer.text())

    async def be(self, login: str) -> None:
        await self.send("/_sandbox/person", [("person", login), ("back", "/")])

    async def send(self, path: str, fields: list[tuple[str, str]], **headers: str) -> Page:
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self._session.post(self._url + path, data=fields, headers=more) as answer:
            return Page(answer.status, str(answer.real_url.relative()), await answer.text())

    async def submit(self, page: Page, action: str, **fields: str | list[str]) -> Page:
        """Send the first form of that address: what stands in it, with these fields instead (`a__1` is `a-1`)."""
        form, instead = page.forms[action], {name.replace("__", "-"): value for name, value in fields.items()}
        kept = [(name, value) for name, value in form.fields if name not in instead]
        for name, value in instead.items():
            kept += [(name, one) for one in ([value] if isinstance(value, str) else value)]
        return await self.send(form.action, kept)
