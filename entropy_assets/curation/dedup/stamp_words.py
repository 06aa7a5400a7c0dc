"""What stamps of a page are made of: dates, days of the week, ages and counts, in words of many languages.

What belongs here: patterns of these. What does not: which lines are stamps (`stamps`).
"""

import re

from entropy_assets.curation.dedup.word_sets import MONTHS

_MONTH = "|".join(sorted(MONTHS.split(), key=len, reverse=True))

_WEEKDAY = (
    r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|mon|tues?|wed|thur?s?|fri|sat|sun"
    r"|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag|mo|di|mi|do|fr|sa|so"
    r"|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche"
    r"|lunes|martes|miércoles|jueves|viernes|sábado|domingo"
    r"|lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica"
    r"|(?:segunda|terça|quarta|quinta|sexta)(?:-feira)?"
    r"|maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag"
    r"|понедельник|вторник|сред[ау]|четверг|пятниц[ау]|суббот[ау]|воскресенье"
    r"|(?:星期|周|週)[一二三四五六日天])"
)
_DAY_OF_MONTH = (
    rf"(?:\d{{1,2}}(?:\.|st|nd|rd|th)?\ (?:{_MONTH})\b\.?|(?:{_MONTH})\b\.?\ \d{{1,2}}(?:st|nd|rd|th)?)"
)

DATE = re.compile(
    r"\b(?:\d{4}[-./]\d{1,2}[-./]\d{1,2}(?:T[\d:.]+Z?)?|\d{1,2}[-./]\d{1,2}[-./]\d{2,4}"
    rf"|\d{{1,2}}(?:\.|st|nd|rd|th)?\ (?:de\ )?(?:{_MONTH})\b\.?,?(?:\ de)?\ \d{{4}}"
    rf"|(?:{_MONTH})\b\.?\ \d{{1,2}}(?:st|nd|rd|th)?,?\ \d{{4}}|(?:{_MONTH})\b\.?,?\ \d{{4}}"
    rf"|{_WEEKDAY}\b\.?,?\ (?:den\ |le\ )?(?:{_DAY_OF_MONTH}(?:,?\ \d{{4}})?|\d{{1,2}}\.\d{{1,2}}\.))(?!\w)"
    r"|\d{4}\ ?年\ ?\d{1,2}\ ?月\ ?\d{1,2}\ ?日",
    re.IGNORECASE,
)
"""A day, or a month of a year; without its year only behind a day of the week."""

DAY = re.compile(rf"(?<!\w)[(（]?{_WEEKDAY}[)）]?(?!\w)\.?", re.IGNORECASE)
"""A day of the week."""

TIME = re.compile(
    r"\b\d{1,2}:\d{2}(?::\d{2})?(?: ?[ap]\.?m\.?)?(?: ?(?:UTC|GMT|CET|EST|PST)\b)?", re.IGNORECASE
)
"""A time of the day."""

SAYS_WHEN = (
    r"(?:©|\b(?:updated?|posted|published|retrieved|modified|edited|printed|accessed|crawled|fetched|cached"
    r"|visited|copyright|created|generated|downloaded|archived|snapshot|revised|reviewed|date"
    r"|stand|aktualisiert|veröffentlicht|abgerufen|gedruckt|geändert|publié|mis\ à\ jour|consulté|imprimé"
    r"|modifié|publicado|actualizado|consultado|modificado|pubblicato|aggiornato|atualizado|опубликовано|обновлено)\b"
    r"|发布|更新|发表|時間|时间|公開|公开)"
)
"""A word of what was done with a page."""

_N = r"(?:\d+\+?|an?|one|two|three|four|five|six|seven|eight|nine|ten|a\ few|several)"
_N_DE, _N_FR, _N_ES = r"(?:\d+|ein(?:em|er|igen)?)", r"(?:\d+|une?|quelques)", r"(?:\d+|un[ao]?s?|um|uma)"
_AGES = (
    rf"(?:about\ |over\ |almost\ )?{_N}\ ?(?:s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|wks?"
    r"|weeks?|mos?|months?|y|yrs?|years?)\ ago",
    r"(?:just|moments)\ (?:now|ago)",
    rf"vor\ {_N_DE}\ (?:sekunden?|minuten?|stunden?|tag(?:en)?|wochen?|monat(?:en)?|jahr(?:en)?)",
    rf"il\ y\ a\ {_N_FR}\ (?:secondes?|minutes?|heures?|jours?|semaines?|mois|ans?|années?)",
    rf"(?:hace|há)\ {_N_ES}\ (?:segundos?|minutos?|horas?|d[ií]as?|semanas?|mes(?:es)?|mês|años?|anos?)"
    r"(?:\ atrás)?",
    r"(?:\d+|un[ao]?)\ (?:second[oi]|minut[oi]|or[ae]|giorn[oi]|settiman[ae]|mes[ei]|ann[oi])\ fa",
    r"(?:\d+|een)\ (?:seconden?|minuten|minuut|uur|dag(?:en)?|week|weken|maand(?:en)?|jaar)\ geleden",
    r"för\ (?:\d+|en|ett)\ (?:sekund(?:er)?|minut(?:er)?|timm(?:e|ar)|dag(?:ar)?|veck(?:a|or)|månad(?:er)?"
    r"|år)\ sedan",
    r"(?:\d+\ )?(?:sekund|minut|godzin|dni|dzień|tydzień|tygodni|miesi|rok|lat)\w*\ temu",
    r"\d+\ (?:saniye|dakika|saat|gün|hafta|ay|yıl)\ önce",
    r"(?:\d+\ )?(?:секунд|минут|час|день|дн|недел|месяц|год|лет)\w*\ назад",
    r"\d+\ ?(?:秒|分钟|分鐘|分|小时|小時|時間|天|日|周|週間|週|个月|個月|か月|ヶ月|年)之?前",
    r"\d+\ ?(?:초|분|시간|일|주|개월|년)\ ?전",
)
_NAMED = (
    r"(?:today|yesterday|gestern|heute|hier|aujourd['’]hui|ayer|hoy|ieri|oggi|ontem|hoje|vandaag|gisteren|вчера|сегодня"
    rf"|昨天|今天|昨日|今日|{_WEEKDAY})"
)
"""A day seen from that on which a page was fetched: a title may be no more, so a word stands before it."""

_ON = r"(?:\ (?:on|at|am|le|el|il|em|op|в)|于)?[\s:：]*"
_HOUR = r"(?:\ (?:at|um|à|alle|om|в)\b)?"

AGE = re.compile(
    rf"\W*(?:(?:\w+\s)?{SAYS_WHEN}{_ON})?(?:{'|'.join(_AGES)})\W*|\W*(?:\w+\s)?{SAYS_WHEN}{_ON}{_NAMED}{_HOUR}\W*",
    re.IGNORECASE,
)
"""All of a part of a line that says how long ago a page was made, seen from the day it was fetched."""

_COUNTED = (
    r"(?:views?|comments?|likes?|shares?|tweets?|retweets?|reposts?|pins?|claps?|saves?|bookmarks?|repl(?:y|ies)"
    r"|votes?|upvotes?|downvotes?|reads|hits|followers?|subscribers?|downloads?|visitors?|visits|reactions?"
    r"|kommentare?|aufrufe|gefällt\ mir|commentaires?|vues|partages?|abonnés|j['’]aime|comentarios?|visitas"
    r"|vistas|me\ gusta|compartidos|visualizzazioni|condivisioni|commenti|mi\ piace|visualizações|curtidas"
    r"|comentários|compartilhamentos|просмотр\w*|комментари\w*|лайк\w*|阅读|浏览|点赞|评论|转发)"
)
_SOME = r"\d[\d.,]*[km]?"
COUNT = re.compile(
    rf"(?<!\w){_SOME}\ ?(?:page\ )?{_COUNTED}(?!\w)|(?<!\w){_COUNTED}\s*[:(（：]?\s*{_SOME}(?!\w)[)）]?"
    rf"|\b(?:viewed|read|shared|liked|downloaded|visited|seen)\ (?:by\ )?{_SOME}\ (?:times|people|users)\b"
    rf"|\b{_SOME}\ (?:people|users|others)\ (?:like|liked|shared|viewed|read|follow)\b(?:\ this)?"
    rf"|\b{_SOME}\ (?:times\ (?:viewed|read|shared|downloaded)|mal\ (?:gelesen|geteilt|angesehen))\b"
    rf"|[👍👎❤♥★☆💬👁🔁]\ufe0f?\s*{_SOME}(?!\w)",
    re.IGNORECASE,
)
"""A count of what readers did."""

LENGTH = re.compile(r"\b\d+\ ?-?min(?:ute)?s?\ read\b", re.IGNORECASE)
"""How long a page takes to be read."""

RIGHTS = re.compile(
    r"(?:©|\(c\)|\bcopyright\b)\s*(?:©|\(c\))?\s*(?:19|20)\d\d(?:\s?[-–]\s?(?:19|20)\d\d)?(?!\w)",
    re.IGNORECASE,
)
"""A sign of rights and its year."""
