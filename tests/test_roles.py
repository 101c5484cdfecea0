"""Who is actor and who is recipient: laws of the grammar, a construction at a time."""

from __future__ import annotations

import pytest

from worker.extraction import Extractor
from worker.model import Actor, Article


def side(actors: tuple[Actor, ...]) -> str:
    return " + ".join(a.code or f"~{a.name}" for a in actors) or "-"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Passives
        ("Villages in Niger were shelled by Chadian troops.", "ASSAULT TCD MIL > NER"),
        ("Villages in Niger were shelled overnight.", "ASSAULT - > NER"),
        ("Togo was praised by Ghana for its patience.", "SUPPORT GHA > TGO"),
        ("Two Brazilian men were arrested in Guyana.", "COERCE - > BRA CVL"),
        ("Three opposition politicians were jailed by a Turkish court.", "COERCE TUR JUD > TUR OPP"),
        ("Uganda has been urged by the United Nations to release opposition leader Kizza Besigye.", "REQUEST UNO > UGA"),
        (
            "The killing of two Kenyan aid workers by Somali gunmen was condemned by the United Nations.",
            "ASSAULT SOM UAF > KEN NGO; ACCUSE UNO > SOM UAF",
        ),
        # Relative clauses and participles
        ("Sudan, which was condemned by Kenya last week, denied it.", "ACCUSE KEN > SDN"),
        ("The rebels whom Ethiopia accused of looting have left.", "ACCUSE ETH > ETH REB"),
        (
            "Hungary's foreign minister, who visited Minsk on Friday, praised Belarus.",
            "CONSULT HUN GOV > BLR; SUPPORT HUN GOV > BLR",
        ),
        ("Angering Beijing, Lithuania praised Taiwan.", "SUPPORT LTU > TWN"),
        ("Accused by Kenya of meddling, Sudan condemned the Kenyan government.", "ACCUSE KEN > SDN; ACCUSE SDN > KEN GOV"),
        ("Eritrea, accused of arming the rebels, expelled an Ethiopian envoy.", "SANCTION ERI > ETH GOV"),
        ("Georgia's parliament passed a law banning foreign media.", "COERCE GEO LEG > GEO JRN"),
        # Control and raising
        ("Poland is set to deliver tanks to Ukraine.", "AGREE POL > UKR"),
        ("Peru's foreign minister was due to meet his Chilean counterpart.", "AGREE PER GOV + CHL GOV > -"),
        ("Moldova called on Russia to withdraw its troops from Transnistria.", "REQUEST MDA > RUS"),
        # Coordination
        ("Norway condemned and later sanctioned Belarus.", "ACCUSE NOR > BLR; SANCTION NOR > BLR"),
        ("Norway met Sweden and condemned Belarus.", "CONSULT NOR + SWE > -; ACCUSE NOR > BLR"),
        (
            "Zambia accused Malawi of harbouring poachers and expelled a Malawian envoy.",
            "ACCUSE ZMB > MWI; SANCTION ZMB > MWI GOV",
        ),
        ("The US, Russia, and Switzerland met in Geneva.", "CONSULT USA + RUS + CHE > -"),
        ("Chad, Niger and Mali met on Sunday.", "CONSULT TCD + NER + MLI > -"),
        ("Prague, Warsaw, and Vilnius urged Brussels to act.", "REQUEST CZE GOV + POL GOV + LTU GOV > BEL"),
        ("Xi Jinping, Luiz Inacio Lula da Silva, and Narendra Modi met in Goa.", "CONSULT CHN GOV + BRA GOV + IND GOV > -"),
        ("Germany, together with Denmark, gave Ukraine 100 tanks.", "AID DEU + DNK > UKR"),
        ("France, alongside Britain, imposed sanctions on Syria.", "SANCTION FRA + GBR > SYR"),
        ("Leaders of Turkey, Iran and Russia met in Sochi.", "CONSULT TUR GOV + IRN GOV + RUS GOV > -"),
        ("Chile and Peru's foreign ministers met in Lima.", "CONSULT CHL GOV + PER GOV > -"),
        ("Indian and Pakistani troops exchanged fire across the border.", "ASSAULT IND MIL + PAK MIL > -"),
        # Apposition
        (
            "Egypt's president, Abdel Fattah al-Sisi, met Sudan's army chief, Abdel Fattah al-Burhan.",
            "CONSULT EGY GOV + SDN MIL > -",
        ),
        ("Albania, a NATO member, condemned Serbia.", "ACCUSE ALB > SRB"),
        # Nominalisations with arguments
        ("France's delivery of missiles to Ukraine began in May.", "AID FRA > UKR"),
        ("The Russian attack on Kharkiv killed four people.", "ASSAULT RUS > ~four people + UKR"),
        ("A Ukrainian drone attack on a Russian oil depot injured two people.", "ASSAULT UKR > ~two people + RUS"),
        ("The Colombian army's killing of a rebel commander drew praise.", "ASSAULT COL MIL > COL REB"),
        ("Talks between Egypt and Ethiopia resumed in Cairo.", "CONSULT EGY + ETH > -"),
        ("Clashes between Turkish forces and Kurdish fighters erupted near Afrin.", "ASSAULT TUR MIL + ~Kurdish fighters > -"),
        # Light verbs
        ("Israeli jets carried out strikes on Hezbollah positions in Lebanon.", "ASSAULT ISR MIL > LBN REB"),
        ("Japan held talks with Vietnam in Tokyo.", "CONSULT JPN + VNM > -"),
        ("The European Union imposed sanctions on Belarus.", "SANCTION EUR > BLR"),
        ("Malian troops came under attack from Tuareg rebels.", "ASSAULT MLI REB > MLI MIL"),
        ("Ukraine repelled a Russian attack on Kharkiv.", "ASSAULT RUS > UKR"),
        # Reporting frames, headlines, datelines
        ("Officials said that Turkey had bombed Kurdish positions in Iraq.", "ASSAULT TUR > IRQ"),
        ("Turkey bombed Kurdish positions in Iraq, officials said.", "ASSAULT TUR > IRQ"),
        ("KHARTOUM, Sudan (AP) -- Kenya on Monday condemned Ethiopia over the raid.", "ACCUSE KEN > ETH"),
        ("Kenya police arrest Ugandan opposition leader", "COERCE KEN COP > UGA OPP"),
        ("Macron to visit Ghana", "AGREE FRA GOV > GHA"),
        # To whom one is ready, and to whom one gives one's word
        ("Cyprus expressed its willingness to help Lebanon.", "AGREE CYP > LBN"),
        ("Eritrea gave Sudan an assurance that the road would stay open.", "AGREE ERI > SDN"),
        ("Chad signed a ceasefire with Libya.", "AGREE TCD + LBY > -"),
        # People by nationality, parties behind their things and deeds
        ("A court in Guyana sentenced two Brazilian men to prison.", "SANCTION GUY JUD > BRA CVL"),
        ("The United States sanctioned banks of North Korea.", "SANCTION USA > PRK BUS"),
        ("Rebels attacked Filipino peacekeepers in the Golan Heights.", "ASSAULT SYR REB > PHL IGO"),
        ("Bolivian lawmakers rejected the government's request for new loans.", "REJECT BOL LEG > BOL GOV"),
        ("Kenya rejected a proposal by Uganda to reopen the border.", "REJECT KEN > UGA"),
        ("Iran condemned Azerbaijan's decision to close the border.", "ACCUSE IRN > AZE; THREATEN AZE > -"),
        ("Peru's foreign ministry defended the Peruvian president's decision to fly home early.", "SUPPORT PER GOV > PER GOV"),
        ("The governor of Nairobi demanded money from the Kenyan treasury.", "REQUEST KEN GOV > KEN GOV"),
        # What is refused, lifted, accepted or asked for leads to whom it concerns
        ("Rabat refuses to end its ban on Algerian planes.", "REJECT MAR GOV > DZA"),
        ("Chile refused to allow two Peruvian airlines to land in Santiago.", "REJECT CHL > PER BUS"),
        ("Denmark refused to accept a petition from diplomats of Togo.", "REJECT DNK > TGO GOV"),
        ("Ghana will not lift its tariffs on Togolese traders.", "REJECT GHA > TGO BUS"),
        ("The tribunal rejected a complaint filed by the Malawian opposition.", "REJECT MWI JUD > MWI OPP"),
        ("The Houthis demanded the departure of the foreign troops.", "REQUEST YEM REB > YEM MIL"),
        ("Thai authorities have deported a Swedish banker.", "COERCE THA GOV > SWE BUS"),
        ("Danish lawmakers held talks in Morocco with King Mohammed VI.", "CONSULT DNK LEG + MAR GOV > -"),
        ("Kenya agreed to train the Somali coast guard.", "AGREE KEN > SOM MIL"),
        ("Bangladesh promised to send a field hospital to Nepal.", "AGREE BGD > NPL"),
        ("Jamaica promised a further 40 soldiers by the end of the month.", "AGREE JAM > -"),
        ("Kenya offered to send troops to Uganda.", "AGREE KEN > UGA"),
        # Conflicts between people of no country
        ("Gunmen kidnapped 17 bus passengers.", "ASSAULT ~Gunmen > ~17 bus passengers"),
        # Things said or done by others, led strikes, shared nouns, received words
        ("A Turkish-led raid on a Syrian village killed six shepherds.", "ASSAULT TUR > ~six shepherds + SYR"),
        ("Chad and Niger were guilty of violating the ceasefire with Mali.", "ASSAULT TCD + NER > MLI"),
        (
            "Tbilisi rejected an Azerbaijani proposal on a new route for the railway to the coast.",
            "REJECT GEO GOV > AZE",
        ),
        ("Swiss and EU diplomats have agreed a fisheries pact.", "AGREE CHE GOV + EUR > -"),
        ("Kenyan teachers received promises from the Kenyan government.", "AGREE KEN GOV > KEN EDU"),
        ("Russia voiced its support for Serbia.", "SUPPORT RUS > SRB"),
        # With whom, and for whom
        ("Britain, France and Germany met Iranian negotiators in Geneva.", "CONSULT GBR + FRA + DEU + IRN GOV > -"),
        (
            "The Danish premier and her defence minister held talks in Morocco with King Mohammed VI.",
            "CONSULT DNK GOV + ~her defence minister + MAR GOV > -",
        ),
        ("Norway provided 30 million euros to support Syrian refugees in Jordan.", "AID NOR > SYR REF"),
        (
            "Dutch prosecutors opened an inquiry into claims that three soldiers tortured farmers in Suriname.",
            "ACCUSE NLD JUD > SUR MIL",
        ),
        ("LIMA (Diario): Kenya on Monday condemned Ethiopia over the raid.", "ACCUSE KEN > ETH"),
        # Who is judged for it did it
        (
            "The president of Chad thanked the Nigerian army for freeing two Libyan engineers.",
            "SUPPORT TCD GOV > NGA MIL; RETREAT NGA MIL > LBY LAB",
        ),
        ("Kenya won friends by freeing two Ugandans.", "RETREAT KEN > UGA CVL"),
    ],
)
def test_the_parties_of_an_event_are_found_by_grammar(extractor: Extractor, text: str, expected: str) -> None:
    events = extractor.extract(Article(id="a", text=text, published="2025-06-01")).events
    assert "; ".join(f"{e.type} {side(e.actors)} > {side(e.recipients)}" for e in events) == expected
