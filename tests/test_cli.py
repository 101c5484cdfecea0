from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support import Run, Server

from worker import cli, doctor, observe, show
from worker.model import Extraction
from worker.settings import Settings
from worker.tail import Entry

SAMPLE = Path(__file__).parent / "fixtures/records/extraction.json"
STORY = "Title: Talks\nDate: 2024-11-13\nSource: Wire\n\nFrance accused Russia of sabotage on Tuesday, officials said."


# ---------------------------------------------------------------- starting


@pytest.mark.parametrize("module", ["spacy", "celery", "redis", "trafilatura", "rich"])
def test_commands_start_without_heavy_modules(module: str) -> None:
    code = f"import sys, worker.cli; sys.exit({module!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_version_is_the_package_s(run: Run) -> None:
    assert run("--version").out.startswith("newsworker 0.")


def test_unknown_command_is_a_usage_error(run: Run) -> None:
    assert run("bogus").code == 2


def test_unknown_setting_is_named_with_what_was_meant(run: Run) -> None:
    Path("mine.toml").write_text("stream_maxlength = 1\n")
    ran = run("--config", "mine.toml", "status")
    assert ran.code == 78
    assert ran.err == "newsworker: mine.toml: stream_maxlength: unknown setting; did you mean 'stream_maxlen'?\n"


@pytest.mark.parametrize("command", [["tail"], ["status"], ["enqueue", "x.txt"]])
def test_without_a_service_the_message_says_how_to_start_it(run: Run, command: list[str]) -> None:
    ran = run(*command)
    assert ran.code == 69
    assert "newsworker run is not running in" in ran.err
    assert "NEWSWORKER_REDIS_URL" in ran.err
    assert not Path(".newsworker").exists()


@pytest.mark.parametrize("command", [["tail"], ["status"], ["enqueue", "x.txt"], ["run"]])
def test_redis_that_does_not_answer_is_exit_69_with_its_masked_address(
    run: Run, command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWSWORKER_REDIS_URL", "redis://me:secret@127.0.0.1:1/0")
    ran = run(*command)
    assert ran.code == 69
    assert "redis://me:***@127.0.0.1:1/0" in ran.err
    assert "secret" not in ran.err
    assert "Traceback" not in ran.err


# ---------------------------------------------------------------- read


def test_read_shows_articles_and_accounts_for_all(run: Run) -> None:
    Path("in").mkdir()
    Path("in/good.txt").write_text(STORY)
    Path("in/empty.txt").write_text("")
    ran = run("read", "in")
    assert "Talks" in ran.out
    assert "in/empty.txt: empty" in ran.err
    assert ran.err.endswith("2 read: 1 articles, 1 rejected (empty)\n")
    assert ran.code == 1


def test_read_gives_article_objects(run: Run) -> None:
    ran = run("read", "--json", "-", stdin=STORY.encode())
    [article] = ran.objects
    assert (article["title"], article["published"], article["source"]) == ("Talks", "2024-11-13", "Wire")
    assert ran.code == 0


def test_read_of_an_empty_folder_finds_nothing(run: Run) -> None:
    Path("in").mkdir()
    assert run("read", "in")[:2] == (3, "")


def test_base_url_and_content_type_say_what_a_file_cannot(run: Run) -> None:
    body = "<title>T</title><article><h1>T</h1><p>" + "France accused Russia of sabotage on Tuesday. " * 5
    Path("page").write_bytes(f"<html><head><link rel=canonical href=/a>{body}".encode("utf-16"))
    ran = run("read", "--json", "--base-url", "https://site.example/x", "--content-type", "text/html", "page")
    [article] = ran.objects
    assert article["url"].startswith("https://site.example/")


def test_private_address_is_refused_in_one_line(run: Run) -> None:
    ran = run("read", "http://127.0.0.1:9/")
    assert ran.code == 1
    assert len(ran.err.splitlines()) == 2
    assert "Traceback" not in ran.err


# ---------------------------------------------------------------- extract


def test_extract_gives_an_extraction_object_a_document(run: Run) -> None:
    Path("one.txt").write_text(STORY)
    ran = run("extract", "--json", "one.txt")
    [found] = ran.objects
    assert Extraction.model_validate(found).article.title == "Talks"
    assert ran.code == 0


def test_extract_shows_a_person_the_text_and_the_tables(run: Run) -> None:
    Path("one.txt").write_text(STORY)
    ran = run("extract", "one.txt")
    assert "France accused Russia" in ran.out
    assert "actors -> recipients" in ran.out
    assert "\x1b" not in ran.out


def test_extract_explains_each_trigger(run: Run) -> None:
    Path("one.txt").write_text(STORY + " The attack helicopters of Chad stayed in Libya.")
    ran = run("extract", "--explain", "one.txt")
    assert "lexicon: ACCUSE verb 'accuse'" in ran.out
    assert "attack: only describes 'helicopters'" in ran.out
    assert ran.code == 0


def test_explanations_are_json_for_programs(run: Run) -> None:
    Path("one.txt").write_text(STORY)
    [found] = run("extract", "--explain", "--json", "one.txt").objects
    assert [d["decided"] for d in found["decisions"] if d["event"]] == ["lexicon: ACCUSE verb 'accuse'"]


def test_lines_are_not_explained(run: Run) -> None:
    ran = run("extract", "--explain", "--json", "--jsonl", "-", stdin=b"")
    assert ran.code == 2
    assert "leave out --explain" in ran.err


def test_bad_lines_are_answered_in_their_place(run: Run) -> None:
    lines = [
        json.dumps({"id": "a", "text": "France accused Russia of sabotage."}),
        "{broken",
        json.dumps({"id": "c", "text": ""}),
        json.dumps({"id": 7, "text": "Protesters marched in Rome on Friday."}),
        "[]",
        "",
        json.dumps({"id": "e", "text": "Iran and Oman held talks in Muscat."}),
    ]
    ran = run("extract", "--json", "--jsonl", "-", stdin="\n".join(lines).encode())
    answers = [("error", found["id"]) if "error" in found else ("found", found["article"]["id"]) for found in ran.objects]
    assert answers == [
        ("found", "a"),
        ("error", None),
        ("error", "c"),
        ("found", "7"),
        ("error", None),
        ("found", "e"),
    ]
    assert ran.code == 1


def test_lines_keep_their_order_over_many_batches(run: Run) -> None:
    ids = [f"n{number}" for number in range(cli.BATCH * 2 + 3)]
    lines = [json.dumps({"id": name, "text": "Police arrested two men in Lagos."}) for name in ids]
    ran = run("extract", "--json", "--jsonl", "-", stdin="\n".join(lines).encode())
    assert [found["article"]["id"] for found in ran.objects] == ids
    assert ran.code == 0


def test_jsonl_without_json_is_a_usage_error(run: Run) -> None:
    assert run("extract", "--jsonl", "-").code == 2


def test_missing_lines_file_is_one_clear_line(run: Run) -> None:
    ran = run("extract", "--json", "--jsonl", "nowhere.jsonl")
    assert ran.code == 1
    assert "nowhere.jsonl" in ran.err
    assert "Traceback" not in ran.err


# ---------------------------------------------------------------- schema, doctor


def test_schema_writes_what_it_prints(run: Run, tmp_path: Path) -> None:
    printed = json.loads(run("schema").out)
    assert run("schema", "--write", str(tmp_path / "out")).code == 0
    written = {path.name: json.loads(path.read_text()) for path in (tmp_path / "out").iterdir()}
    assert written == printed


def test_doctor_says_what_to_do_about_each_failure(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("file").touch()
    monkeypatch.setenv("NEWSWORKER_STATE_DIR", "file/state")
    monkeypatch.setenv("NEWSWORKER_PIPELINE", "no_such_pipeline")
    ran = run("doctor", "--json")
    failed = {check["name"]: check["said"] for check in ran.objects if check["ok"] is False}
    assert ran.code == 1
    assert set(failed) == {"pipeline", "state"}
    assert "NEWSWORKER_STATE_DIR" in failed["state"]


def test_doctor_looks_at_the_operators_actors(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSWORKER_ONTOLOGY", "mine.toml")
    Path("mine.toml").write_text("[[party]]\nname = 'Tide Party'\n")
    failed = {check["name"]: check["said"] for check in run("doctor", "--json").objects if check["ok"] is False}
    assert set(failed) == {"ontology"}
    assert 'mine.toml: party 1 ("Tide Party")' in failed["ontology"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('auth = "env:NO_SUCH"', "auth: the environment has no NO_SUCH; set it where the workers are started"),
        ('kind = "fed"', "unknown kind 'fed'; did you mean 'feed'?"),
        ('kind = "no_such_package:read"', "is the package installed"),
    ],
)
def test_doctor_misses_what_a_source_needs(tmp_path: Path, line: str, said: str) -> None:
    settings = Settings(home=tmp_path, feeds=tmp_path / "feeds.toml")
    settings.feeds.write_text(f'[[source]]\nname = "wire"\nurl = "https://wire.example/"\n{line}\n')
    check = next(check for check in doctor.examine(lambda: settings) if check.name == "sources")
    assert check.ok is False
    assert check.said.startswith("source wire: ")
    assert said in check.said


def test_extract_knows_the_operators_actors(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSWORKER_ONTOLOGY", "mine.toml")
    Path("mine.toml").write_text("[[organisation]]\nname = 'Lagoon Council'\ncode = 'IGO LAGOON'\n")
    found = run("extract", "--json", "-", stdin=b"The Lagoon Council condemned the attack.").objects
    assert [entity["code"] for entity in found[0]["entities"]] == ["IGO LAGOON"]
    Path("mine.toml").write_text("[[organisation]]\nname = 'Lagoon Council'\n")
    assert run("extract", "--json", "-", stdin=b"The Lagoon Council condemned the attack.").code == 78


def test_doctor_is_content_with_a_sound_installation(run: Run) -> None:
    ran = run("doctor")
    assert ran.code == 0, ran.out


# ---------------------------------------------------------------- tail, status, enqueue


@pytest.fixture
def filled(server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    monkeypatch.setenv("NEWSWORKER_REDIS_URL", server.url)
    body = json.dumps({"event": {"type": "AID"}})
    for number in range(3):
        server.client.xadd("news:events", {"id": f"e{number}", "time": "2024-11-13T09:30:00Z", "body": body})
    return server


@pytest.mark.usefixtures("filled")
def test_tail_in_a_pipe_gives_json_lines_from_the_start(run: Run) -> None:
    ran = run("tail", "--from-start", "--count", "2")
    assert [found["id"] for found in ran.objects] == ["e0", "e1"]
    assert ran.objects[0]["body"] == {"event": {"type": "AID"}}


@pytest.mark.usefixtures("filled")
def test_status_tells_of_streams_and_groups(run: Run, filled: Server) -> None:
    filled.client.xgroup_create("news:events", "mine", id="0")
    found = json.loads(run("status", "--json").out)
    [events] = [stream for stream in found["streams"] if stream["name"] == "news:events"]
    assert events == {"name": "news:events", "length": 3, "groups": [{"name": "mine", "lag": 3, "pending": 0}]}
    assert found["workers"] == []
    assert "none answers" in run("status").out


@pytest.mark.usefixtures("filled")
def test_enqueue_twice_takes_in_nothing_new(run: Run) -> None:
    Path("one.txt").write_text(STORY)
    Path("empty.txt").write_text("")
    first, second = run("enqueue", "one.txt"), run("enqueue", "one.txt", "empty.txt")
    assert (first.code, first.err) == (0, "1 read: 1 new\n")
    assert second.code == 1
    assert second.err.splitlines()[-1] == "2 read: 1 waiting already, 1 rejected (empty)"


# ---------------------------------------------------------------- what is shown


def shown(renderable: Any) -> str:
    console = show.console()
    with console.capture() as capture:
        console.print(renderable, soft_wrap=True)
    return capture.get()


def test_extraction_is_shown_with_all_that_it_holds() -> None:
    text = shown(show.extraction(Extraction.model_validate_json(SAMPLE.read_text(encoding="utf8"))))
    for part in ("Norvania sends howitzers", "AID/military", "her country -> Eastmark (EMK)", "Anna Lind", "12 howitzers"):
        assert part in text


def test_no_control_character_of_the_news_reaches_the_terminal() -> None:
    sample = Extraction.model_validate_json(SAMPLE.read_text(encoding="utf8"))
    hostile = sample.article.model_copy(update={"title": "a\x1b]0;owned\x07b\u202ec", "text": "\x1b[2J" + sample.article.text})
    text = shown(show.extraction(sample.model_copy(update={"article": hostile})))
    assert not set(text) & set("\x1b\x07\u202e\x9b")


def test_markup_in_the_news_is_text() -> None:
    assert show.plain("[bold]x[/bold]") in shown(show.entry(_entry({"raw": "[bold]x[/bold]"})))


def test_event_is_one_line_with_its_trigger_in_its_evidence() -> None:
    sample = Extraction.model_validate_json(SAMPLE.read_text(encoding="utf8"))
    body = {"event": sample.events[0].model_dump(mode="json"), "article": sample.article.model_dump(mode="json")}
    line = shown(show.entry(_entry(body))).rstrip("\n")
    assert "\n" not in line
    for part in ("09:30:00", "AID/military", "her country -> EMK", "delivered", "[wire]"):
        assert part in line


def test_entry_of_another_program_is_shown_as_it_is() -> None:
    assert "surprise" in shown(show.entry(_entry({"surprise": 1})))


def _entry(body: dict[str, Any]) -> Entry:
    return Entry("events", "1-0", {"time": "2024-11-13T09:30:00Z"}, body)


def test_logs_are_json_lines_without_passwords() -> None:
    from worker import observe

    stream, root = io.StringIO(), logging.getLogger()
    before = root.handlers[:], root.level
    try:
        observe.setup(stream=stream)
        logging.getLogger("worker.x").warning("lost %s", "redis://u:secret@h:1", extra={"article": "a1"})
    finally:
        logging.captureWarnings(capture=False)
        root.handlers[:], root.level = before[0], before[1]
    [line] = stream.getvalue().splitlines()
    found = json.loads(line)
    assert (found["level"], found["logger"], found["article"]) == ("warning", "worker.x", "a1")
    assert found["message"] == "lost redis://u:***@h:1"
    assert observe.warning(line) == "lost redis://u:***@h:1"


def test_of_what_a_child_warns_of_in_many_lines_people_see_the_first() -> None:
    from worker import observe

    entry = {"level": "error", "logger": "celery.beat", "message": "Couldn't apply tick.\n['  File', '  File']\n"}
    assert observe.warning(json.dumps(entry)) == "Couldn't apply tick."


def test_no_color_is_honoured(tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text(STORY)
    environment = {**os.environ, "NO_COLOR": "1", "FORCE_COLOR": "1"}
    command = [str(Path(sys.executable).with_name("newsworker")), "read", "one.txt"]
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert "\x1b[3" not in ran.stdout


def test_no_control_character_of_a_stranger_reaches_the_terminal_in_a_log_line() -> None:
    line = logging.makeLogRecord({"msg": "feed %s", "args": ("\x1b[2J\x9b31m\u202eevil",), "levelno": logging.WARNING})
    assert observe.Plain().format(line).endswith("feed \ufffd[2J\ufffd31m\ufffdevil")
