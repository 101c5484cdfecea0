"""From a feed's entries to the streams: copies and edits of a report code its events once, and correct or retract them."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from offering import Desk, edited
from support import Server

from worker.delivery import Delivery
from worker.extraction import Extractor
from worker.model import Document
from worker.settings import Settings
from worker.sinks.redis_streams import RedisStreams

SEEDS = Path(__file__).parents[1] / "seeds"
REPORT = (SEEDS / "16-odesa-belgorod-strikes.txt").read_text(encoding="utf8").partition("\n\n")[2]
BACKGROUND = (
    "The mayor said that the port had worked without pause since autumn. Its cranes stand between the old town and the sea, "
    "and a third of the silos are older than he is. In summer the harbour takes forty ships a week, in winter half as many. "
    "Those who work there are paid by the shift and go home by tram. The town has its own bakery, two theatres and a school "
    "for sailors, which teaches four hundred pupils."
)


class Newsroom:
    """Feeds at one end, streams at the other, and the workers' work done at once."""

    def __init__(self, server: Server, settings: Settings, extractor: Extractor) -> None:
        self.desk, self.client = Desk(settings), server.client
        sink = RedisStreams(server.client, settings)
        self.delivery = Delivery(settings, self.desk.ledger, sink, lambda _stage, _ids: None, lambda: extractor)

    def publish(self, source: str, text: str, title: str = "Drones hit port") -> Counter[str]:
        """A feed's article, as it stands now, goes through to the streams."""
        url, guid = f"https://{source}.example/2026/02/09/drones", f"{source}-1"
        day = {"published": "2026-02-09T08:00:00Z", "language": "en"}
        counts = self.desk.offer(Document(content=text, title=title, source=source, url=url, guid=guid, **day))
        waiting = self.client.zrange(self.desk.keys.ledger("extract"), 0, -1)
        self.delivery.extract(waiting)
        return counts

    def events(self, source: str | None = None) -> list[tuple[str, dict[str, Any]]]:
        """Records of events: what kind, and the body."""
        entries = [fields for _, fields in self.client.xrange("news:events")]
        found = [(fields["type"].rpartition(".")[2], json.loads(fields["body"])) for fields in entries]
        return [(kind, body) for kind, body in found if source in {None, body["article"]["source"]}]

    def kinds(self) -> Counter[str]:
        return Counter(kind for kind, _ in self.events())

    def articles(self) -> list[dict[str, Any]]:
        return [json.loads(fields["body"])["article"] for _, fields in self.client.xrange("news:articles")]


@pytest.fixture
def room(server: Server, settings: Settings, extractor: Extractor) -> Newsroom:
    return Newsroom(server, settings, extractor)


def without(text: str, words: str) -> str:
    """The text without the paragraph that has these words."""
    kept = [paragraph for paragraph in text.split("\n\n") if words not in paragraph]
    assert len(kept) == len(text.split("\n\n")) - 1
    return "\n\n".join(kept)


def test_a_wire_story_in_three_papers_gives_each_event_once_with_three_reports(room: Newsroom) -> None:
    room.publish("harbour", REPORT)
    first = {body["event"]["id"] for _, body in room.events()}
    assert len(first) >= 4
    room.publish("lagoon", f"{REPORT}\n\nReporting by the staff of the Lagoon Times.", title="Night of drones over Odesa")
    room.publish("atoll", REPORT.replace("KYIV, Feb. 9 (Harbour Press Agency) - ", ""), title="Two die in port")
    told = room.events()
    assert room.kinds() == {"coded": len(first), "mentioned": 2 * len(first)}
    assert {body["event"]["id"] for _, body in told} == first
    assert [body["reports"] for _, body in room.events("atoll")] == [3] * len(first)
    (story,) = {body["article"]["story"] for _, body in told}
    assert [article["copy_of"] for article in room.articles()] == [None, story, story]
    assert [article["originator"] for article in room.articles()][1:] == ["harbour", "harbour"]


def test_the_same_text_again_is_nothing_new(room: Newsroom) -> None:
    room.publish("harbour", REPORT)
    before = room.kinds()
    assert room.publish("harbour", REPORT) == {"duplicate": 1}
    assert room.publish("harbour", f"{REPORT}\n\nUpdated 9 February 2026, 14:05 GMT") == {"duplicate": 1}
    assert room.kinds() == before


def test_an_edit_that_drops_an_event_retracts_it_and_codes_no_other_twice(room: Newsroom) -> None:
    room.publish("harbour", REPORT)
    coded = {body["event"]["id"]: body for _, body in room.events()}
    room.publish("harbour", without(REPORT, "Shebekino"))
    dropped = {event for event, body in coded.items() if "Shebekino" in body["event"]["evidence"]["text"]}
    after = room.events()[len(coded) :]
    assert dropped
    assert {body["event"]["id"] for kind, body in after if kind == "retracted"} == dropped
    assert {body["event"]["id"] for kind, body in after if kind == "mentioned"} == coded.keys() - dropped
    assert room.kinds()["coded"] == len(coded)
    (change,) = room.articles()[1]["changes"]
    assert "Shebekino" in change["before"]
    assert change["after"] is None


def test_an_edit_that_changes_a_number_corrects_the_event(room: Newsroom) -> None:
    room.publish("harbour", REPORT)
    room.publish("harbour", REPORT.replace("killing two dock workers", "killing four dock workers"))
    deadly = [(kind, body["event"]) for kind, body in room.events() if (body["event"]["casualties"] or {}).get("killed")]
    assert [(kind, event["casualties"]["killed"]) for kind, event in deadly] == [("coded", 2), ("mentioned", 4)]
    assert len({event["id"] for _, event in deadly}) == 1
    assert "retracted" not in room.kinds()
    (change,) = room.articles()[1]["changes"]
    assert "two dock workers" in change["before"]
    assert "four dock workers" in change["after"]


def test_what_another_paper_still_reports_is_not_retracted(room: Newsroom) -> None:
    room.publish("harbour", REPORT)
    room.publish("lagoon", f"{REPORT}\n\nReporting by the staff of the Lagoon Times.")
    room.publish("harbour", without(REPORT, "Shebekino"))
    assert "retracted" not in room.kinds()
    assert room.kinds()["unmentioned"] > 0


def test_a_paywall_in_the_place_of_a_report_retracts_nothing(room: Newsroom) -> None:
    room.publish("harbour", REPORT)
    before = room.kinds()
    assert room.publish("harbour", "To read on, subscribe to the Harbour Press Agency from 2 a month.") == {"shrunk": 1}
    assert room.kinds() == before


def test_a_report_that_is_withdrawn_takes_its_events_back(room: Newsroom) -> None:
    room.publish("harbour", REPORT)
    coded = room.kinds()["coded"]
    room.publish("harbour", "This report was withdrawn because it told of an exercise.")
    assert room.kinds() == {"coded": coded, "retracted": coded}


def test_two_wordings_that_take_turns_come_to_an_end(room: Newsroom) -> None:
    for _ in range(3):
        for text in (f"{REPORT}\n\n{BACKGROUND}", REPORT):
            room.publish("harbour", text)
    assert len(room.articles()) == 2


def test_the_same_bytes_give_the_same_ids_whenever_they_come(room: Newsroom, server: Server) -> None:
    def ids() -> list[str]:
        return [fields["id"] for name in ("articles", "events", "quotes") for _, fields in server.client.xrange(f"news:{name}")]

    room.publish("harbour", REPORT)
    room.publish("lagoon", edited(REPORT, 0.05))
    first = ids()
    server.client.flushall()
    room.publish("harbour", REPORT)
    room.publish("lagoon", edited(REPORT, 0.05))
    assert ids() == first


def test_a_replay_gives_the_same_events_and_codes_none_again(room: Newsroom) -> None:
    room.publish("harbour", REPORT)
    before = room.events()
    (name,) = {article["id"] for article in room.articles()}
    assert room.desk.ledger.replay(name)
    assert room.publish("harbour", REPORT) == {"new": 1}
    after = room.events()[len(before) :]
    assert [kind for kind, _ in after] == ["mentioned"] * len(before)
    assert [body["event"]["id"] for _, body in after] == [body["event"]["id"] for _, body in before]
    assert [body["reports"] for _, body in after] == [1] * len(before)
