"""Negations and opposites: words by which two texts of nearly the same words say different things.

Tables by hand of frequent words; a word that is not there is a word like any other.

What belongs here: the words. What does not: where they stand in two texts (`reading`).
"""

import re
from functools import cache

from entropy_assets.curation.dedup.word_sets import sets_of

_NEGATIONS = """
not no never none nobody nothing nowhere neither nor without cannot dont doesnt didnt isnt arent wasnt werent
wont wouldnt shouldnt couldnt hasnt havent hadnt mustnt hardly
nicht kein keine keinen keinem keiner keines nie niemals niemand nichts ohne weder
ne pas jamais sans aucun aucune rien ni
nunca jamás sin ningún ninguno ninguna nadie tampoco
non mai senza nessuno nessuna não nem sem nenhum nenhuma
niet geen nooit zonder inte ikke ej aldrig aldri utan uden uten ingen inget intet
nie bez nigdy żaden žádný není nikdy nem nincs soha nélkül
не нет ни без никогда нельзя нет немає ні ніколи
değil yok asla hiç δεν μην όχι χωρίς لا لم لن ليس بدون غير לא אין בלי नहीं मत बिना نه نیست بدون
tidak bukan tanpa không chưa không 안 못
"""
_ALONE = "不没沒非无無未勿莫毋否别別"
_ENDINGS = ("ない", "ません", "なか", "なく", "ずに", "ไม่", "않", "없", "아니", "못")

_VERBS = """
increase/decrease allow/deny allow/forbid permit/forbid accept/reject accept/refuse include/exclude open/close
start/stop begin/end enable/disable agree/disagree approve/reject confirm/deny connect/disconnect win/lose
encrypt/decrypt encode/decode compress/decompress import/export upload/download push/pull
accelerate/decelerate strengthen/weaken improve/worsen appear/disappear succeed/fail buy/sell borrow/lend
love/hate rise/fall raise/lower add/remove add/subtract multiply/divide install/uninstall
lock/unlock load/unload
"""
_PAIRS = """
true/false left/right before/after up/down above/below over/under high/low higher/lower highest/lowest
more/less more/fewer most/least max/min maximum/minimum first/last greater/smaller greater/less larger/smaller
largest/smallest longer/shorter longest/shortest faster/slower better/worse best/worst hot/cold warm/cool
early/late earlier/later old/new old/young open/closed on/off in/out inside/outside internal/external
north/south east/west northern/southern eastern/western positive/negative legal/illegal possible/impossible
able/unable safe/unsafe safe/dangerous guilty/innocent likely/unlikely valid/invalid correct/incorrect
correct/wrong right/wrong public/private local/global always/never all/none everyone/nobody with/without
yes/no even/odd male/female man/woman men/women he/she his/her buyer/seller input/output ascending/descending
forward/backward forwards/backwards horizontal/vertical active/inactive visible/invisible complete/incomplete
dependent/independent regular/irregular rational/irrational finite/infinite mutable/immutable equal/unequal
won/lost rose/fell bought/sold began/ended opened/closed grew/shrank alive/dead full/empty wet/dry
allowed/forbidden permitted/forbidden forbidden/required optional/required same/different strong/weak
increase/decline increased/declined gain/loss profit/loss present/absent agree/refuse day/night summer/winter
wahr/falsch links/rechts vor/nach oben/unten über/unter hoch/niedrig höher/niedriger mehr/weniger immer/nie
mit/ohne ja/nein erlaubt/verboten erhöht/gesenkt steigt/sinkt stieg/sank größer/kleiner offen/geschlossen
alt/neu innen/außen erster/letzter richtig/falsch möglich/unmöglich ein/aus gewonnen/verloren
vrai/faux gauche/droite avant/après haut/bas plus/moins toujours/jamais avec/sans oui/non permis/interdit
autorisé/interdit augmenter/diminuer augmente/diminue ouvert/fermé premier/dernier possible/impossible
verdadero/falso izquierda/derecha antes/después arriba/abajo más/menos siempre/nunca con/sin
permitido/prohibido aumenta/disminuye aumentar/disminuir abierto/cerrado primero/último
posible/imposible mayor/menor vero/falso sinistra/destra prima/dopo sopra/sotto sempre/mai
правда/ложь левый/правый слева/справа налево/направо до/после больше/меньше всегда/никогда можно/нельзя
разрешено/запрещено увеличить/уменьшить открыт/закрыт верно/неверно выше/ниже первый/последний
"""
_CHARACTERS = (
    "增减 增減 加减 加減 升降 涨跌 漲跌 高低 上下 左右 前后 前後 先后 先後"
    " 大小 多少 真假 真伪 对错 對錯 开关 開關 进出 進出"
    " 买卖 買賣 男女 内外 內外 早晚 东西 東西 南北 有无 有無 冷热 冷熱"
    " 长短 長短 快慢 新旧 新舊 好坏 好壞 强弱 強弱 正负 正負"
    " 胜败 勝敗 赢输 贏輸 生死 阴阳 陰陽 奇偶 善恶 允禁 许禁 許禁 减加 是非 東西 朝夕 昼夜"
)


def _forms(word: str) -> list[str]:
    """Return an English verb and its regular forms, or what would be them."""
    stem = word.removesuffix("e")
    doubled = stem + stem[-1]
    return [word, f"{word}s", f"{stem}ed", f"{stem}ing", f"{doubled}ed", f"{doubled}ing"]


@cache
def opposites() -> dict[str, frozenset[str]]:
    """Return for each word with an opposite its opposites.

    >>> "forbidden" in opposites()["allowed"]
    True
    """
    pairs: list[tuple[str, ...]] = [tuple(pair.split("/")) for pair in _PAIRS.split()]
    pairs += [(pair[0], pair[1]) for pair in _CHARACTERS.split()]
    for verb in _VERBS.split():
        forms = [_forms(word) for word in verb.split("/")]
        pairs += zip(*forms, strict=True)
    pairs += [("allowed", "denied"), ("allows", "denies"), ("accepted", "denied"), ("confirmed", "denied")]
    found: dict[str, set[str]] = {}
    for one, other in pairs:
        found.setdefault(one, set()).add(other)
        found.setdefault(other, set()).add(one)
    return {word: frozenset(others) for word, others in found.items()}


@cache
def negations() -> frozenset[str]:
    """Return the words, and the single characters, that negate."""
    return frozenset(_NEGATIONS.split()) | frozenset(_ALONE)


_SHORTENED = (
    (re.compile(r"\bcan['’]t\b"), "can not"),
    (re.compile(r"(?<=[a-z])n['’]t\b"), " not "),
    (re.compile(r"\bn['’](?=\w)"), "ne "),
)


def spelled_out(text: str) -> str:
    """Return a text in lower case, its shortened negations as words.

    >>> spelled_out("It doesn't. Il n'est")
    'it does not . il ne est'
    """
    text = text.lower()
    if "'" in text or "’" in text:
        for pattern, words in _SHORTENED:
            text = pattern.sub(words, text)
    return text


def negates(words: list[str]) -> int:
    """Return how many negations are among the words of one place of a text.

    >>> negates("should not be".split()), negates(["で", "き", "な", "い"])
    (1, 1)
    """
    joined = "".join(words)
    return sum(word in negations() for word in words) + sum(joined.count(ending) for ending in _ENDINGS)


def is_telling(word: str) -> bool:
    """Return whether a word may be, or be part of, a negation, one of two opposites or of a closed set."""
    word = word.lower()
    return word in signs_of_negation() or word in opposites() or word in sets_of()


@cache
def signs_of_negation() -> frozenset[str]:
    """Return tokens of which one stands in every text that negates; they may stand in others too."""
    parts = frozenset("".join(_ENDINGS)) | {"t", "n", "ไม"}
    return negations() | parts
