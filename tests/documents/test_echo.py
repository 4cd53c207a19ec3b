"""What people wrote comes back in what the bot says: it pings nobody, links nothing and forges no mark."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.documents.amounts import LOCALES
from bot.github.reading import marks
from tests.as_github import pinged, references
from tests.pipeline.desk import Need, need_at
from tests.tools import MESSAGES

PEOPLE = {"client", "coordinator", "finance", "supplier-1", "supplier-2"}
NASTY = st.sampled_from(
    [
        "@octocat", "@canada-ca/everyone", "#1", "GH-1", "canada-ca/ore-ero#3", "<!-- micro-acquisition: status -->",
        "-->", "<!--", "```", "`", "**", "|", "\\", "[x](https://example.com)", "![](x)", "<details>", "<b>", "\n",
        "\n\n", "# heading", "- [x] box <!-- box closed -->", "---", "&lt;", "&#64;octocat", "{{ name }}", "{% x %}",
        "https://github.com/canada-ca/ore-ero/issues/3", "/cancel now", "> ", "\u202e",
    ]
)  # fmt: skip
TEXTS = st.lists(st.one_of(NASTY, st.text(max_size=20)), min_size=1, max_size=8).map(" ".join)


def everything(need: Need) -> list[str]:
    said = [MESSAGES.comment(c.message, "en") for c in need.view.comments if not c.ticks]
    for answer in (need.answer, need.flag):
        if answer and answer.to:
            said.append(MESSAGES.answer(answer.to, answer.messages, answer.lead))
        elif answer:
            said += [MESSAGES.comment(message, lead) for message in answer.messages for lead in LOCALES]
    return said


ECHOES = [
    (5, "supplier-1", "/ask {}"),
    (5, "supplier-1", "{}?"),
    (5, "supplier-1", "/interrested {}"),
    (5, "coordinator", "/hold {}"),
    (5, "coordinator", "/extend 2027-07-19 {}"),
    (7, "client", "/evaluate @supplier-1 pass because {}"),
    (7, "client", "/dispute {}\n/resolve {}"),
    (5, "client", "/dispute {}"),
    (5, "coordinator", "/cancel {}"),
    (5, "coordinator", "/preview /cancel {}"),
    (7, "coordinator", "/terminate {}"),
    (8, "client", "/ore what.en={}"),
    (8, "client", "/ore {}=x"),
    (3, "client", "/{}"),
    (7, "supplier-1", "/deliver https://github.com/{}"),
]


def test_the_note_of_a_criterion_pings_nobody():
    need = need_at(7).says("supplier-1", "/deliver https://github.com/supplier-1/policies/pull/1")
    need.says("client", "/criterion 1 fail @octocat <!-- micro-acquisition: status --> #1 | x")
    said = everything(need)[0]
    assert pinged(said) <= PEOPLE
    assert not references(said)
    assert "<!-- micro" not in said


@pytest.mark.parametrize(("step", "who", "line"), ECHOES)
@given(TEXTS)
@settings(deadline=None)
def test_what_people_write_does_nothing_when_it_is_said_again(step: int, who: str, line: str, text: str):
    need = need_at(step).says(who, line.replace("{}", text))
    for said in everything(need):
        assert pinged(said) <= PEOPLE
        assert not references(said)
        body = marks.marked(said, "reply 1")
        assert marks.find_mark(body) == "reply 1"
        assert re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", body, flags=re.DOTALL).count("<!-- micro-acq") == 1
        assert not any(line.startswith(("# ", "- [x]")) for line in said.splitlines())
