from __future__ import annotations

import os
import stat
import tempfile
import time
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker import catalogue
from worker.catalogue import importing
from worker.errors import Misconfigured, NewsworkerError, Rejected
from worker.sources import SourceConfig, load_sources, parse_sources

WRITTEN = """\
# Ours, with care.

[[source]]
url   = "https://b.example/feed"   # the second letter
name = 'b'

# ---- the first letter comes later
[[source]]
name = "a"
url = "https://a.example/feed"
headers = { "X-Key" = "env:A_KEY" } # late
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "feeds.toml"
    path.write_text(WRITTEN)
    return path


def source(name: str = "c", url: str = "https://c.example/feed", **given: object) -> SourceConfig:
    return SourceConfig.model_validate({"name": name, "url": url, **given})


def test_what_was_written_stays_byte_for_byte(file: Path) -> None:
    catalogue.add(file, [source()])
    assert file.read_text().startswith(WRITTEN)
    assert [item.name for item in load_sources(file)] == ["b", "a", "c"]


def test_added_source_reads_back_as_it_was(file: Path) -> None:
    whole = source(
        title='"Quoted" \\ – 時',
        site="https://c.example/",
        interval=5400,
        fulltext="always",
        language="en",
        enabled=False,
        tags=["x", "y z"],
        headers={"X-Key": "env:C"},
        cookies={"a": "b"},
        auth="env:D",
        proxy="env:E",
        retry_scope="host",
        robots=True,
    )
    taken = catalogue.add(file, [whole])
    assert taken.added == (whole,)
    assert load_sources(file)[-1] == whole


def test_only_keys_that_say_something_are_written(file: Path) -> None:
    catalogue.add(file, [source()])
    assert file.read_text().removeprefix(WRITTEN).split("\n") == [
        *("", "[[source]]", 'name = "c"', 'url = "https://c.example/feed"', "")
    ]


@pytest.mark.parametrize(
    "url",
    ["http://a.example/feed", "https://A.example:443/feed/", "https://a.example/feed#top", "https://a.example./feed"],
)
def test_address_that_is_there_is_not_added_twice(file: Path, url: str) -> None:
    taken = catalogue.add(file, [source(url=url)])
    assert taken.added == ()
    assert taken.known[0][1].name == "a"
    assert file.read_text() == WRITTEN


def test_same_address_in_one_list_is_added_once(file: Path) -> None:
    assert len(catalogue.add(file, [source(), source("d"), source("e", "https://c.example/other")]).added) == 2


def test_name_that_is_taken_gets_a_number(file: Path) -> None:
    taken = catalogue.add(file, [source("a"), source("a", "https://d.example/")])
    assert [item.name for item in taken.added] == ["a-2", "a-3"]


def test_file_that_is_not_there_is_made(tmp_path: Path) -> None:
    path = tmp_path / "config" / "feeds.toml"
    catalogue.add(path, [source()])
    assert path.read_text().startswith("# The sources")
    assert load_sources(path) == (source(),)


@pytest.mark.parametrize(
    "before",
    [
        '[[source]]\nname = "z"\nurl = "https://z.example/"',
        '[[source]]\r\nname = "z"\r\nurl = "https://z.example/"\r\n\r\n# the end\r\n',
        '[[source]]\nname = "z"\nurl = "https://z.example/"\n[source.headers]\nX-Key = "env:Z"\n# the end',
    ],
)
def test_no_byte_of_what_is_there_changes(file: Path, before: str) -> None:
    file.write_bytes(before.encode())
    catalogue.add(file, [source(), source("d", "https://d.example/")])
    assert file.read_bytes().startswith(before.encode())
    assert [item.name for item in load_sources(file)] == ["z", "c", "d"]
    lines = file.read_bytes().splitlines(keepends=True)
    assert len({line.endswith(b"\r\n") for line in lines}) == 1


@pytest.mark.parametrize(
    "before", ["", "# only a remark", "source = []\n", 'source = [{name = "z", url = "https://z.example/"}]\n']
)
def test_any_way_to_write_a_list_can_be_added_to(file: Path, before: str) -> None:
    file.write_text(before)
    known = load_sources(file)
    catalogue.add(file, [source()])
    assert load_sources(file) == (*known, source())


def test_mode_of_the_file_and_a_link_to_it_stay(file: Path, tmp_path: Path) -> None:
    file.chmod(0o640)
    link = tmp_path / "link.toml"
    link.symlink_to(file)
    catalogue.add(link, [source()])
    assert link.is_symlink()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert len(load_sources(file)) == 3


def test_nothing_is_left_beside_the_file(file: Path) -> None:
    catalogue.add(file, [source()])
    assert [path.name for path in file.parent.iterdir()] == ["feeds.toml"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_folder_that_cannot_be_written_is_told(file: Path) -> None:
    file.parent.chmod(0o500)
    try:
        with pytest.raises(NewsworkerError, match="cannot be written"):
            catalogue.add(file, [source()])
    finally:
        file.parent.chmod(0o700)
    assert file.read_text() == WRITTEN


def test_place_that_is_no_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("")
    with pytest.raises(NewsworkerError, match="cannot be written"):
        catalogue.add(tmp_path / "config" / "feeds.toml", [source()])


def test_file_that_cannot_be_understood_is_left_as_it_is(file: Path) -> None:
    file.write_text("[[sources]]\n")
    with pytest.raises(Misconfigured, match="only \\[\\[source\\]\\] tables"):
        catalogue.add(file, [source()])
    assert file.read_text() == "[[sources]]\n"


def test_address_of_a_source_is_changed_and_nothing_else(file: Path) -> None:
    catalogue.move(file, {"b": "https://new.example/feed"})
    assert file.read_text() == WRITTEN.replace("https://b.example/feed", "https://new.example/feed")
    catalogue.move(file, {"none": "https://other.example/"})
    catalogue.move(file, {})
    assert [item.url for item in load_sources(file)] == ["https://new.example/feed", "https://a.example/feed"]


def test_text_that_does_not_read_back_as_it_is_meant_is_not_written(file: Path) -> None:
    with pytest.raises(NewsworkerError, match="cannot be edited without harm"):
        catalogue._replace(file, "# all gone\n", load_sources(file))
    assert file.read_text() == WRITTEN


def test_two_who_add_at_once_lose_nothing(file: Path) -> None:
    def add(number: int) -> None:
        catalogue.add(file, [source(f"n{number}", f"https://n{number}.example/")])

    threads = [Thread(target=add, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(load_sources(file)) == 14


@pytest.mark.parametrize(
    ("title", "url", "name"),
    [
        ("BBC News - World", "https://feeds.bbci.co.uk/x", "bbc-news-world"),
        ("L'Écho du lagon", "https://x.example/", "l-écho-du-lagon"),
        ("時報", "https://x.example/", "時報"),
        (None, "https://www.lagoon.example/feed", "lagoon.example"),
        ("", "https://feeds.lagoon.example/feed", "lagoon.example"),
        ("***", "https://news.example/feed", "news.example"),
        ("A title that goes on and on beyond what anybody would want to type", "https://x.example/", None),
        ("x" * 100, "https://x.example/", "x" * 40),
    ],
)
def test_name_is_what_people_call_it(title: str | None, url: str, name: str | None) -> None:
    made = catalogue.name_for(title, url)
    assert made == (name or "a-title-that-goes-on-and-on-beyond-what")


@given(st.none() | st.text(max_size=60), st.text("abc.é-", min_size=1, max_size=20))
def test_name_is_always_one_that_a_source_may_have(title: str | None, host: str) -> None:
    name = catalogue.name_for(title, f"https://{host}.example/")
    assert source(name).name == name
    assert len(name) <= catalogue.NAME_CHARS + 10


@pytest.mark.parametrize(("seconds", "word"), [(86_400, "1d"), (7200, "2h"), (900, "15m"), (90, 90), (0.5, 0.5), (5400, "90m")])
def test_interval_is_written_as_people_do(seconds: float, word: object) -> None:
    assert catalogue.interval(float(seconds)) == word


LINES = st.text(min_size=1, max_size=30).filter(lambda text: bool(text.strip()) and text.isprintable())
SOURCES = st.builds(
    SourceConfig,
    name=st.text("abc-._9é時", min_size=1, max_size=12),
    title=st.none() | LINES,
    url=st.text("abc/?&=#%é'\"", max_size=20).map(lambda path: f"https://a.example/{path}"),
    interval=st.none() | st.floats(min_value=1e-6, max_value=1e9),
    tags=st.lists(st.text("ab c\"'\\é", min_size=1).filter(str.strip), max_size=3).map(tuple),
    enabled=st.booleans(),
    headers=st.dictionaries(st.sampled_from(["X-Key", "Accept"]), LINES, max_size=2),
    auth=st.none() | LINES,
)


@given(st.lists(SOURCES, max_size=4, unique_by=lambda source: catalogue.canonical(source.url)))
def test_whatever_is_added_reads_back_as_it_was(wanted: list[SourceConfig]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "feeds.toml"
        path.write_text(WRITTEN)
        taken = catalogue.add(path, wanted)
        assert load_sources(path)[2:] == taken.added
        assert [item.model_copy(update={"name": ""}) for item in taken.added] == [
            item.model_copy(update={"name": ""}) for item in wanted
        ]


@given(st.lists(SOURCES, max_size=4, unique_by=lambda source: source.name))
def test_file_that_is_written_reads_back_without_its_secrets(sources: list[SourceConfig]) -> None:
    bare = tuple(item.model_copy(update={"headers": {}, "auth": None}) for item in sources)
    assert parse_sources(catalogue.write(sources).encode(), "x") == bare


@pytest.mark.parametrize(
    "content",
    [
        b"source" + b".a" * 500_000 + b" = 1",
        b"source = " + b"[" * 100_000,
        b"source = " + b"9" * 100_000,
        b"source = '''" + b"a" * 9_000_000,
    ],
)
def test_list_of_a_stranger_that_is_made_to_hold_its_reader_is_refused_at_once(content: bytes) -> None:
    start = time.process_time()
    with pytest.raises((Rejected, Misconfigured)):
        list(importing.read(content, "list.toml"))
    assert time.process_time() - start < 5
