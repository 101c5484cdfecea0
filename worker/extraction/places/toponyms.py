"""Names of places: those that the cast has, those that were taken for something else, and those inside other names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from spacy.strings import StringStore
from spacy.tokens import Span, Token

from worker.extraction.entities import Cast, Figure, Toponym
from worker.extraction.names.words import NOUN, PROPN
from worker.model import EntityType, MentionKind
from worker.ontology import lexicon
from worker.ontology.gazetteer import Gazetteer, Site

PLACES = frozenset({EntityType.GPE, EntityType.LOC, EntityType.FAC})
TIMES = frozenset({"DATE", "TIME", "ORDINAL", "CARDINAL", "LANGUAGE"})
MISTAKEN = frozenset({EntityType.ORG, EntityType.PERSON, EntityType.NORP, EntityType.EVENT})
WORDS = lexicon("toponyms")
# Before a name no part of it, and what a name ends with.
LEADING = frozenset(int(StringStore()[name]) for name in ("DET", "ADP", "PRON", "SCONJ", "CCONJ", "ADV", "AUX"))
NAMING = frozenset({PROPN, NOUN, int(StringStore()["X"])})
# A city of this many people is believed to be meant also where only a loose sign says that a place is.
WELL_KNOWN = 100_000
# The longest name of a place at either end of the name of a body.
LONGEST = 3
# "Paris, Texas", "Birmingham (Alabama)", "Perth in Western Australia".
AFTER = re.compile(r"\s?(?:,|\(|,? in)\s+(?:(?:(?:north|south|east|west)\w*|central|upstate|far)\s+)*")
# "Kingston, south of Brisbane", "Edmonton, just outside Cairns", "Bucha near Kyiv".
BESIDE = re.compile(
    r",? (?:(?:just|about|some|\d+|miles|kilometers|kilometres|km|an?|hour|hours|mile) )*"
    r"(?:(?:(?:north|south)?-?(?:east|west|north|south)) of|outside|near) "
)
# "Somalia's Lower Shabelle region", "Ukraine's eastern town of Bucha"
OWNED = re.compile(r"([A-Z][\w.]*(?: [A-Z][\w.]*){0,2})[’']s (?:[a-z]\w* ){0,4}$")
# "the Mexican state of Sinaloa"
NATIVE = re.compile(r"([A-Z]\w+) (?:[a-z]\w* ){1,4}of $")
# "the Cincinnati suburb of Norwood"
SUBURB = re.compile(r"([A-Z][\w’'.-]+(?: [A-Z][\w’'.-]+){0,2}) (?:suburbs?|neighbou?rhoods?|districts?) of $")
# "KYIV, Nov. 13 (Meridian Wire) - ", also below a headline.
OPENING = re.compile(r"(?:^|\n)\s*([A-Z][A-Z'’. -]{2,30}?)(?:,[^\n—–(]{0,40}?)?(?:\s*\([^)\n]{1,40}\))?\s*(?:—|–|--|\s-\s)")
# How far into the text the place line of a report may stand, in characters: behind a headline.
HEADLINE = 400
BEYOND = re.compile(r"[^\W\d_][\w.'’-]*(?: [A-Z][\w.'’-]*){0,3}")
ANY = frozenset({"country", "division", "county", "area", "city"})
# "U.S.-led", "London-based", "Iranian-backed"
JOINED = re.compile(
    r"(?<![\w-])([A-Z][\w.]+)-(?:led|based|backed|born|controlled|occupied|held|run|owned|made|funded|allied|brokered|imposed|"
    r"trained|supplied|administered|sponsored|flagged|educated|bound|registered|installed|appointed)\b"
)
LISTED = re.compile(r"(?:(?:, )?(?:and|or) |^)?([^\W_](?:(?!,? (?:and|or|&) )[^,&])*)")
WORD = re.compile(r"[^\s,]+")


class Finder:
    """Finds the toponyms of one article."""

    def __init__(self, cast: Cast, gazetteer: Gazetteer) -> None:
        self.cast, self.doc, self.gazetteer = cast, cast.doc, gazetteer
        self.text = cast.words.article
        self.found: dict[int, Toponym] = {}
        people = [f.name.split() for f in cast.figures if f.type is EntityType.PERSON and " " in f.name]
        self.people = {word for name in people for word in (name[0], name[-1])}
        self.openings = [m.span(1) for m in OPENING.finditer(self.text[:HEADLINE])]

    def find(self) -> list[Toponym]:
        """All toponyms, in order. Figures that were mistaken for people or firms become places on the way."""
        self._mend()
        self._overlooked()
        for figure in self.cast.figures:
            if figure.type in PLACES:
                self._of_figure(figure)
            elif figure.type in MISTAKEN and figure.person is None:
                self._inside(figure)
        for match in JOINED.finditer(self.text):
            home = self.gazetteer.homeland(match[1])
            if sites := (home,) if home else self.gazetteer.sites(match[1]):
                self._add(Toponym(match[1], match.start(1), match.end(1), sites))
        return [self.found[start] for start in sorted(self.found)]

    def _add(self, toponym: Toponym) -> None:
        known = self.found.get(toponym.start)
        if known is None or known.figure is None:
            self.found[toponym.start] = toponym

    # ------------------------------------------------------------ figures

    def _of_figure(self, figure: Figure) -> None:
        for span, kind in figure.mentions:
            if kind != MentionKind.NAME:
                continue
            region = figure.term is not None and figure.term.kind == "region"
            surface = self.text[span.start_char : span.end_char]
            name, sites = self.lookup(figure.name if region else surface)
            if not sites:
                self._ends(span)
            start, end = self._core(surface, span.start_char, name)
            toponym = Toponym(name, start, end, sites, figure, span, near=self._beside(span, figure.type))
            self._container(toponym, span.end_char)
            toponym.within = toponym.within or self._owner(span)
            self._add(toponym)

    @staticmethod
    def _core(surface: str, start: int, name: str) -> tuple[int, int]:
        """Where the name stands without the common noun before or after it: "Sichuan province", "City of Leeds"."""
        at = surface.find(name)
        rest = surface[at + len(name) :].strip() if at >= 0 else ""
        if at < 0 or (at == 0 and not rest.islower()) or (at > 0 and " of " not in f"{surface[:at]} "):
            return start, start + len(surface)
        return start + at, start + at + len(name)

    def lookup(self, name: str) -> tuple[str, tuple[Site, ...]]:
        """The places of a name, also without what tells its kind or a part of it; the name under which they were found."""
        name = " ".join(name.split())
        sites = self.gazetteer.sites(name) or (self.gazetteer.sites(name.title()) if name.isupper() and len(name) > 3 else ())
        words = name.split()
        if sites or len(words) < 2:
            return name, sites
        if words[-1].lower() in WORDS["endings"]:
            return self.lookup(" ".join(words[:-1]))
        if words[0] in {"City", "County", "Town", "State", "Province"} and words[1] == "of":
            return self.lookup(" ".join(words[2:]))
        if words[0].lower() in WORDS["parts"]:
            return self.lookup(" ".join(words[1:]))
        return name, ()

    def _container(self, toponym: Toponym, end: int) -> None:
        """Note the divisions or states of the name that stands right behind another one; it is a toponym itself."""
        if found := self._next_name(AFTER, end, {"division", "country"}):
            start, surface, sites = found
            if surface == toponym.name:
                return
            toponym.within, toponym.outer = sites, start
            self._add(Toponym(surface, start, start + len(surface), self.gazetteer.sites(surface) or sites))

    def _owner(self, span: Span) -> tuple[Site, ...]:
        """The state or division that a name is said to be in by the words before it."""
        before = self.text[max(0, span.start_char - 60) : span.start_char]
        if owner := OWNED.search(before):
            return tuple(s for s in self.gazetteer.sites(owner[1]) if s.kind in {"division", "country"})
        native = NATIVE.search(before)
        home = self.gazetteer.homeland(native[1]) if native and set(native[0].split()) & WORDS["kinds"] else None
        return (home,) if home else ()

    def _next_name(self, link: re.Pattern[str], end: int, kinds: set[str]) -> tuple[int, str, tuple[Site, ...]] | None:
        text = self.text[end : end + 60]
        joint = link.match(text)
        words = BEYOND.match(text, joint.end()) if joint else None
        if words is None or not words[0][0].isupper():
            return None
        ends = [words.end(), *(words.start() + i for i, c in reversed(list(enumerate(words[0]))) if c == " ")]
        for stop in ends:
            for surface in _trimmed(text[words.start() : stop]):
                known = self.gazetteer.sites(surface) or self.gazetteer.abbreviated(surface)
                if sites := tuple(s for s in known if s.kind in kinds):
                    return end + words.start(), surface, sites
        return None

    def _beside(self, span: Span, kind: EntityType) -> tuple[Site, ...]:
        """The places that the text sets a name beside; an airport or a park beside the city behind it or its owner."""
        if found := self._next_name(BESIDE, span.end_char, {"city", "division"}):
            return found[2]
        if kind is not EntityType.GPE:
            if found := self._next_name(AFTER, span.end_char, {"city"}):
                return found[2]
            owner = OWNED.search(self.text[max(0, span.start_char - 60) : span.start_char])
            return tuple(s for s in self.gazetteer.sites(owner[1]) if s.kind == "city") if owner else ()
        before = SUBURB.search(self.text[max(0, span.start_char - 60) : span.start_char])
        return self.gazetteer.sites(before[1]) if before else ()

    # ------------------------------------------------------------ what the model mistook or overlooked

    def _mend(self) -> None:
        """Firms and people that are places by their name and by the words around them."""
        for figure in self.cast.figures:
            if figure.type not in MISTAKEN or figure.term or figure.person or figure.name in self.people:
                continue
            name = figure.mentions[0][0].text if figure.mentions else ""
            if name.lower() in WORDS["never"]:
                continue
            sites = self.lookup(name)[1] if name else ()
            person = figure.type is EntityType.PERSON
            there = (self._is_there(span, sites, person) if sites else self._is_set_down(span) for span, _ in figure.mentions)
            if any(there):
                figure.type = EntityType.GPE

    def _overlooked(self) -> None:
        """Capitalised words that the model did not see as names, but the gazetteer knows and the words around them show."""
        known = {f.name: f for f in self.cast.figures if f.type in PLACES}
        for span in [s for run in self._unnamed() if (s := self._longest(*run, known))]:
            figure = known.get(span.text)
            if figure is None:
                sites = self.lookup(span.text)[1]
                if span.text in self.people or not (
                    self._is_aimed_at(span, sites) or self._is_there(span, sites, person=False)
                ):
                    continue
                figure = known[span.text] = Figure(EntityType.GPE, span.text)
                self.cast.figures.append(figure)
            self.cast.add(figure, span, MentionKind.NAME)

    def _unnamed(self) -> Iterator[tuple[int, int]]:
        """Runs of capitalised words outside of all names: the first token, and the one behind the last."""
        start = end = -1
        for i in [i for i, word in enumerate(self.cast.words.text) if word[0].isupper()]:
            if self.cast.at_index(i) is not None:
                continue
            if i != end:
                if end > start:
                    yield start, end
                start = i
            end = i + 1
        # A run that nothing ends is no sentence.
        if start < end < len(self.doc):
            yield start, end

    def _longest(self, start: int, stop: int, known: dict[str, Figure]) -> Span | None:
        """The longest beginning of a run that is a name of a place: "Aleppo Mayor"; without an article or preposition."""
        words = self.cast.words
        if stop - start > 1 and words.pos[start] in LEADING:
            start += 1
        for end in range(min(start + LONGEST, stop), start, -1):
            name = words.join(start, end)
            if name in known:
                return Span(self.doc, start, end)
            if end == start + 1 and (name.lower() in WORDS["never"] or self.doc[start].ent_type_ in TIMES):
                return None
            capitals = name.isupper() and len(name) > LONGEST
            if (capitals or words.pos[end - 1] in NAMING) and self.lookup(name)[1]:
                return Span(self.doc, start, end)
        return None

    def _is_there(self, span: Span, sites: tuple[Site, ...], person: bool) -> bool:
        """Whether the words around a name say that it is a place; of what may be a person more is asked."""
        before = self.doc[span.start - 1] if span.start else None
        if before is not None and before.lower_ in WORDS["parts"] and span.start > 1:
            before = self.doc[span.start - 2]
        word = before.lower_ if before is not None else ""
        if word in WORDS["before"] or (before is not None and word == "of" and _kind_before(before)):
            return True
        if any(a <= span.start_char < b for a, b in self.openings) or self._next_name(AFTER, span.end_char, {"division"}):
            return True
        follower = self.doc[span.end].lower_ if span.end < len(self.doc) else ""
        well_known = any((s.population >= WELL_KNOWN and not s.nickname) or s.kind in {"division", "county"} for s in sites)
        if follower in WORDS["after"] and (well_known or not person):
            return True
        return well_known and (word in WORDS["loosely_before"] or self._listed(span))

    def _is_aimed_at(self, span: Span, sites: tuple[Site, ...]) -> bool:
        """Whether an unnamed proper noun is a place by direction or company: "rockets at Sderot", "Lachin and Goris"."""
        aimed = span.start > 0 and self.doc[span.start - 1].lower_ in WORDS["towards"]
        return (aimed or self._listed(span)) and span.root.pos_ == "PROPN" and any(not s.nickname for s in sites)

    def _is_set_down(self, span: Span) -> bool:
        """Whether the text says outright that a name of which the gazetteer knows nothing is a place: "in Price, Utah"."""
        before = self.doc[span.start - 1] if span.start else None
        if before is None or len(span) > LONGEST:
            return False
        if before.lower_ == "of" and self.doc[span.start - 2].lower_ in WORDS["kinds"]:
            return span.root.ent_type_ != "ORG" or len(span) == 1
        led = before.lower_ in WORDS["before"] | WORDS["towards"] | {"of"}
        return (
            led
            and self.text[span.end_char : span.end_char + 1] == ","
            and bool(self._next_name(AFTER, span.end_char, {"division"}))
        )

    def _listed(self, span: Span) -> bool:
        """Whether a place stands beside it in a list."""
        for joint, other in ((span.start - 1, span.start - 2), (span.end, span.end + 1)):
            if 0 <= other < len(self.doc) and self.doc[joint].lower_ in {",", "and", "or", "&"}:
                figure = self.cast.at(self.doc[other])
                if figure and figure.type is EntityType.GPE:
                    return True
        return False

    # ------------------------------------------------------------ places inside other names

    def _inside(self, figure: Figure) -> None:
        for span, kind in figure.mentions:
            if kind != MentionKind.NAME:
                continue
            if figure.term is not None and figure.term.kind == "metonym":
                seats = tuple(s for s in self.gazetteer.sites(span.text) if s.kind == "area")
                self._add(Toponym(span.text, span.start_char, span.end_char, seats))
            elif figure.type in {EntityType.ORG, EntityType.EVENT}:
                self._ends(span)
            if figure.type is not EntityType.NORP or figure.term is None:
                self._adjectives(span)
            if figure.term is None:
                self._list(span)

    def _list(self, span: Span) -> None:
        """Places that were taken for one firm: "Sderot and Ashkelon"."""
        names = [(m[1], m.start(1) + span.start_char) for m in LISTED.finditer(span.text)]
        sites = [self.gazetteer.sites(name) for name, _ in names]
        if len(names) > 1 and all(any(not s.nickname for s in known) for known in sites):
            for (name, start), known in zip(names, sites, strict=True):
                self._add(Toponym(name, start, start + len(name), known))

    def _adjectives(self, span: Span) -> None:
        """The nationality that a name begins with, or is joined of: "Turkish Embassy", "Greek-Turkish"."""
        first = span.text.split()[0]
        at = span.start_char
        for part in first.split("-"):
            if site := self.gazetteer.homeland(part):
                self._add(Toponym(part, at, at + len(part), (site,)))
            at += len(part) + 1

    def _ends(self, span: Span) -> None:
        """The place at the beginning or the end of a body's name: "Leeds Crown Court", "University of Bergen"."""
        words = [(m.group(), m.start() + span.start_char) for m in WORD.finditer(span.text)]
        if len(words) > 2 and words[-2][0] == "of" and self._part(words[-1:], {"country", "division"}):
            return
        if not any(word.lower() in WORDS["bodies"] for word, _ in words):
            return
        for length in range(min(LONGEST, len(words) - 1), 0, -1):
            if self._part(words[:length]):
                return
        for n, (word, _) in enumerate(words[1:], 1):
            if word in {"of", "in"} and any(self._part(words[n + 1 : stop]) for stop in range(len(words), n + 1, -1)):
                return

    def _part(self, words: list[tuple[str, int]], kinds: Iterable[str] = ANY) -> bool:
        start = words[0][1]
        name = self.text[start : words[-1][1] + len(words[-1][0])]
        name = name.removesuffix("'s").removesuffix("’s")
        common = len(words) == 1 and name.lower() in WORDS["never"] | WORDS["bodies"] | WORDS["endings"] | WORDS["parts"]
        saint = name.startswith(("St.", "St ", "Saint "))
        sites = self.gazetteer.sites(name) if name[:1].isupper() and not common and not saint else ()
        if not any(s.kind in kinds for s in sites):
            return False
        self._add(Toponym(name, start, start + len(name), sites))
        return True


def _kind_before(of: Token) -> bool:
    return of.i > 0 and of.doc[of.i - 1].lower_ in WORDS["kinds"]


def _trimmed(name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((name, name.rstrip(".,"), name.removesuffix("'s").removesuffix("’s"))))
