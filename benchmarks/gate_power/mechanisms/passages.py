"""A few sentences in other languages, for mechanisms that mix them in and are given no passages.

What belongs here: sentences that were written for this purpose. What does not: data.
"""

_SPANISH = (
    "El tren de la tarde llega casi siempre con diez minutos de retraso.",
    "Mi hermana guarda las cartas antiguas en una caja de madera.",
    "Antes de cocinar el arroz conviene lavarlo varias veces con agua fría.",
    "La biblioteca del barrio abre los sábados hasta las dos.",
    "Nadie sabe con certeza cuándo se construyó el puente viejo.",
    "Los niños juegan en la plaza mientras sus padres toman café.",
)
_FRENCH = (
    "Le marché du village a lieu chaque jeudi devant l'église.",
    "Pour réparer la serrure, il faut d'abord démonter la poignée.",
    "Nous avons marché pendant trois heures sans rencontrer personne.",
    "La neige est tombée toute la nuit sur les collines.",
    "Ce livre parle d'un pêcheur qui rentre chez lui après la guerre.",
    "On trouve encore quelques places pour le concert de dimanche.",
)
_DUTCH = (
    "De fietsen staan al de hele week tegen het hek van de buren.",
    "Wie de sleutel vindt, mag hem bij de receptie afgeven.",
    "In de winter bevriezen de sloten en gaan de kinderen schaatsen.",
    "Het recept vraagt om twee uien en een handvol peterselie.",
    "Mijn grootvader werkte veertig jaar in dezelfde drukkerij.",
    "Morgen wordt de nieuwe brug over het kanaal geopend.",
)
_SWEDISH = (
    "Båten till ön går bara två gånger i veckan under våren.",
    "Vi plockade svamp i skogen tills det blev mörkt.",
    "Läraren bad eleverna att skriva om sin bästa sommardag.",
    "Tvätta händerna noga innan du rör vid degen.",
    "Den gamla kvarnen används numera av ett museum.",
    "Hon lovade att ringa så snart hon kom hem.",
)

PASSAGES = tuple(
    " ".join(part[(first + step) % len(part)] for step in range(4))
    for part in (_SPANISH, _FRENCH, _DUTCH, _SWEDISH)
    for first in range(len(part))
)
"""Passages of four sentences."""
