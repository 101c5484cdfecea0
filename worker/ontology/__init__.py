"""What the coder knows about the world: names with their codes, dated offices, roles, weapons. All of it is data (TOML)."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import tomllib
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

from worker.errors import Misconfigured
from worker.model import EntityType

T = TypeVar("T")
Row = Mapping[str, Any]
# The rows of the tables of actors, by what one of them is.
Tables = dict[str, list[Row]]
TABLES = {"person": "people", "organisation": "organisations", "group": "armed_groups", "party": "parties", "region": "regions"}

# The Arabic article, which newswire often leaves out or spells in another way: "al-Assad", "Assad", "el-Assad".
ARTICLE = re.compile(r"\b(?:[Aa][ln]|[Ee]l|[Aa]s|[Aa]sh)-(?=[A-Z])")
# Names of so many letters have no plain spelling that says as much.
SHORT = 4
# Letters that are no letter with an accent.
PLAIN = str.maketrans(
    {"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "ı": "i", "ə": "a", "Ə": "A", "ß": "ss", "æ": "ae"}
)

# Non-state first parts of an actor code; everything else is a country.
NON_STATE = frozenset({"IGO", "UNO", "EUR", "NGO", "ISM", "IMG", "MNC"})


@dataclass(frozen=True)
class Code:
    """An actor code: a country or a kind of non-state actor, then a sector or an organisation."""

    text: str

    @cached_property
    def country(self) -> str | None:
        """ISO 3166 alpha-3, or None for international actors."""
        head = self.text.split()[0]
        return None if head in NON_STATE else head

    @cached_property
    def sector(self) -> str | None:
        """PLOVER sector of a state's actor, or None."""
        parts = self.text.split()
        return parts[1] if self.country and len(parts) > 1 else None


@dataclass(frozen=True)
class Term:
    """A name in the lexicon. `kind` says how it may act: a country acts, an adjective points to a country."""

    kind: str  # country capital adjective people metonym organisation group party region region-adjective weapon
    name: str
    type: EntityType
    code: Code | None = None
    nominals: tuple[str, ...] = ()
    spans: tuple[Row, ...] = ()

    @property
    def country(self) -> str | None:
        """Country of the code."""
        return self.code.country if self.code else None

    def at(self, day: dt.date | None) -> Code | None:
        """The code on a day, for what changed its role; the latest one where no day is known."""
        for row in self.spans:
            if _covers(row, day):
                return Code(row["code"])
        return self.code


@dataclass(frozen=True)
class Office:
    """What a person is on a day."""

    title: str | None
    code: Code

    @property
    def leads(self) -> bool:
        """Whether its holder is the one in the news whom the last name alone means."""
        return bool(self.title) and str(self.title).startswith(tuple(_table("people")["leading"]))


@dataclass(frozen=True)
class Person:
    """A row of the table of office holders."""

    name: str
    gender: str | None
    last: str
    other_last: tuple[str, ...]
    offices: tuple[Row, ...]

    def at(self, day: dt.date | None) -> Office | None:
        """The office on a day (without a day: the latest); a former holder counts as elite (ELI), an unborn one as nobody."""
        held = [o for o in self.offices if _covers(o, day)]
        if held:
            latest = max(held, key=lambda o: str(o.get("from", "")))
            return Office(latest["office"], Code(latest["code"]))
        if day is None and self.offices:
            latest = max(self.offices, key=lambda o: str(o.get("from", "")))
            return Office(latest["office"], Code(latest["code"]))
        past = [o for o in self.offices if day and str(o.get("to", "9999")) < day.isoformat()]
        country = Code(past[-1]["code"]).country if past else None
        return Office(None, Code(f"{country} ELI")) if country else None


@dataclass(frozen=True)
class Item:
    """A weapon system, a class of goods, or a kind of aid."""

    name: str
    kind: str
    category: str
    origin: tuple[str, ...]
    system: bool
    # Words before or behind it that make it something else: "fuel tank", "tank of petrol".
    unless: frozenset[str] = frozenset()

    @property
    def armed(self) -> bool:
        """Whether it is a weapon rather than aid in goods or money."""
        return not self.category.startswith("AID") and self.kind != "personnel"


@dataclass(frozen=True)
class Ontology:
    """All lexicons, read once. Surfaces are case-sensitive as newswire writes them, lemmas are lower case."""

    terms: Mapping[str, Term]
    people: Mapping[str, Person]
    last_names: Mapping[str, tuple[Person, ...]]
    items: Mapping[str, Item]
    country_names: Mapping[str, str]
    version: str = field(default="")

    @cached_property
    def item_heads(self) -> frozenset[str]:
        """Last words of the things, lower case: what else a noun is, it names none of them."""
        return frozenset(name.lower().split()[-1] for name in self.items)

    def who(self, name: str, day: dt.date | None, countries: Collection[str] = ()) -> Person | None:
        """Whom a name means on a day: a full name, or the last name of the one who holds an office then.

        Where several do, it is the one of the countries given, such as those that an article names, then the one who
        leads a state or an alliance; None if that leaves more than one. Accents and capitals do not matter.
        """
        spellings = (name, plain(name), plain(name).title())
        if person := next((self.people[one] for one in spellings if one in self.people), None):
            return person
        bearers = next((self.last_names[one] for one in spellings if one in self.last_names), ())
        held = [(person, office) for person in bearers if (office := person.at(day)) and office.title]
        near = [one for one in held if one[1].code.country in countries]
        for choice in (held, near, [one for one in near or held if one[1].leads]):
            if len(choice) == 1:
                return choice[0][0]
        return None


def load(files: Sequence[Path] = ()) -> Ontology:
    """The lexicons that ship with the package, with an operator's own files laid over them; later files win.

    Raises Misconfigured, which names the file, the row and what to do.
    """
    if not files:
        return _shipped()
    from worker.ontology.overlay import lay  # noqa: PLC0415  its models are built for those who have files

    read = [(path, _bytes(path)) for path in files]
    tables, own = lay(_tables(), read)
    return _assemble(tables, own, f"{_digest()}+{_short_hash(data for _, data in read)}")


@cache
def _shipped() -> Ontology:
    return _assemble(_tables(), {}, _digest())


def _assemble(tables: Tables, own: Tables, version: str) -> Ontology:
    # What the operator says wins over every kind of built-in name.
    terms = _with_plain_spellings(dict(_terms(tables))) | _with_plain_spellings(dict(_terms(own)))
    people = dict(_people(tables)) | dict(_people(own))
    own_terms = dict(_terms(own))
    people = {name: person for name, person in people.items() if name not in own_terms}
    return Ontology(
        terms=terms,
        people=_with_plain_spellings(people),
        last_names=_last_names(people),
        items=dict(_items()),
        country_names={row["code"]: row["name"] for row in tables["country"]},
        version=version,
    )


@cache
def lexicon(name: str) -> Mapping[str, frozenset[str]]:
    """A data file of plain word lists, by list name."""
    return {key: frozenset(words) for key, words in _table(name).items()}


def data(name: str) -> Row:
    """A data file as it stands."""
    return _table(name)


def lexicon_map(name: str, part: str) -> Mapping[str, str]:
    """A table of words in a data file."""
    found: dict[str, str] = _table(name)[part]
    return found


def lexicon_numbers() -> Mapping[str, int]:
    """Number words and their values."""
    found: dict[str, int] = _table("numbers")["words"]
    return found


def files() -> Iterator[tuple[str, bytes]]:
    """Every data file of the ontology with its bytes, by path."""
    for folder in (resources.files(__name__), resources.files(__name__) / "triggers"):
        for file in sorted(folder.iterdir(), key=lambda f: f.name):
            if file.name.endswith(".toml"):
                yield file.name, file.read_bytes()


def identity(kind: str, row: Row) -> str:
    """What a row of a table is known by: a state by its code, all else by its name."""
    return str(row.get("code" if kind == "country" else "name", ""))


@cache
def sectors() -> frozenset[str]:
    """PLOVER's sectors, which follow a country in an actor code."""
    return frozenset(_table("roles"))


def plain(text: str) -> str:
    """Without accents and in plain letters, as most wires write names: "Bogota", "Erdogan", "Walesa"."""
    if text.isascii():
        return text
    bare = unicodedata.normalize("NFKD", text.translate(PLAIN))
    return "".join(c for c in bare if not unicodedata.combining(c))


def _with_plain_spellings(names: Mapping[str, T]) -> dict[str, T]:
    """Short ones are words ("Malé"), and stand in the data where they are meant."""
    return {plain(name): meant for name, meant in names.items() if len(name) > SHORT} | dict(names)


@cache
def _table(name: str) -> dict[str, Any]:
    return tomllib.loads((resources.files(__name__) / f"{name}.toml").read_text(encoding="utf8"))


@cache
def _tables() -> Tables:
    """The built-in tables of actors."""
    rows: Tables = {kind: _table(name)[kind] for kind, name in TABLES.items()}
    return rows | {"country": [{"code": code, **row} for code, row in _table("countries").items()]}


@cache
def _digest() -> str:
    return _short_hash(name.encode() + data for name, data in files())


def _short_hash(parts: Iterable[bytes]) -> str:
    whole = hashlib.sha256()
    for part in parts:
        whole.update(part)
    return whole.hexdigest()[:12]


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        message = f"{path}: cannot be read: {error.strerror}; correct the setting `ontology`, or put the file there"
        raise Misconfigured(message, stage="ontology", reason="ontology") from None


def _covers(row: Row, day: dt.date | None) -> bool:
    if day is None:
        return "to" not in row
    return str(row.get("from", "0000")) <= day.isoformat() <= str(row.get("to", "9999"))


def _terms(tables: Tables) -> Iterator[tuple[str, Term]]:
    """Later surfaces win: countries over parties, so that no party's short name hides a state."""
    yield from _regions(tables.get("region", ()))
    yield from _parties(tables.get("party", ()))
    yield from _groups(tables.get("group", ()))
    yield from _organisations(tables.get("organisation", ()))
    yield from _weapons()
    yield from _countries(tables.get("country", ()))


def _countries(rows: Sequence[Row]) -> Iterator[tuple[str, Term]]:
    for row in rows:
        state = Code(row["code"])
        for adjective in row.get("adjectives", ()):
            yield adjective, Term("adjective", row["name"], EntityType.NORP, state)
        for people in row.get("people", ()):
            kind = "adjective" if people in row.get("adjectives", ()) else "people"
            yield people, Term(kind, row["name"], EntityType.NORP, state)
        government = Code(f"{row['code']} GOV")
        for word in row.get("metonyms", ()):
            yield word, Term("metonym", word, EntityType.ORG, government)
        for word in row.get("metonyms_mil", ()):
            yield word, Term("metonym", word, EntityType.ORG, Code(f"{row['code']} MIL"))
        for seat in filter(None, (row.get("capital"), row.get("government_seat"), *row.get("capital_names", ()))):
            yield seat, Term("capital", seat, EntityType.GPE, state)
        for name in (row["name"], *row.get("names", ())):
            yield name, Term("country", row["name"], EntityType.GPE, state)


def _organisations(rows: Sequence[Row]) -> Iterator[tuple[str, Term]]:
    for row in rows:
        term = Term("organisation", row["name"], EntityType.ORG, Code(row["code"]), tuple(row.get("nominals", ())))
        for name in (row["name"], *row.get("aliases", ())):
            yield name, term


def _groups(rows: Sequence[Row]) -> Iterator[tuple[str, Term]]:
    for row in rows:
        code = Code(row["code"]) if "code" in row else None
        term = Term("group", row["name"], EntityType.ORG, code, ("group",), tuple(row.get("spans", ())))
        for name in (row["name"], *row.get("aliases", ())):
            yield name, term


def _parties(rows: Sequence[Row]) -> Iterator[tuple[str, Term]]:
    for row in rows:
        term = Term("party", row["name"], EntityType.ORG, Code(f"{row['country']} PTY"), ("party",))
        for name in (row["name"], *row.get("aliases", ())):
            yield name, term


def _regions(rows: Sequence[Row]) -> Iterator[tuple[str, Term]]:
    for row in rows:
        code = Code(row["country"]) if row.get("country") else None
        for adjective in row.get("adjectives", ()):
            yield adjective, Term("region-adjective", row["name"], EntityType.NORP, code)
        for name in (row["name"], *row.get("aliases", ())):
            yield name, Term("region", row["name"], EntityType.LOC, code)


def _weapons() -> Iterator[tuple[str, Term]]:
    for row in _table("materiel")["item"]:
        if row.get("system"):
            for name in (row["name"], *row.get("aliases", ())):
                yield name, Term("weapon", row["name"], EntityType.WEAPON)


def _items() -> Iterator[tuple[str, Item]]:
    for row in _table("materiel")["item"]:
        unless = frozenset(row.get("unless", ()))
        item = Item(row["name"], row["class"], row["category"], tuple(row.get("origin", ())), bool(row.get("system")), unless)
        for name in (row["name"], *row.get("aliases", ())):
            yield (name if item.system else name.lower()), item


def _people(tables: Tables) -> Iterator[tuple[str, Person]]:
    """By name; spellings that only differ in the Arabic article give way to names that stand in the table."""
    written = {name: person for row in tables.get("person", ()) for name, person in _named(row)}
    yield from ((other, person) for name, person in written.items() for other in _articles(name))
    yield from written.items()


def _named(row: Row) -> Iterator[tuple[str, Person]]:
    last = row.get("last") or row["name"].split()[-1]
    others = tuple(row.get("other_last", ()))
    person = Person(row["name"], row.get("gender"), last, others, tuple(row.get("offices", ())))
    for name in (row["name"], *row.get("aliases", ())):
        yield name, person


def _articles(name: str) -> Iterator[str]:
    """The other spellings of an Arabic name with an article: "Bashar Assad", "Bashar el-Assad", "Bashar Al Assad"."""
    if ARTICLE.search(name):
        yield from (ARTICLE.sub(article, name) for article in ("", "al-", "el-", "Al-", "al ", "Al "))


def _last_names(people: Mapping[str, Person]) -> dict[str, tuple[Person, ...]]:
    """Who bears a last name, without those that are also words, places or firms: "Fox", "Lagos"."""
    found: dict[str, tuple[Person, ...]] = {}
    ambiguous = frozenset(_table("people")["ambiguous"])
    for person in {person.name: person for person in people.values()}.values():
        written = (person.last, *person.other_last)
        spellings = (*written, *(other for last in written for other in _articles(last)))
        for last in dict.fromkeys((*spellings, *map(plain, spellings))):
            if last not in ambiguous:
                found[last] = (*found.get(last, ()), person)
    return found
