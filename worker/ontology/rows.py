"""What a row of the tables of actors may hold: the keys of an operator's own file, each checked. docs/actors.md lists them."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from worker.ontology import NON_STATE, sectors

COUNTRY = re.compile(r"[A-Z]{3}")
BODY = re.compile(r"[A-Z0-9][A-Z0-9_]*")


def _code(text: str) -> str:
    head, *rest = text.split(" ")
    if head in NON_STATE:
        if len(rest) > 1 or not all(BODY.fullmatch(part) for part in rest):
            message = f"{text!r} is no actor code; after {head} stands one body in capitals, such as 'IGO NATO'"
            raise ValueError(message)
    elif not COUNTRY.fullmatch(head) or len(rest) > 1 or not set(rest) <= sectors():
        known = " ".join(sorted(sectors()))
        message = f"{text!r} is no actor code; write a country and a sector, such as 'FRA GOV'; sectors are {known}"
        raise ValueError(message)
    return text


def _country(text: str) -> str:
    if not COUNTRY.fullmatch(text) or text in NON_STATE:
        message = f"{text!r} is no country; write its ISO 3166 code of three letters, such as 'FRA'"
        raise ValueError(message)
    return text


def _day(value: Any) -> str:
    try:
        return (value if type(value) is dt.date else dt.date.fromisoformat(value)).isoformat()
    except (TypeError, ValueError):
        message = f"{value!r} is no day; write it as '2026-11-23'"
        raise ValueError(message) from None


def _name(text: str) -> str:
    if not text or text != " ".join(text.split()):
        message = f"{text!r} is empty or has white space too much"
        raise ValueError(message)
    return text


ActorCode = Annotated[str, AfterValidator(_code)]
CountryCode = Annotated[str, AfterValidator(_country)]
Day = Annotated[str, BeforeValidator(_day)]
Name = Annotated[str, AfterValidator(_name)]
Names = tuple[Name, ...]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Dated(_Strict):
    from_: Day = Field(alias="from")
    to: Day | None = None

    @model_validator(mode="after")
    def _in_order(self) -> _Dated:
        if self.to and self.to < self.from_:
            message = f"it ends on {self.to}, before it begins on {self.from_}"
            raise ValueError(message)
        return self


class OfficeRow(_Dated):
    """An office that a person holds from a day to a day, both included."""

    office: Name
    code: ActorCode


class SpanRow(_Dated):
    """A code that a group has from a day to a day."""

    from_: Day = Field(alias="from", default="0001-01-01")
    code: ActorCode


class NamedRow(_Strict):
    """What all rows have. `drop` takes a built-in row out."""

    name: Name
    aliases: Names = ()
    drop: bool = False


class PersonRow(NamedRow):
    """Somebody and the offices held; `last` is the part of the name that stands alone later in a text."""

    gender: Literal["m", "f"] | None = None
    last: Name | None = None
    other_last: Names = ()
    offices: tuple[OfficeRow, ...] = ()


class OrganisationRow(NamedRow):
    """An organisation; `nominals` are common nouns that may stand for it."""

    code: ActorCode | None = None
    nominals: Names = ()


class GroupRow(NamedRow):
    """An armed group; `spans` are codes that it had for a time."""

    code: ActorCode | None = None
    spans: tuple[SpanRow, ...] = ()


class PartyRow(NamedRow):
    """A political party and its country."""

    country: CountryCode | None = None


class RegionRow(NamedRow):
    """A region; `country` is the state that it lies in, and may have the sector PRE."""

    country: ActorCode | None = None
    adjectives: Names = ()


class CountryRow(_Strict):
    """A state, known by its code; lists are added to the built-in ones."""

    code: CountryCode
    name: Name | None = None
    names: Names = ()
    adjectives: Names = ()
    people: Names = ()
    capital: Name | None = None
    government_seat: Name | None = None
    capital_names: Names = ()
    metonyms: Names = ()
    metonyms_mil: Names = ()


class OwnFile(_Strict):
    """A whole file."""

    person: tuple[PersonRow, ...] = ()
    organisation: tuple[OrganisationRow, ...] = ()
    group: tuple[GroupRow, ...] = ()
    party: tuple[PartyRow, ...] = ()
    region: tuple[RegionRow, ...] = ()
    country: tuple[CountryRow, ...] = ()


ROWS: dict[str, type[BaseModel]] = {
    "person": PersonRow,
    "organisation": OrganisationRow,
    "group": GroupRow,
    "party": PartyRow,
    "region": RegionRow,
    "country": CountryRow,
}
