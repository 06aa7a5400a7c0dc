"""Closed sets: words of which one stands for all others where it stands, as numerals, months and units do.

With another word of the set in its place a text says something else: three for four, May for June, miles
for kilometres. Tables by hand; languages share a set, since a pair of texts has one language.

What belongs here: the words. What does not: where they stand in two texts (`denials`).
"""

from functools import cache

from entropy_assets.curation.dedup.same_words import are_listed

MONTHS = """
january february march april may june july august september october november december
jan feb mar apr jun jul aug sep sept oct nov dec
januar februar märz mai juni juli oktober dezember
janvier février mars avril juin juillet août septembre octobre novembre décembre
enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre
janeiro fevereiro março maio junho julho setembro outubro novembro dezembro
января февраля марта апреля мая июня июля августа сентября октября ноября декабря
январе феврале марте апреле мае июне июле августе сентябре октябре ноябре декабре
"""

_SETS = (
    # Numerals.
    """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety
    null zwei drei vier fünf sechs sieben acht neun zehn elf zwölf zwanzig dreißig vierzig fünfzig
    deux trois quatre cinq sept huit neuf dix onze douze treize quatorze quinze seize vingt trente quarante
    dos tres cuatro cinco seis siete ocho nueve diez doce trece catorce quince veinte treinta cuarenta
    due tre quattro cinque sei sette otto nove dieci undici dodici venti trenta
    dois duas três quatro sete oito nove dez doze vinte trinta
    twee drie vijf zes zeven negen tien twaalf twintig dertig
    två fyra fem sju åtta nio tio seks syv otte åtte tolv tjugo tyve
    dwa dwie trzy cztery pięć sześć siedem osiem dziewięć dziesięć dva dvě tři čtyři pět šest sedm osm
    devět deset
    два две три четыре пять шесть семь восемь девять десять двадцать тридцать сорок пятьдесят
    два дві три чотири шість сім вісім десять
    δύο τρία τρεις τέσσερα πέντε έξι επτά οκτώ εννέα δέκα iki üç dört beş altı yedi sekiz dokuz
    kaksi kolme neljä viisi kuusi seitsemän kahdeksan yhdeksän kymmenen kettő két három négy öt hét nyolc
    dua tiga empat lima enam tujuh delapan sembilan hai ba bốn năm sáu bảy tám chín mười
    दो तीन चार पाँच पांच छह सात आठ नौ दस
    一 二 两 兩 三 四 五 六 七 八 九 十 百 千 万 萬 億 亿
    """,
    "thousand million billion trillion thousands millions billions trillions tausend millionen milliarden"
    " mille milliers milliard milliards millones тысяч миллион миллионов миллиард миллиардов",
    "first second third fourth fifth sixth seventh eighth ninth tenth",
    "erste zweite dritte vierte fünfte ersten zweiten dritten vierten fünften",
    "premier première deuxième troisième quatrième cinquième primero primera segundo segunda tercero tercera"
    " cuarto cuarta первый первая второй вторая третий третья четвёртый",
    "once twice thrice",
    "half third quarter halves thirds quarters",
    # Months and days.
    MONTHS,
    """
    monday tuesday wednesday thursday friday saturday sunday
    montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag
    lundi mardi mercredi jeudi vendredi samedi dimanche lunes martes miércoles jueves viernes sábado domingo
    lunedì martedì mercoledì giovedì venerdì sabato domenica
    понедельник вторник среда среду четверг пятница пятницу суббота субботу воскресенье
    """,
    "spring summer autumn winter frühling sommer herbst printemps été automne hiver"
    " весной летом осенью зимой",
    "morning noon afternoon evening midnight",
    "yesterday today tomorrow gestern heute morgen hier aujourd demain ayer hoy mañana вчера сегодня завтра",
    # Units.
    """
    seconds minute minutes hour hours day days week weeks month months year years decade decades century
    centuries
    minuten stunde stunden tage tagen woche wochen monat monate monaten jahr jahre jahren
    heure heures jour jours semaine semaines mois ans année années hora horas día días semana semanas mes
    meses año años минут час часа часов день дня дней неделя недели недель месяц месяца месяцев год года лет
    """,
    """
    mm cm km metre metres meter meters kilometre kilometres kilometer kilometers inch inches foot feet
    yard yards
    mile miles centimetres centimeters millimetres millimeters kilometern metern meilen
    """,
    "mg kg mcg µg μg ng microgram micrograms milligram milligrams nanogram nanograms microgramme microgrammes"
    " milligramme milligrammes gram grams kilogram kilograms kilo kilos"
    " ounce ounces lb lbs tonne tonnes ton tons",
    "ml µl μl cl dl litre litres liter liters gallon gallons pint pints millilitre milliliter millilitres"
    " milliliters microlitre microlitres microliter microliters centilitre centilitres",
    "nanosecond nanoseconds microsecond microseconds millisecond milliseconds ms µs μs ns",
    "micrometre micrometres micrometer micrometers nanometre nanometres nanometer nanometers µm μm nm",
    "hertz kilohertz megahertz gigahertz hz khz mhz ghz",
    "watt watts kilowatt kilowatts megawatt megawatts gigawatt gigawatts milliwatt milliwatts",
    "volt volts millivolt millivolts kilovolt kilovolts",
    "mole moles millimole millimoles micromole micromoles nanomole nanomoles",
    "celsius fahrenheit kelvin",
    "kb mb gb tb kilobytes megabytes gigabytes terabytes",
    "dollar dollars euro euros pound pounds yen franc francs cent cents rubles rupees yuan"
    " usd eur gbp jpy chf",
    # Others.
    "north south east west northeast northwest southeast southwest",
    "northern southern eastern western",
    "red blue green yellow black white orange purple brown grey gray pink",
    "rot blau grün gelb schwarz weiß rouge bleu vert jaune noir blanc rojo azul verde amarillo negro blanco",
    "mother father brother sister son daughter uncle aunt grandmother grandfather",
    "all some none most few many",
    "always often sometimes rarely seldom never",
    "must may should",
    "triangle square circle pentagon hexagon octagon",
    "add subtract multiply divide",
    "sum difference product quotient",
    "mean median mode",
    "upper lower middle",
    "gold silver bronze copper",
)  # fmt: skip


@cache
def sets_of() -> dict[str, frozenset[int]]:
    """Return for each word that is in closed sets their places.

    >>> sets_of()["three"] & sets_of()["four"] == sets_of()["three"]
    True
    """
    found: dict[str, set[int]] = {}
    for place, words in enumerate(_SETS):
        for word in words.split():
            found.setdefault(word, set()).add(place)
    return {word: frozenset(places) for word, places in found.items()}


def names_another(here: list[str], there: list[str]) -> bool:
    """Return whether two places of texts have other words of one closed set, both at least one.

    >>> names_another(["three", "days"], ["four", "days"]), names_another(["three"], ["a", "few"])
    (True, False)
    """
    known = sets_of()
    own, other = ({word for word in words if word in known} for words in (here, there))
    return any(
        known[word] & known[one] and not are_listed(word, one) for word in own - other for one in other - own
    )
