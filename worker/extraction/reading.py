"""The order in which an article is read: names, offices, quotes, pronouns, events, then what hangs on them."""

from __future__ import annotations

from worker.extraction import entities
from worker.extraction.actors import actors as acting
from worker.extraction.actors import nominals
from worker.extraction.actors.actors import Actors
from worker.extraction.coreference import coreference
from worker.extraction.dates import dates, dating
from worker.extraction.events import casualties, events, explaining, records, tellings
from worker.extraction.events.events import Coded
from worker.extraction.events.found import Found
from worker.extraction.events.tellings import Told
from worker.extraction.materiel import materiel
from worker.extraction.names.finder import NameFinder
from worker.extraction.parse import Parsed
from worker.extraction.places import locating, places
from worker.extraction.quotes import quotes
from worker.extraction.relations import relations
from worker.model import Coder, DateMention, Event, Explanation, Extraction, Sentence


def read(parsed: Parsed, names: NameFinder, coder: Coder) -> Extraction:
    """Everything in one parsed article."""
    return read_both(parsed, names, coder)[0]


def explain(parsed: Parsed, names: NameFinder, coder: Coder) -> Explanation:
    """Why the triggers of one parsed article gave their events, or none."""
    extraction, coded = read_both(parsed, names, coder)
    decisions = explaining.decisions(coded, extraction.events, parsed)
    return Explanation(article=parsed.article.id, decisions=decisions)


def read_both(parsed: Parsed, names: NameFinder, coder: Coder) -> tuple[Extraction, Coded]:
    """Everything in one parsed article, and what the coder made of its triggers."""
    article = parsed.article
    cast = names.find(parsed)
    locating.locate(cast, names.gazetteer, article.url)
    actors = acting.resolve(parsed, cast, names.ontology, names.gazetteer)
    nominals.find(actors)
    said = quotes.find(parsed.doc)
    coreference.resolve(actors, said.quoted)
    coded = events.code(actors)
    bare = {id(event) for event in coded.bare}
    found = sorted((*coded.events, *coded.bare), key=lambda event: event.trigger.i)
    acting.add_nominals(actors)
    listed = entities.finish(cast)
    times = dates.find(parsed)
    things = materiel.find(actors, coded.events)
    links = materiel.links(things, article.id, coder.version)
    told = [
        Told(
            _placed(event, one, actors, times).model_copy(update={"materiel": links.get(one.trigger.i, ())}),
            one,
            id(one) in bare,
        )
        for one, event in zip(found, records.finish(found, actors, article.id, coder.version), strict=True)
    ]
    extraction = Extraction(
        article=article,
        sentences=_sentences(parsed),
        entities=listed,
        quotes=quotes.finish(said, actors, article.id, coder.version),
        events=tellings.once(told, article.day),
        materiel=materiel.finish(things, actors, article.id, coder.version),
        relations=relations.find(actors),
        dates=times,
        places=places.find(actors),
        coder=coder,
    )
    return extraction, coded


def _placed(event: Event, found: Found, actors: Actors, times: tuple[DateMention, ...]) -> Event:
    """The event with its time, its place and its numbers."""
    return event.model_copy(
        update={
            "date": dating.of_event(found.trigger, times),
            "place": places.of_event(found.type, found.trigger, actors),
            "casualties": casualties.of_event(found.type, found.trigger),
        }
    )


def _sentences(parsed: Parsed) -> tuple[Sentence, ...]:
    """Bounds of the sentences without the white space around them."""
    found = (parsed.words(span) for span in parsed.sentences)
    return tuple(Sentence(start=s.start, end=s.end) for s in found)
