"""Languages: right on real text, `und` where nothing can be told, and never a connection."""

import json
import socket
from pathlib import Path

import pytest
import zstandard

from entropy_assets.curation.screening import language
from entropy_assets.curation.screening.language import detect_languages

SENTENCES = {
    "en": "The committee has to publish its report before the end of the following month.",
    "de": "Der Ausschuss muss seinen Bericht noch im Laufe des folgenden Monats veröffentlichen.",
    "fr": "La commission doit publier son rapport avant la fin du mois qui vient, sans exception.",
    "zh": "委员会必须在下个月底之前公布它的报告，没有任何例外。",
    "ja": "委員会は来月末までに報告書を公表しなければなりません。",
    "ru": "Комиссия должна опубликовать свой отчёт до конца следующего месяца.",
}


@pytest.mark.parametrize("code", SENTENCES)
def test_a_sentence_gets_its_language(code: str) -> None:
    assert detect_languages([SENTENCES[code]]) == [code]


@pytest.mark.parametrize("text", ["", "Yes.", "x = [i ** 2 for i in y]", "3.14159 2.71828 1.41421", "好的。"])
def test_a_text_of_few_letters_is_undetermined(text: str) -> None:
    assert detect_languages([text]) == ["und"]


def test_a_score_that_none_reaches_leaves_all_undetermined() -> None:
    texts = ["colourless green ideas fnord sleep grault furiously plugh xyzzy"]
    assert detect_languages(texts, 0.0) != ["und"]
    assert detect_languages(texts, 1.0) == ["und"]


def test_both_ends_of_a_long_text_have_a_say() -> None:
    template = "Below is an instruction that describes a task. Write a response. "
    assert detect_languages([template + SENTENCES["zh"] * 40]) == ["zh"]


def test_many_texts_at_once_are_as_each_alone() -> None:
    texts = [*SENTENCES.values(), "", "x = 5", *SENTENCES.values()]
    assert detect_languages(texts) == [detect_languages([text])[0] for text in texts]


def test_nothing_is_downloaded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("a connection was asked for")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setenv("FTLANG_CACHE", str(tmp_path))
    language._detector.cache_clear()
    assert detect_languages(list(SENTENCES.values())) == list(SENTENCES)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("name", "code"), [("law_de", "de"), ("law_en", "en"), ("encyclopaedia", "en")])
def test_real_text_is_told_right(shared: Path, name: str, code: str) -> None:
    data = (shared / "data" / "domains" / f"{name}.jsonl.zst").read_bytes()
    lines = zstandard.ZstdDecompressor().decompressobj().decompress(data).splitlines()[:400]
    found = detect_languages([json.loads(line)["text"] for line in lines])
    assert sum(one not in (code, "und") for one in found) <= 2
    assert found.count("und") <= 8
