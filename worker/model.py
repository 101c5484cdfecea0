"""The nouns: what goes in (Document, Article), what comes out (Extraction), what is published (Record).

Every offset is 0-based, half-open and counts code points of `Article.text`. `None` means unknown, never "no".
Dates are ISO 8601 text, as precise as the source was: `2024-11-13` or `2024-11-13T09:30:00Z`.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

IsoDate = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d))?$")]
Offset = Annotated[int, Field(ge=0)]


class Frozen(BaseModel):
    """A value: compared by content, never changed, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Span(Frozen):
    """A piece of the article's text; `text` equals `article.text[start:end]`."""

    start: Offset
    end: Offset
    text: str


# ---------------------------------------------------------------- what goes in


class ContentType(StrEnum):
    """How a document's content is to be read."""

    TEXT = "text/plain"
    HTML = "text/html"
    MARKDOWN = "text/markdown"


class PublishedFrom(StrEnum):
    """Where the publication date was found; a date is never made up."""

    FEED = "feed"
    HEADER = "header"
    GIVEN = "given"
    JSON_LD = "json-ld"
    META = "meta"
    PAGE = "page"  # elsewhere in the page's markup
    URL = "url"
    FETCH = "fetch"  # the day of a poll that found the entry which the poll of the day before had not


class Document(Frozen):
    """A news item as its source gave it, before any reading of its text."""

    content: str
    content_type: ContentType = ContentType.TEXT
    complete: bool = Field(default=True, description="False: a summary only; the text is at `url`.")
    id: str | None = Field(default=None, description="The sender's own id, kept as the article's id.")
    guid: str | None = None
    url: str | None = None
    title: str | None = None
    authors: tuple[str, ...] = ()
    published: IsoDate | None = None
    published_from: PublishedFrom | None = None
    updated: IsoDate | None = None
    source: str | None = None
    language: str | None = None
    opt_outs: tuple[str, ...] = ()


class TextChange(Frozen):
    """A paragraph that a revision changed: None before, it is new; None after, it is gone."""

    before: str | None = None
    after: str | None = None


class Article(Frozen):
    """A news item with its plain text; what extraction works on."""

    id: str
    guid: str | None = None
    url: str | None = None
    title: str | None = None
    text: str
    authors: tuple[str, ...] = ()
    published: IsoDate | None = None
    published_from: PublishedFrom | None = None
    updated: IsoDate | None = None
    source: str | None = None
    language: str | None = Field(default=None, description="BCP 47 primary subtag, lower case.")
    story: str | None = Field(default=None, description="Id shared by articles whose texts are nearly the same.")
    copy_of: str | None = Field(
        default=None, description="Id of the earlier article of another source whose text this one repeats."
    )
    originator: str | None = Field(
        default=None, description="Agency or site that wrote it first: as text or page says, else whose article it repeats."
    )
    opt_outs: tuple[str, ...] = Field(
        default=(), description="Reservations against text and data mining that its site declared, such as tdm-reservation."
    )
    revision: int = Field(default=1, ge=1, description="1 for the first text seen under this id, then counting up.")
    changes: tuple[TextChange, ...] = Field(default=(), description="What a revision changed, by paragraphs.")

    @property
    def day(self) -> dt.date | None:
        """The publication day, or None: then no relative date of the text can be resolved."""
        return dt.date.fromisoformat(self.published[:10]) if self.published else None


# ---------------------------------------------------------------- what comes out


class EntityType(StrEnum):
    """Kinds of named things, after OntoNotes, with WEAPON added."""

    PERSON = "PERSON"
    ORG = "ORG"
    GPE = "GPE"
    LOC = "LOC"
    NORP = "NORP"
    WEAPON = "WEAPON"
    FAC = "FAC"
    EVENT = "EVENT"


class MentionKind(StrEnum):
    """How the text refers to the entity."""

    NAME = "name"
    NOMINAL = "nominal"
    PRONOUN = "pronoun"


class Mention(Span):
    """One place where the text refers to an entity."""

    kind: MentionKind


class Entity(Frozen):
    """Somebody or something that the article names, with all its mentions."""

    id: str
    type: EntityType
    name: str
    country: str | None = Field(default=None, description="ISO 3166 alpha-3; KOS for Kosovo.")
    sector: str | None = Field(default=None, description="PLOVER sector, such as GOV, MIL, COP, REB, CVL.")
    code: str | None = Field(default=None, description='Actor code: "FRA GOV", "IGO NATO".')
    office: str | None = None
    wikidata: str | None = None
    mentions: tuple[Mention, ...]


class QuoteKind(StrEnum):
    """Direct: in quotation marks; indirect: reported; mixed: both."""

    DIRECT = "direct"
    INDIRECT = "indirect"
    MIXED = "mixed"


Confidence = Annotated[float, Field(ge=0, le=1)]


class Quote(Span):
    """What somebody said; the span has the words without their quotation marks."""

    id: str
    kind: QuoteKind
    speaker: str | None = Field(default=None, description="Entity id.")
    speaker_text: Span | None = None
    cue: Span | None = None
    confidence: Confidence


class EventType(StrEnum):
    """PLOVER 2.0 event types."""

    AGREE = "AGREE"
    CONSULT = "CONSULT"
    SUPPORT = "SUPPORT"
    CONCEDE = "CONCEDE"
    COOPERATE = "COOPERATE"
    AID = "AID"
    RETREAT = "RETREAT"
    REQUEST = "REQUEST"
    ACCUSE = "ACCUSE"
    REJECT = "REJECT"
    THREATEN = "THREATEN"
    PROTEST = "PROTEST"
    SANCTION = "SANCTION"
    MOBILIZE = "MOBILIZE"
    COERCE = "COERCE"
    ASSAULT = "ASSAULT"


class Polarity(StrEnum):
    """Whether the text says that the event took place or that it did not."""

    AFFIRMED = "affirmed"
    NEGATED = "negated"


class Modality(StrEnum):
    """In which world the event takes place: this one (actual), or one that somebody speaks of."""

    ACTUAL = "actual"
    PROMISED = "promised"
    INTENDED = "intended"
    REQUESTED = "requested"
    THREATENED = "threatened"
    POSSIBLE = "possible"
    HYPOTHETICAL = "hypothetical"
    ALLEGED = "alleged"


class Tense(StrEnum):
    """Grammatical time of the trigger."""

    PAST = "past"
    PRESENT = "present"
    FUTURE = "future"


class Granularity(StrEnum):
    """How precise a date is."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    SEASON = "season"
    YEAR = "year"
    RANGE = "range"
    VAGUE = "vague"


class Actor(Span):
    """A party to an event, as the text has it and as it is coded."""

    entity: str | None = Field(default=None, description="Entity id; null for unnamed parties.")
    name: str
    code: str | None = None
    country: str | None = None
    sector: str | None = None


class EventDate(Frozen):
    """When: an interval of days, both ends included; null ends where the article has no date to count from."""

    text: str
    from_: IsoDate | None = Field(default=None, alias="from")
    to: IsoDate | None = None
    granularity: Granularity

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, serialize_by_alias=True)


class DateMention(EventDate):
    """A time expression in the text."""

    start: Offset
    end: Offset


class EventPlace(Frozen):
    """Where."""

    name: str
    country: str | None = None
    lat: float | None = None
    lon: float | None = None
    geonameid: int | None = None


class PlaceMention(Span):
    """A place name in the text."""

    entity: str | None = None
    country: str | None = None
    lat: float | None = None
    lon: float | None = None
    geonameid: int | None = None


class Casualties(Frozen):
    """Numbers of people that the sentence gives; null where it gives none."""

    killed: int | None = None
    injured: int | None = None
    arrested: int | None = None


class Telling(Frozen):
    """One more place where the article tells of an event."""

    trigger: Span
    evidence: Span


class Event(Frozen):
    """Who did what to whom; `trigger` and `evidence` are where the article tells most of it."""

    id: str
    type: EventType
    mode: str | None = Field(default=None, description="PLOVER mode of the type, such as demo, drone, visit.")
    quad: int = Field(ge=1, le=4, description="1 verbal and 2 material cooperation, 3 verbal and 4 material conflict.")
    score: float = Field(ge=-10, le=10, description="PLOVER (Goldstein-like) score of the mode, else of the type.")
    contexts: tuple[str, ...] = ()
    actors: tuple[Actor, ...]
    recipients: tuple[Actor, ...]
    trigger: Span
    evidence: Span
    polarity: Polarity
    modality: Modality
    tense: Tense
    reported_by: str | None = Field(default=None, description="Entity id of who says so.")
    date: EventDate | None = None
    place: EventPlace | None = None
    materiel: tuple[str, ...] = Field(default=(), description="Materiel ids.")
    casualties: Casualties | None = None
    tellings: tuple[Telling, ...] = Field(default=(), description="The other places of the article that tell of it.")
    confidence: Confidence


class MaterielStatus(StrEnum):
    """How far a transfer has come, after the commitment, allocation, delivery scheme of aid trackers."""

    REQUESTED = "requested"
    PROMISED = "promised"
    ALLOCATED = "allocated"
    DELIVERING = "delivering"
    DELIVERED = "delivered"
    NOT_DELIVERED = "not_delivered"
    REFUSED = "refused"
    RESTRICTED = "restricted"
    USED = "used"
    INTENDED = "intended"


class Materiel(Frozen):
    """Weapons, troops, money or goods that move, or are asked for, or are used."""

    id: str
    item: str
    category: str
    quantity: str | None = None
    giver: str | None = Field(default=None, description="Actor code, or the name where there is none.")
    receiver: str | None = Field(default=None, description="Actor code, or the name where there is none.")
    origin: str | None = Field(default=None, description="Country that makes it, ISO 3166 alpha-3.")
    status: MaterielStatus | None = None
    evidence: Span


class Relation(Frozen):
    """A lasting tie between two entities."""

    type: str
    subject: str
    object: str
    value: str | None = None
    evidence: Span


class Sentence(Frozen):
    """Bounds of a sentence."""

    start: Offset
    end: Offset


class Coder(Frozen):
    """What made the extraction; the same bytes through the same coder give the same output."""

    name: str
    version: str
    pipeline: str
    ontology: str


class Extraction(Frozen):
    """Everything found in one article."""

    article: Article
    sentences: tuple[Sentence, ...]
    entities: tuple[Entity, ...]
    quotes: tuple[Quote, ...]
    events: tuple[Event, ...]
    materiel: tuple[Materiel, ...]
    relations: tuple[Relation, ...]
    dates: tuple[DateMention, ...]
    places: tuple[PlaceMention, ...]
    coder: Coder


class Decision(Frozen):
    """Why a trigger gave its event, or none: what `extract --explain` tells."""

    sentence: Span
    trigger: Span
    event: Event | None
    decided: str = Field(description="Which rule or model decided on the event, or why there is none.")


class Explanation(Frozen):
    """The decisions on all triggers of an article, in the order of the text."""

    article: str
    decisions: tuple[Decision, ...]
