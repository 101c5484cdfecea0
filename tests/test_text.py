from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from web import Site

from worker.dedupe import article_id
from worker.errors import Rejected, Retryable
from worker.http import Client
from worker.model import Article, ContentType, Document, PublishedFrom
from worker.page import MAX_TAGS, fragment_text, markdown_text, read_html
from worker.settings import Settings
from worker.text import complete, draft, to_article

PAGES = Path(__file__).parent / "fixtures" / "pages"
ARTICLE = (PAGES / "article.html").read_text()
SUMMARY = "The pact was renewed after a night of talks."


def html(content: str, **values: Any) -> Document:
    return Document(content=content, content_type=ContentType.HTML, **values)


def article(document: Document, **values: int) -> Article:
    return to_article(document, Settings(**values))


def rejection(document: Document, **values: int) -> Rejected:
    with pytest.raises(Rejected) as caught:
        article(document, **values)
    assert caught.value.stage == "text"
    assert caught.value.article == article_id(document)
    return caught.value


# ---------------------------------------------------------------- plain text


def test_plain_text_is_kept_as_it_is() -> None:
    text = "First  line,\n  indented – “quoted”.\n\n\n\tTabbed.\u00a0End."
    assert article(Document(content=text)).text == text


def test_line_ends_become_line_feeds_and_outer_blanks_go() -> None:
    assert article(Document(content=" \r\n a\r\nb\rc\u2028d\x0ce \n\n")).text == "a\nb\nc\nd\ne"


def test_what_cannot_be_seen_is_removed() -> None:
    assert article(Document(content="\ufeffa\x00b\x07c\x1b\x9dd\ufeff")).text == "abcd"


@given(st.text(max_size=300))
def test_text_is_settled_after_one_reading(content: str) -> None:
    with contextlib.suppress(Rejected):  # nothing that can be seen
        once = article(Document(content=content)).text
        assert once
        assert article(Document(content=once)).text == once
        assert not set(once) & set("\x00\x01\r\x0b\x0c\x7f\x85\ufeff")


def test_what_the_document_says_goes_into_the_article() -> None:
    document = Document(
        content="Some text.",
        id="given",
        guid="g",
        url="https://lagoon.example/1",
        title=" Two\n lines ",
        authors=(" Mele  Tonga ", ""),
        published="2026-11-20",
        published_from=PublishedFrom.HEADER,
        updated="2026-11-21",
        source="lagoon",
        language="en-NZ",
    )
    assert article(document) == Article(
        id="given",
        guid="g",
        url="https://lagoon.example/1",
        title="Two lines",
        text="Some text.",
        authors=("Mele Tonga",),
        published="2026-11-20",
        published_from=PublishedFrom.HEADER,
        updated="2026-11-21",
        source="lagoon",
        language="en",
    )


def test_nothing_is_invented_where_the_document_is_silent() -> None:
    made = article(Document(content="Some text."))
    assert (made.title, made.authors, made.published, made.published_from) == (None, (), None, None)
    assert (made.language, made.source, made.url, made.revision) == (None, None, None, 1)


@pytest.mark.parametrize("content", ["", " \r\n ", "\ufeff"])
def test_empty_document_is_rejected(content: str) -> None:
    assert rejection(Document(content=content)).reason in {"empty", "no-text"}


def test_text_over_the_limit_is_rejected_with_the_setting() -> None:
    assert "max_text_chars" in rejection(Document(content="x" * 101), max_text_chars=100).message
    assert article(Document(content="x" * 100), max_text_chars=100)


@pytest.mark.parametrize("language", ["de", "de-AT", "fr_FR", "zh-Hans", "DE"])
def test_declared_language_without_a_pipeline_is_rejected(language: str) -> None:
    error = rejection(Document(content="Some text.", language=language))
    assert error.reason == "language"
    assert language in error.message


FOREIGN = {
    "de": "Der Außenminister traf am Dienstag in Nairobi seinen Amtskollegen und sagte weitere Hilfe zu.",
    "fr": "Le ministre a rencontré mardi son homologue à Nairobi et lui a promis une aide supplémentaire.",
    "es": "El ministro se reunió el martes en Nairobi con su homólogo y le prometió más ayuda.",
    "nl": "De minister heeft dinsdag in Nairobi zijn ambtgenoot ontmoet en meer hulp toegezegd.",
    "pl": "Minister spotkał się we wtorek w Nairobi ze swoim odpowiednikiem i obiecał dalszą pomoc.",
    "uk": "Міністр зустрівся у вівторок у Найробі зі своїм колегою і пообіцяв додаткову допомогу.",
    "ru": "Министр встретился во вторник в Найроби со своим коллегой и пообещал дополнительную помощь.",
    "tr": "Bakan salı günü Nairobi'de mevkidaşıyla görüştü ve daha fazla yardım sözü verdi.",
    "ar": "التقى الوزير يوم الثلاثاء في نيروبي نظيره ووعد بتقديم مزيد من المساعدات.",
    "zh": "外交部长星期二在内罗毕会见了对方外长并承诺提供更多援助。",
}


@pytest.mark.parametrize("declared", [None, "en"])
@pytest.mark.parametrize("language", FOREIGN)
def test_a_text_in_another_language_is_never_read_as_english(language: str, declared: str | None) -> None:
    error = rejection(Document(content=FOREIGN[language], language=declared))
    assert error.reason == "language"
    assert repr(language) in error.message


@pytest.mark.parametrize(
    "content",
    [
        "Kenya's minister met his counterpart in Nairobi on Tuesday and promised further aid.",
        "Macron, Scholz, Zelensky, Erdogan: Paris, Berlin, Kyiv.",
        "ok then",
        "The “Alternative für Deutschland” said the “Energiewende” had failed.",
    ],
)
def test_english_and_what_is_too_short_to_tell_is_read(content: str) -> None:
    assert article(Document(content=content)).language in {None, "en"}


@pytest.mark.parametrize(
    ("language", "known"),
    [
        ("en", "en"),
        ("EN-gb", "en"),
        ("en_US", "en"),
        ("English", "en"),
        ("eng", "en"),
        ("und", None),
        (" ", None),
        ("x-default", None),
    ],
)
def test_english_and_what_declares_nothing_is_taken(language: str, known: str | None) -> None:
    assert article(Document(content="Some text.", language=language)).language == known


# ---------------------------------------------------------------- pages


def test_page_gives_its_article_and_what_it_says_of_it() -> None:
    made = article(html(ARTICLE))
    assert made.text.startswith("SUVA - The two governments renewed")
    assert made.text.endswith("seized the catch of three.")
    assert made.text.count("\n\n") == 3
    assert made.title == "Fishing pact renewed after long night"
    assert made.authors == ("Mele Tonga",)
    assert (made.published, made.published_from) == ("2026-11-12T21:40:00+12:00", PublishedFrom.META)
    assert (made.source, made.language) == ("Lagoon Wire", "en")
    assert made.url == "https://lagoon.example/2026/11/12/pact"


@pytest.mark.parametrize("other", ["tracking", "Rugby", "Cyclone", "Copyright", "Sport"])
def test_page_without_its_surroundings(other: str) -> None:
    assert other not in article(html(ARTICLE)).text


def test_the_day_of_a_fetch_yields_to_the_date_of_the_page() -> None:
    own = article(html(ARTICLE))
    assert own.published
    made = article(html(ARTICLE, published="2026-11-24", published_from=PublishedFrom.FETCH))
    assert (made.published, made.published_from) == (own.published, own.published_from)
    made = article(Document(content=SUMMARY, published="2026-11-24", published_from=PublishedFrom.FETCH))
    assert (made.published, made.published_from) == ("2026-11-24", PublishedFrom.FETCH)


def test_feed_outranks_page() -> None:
    made = article(html(ARTICLE, title="From the feed", authors=("A B",), published="2026-11-13", source="lagoon"))
    assert (made.title, made.authors, made.published, made.source) == ("From the feed", ("A B",), "2026-11-13", "lagoon")
    assert made.published_from is None


def test_date_in_linked_data_is_found_and_a_copyright_year_is_none() -> None:
    plain = ARTICLE.replace("2026-11-12T21:40:00+12:00", "").replace("/2026/11/12/", "/")
    assert article(html(plain)).published is None
    data = '<script type="application/ld+json">{"@type": "NewsArticle", "datePublished": "2026-11-12T09:00:00Z"}</script>'
    assert article(html(plain.replace("</head>", f"{data}</head>"))).published == "2026-11-12T09:00:00Z"


def test_page_without_an_article_is_rejected() -> None:
    assert rejection(html((PAGES / "script-only.html").read_text())).reason == "no-text"


def test_page_of_too_many_tags_is_rejected_unread() -> None:
    assert rejection(html("<p>few words</p>" * (MAX_TAGS + 1))).reason == "too-long"


def test_page_that_declares_a_language_which_its_text_is_not_in_is_read_by_its_text() -> None:
    assert article(html((PAGES / "declared-german.html").read_text())).language == "en"


def test_page_in_another_language_is_rejected() -> None:
    foreign = "".join(f"<p>{FOREIGN['de']}</p>" for _ in range(4))
    assert rejection(html(f"<html lang=en><body><article>{foreign}</article></body></html>")).reason == "language"


def test_page_with_an_xml_declaration_is_read() -> None:
    assert article(html('<?xml version="1.0" encoding="utf-8"?>\n' + ARTICLE)).title


@pytest.mark.parametrize(
    "content",
    [
        "<html>" + "<div>" * 20_000 + "deep",
        "<html>" + "<p>" * 20_000 + "x",
        "<html>" + "<" * (MAX_TAGS + 10),
        "<p>few words</p>" * (MAX_TAGS + 1),
        "<html><body>\x00</body></html>",
        "<html",
        "<!doctype html>",
    ],
)
def test_hostile_markup_is_read_or_rejected_in_time(content: str) -> None:
    start = time.monotonic()
    with contextlib.suppress(Rejected):  # some of them hold a word
        assert article(html(content)).text
    assert time.monotonic() - start < 20  # about 1 s on an idle machine


@hypothesis_settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.sampled_from(["<p>", "</div>", "<br>", "<!--", "-->", "<html>", "<script>", "&amp;", "word ", "\x00", "<a href='"])
    )
)
def test_any_markup_is_read_or_rejected(pieces: list[str]) -> None:
    with contextlib.suppress(Rejected):
        assert article(html("".join(pieces))).text


# ---------------------------------------------------------------- fragments and Markdown


def test_fragment_is_kept_whole_however_short() -> None:
    assert article(html("<p>Talks <b>failed</b>.</p><p>They &amp; we left.</p>")).text == "Talks failed.\n\nThey & we left."


def test_blocks_and_breaks_part_the_text_and_inline_markup_does_not() -> None:
    text = fragment_text("one<br>two <i>three</i>four<ul><li>five</li><li>six</li></ul>seven<br><br>eight")
    assert text == "one\ntwo threefour\n\nfive\n\nsix\n\nseven\n\neight"


@pytest.mark.parametrize("tag", ["script", "style", "iframe", "form", "figcaption"])
def test_what_is_no_text_is_left_out(tag: str) -> None:
    assert fragment_text(f"before <{tag}>hidden</{tag}>after<!-- comment --> end") == "before after end"


@given(st.lists(st.text(alphabet="abc é—", min_size=1), min_size=1))
def test_every_paragraph_of_a_fragment_stays(paragraphs: list[str]) -> None:
    made = fragment_text("".join(f"<p>{paragraph}</p>" for paragraph in paragraphs))
    assert made.split("\n\n") == [squeezed for text in paragraphs if (squeezed := " ".join(text.split()))] or not made


def test_markdown_loses_its_markup_only() -> None:
    made = markdown_text(
        "# Head\n\nSome *text* with [a link](https://x.example/).\n\n- one\n- two\n\n> said\n\n<b>raw</b> &amp; done"
    )
    assert made == "Head\n\nSome text with a link.\n\none\n\ntwo\n\nsaid\n\nraw & done"


def test_markdown_document_becomes_an_article() -> None:
    assert article(Document(content="Prices *rose*.", content_type=ContentType.MARKDOWN)).text == "Prices rose."


def test_overlong_markdown_is_rejected_before_it_is_rendered() -> None:
    document = Document(content="[" * 1000, content_type=ContentType.MARKDOWN)
    assert rejection(document, max_text_chars=100).reason == "too-long"


# ---------------------------------------------------------------- completion


@pytest.fixture
def site() -> Iterator[Site]:
    with Site({"/1": (200, {"Content-Type": "text/html; charset=utf-8"}, ARTICLE.encode())}) as site:
        yield site


@pytest.fixture
def client() -> Iterator[Client]:
    with Client(Settings(allow_hosts=("127.0.0.1",), fetch_seconds=5)) as client:
        yield client


def entry(site: Site, path: str = "/1", content: str = SUMMARY) -> Document:
    return Document(content=content, complete=False, url=site.url + path, guid="g", title="T", source="lagoon")


def test_summary_is_replaced_by_its_page(site: Site, client: Client) -> None:
    summary = entry(site)
    whole = complete(summary, client)
    assert whole == summary.model_copy(update={"content": ARTICLE, "content_type": ContentType.HTML, "complete": True})
    assert article(whole).text.startswith("SUVA")
    assert article(whole).title == "T"


def test_address_of_the_feed_is_kept_after_a_redirect(site: Site, client: Client) -> None:
    site.answers["/moved"] = (301, {"Location": "/1"}, b"")
    whole = complete(entry(site, "/moved"), client)
    assert whole.url == f"{site.url}/moved"
    assert whole.content == ARTICLE


def test_charset_of_the_page_is_honoured(site: Site, client: Client) -> None:
    page = ARTICLE.replace("utf-8", "windows-1252").replace("SUVA", "SUVA – café")
    site.answers["/latin"] = (200, {"Content-Type": "text/html"}, page.encode("cp1252"))
    assert "SUVA – café" in complete(entry(site, "/latin"), client).content


@pytest.mark.parametrize(
    "answer",
    [
        (404, {}, b""),
        (200, {"Content-Type": "text/html"}, (PAGES / "script-only.html").read_bytes()),
        (200, {"Content-Type": "application/pdf"}, b"%PDF-1.7 ..."),
        (200, {"Content-Type": "text/html"}, b"<html>\x00\x01</html>"),
        (200, {"Content-Type": "text/html"}, b""),
    ],
)
def test_summary_stands_where_the_page_fails_for_good(site: Site, client: Client, answer: Any) -> None:
    site.answers["/none"] = answer
    summary = entry(site, "/none")
    assert complete(summary, client) == summary.model_copy(update={"complete": True})
    with pytest.raises(Rejected):
        complete(entry(site, "/none", content="Read more"), client)


def test_page_is_not_asked_for_where_feed_and_summary_are_in_another_language(site: Site, client: Client) -> None:
    german = "Die Regierung in Berlin hat am Montag neue Sanktionen angekündigt, wie ein Sprecher mitteilte."
    declared = entry(site, content=german).model_copy(update={"language": "de-DE"})
    with pytest.raises(Rejected, match="declared as 'de-DE'") as caught:
        complete(declared, client)
    assert (caught.value.reason, site.asked) == ("language", [])
    for other in (declared.model_copy(update={"language": None}), entry(site).model_copy(update={"language": "de"})):
        assert complete(other, client).complete
    assert len(site.asked) == 2


def test_page_that_is_none_is_a_fault_of_its_source(site: Site, client: Client) -> None:
    site.answers["/none"] = (200, {"Content-Type": "application/pdf"}, b"%PDF-1.7 ...")
    with pytest.raises(Rejected, match=r"/none: not a page but application/pdf") as caught:
        complete(entry(site, "/none", content="Read more"), client)
    assert (caught.value.source, caught.value.reason) == ("lagoon", "not-a-page")


def test_page_with_less_than_the_summary_does_not_replace_it(site: Site, client: Client) -> None:
    long = entry(site, content=SUMMARY * 100)
    assert complete(long, client).content == long.content


def test_busy_server_is_left_for_later(site: Site, client: Client) -> None:
    site.answers["/busy"] = (503, {}, b"")
    with pytest.raises(Retryable):
        complete(entry(site, "/busy"), client)


def test_summary_without_an_address_is_all_there_is(client: Client) -> None:
    assert complete(Document(content="x", complete=False), client).complete


def test_page_is_read_once_for_completion_and_article(site: Site, client: Client) -> None:
    whole = complete(entry(site), client)
    assert read_html(whole.content, whole.url) is read_html(whole.content, whole.url)


def test_draft_is_in_any_language_and_may_wait_for_its_page() -> None:
    german = "Die Regierung hat am Montag beschlossen, die Grenzen zu den Nachbarstaaten wieder zu öffnen."
    made = draft(Document(content=german), Settings())
    assert (made.text, made.language) == (german, "de")
    linked = Document(content="", complete=False, url="https://paper.example/1", title="Talks begin")
    assert (draft(linked, Settings()).title, draft(linked, Settings()).text) == ("Talks begin", "")
    with pytest.raises(Rejected) as caught:
        draft(Document(content="<p></p>", content_type=ContentType.HTML), Settings())
    assert caught.value.reason == "no-text"
