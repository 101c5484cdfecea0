from __future__ import annotations

import re
from pathlib import Path

import pytest

from worker.errors import Misconfigured
from worker.http.access import Access
from worker.model import Document
from worker.sources import SourceConfig, kinds, load_sources, parse_sources, reader

ONE = '[[source]]\nname = "lagoon"\nurl = "https://lagoon.example/feed"\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "feeds.toml"


def complaint(file: Path, text: str) -> str:
    file.write_text(text)
    with pytest.raises(Misconfigured) as caught:
        load_sources(file)
    assert str(file) in caught.value.message
    assert caught.value.exit_code == 78
    return caught.value.message


def test_sources_of_the_project_are_valid() -> None:
    sources = load_sources(Path(__file__).parents[1] / "config" / "feeds.toml")
    assert len(sources) >= 8
    assert all(callable(reader(source.kind)) for source in sources)
    assert all(source.url.startswith("https://") for source in sources)


def test_source_needs_name_and_address_only(file: Path) -> None:
    file.write_text(ONE)
    assert load_sources(file) == (SourceConfig(name="lagoon", url="https://lagoon.example/feed"),)


def test_file_without_sources_is_empty(file: Path) -> None:
    file.write_text("# nothing yet\n")
    assert load_sources(file) == ()


@pytest.mark.parametrize(
    ("interval", "seconds"),
    [("90", 90), ("0.5", 0.5), ('"45s"', 45), ('"15m"', 900), ('"1h"', 3600), ('"1.5 h"', 5400), ('"1d"', 86_400)],
)
def test_interval_is_seconds_or_a_number_with_a_unit(file: Path, interval: str, seconds: float) -> None:
    file.write_text(f"{ONE}interval = {interval}\n")
    assert load_sources(file)[0].interval == seconds


@pytest.mark.parametrize("interval", ['"often"', "0", "-1", '"15"', '"0m"', "[1]"])
def test_other_intervals_are_refused(file: Path, interval: str) -> None:
    assert "source lagoon: interval" in complaint(file, f"{ONE}interval = {interval}\n")


def test_unknown_key_gets_a_suggestion(file: Path) -> None:
    message = complaint(file, ONE + 'full_text = "always"\n')
    assert "source lagoon: full_text: unknown key; did you mean 'fulltext'?" in message


def test_missing_name_is_told_by_number(file: Path) -> None:
    assert "source 2: name" in complaint(file, ONE + '[[source]]\nurl = "https://x.example/"\n')


def test_two_sources_of_one_name_are_refused(file: Path) -> None:
    assert "'lagoon'" in complaint(file, ONE + ONE)


@pytest.mark.parametrize("url", ["ftp://x.example/", "lagoon.example/feed", "file:///etc/passwd", "https://", ""])
def test_address_must_be_http(file: Path, url: str) -> None:
    assert "url: not an http or https address" in complaint(file, f'[[source]]\nname = "a"\nurl = "{url}"\n')


@pytest.mark.parametrize(
    "text", ["[[sources]]\n", "x = 1\n", "source = 3\n", "[source]\nname = 'a'\n", "not toml", 'source = ["x"]']
)
def test_anything_but_source_tables_is_refused(file: Path, text: str) -> None:
    complaint(file, text)


def test_missing_file_names_the_setting(file: Path) -> None:
    with pytest.raises(Misconfigured, match="setting feeds"):
        load_sources(file)


def test_fulltext_decides_whether_the_page_is_fetched() -> None:
    summary = Document(content="x", complete=False, url="https://lagoon.example/1")
    whole = summary.model_copy(update={"complete": True})
    alone = Document(content="x")

    def source(fulltext: str) -> SourceConfig:
        return SourceConfig.model_validate({"name": "a", "url": "https://a.example/", "fulltext": fulltext})

    assert [source("auto").with_fulltext(document).complete for document in (summary, whole, alone)] == [False, True, True]
    assert [source("always").with_fulltext(document).complete for document in (summary, whole, alone)] == [False, False, True]
    assert [source("never").with_fulltext(document).complete for document in (summary, whole, alone)] == [True, True, True]


# ---------------------------------------------------------------- secrets


SECRETIVE = {
    "headers": {"X-Key": "s3cret-header"},
    "cookies": {"session": "s3cret-cookie"},
    "auth": "reader:s3cret-auth",
    "proxy": "http://reader:s3cret-proxy@proxy.example:3128",
}


def source(**given: object) -> SourceConfig:
    return SourceConfig.model_validate({"name": "lagoon", "url": "https://lagoon.example/feed", **given})


def test_no_secret_of_a_source_is_shown() -> None:
    assert "s3cret" not in repr(source(**SECRETIVE))
    assert "s3cret" not in str(source(**SECRETIVE))


def test_no_secret_stands_in_a_complaint(file: Path) -> None:
    for line in ('headers = {"a b" = "s3cret"}', 'headers = "s3cret"', 'auth = ["s3cret"]', 'proxy = {x = "s3cret"}'):
        assert "s3cret" not in complaint(file, f"{ONE}{line}\n")


def test_name_and_password_in_an_address_are_refused_unshown(file: Path) -> None:
    message = complaint(file, '[[source]]\nname = "a"\nurl = "https://reader:s3cret@lagoon.example/feed"\n')
    assert 'write auth = "env:NAME" instead' in message
    assert "s3cret" not in message


def test_secrets_are_found_when_they_are_needed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-a-file\n")
    made = source(auth="env:LAGOON_AUTH", headers={"X-Key": f"file:{tmp_path / 'token'}"}, cookies={"c": "plain"})
    monkeypatch.setenv("LAGOON_AUTH", "reader:word")
    access = made.access()
    assert (access.auth, dict(access.headers), dict(access.cookies)) == (
        "reader:word",
        {"X-Key": "from-a-file"},
        {"c": "plain"},
    )


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"auth": "env:NO_SUCH"}, "auth: the environment has no NO_SUCH"),
        ({"headers": {"X-Key": "file:/no/such"}}, "headers.X-Key: cannot read /no/such"),
        ({"cookies": {"c": "file:relative"}}, "cookies.c: file:relative is not an absolute path"),
        ({"proxy": "env:NO_SUCH"}, "proxy: the environment has no NO_SUCH"),
    ],
)
def test_secret_that_is_missing_names_source_and_key(given: dict[str, object], place: str) -> None:
    with pytest.raises(Misconfigured, match="source lagoon: ") as caught:
        source(**given).access()
    assert place in caught.value.message


@pytest.mark.parametrize("value", ["a\r\nX-Other: b", "a\x00b", "a\nb"])
def test_secret_cannot_add_a_header_of_its_own(value: str, tmp_path: Path) -> None:
    (tmp_path / "token").write_bytes(value.encode())
    for given in (value, f"file:{tmp_path / 'token'}"):
        with pytest.raises(Misconfigured, match=r"headers\.X-Key: the value holds a line break") as caught:
            source(headers={"X-Key": given}).access()
        assert "X-Other" not in caught.value.message


@pytest.mark.parametrize("content", [b"", b" \n", b"x" * 70_000, b"\xff\xfe"])
def test_file_that_holds_no_secret_is_told(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "token").write_bytes(content)
    with pytest.raises(Misconfigured, match="source lagoon: auth"):
        source(auth=f"file:{tmp_path / 'token'}").access()


def test_auth_without_a_colon_is_told_unshown() -> None:
    with pytest.raises(Misconfigured, match="auth: not user:password") as caught:
        source(auth="s3cret").access()
    assert "s3cret" not in caught.value.message


@pytest.mark.parametrize("tag", ["", " ", "a,b", "a/b", "\x07"])
def test_tag_is_a_word_or_a_few(tag: str) -> None:
    with pytest.raises(ValueError, match="a tag is"):
        source(tags=[tag])


# ---------------------------------------------------------------- what the documentation shows


def test_every_key_is_explained_with_an_example_that_is_valid() -> None:
    top = Path(__file__).parents[1]
    text = (top / "docs/adding-a-source.md").read_text(encoding="utf8")
    examples = [
        parse_sources(found.encode(), "the documentation") for found in re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    ]
    [shown] = examples[0]
    assert set(shown.model_fields_set) == set(SourceConfig.model_fields) - {"kind"}


def test_example_in_the_sources_file_is_valid_without_its_comment_marks() -> None:
    lines = (Path(__file__).parents[1] / "config/feeds.toml").read_text(encoding="utf8").splitlines()
    start = lines.index("# [[source]]")
    table = [line.removeprefix("# ") for line in lines[start : lines.index("#", start)]]
    [shown] = parse_sources("\n".join(table).encode(), "the example")
    assert shown.auth == "file:/run/secrets/wire_login"


def test_every_kind_is_in_the_documentation() -> None:
    text = (Path(__file__).parents[1] / "docs/adding-a-source.md").read_text(encoding="utf8")
    table = text.partition("| kind | recognised by |")[2].partition("\n\n")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == set(kinds())


def test_away_from_its_server_a_source_has_its_proxy_only() -> None:
    source = SourceConfig(name="a", url="https://a.example/feed", auth="me:hush", proxy="http://p.example:1")
    assert source.access_to("https://a.example/page").auth == "me:hush"
    assert source.access_to("https://b.example/page") == Access(proxy="http://p.example:1")
