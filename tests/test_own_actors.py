"""An operator's own file of actors extends and overrides the built-in tables, or says what is wrong with it."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from contextlib import suppress
from pathlib import Path
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker import ontology, settings
from worker.errors import Misconfigured
from worker.extraction import Extractor
from worker.model import Article
from worker.ontology import Ontology
from worker.ontology.overlay import lay
from worker.service import demo
from worker.settings import Settings
from worker.supervisor import environment

DOCS = Path(__file__).parent.parent / "docs"
DAY = dt.date(2026, 11, 20)

OWN = """
[[person]]
name = "Ratu Vilikesa Bolatagici"
gender = "m"
aliases = ["Vilikesa Bolatagici"]
offices = [
  { office = "Harbour Minister of Fiji", code = "FJI GOV", from = 2026-01-15, to = "2026-10-31" },
  { office = "Director-General of the Lagoon Council", code = "IGO LAGOON", from = 2026-11-01 },
]

[[person]]
name = "Emmanuel Macron"
offices = [{ office = "President of the Lagoon Council", code = "IGO LAGOON", from = "2026-11-01" }]

[[organisation]]
name = "Lagoon Council"
aliases = ["LC-12"]
code = "IGO LAGOON"

[[organisation]]
name = "International Monetary Fund"
aliases = ["Washington lender"]

[[group]]
name = "Reef Liberation Front"
code = "FJI REB"
spans = [{ code = "FJI PRM", to = "2020-01-01" }]

[[group]]
name = "Boko Haram"
drop = true

[[party]]
name = "Tide Party"
country = "FJI"

[[region]]
name = "Upper Lagoon"
country = "FJI PRE"
adjectives = ["Upper Lagoonese"]

[[country]]
code = "FJI"
metonyms = ["Borron House"]

[[country]]
code = "XLG"
name = "Lagoonia"
capital = "Port Lagoon"
adjectives = ["Lagoonian"]
"""


def write(folder: Path, text: str, name: str = "mine.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf8")
    return path


@pytest.fixture
def own(tmp_path: Path) -> Ontology:
    return ontology.load([write(tmp_path, OWN)])


def code(known: Ontology, name: str, day: dt.date = DAY) -> str | None:
    person = known.people.get(name)
    found = person.at(day) if person else None
    return found.code.text if found else None


def complaint(folder: Path, text: str) -> str:
    with pytest.raises(Misconfigured) as caught:
        ontology.load([write(folder, text)])
    assert caught.value.exit_code == 78
    return caught.value.message


class TestExtension:
    def test_a_new_person_has_the_code_of_the_day(self, own: Ontology) -> None:
        assert code(own, "Vilikesa Bolatagici", dt.date(2026, 3, 1)) == "FJI GOV"
        assert code(own, "Ratu Vilikesa Bolatagici") == "IGO LAGOON"
        assert own.last_names["Bolatagici"]

    @pytest.mark.parametrize(
        ("name", "kind", "expected"),
        [
            ("LC-12", "organisation", "IGO LAGOON"),
            ("Reef Liberation Front", "group", "FJI REB"),
            ("Tide Party", "party", "FJI PTY"),
            ("Upper Lagoonese", "region-adjective", "FJI PRE"),
            ("Borron House", "metonym", "FJI GOV"),
            ("Lagoonian", "adjective", "XLG"),
            ("Port Lagoon", "capital", "XLG"),
        ],
    )
    def test_new_names_of_every_kind_are_known(self, own: Ontology, name: str, kind: str, expected: str) -> None:
        term = own.terms[name]
        assert term.code
        assert (term.kind, term.code.text) == (kind, expected)

    def test_a_group_has_the_code_of_the_day(self, own: Ontology) -> None:
        before = own.terms["Reef Liberation Front"].at(dt.date(2019, 5, 1))
        assert before
        assert before.text == "FJI PRM"

    def test_nothing_else_changes(self, own: Ontology) -> None:
        shipped = ontology.load()
        assert code(own, "Angela Merkel", dt.date(2015, 9, 4)) == "DEU GOV"
        assert set(shipped.people) <= set(own.people)
        assert shipped.terms["Paris"] == own.terms["Paris"]
        assert "Borron House" not in shipped.terms


class TestOverride:
    def test_offices_of_a_built_in_person_are_replaced(self, own: Ontology) -> None:
        assert code(own, "Emmanuel Macron") == "IGO LAGOON"
        assert code(own, "Emmanuel Macron", dt.date(2024, 11, 13)) is None

    def test_what_is_not_said_stays(self, own: Ontology) -> None:
        assert own.people["Emmanuel Macron"].gender == "m"
        assert own.terms["Washington lender"].name == own.terms["IMF"].name
        assert {own.terms[n].code.text for n in ("Washington lender", "IMF") if own.terms[n].code} == {"IGO IMF"}  # type: ignore[union-attr]

    def test_dropped_rows_are_gone_with_all_their_names(self, own: Ontology) -> None:
        assert "Boko Haram" in ontology.load().terms
        assert "Boko Haram" not in own.terms

    def test_a_row_is_found_by_any_of_its_names_and_accents_do_not_matter(self, tmp_path: Path) -> None:
        text = '[[person]]\nname = "Recep Tayyip Erdogan"\noffices = [{office = "Poet", code = "TUR CVL", from = 2026-01-01}]'
        known = ontology.load([write(tmp_path, text)])
        assert code(known, "Recep Tayyip Erdoğan") == code(known, "Recep Tayyip Erdogan") == "TUR CVL"
        assert known.people["Recep Tayyip Erdoğan"].name == "Recep Tayyip Erdogan"

    def test_own_names_win_over_built_in_ones_of_any_kind(self, tmp_path: Path) -> None:
        text = '[[party]]\nname = "Lagoon Reform"\naliases = ["NATO", "Emmanuel Macron"]\ncountry = "FJI"'
        known = ontology.load([write(tmp_path, text)])
        assert known.terms["NATO"].kind == known.terms["Emmanuel Macron"].kind == "party"
        assert "Emmanuel Macron" not in known.people

    def test_a_later_file_wins(self, tmp_path: Path) -> None:
        row = '[[organisation]]\nname = "Lagoon Council"\ncode = "{}"\n'
        one, other = write(tmp_path, row.format("IGO A"), "1.toml"), write(tmp_path, row.format("IGO B"), "2.toml")
        assert ontology.load([one, other]).terms["Lagoon Council"].code == ontology.Code("IGO B")
        assert ontology.load([other, one]).terms["Lagoon Council"].code == ontology.Code("IGO A")


class TestVersion:
    def test_it_follows_the_bytes_of_the_files_and_not_their_place(self, tmp_path: Path) -> None:
        first = write(tmp_path, OWN)
        second = Path(shutil.copy(first, tmp_path / "elsewhere.toml"))
        third = write(tmp_path, "# nothing\n", "third.toml")
        versions = [ontology.load(files).version for files in ((), (first,), (second,), (third,), (first, third))]
        assert versions[1] == versions[2]
        assert len(set(versions)) == 4
        assert all(version.split("+")[0] == versions[0] for version in versions)

    def test_it_stands_in_what_is_extracted(self, tmp_path: Path) -> None:
        mine = write(tmp_path, OWN)
        extractor = Extractor.load(ontology=[mine])
        found = extractor.extract(Article(id="a", text="Borron House praised LC-12 on Friday.", published="2026-11-20"))
        assert found.coder.ontology == ontology.load([mine]).version != ontology.load().version
        assert {e.code for e in found.entities} == {"FJI GOV", "IGO LAGOON"}


PERSON = '[[person]]\nname = "Mele Tonga"\n'
OFFICE = PERSON + 'offices = [{{ office = "Mayor", code = "{}", from = {} }}]'


class TestComplaints:
    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("person = [", "mine.toml: not valid TOML"),
            ("[[persons]]\nname = 'x'", "persons: unknown key; did you mean 'person'?"),
            ("[[person]]\ngender = 'f'", "person 1: name: missing; add it"),
            (PERSON + "ofices = []", "person 1 (\"Mele Tonga\"): ofices: unknown key; did you mean 'offices'?"),
            (PERSON + "zzz = 1", 'person 1 ("Mele Tonga"): zzz: unknown key; docs/actors.md lists the keys'),
            (PERSON, "person 1 (\"Mele Tonga\"): no built-in row has this name, so add 'offices'"),
            ('[[person]]\nname = "Emanuel Macron"', "did you mean 'Emmanuel Macron'?"),
            (PERSON + "gender = 'x'", 'person 1 ("Mele Tonga"): gender: '),
            (OFFICE.format("FJI", "2026-02-30"), "not valid TOML"),
            (OFFICE.format("FJI", "'2026-02-30'"), "offices 1: from: '2026-02-30' is no day; write it as '2026-11-23'"),
            (OFFICE.format("FJI", "2026-02-01T10:00:00"), "is no day"),
            (OFFICE.format("FJI", "2026"), "offices 1: from: 2026 is no day"),
            (OFFICE.format("Fiji", "2026-02-01"), "offices 1: code: 'Fiji' is no actor code; write a country and a sector"),
            (OFFICE.format("FJI MAYOR", "2026-02-01"), "'FJI MAYOR' is no actor code"),
            (OFFICE.format("FJI GOV MIL", "2026-02-01"), "'FJI GOV MIL' is no actor code"),
            (OFFICE.format("IGO lagoon", "2026-02-01"), "'IGO lagoon' is no actor code; after IGO stands one body in capitals"),
            (OFFICE.format("XYZ GOV", "2026-02-01"), "'XYZ GOV': no such country; correct it, or add it as a [[country]]"),
            (OFFICE.format("FJI", "2026-02-01, to = 2026-01-01"), "it ends on 2026-01-01, before it begins on 2026-02-01"),
            (PERSON + "offices = [{ office = 'Mayor', code = 'FJI' }]", "offices 1: from: missing; add it"),
            (PERSON + "offices = [{ office = 'Mayor', code = 'FJI', form = 1 }]", "form: unknown key; did you mean 'from'?"),
            (OFFICE.format("FJI", "2026-02-01") + "\nlast = 'Fiji'", "last: 'Fiji' is no part of the name"),
            ("[[person]]\nname = ' Mele'", "name: ' Mele' is empty or has white space too much"),
            ("[[person]]\nname = 7", "name: Input should be a valid string"),
            ("person = 7", "mine.toml: person: "),
            ("[[organisation]]\nname = 'LC'", "organisation 1 (\"LC\"): no built-in row has this name, so add 'code'"),
            ("[[group]]\nname = 'Lagoon Group'", "so add 'code'"),
            ("[[party]]\nname = 'Lagoon Party'", "so add 'country'"),
            ("[[party]]\nname = 'Tide'\ncountry = 'FJI GOV'", "'FJI GOV' is no country"),
            ("[[country]]\ncode = 'XLG'", "country 1 (\"XLG\"): no built-in row has this name, so add 'name' and 'capital'"),
            ("[[country]]\ncode = 'IGO'", "'IGO' is no country"),
            (
                "[[group]]\nname = 'Reef Men'\ndrop = true",
                'group 1 ("Reef Men"): no built-in row has this name, so leave it out',
            ),
            (PERSON + PERSON, 'person 2 ("Mele Tonga"): \'Mele Tonga\' is also person 1 ("Mele Tonga"); take it out'),
        ],
    )
    def test_each_names_file_row_and_what_to_do(self, tmp_path: Path, text: str, said: str) -> None:
        found = complaint(tmp_path, text)
        assert str(tmp_path / "mine.toml") in found
        assert said in found

    def test_all_that_is_wrong_is_said_at_once(self, tmp_path: Path) -> None:
        lines = complaint(tmp_path, PERSON + "ofices = []\n[[party]]\nnme = 'x'\n").splitlines()
        assert len(lines) == 3

    def test_a_file_that_is_not_there_is_named_with_its_setting(self, tmp_path: Path) -> None:
        with pytest.raises(Misconfigured, match=r"gone\.toml: cannot be read: .*`ontology`"):
            ontology.load([tmp_path / "gone.toml"])

    def test_text_that_is_not_utf8_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "mine.toml").write_bytes(b"\xff\xfe")
        with pytest.raises(Misconfigured, match="not valid TOML"):
            ontology.load([tmp_path / "mine.toml"])

    @given(text=st.text(alphabet="[]{}=\"'.,#\n personaliameoffcd0123456789-", max_size=120))
    def test_no_file_fails_in_another_way(self, text: str) -> None:
        tables: ontology.Tables = {kind: [] for kind in ("person", "organisation", "group", "party", "region", "country")}
        with suppress(Misconfigured):
            lay(tables, [(Path("mine.toml"), text.encode())])


class TestSetting:
    def test_one_file_or_several_count_from_the_folder_of_the_settings(self, tmp_path: Path) -> None:
        one = settings.load(write(tmp_path, "ontology = 'a.toml'"), {})
        two = settings.load(write(tmp_path, "ontology = ['a.toml', '/b.toml']"), {})
        assert one.ontology_files == (tmp_path.resolve() / "a.toml",)
        assert two.ontology_files == (tmp_path.resolve() / "a.toml", Path("/b.toml"))

    def test_the_environment_gives_several_with_commas_between(self) -> None:
        given = settings.load(None, {"NEWSWORKER_ONTOLOGY": "a.toml, b.toml"})
        assert given.ontology == (Path("a.toml"), Path("b.toml"))

    def test_workers_are_given_the_files_of_their_parent(self, tmp_path: Path) -> None:
        mine = settings.load(write(tmp_path, "ontology = ['a.toml', 'b.toml']"), {}, state_dir=tmp_path / "s")
        theirs = settings.load(None, environment(mine, "redis://given"))
        assert theirs.ontology_files == mine.ontology_files

    def test_the_service_does_not_start_with_an_unfit_file(self, tmp_path: Path) -> None:
        (tmp_path / "seeds").mkdir()
        own = Settings(home=tmp_path, ontology=(write(tmp_path, PERSON),))
        with pytest.raises(Misconfigured, match="Mele Tonga"):
            demo(own, Mock())


def test_the_example_of_the_documentation_works_as_it_says(tmp_path: Path) -> None:
    blocks = (DOCS / "actors.md").read_text(encoding="utf8").split("```")
    example = next(block.removeprefix("toml") for block in blocks if block.startswith("toml\n[[person]]"))
    shown = next(json.loads(block.removeprefix("json")) for block in blocks if block.startswith("json\n"))
    extractor = Extractor.load(ontology=[write(tmp_path, example)])
    found = extractor.extract(Article(id="a", text=shown["text"], published=shown["published"]))
    assert {entity.name: entity.code for entity in found.entities} == shown["entities"]
