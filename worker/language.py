"""Which language a text is in, by its letter sequences (py3langid: naive Bayes over byte n-grams, 140 languages)."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

# Below this the answer is a guess: names and headlines look like many languages. Our choice: of 1,600 English sentences of
# news and encyclopaedias none is given to another language with more, while a full sentence of German or Polish gets 0.9.
SURE = 0.75
# Relatives share the odds between them: Malay and Indonesian have .5 each, and English none. Of 700 English sentences of ten
# words and more none gives English less than .06; a third of that, and the text is in one of the others.
HARDLY = 0.02
TELLING_WORDS = 10
# More of a text changes nothing any more.
ENOUGH = 4000
ENGLISH = "en"
# Latin letters with all their marks end here; what is beyond is another script. The second block is Vietnamese.
_LATIN_END, _MORE_LATIN = "\u024f", ("\u1e00", "\u1eff")
_WORD = re.compile(r"[^\W\d_]+")


def identify(text: str) -> str | None:
    """ISO 639-1 code of the text's language; None where the text is too short or too mixed to tell.

    Of a text in two scripts the one with more letters counts: a quotation in Cyrillic, whose letters are two bytes each,
    makes no Russian of an English article. Of relatives that cannot be told apart the likelier is named.
    """
    sample = _main_script(text[:ENOUGH])
    language, probability = _identifier().classify(sample)
    if probability >= SURE:
        return str(language)
    is_long = len(sample.split(maxsplit=TELLING_WORDS)) > TELLING_WORDS
    return str(language) if is_long and dict(_identifier().rank(sample))[ENGLISH] < HARDLY else None


def _main_script(text: str) -> str:
    """The words in the script of most letters, where there are two; else the text as it is."""
    if text.isascii():
        return text
    words = _WORD.findall(text)
    latin = [word for word in words if word[0] <= _LATIN_END or _MORE_LATIN[0] <= word[0] <= _MORE_LATIN[1]]
    if len(latin) in {0, len(words)}:
        return text
    if 2 * sum(map(len, latin)) >= sum(map(len, words)):
        return " ".join(latin)
    return " ".join(word for word in words if word[0] > _LATIN_END and not _MORE_LATIN[0] <= word[0] <= _MORE_LATIN[1])


@cache
def _identifier() -> LanguageIdentifier:
    """Loaded at the first text: it takes 0.7 s and 80 MB."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415  many commands never read a text

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    # Languages with a two-letter code; the others are mostly relatives of these, such as Nigerian Pidgin of English.
    identifier.set_languages([label for label in identifier.labels if len(label) == 2])
    return identifier
