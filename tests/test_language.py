from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from worker.errors import Rejected
from worker.language import identify
from worker.model import ContentType, Document
from worker.settings import Settings
from worker.text import to_article

# One sentence of the same news in each.
SENTENCES = {
    "ar": "التقى الوزير يوم الثلاثاء في نيروبي نظيره ووعد بتقديم مزيد من المساعدات.",
    "cs": "Ministr se v úterý v Nairobi setkal se svým protějškem a slíbil další pomoc.",
    "da": "Ministeren mødte tirsdag sin kollega i Nairobi og lovede mere hjælp.",
    "de": "Der Außenminister traf am Dienstag in Nairobi seinen Amtskollegen und sagte weitere Hilfe zu.",
    "el": "Ο υπουργός συναντήθηκε την Τρίτη στο Ναϊρόμπι με τον ομόλογό του και υποσχέθηκε περισσότερη βοήθεια.",
    "en": "The minister met his counterpart in Nairobi on Tuesday and promised further aid to the region.",
    "es": "El ministro se reunió el martes en Nairobi con su homólogo y le prometió más ayuda.",
    "fa": "وزیر روز سه‌شنبه در نایروبی با همتای خود دیدار کرد و قول کمک بیشتر داد.",
    "fr": "Le ministre a rencontré mardi son homologue à Nairobi et lui a promis une aide supplémentaire.",
    "ha": "Ministan ya gana da takwaransa a Nairobi ranar Talata kuma ya yi alkawarin karin taimako.",
    "he": "השר נפגש ביום שלישי בניירובי עם עמיתו והבטיח סיוע נוסף.",
    "hi": "मंत्री ने मंगलवार को नैरोबी में अपने समकक्ष से मुलाकात की और अधिक सहायता का वादा किया।",
    "hu": "A miniszter kedden Nairobiban találkozott kollégájával, és további segítséget ígért.",
    "it": "Il ministro ha incontrato martedì a Nairobi il suo omologo e ha promesso altri aiuti.",
    "ja": "外相は火曜日にナイロビで相手国の外相と会談し、追加支援を約束した。",
    "ko": "장관은 화요일 나이로비에서 상대국 장관을 만나 추가 지원을 약속했다.",
    "nl": "De minister heeft dinsdag in Nairobi zijn ambtgenoot ontmoet en meer hulp toegezegd.",
    "pl": "Minister spotkał się we wtorek w Nairobi ze swoim odpowiednikiem i obiecał dalszą pomoc.",
    "pt": "O ministro reuniu-se na terça-feira em Nairóbi com o seu homólogo e prometeu mais ajuda.",
    "ro": "Ministrul s-a întâlnit marți la Nairobi cu omologul său și a promis ajutor suplimentar.",
    "ru": "Министр встретился во вторник в Найроби со своим коллегой и пообещал дополнительную помощь.",
    "sr": "Министар се у уторак у Најробију састао са својим колегом и обећао додатну помоћ.",
    "sv": "Ministern träffade på tisdagen sin kollega i Nairobi och lovade mer hjälp.",
    "sw": "Waziri alikutana na mwenzake jijini Nairobi siku ya Jumanne na kuahidi msaada zaidi.",
    "tr": "Bakan salı günü Nairobi'de mevkidaşıyla görüştü ve daha fazla yardım sözü verdi.",
    "uk": "Міністр зустрівся у вівторок у Найробі зі своїм колегою і пообіцяв додаткову допомогу.",
    "vi": "Bộ trưởng đã gặp người đồng cấp tại Nairobi hôm thứ Ba và hứa viện trợ thêm.",
    "zh": "外交部长星期二在内罗毕会见了对方外长并承诺提供更多援助。",
}
ENGLISH = SENTENCES["en"]


@pytest.mark.parametrize("language", SENTENCES)
def test_a_sentence_tells_its_language(language: str) -> None:
    assert identify(SENTENCES[language]) == language


@pytest.mark.parametrize("language", SENTENCES.keys() - {"en"})
def test_text_in_another_language_is_parked_with_its_name(language: str) -> None:
    with pytest.raises(Rejected, match=f"reads as '{language}'") as caught:
        to_article(Document(content=SENTENCES[language]), Settings())
    assert caught.value.reason == "language"


@pytest.mark.parametrize(
    "text",
    [
        "Gaza ceasefire talks stall",
        "ECOWAS suspends Niger",
        "Zelensky, Scholz and Macron meet in Weimar",
        "Lula da Silva spoke alongside Gustavo Petro in Brasilia.",
        "Tshisekedi orders FARDC to retake Goma",
        "Denmark gave Ukraine German Leopard 1 tanks.",
        "12345 67.8 %",
        "🚨🚨🚨",
        "Kyiv, Kharkiv, Odesa, Lviv, Dnipro",
        "",
    ],
)
def test_headlines_of_foreign_names_are_given_to_no_other_language(text: str) -> None:
    assert identify(text) in {None, "en"}


@pytest.mark.parametrize("language", ["ru", "uk", "ar", "zh", "el", "hi"])
def test_quotation_in_another_script_makes_no_other_language_of_an_article(language: str) -> None:
    assert identify(f"{ENGLISH} {SENTENCES[language]} {ENGLISH}") == "en"
    assert identify(f"{SENTENCES[language]} {SENTENCES[language]} Kenya NATO Reuters") in {language, None}
    assert identify(f"{SENTENCES[language]} NATO") == language


def test_relatives_that_share_the_odds_are_still_not_english() -> None:
    malay = "Menteri bertemu dengan mitranya di Nairobi pada hari Selasa dan menjanjikan bantuan lebih lanjut."
    assert identify(malay) in {"ms", "id"}


def test_long_text_outweighs_what_was_declared_and_a_short_one_does_not() -> None:
    declared = Document(content=f"{ENGLISH} {ENGLISH}", language="de")
    assert to_article(declared, Settings()).language == "en"
    with pytest.raises(Rejected, match="declared as 'de'"):
        to_article(Document(content="Talks failed.", language="de"), Settings())


@pytest.mark.parametrize("content_type", list(ContentType))
def test_language_is_identified_whatever_the_text_came_in(content_type: ContentType) -> None:
    assert to_article(Document(content=ENGLISH, content_type=content_type), Settings()).language == "en"
    with pytest.raises(Rejected, match="reads as 'fr'"):
        to_article(Document(content=SENTENCES["fr"], content_type=content_type), Settings())


@hypothesis_settings(max_examples=50, deadline=None)
@given(st.text(max_size=200))
def test_any_text_has_a_language_or_none(text: str) -> None:
    assert identify(text) is None or len(identify(text) or "") == 2
