"""Joining words: which of them say the same, and which added words say nothing, or limit what is said.

What joins a sentence says how: `because` and `although`, `before` and `during`, `must` and `may` are other
words as `row` and `column` are. The few that say the same are listed, and no form or slip makes one of
another.

What belongs here: lists of such words, by language. What does not: where words stand (`places`).
"""

from functools import cache

_JOINING = """
a about above across according actually additionally after again against all along also although amid among
an and another any are around as at basically be because before behind below beneath beside besides between
beyond both but by can certainly clearly consequently could currently despite did do does down during each
either especially every except few finally first for from further furthermore generally had has have he
hence her here hers herself him himself his how however i if in indeed inside instead into is it its itself
just last later lastly less like many may maybe me might mine more moreover most much must my naturally
neither nevertheless next no none nor normally not now obviously of off often ok okay on once one only onto
or other ought our ours out outside over past per perhaps please probably rather really second shall she
should similarly simply since so some sometimes soon still such sure surely than that the their theirs them
then there thereby therefore these they this those though three through throughout thus till to today
together too toward towards two typically under unless unlike until up upon us usually very via was we well
were what whatever when whence whenever where whereas wherever whether which while whilst who whom whose why
will with within without would yes yet you your yours
great absolutely course quite nice good hello hi hey dear thank thanks
das der die dem den des ein eine einer einem einen eines dies diese dieser dieses diesem diesen es er sie wir
ihr ihm ihn ihnen mir mich dir dich uns euch mein meine dein deine sein seine unser unsere und oder aber also
auch dann doch so wenn weil obwohl wie was wo wer wen wem wann warum woher wohin ja nein im in ins am an auf
aus bei bis durch für gegen hinter mit nach neben ohne seit über um unter von vor während wegen zu zum zur
zwischen hier heute jedoch kann muss darf soll will mag
le la les l un une des du de d ce cet cette ces il elle on nous vous ils elles et ou où mais donc aussi alors
si dans en sur sous avec sans pour par contre avant après pendant depuis chez vers entre oui non qui que quoi
quand comment pourquoi mon ma mes ton ta tes son sa ses notre votre leur
el los las una unos unas este esta estos estas ese esa eso esos esas lo él ella y e o u pero también
entonces con por para sin sobre contra antes después durante desde hasta hacia entre sí quien cuando donde
como porque aunque cuándo dónde cómo qué quién mi tu su
gli i uno questo questa questi queste ma anche ed ad od di del della dei delle dello degli prima dopo durante
senza chi dove quando come perché
os as um uma isto este mas também com sem por para antes depois quem onde quando como porque
в во на с со к ко о об от до из за по при без для над под перед после что чтобы как когда где кто почему
если хотя потому и или но а
"""
JOINING = frozenset(_JOINING.split())
"""Words that join others: they begin sentences and are no names, and none is a form or a slip of another."""

_THE_SAME = """
a an the; the our; that which; while whilst; although though; toward towards;
on upon; until till; among amongst; amid amidst; and und & ; is s are re m; was were; has have ve s; do does;
will ll; would d; ok okay; hello hi hey; thank thanks; each every;
however but nevertheless nonetheless; therefore thus hence consequently accordingly so; maybe perhaps;
also additionally furthermore moreover; usually generally typically;
very quite really truly so extremely;
just simply; also and; well so; still however; often frequently; clearly
obviously; first firstly; second secondly; lastly finally; currently now;
der die das dem den des ein eine einer einem einen eines; dies diese dieser dieses diesem diesen;
aber jedoch; auch ebenfalls; am an; im in; zum zur zu; ihm ihn; mein meine; dein deine; sein seine;
unser unsere; le la les l un une; de du des d; ce cet cette ces; mais cependant; donc alors; mon ma mes;
ton ta tes; son sa ses; el la los las lo un una unos unas; este esta estos estas; ese esa eso esos esas; y e;
o u; il lo la gli i le l un uno una; questo questa questi queste; e ed; a ad; o od; di del della dei delle
dello degli; o a os um uma; в во; с со; к ко; о об
"""

_FILLERS = """
a an the to of yes today very also just really then so well quite actually basically
simply rather indeed truly clearly
certainly surely obviously definitely naturally please kindly now here again still however therefore thus
hence moreover furthermore that and own entirely completely totally absolutely extremely highly
particularly especially personally honestly which course
der die das dem den des ein eine einer einem einen eines sehr auch dann so ganz recht wirklich eben ja doch
bitte nun jetzt hier eigentlich einfach noch
le la les l un une des du de très aussi alors vraiment bien donc assez tout même
el los las lo una unos unas muy también entonces realmente pues bien
il gli i uno molto anche allora davvero proprio ben
o os um uma muito também então realmente
het een heel zeer ook dan echt wel
en ett mycket också då verkligen meget også så virkelig veldig
bardzo też także więc naprawdę очень также тоже же ведь действительно çok da de ki
"""

_LIMITING = """
almost nearly barely hardly scarcely alleged allegedly supposed supposedly purported purportedly ostensibly
reportedly rumoured rumored suspected presumed attempted attempt tried fake false mock pseudo bogus sham
former formerly ex onetime once-time half partly partially only merely refused refuses refuse failed fails
fail declined declines pretended pretends pretend feigned threatened threatens planned plans hoped forgot
neglected ceased stopped avoided denied off up would-be so-called seldom rarely unless except provisional
provisionally temporarily temporary prematurely early late proposed potential hypothetical imaginary
fictional unsuccessful unsuccessfully
fast beinahe nahezu kaum vorübergehend zeitweise
angeblich angebliche angeblicher angeblichen mutmaßlich mutmaßliche mutmaßlicher
mutmaßlichen vermeintlich vermeintliche vermeintlicher vermeintlichen versuchter versuchten versuchte
ehemalige ehemaliger ehemaligen ehemals früherer halb halbe halben nur bloß selten teilweise
presque prétendu prétendue prétendus présumé présumée présumés supposé supposée ancien ancienne anciens
seulement demi faux fausse rarement failli temporairement
casi presunto presunta presuntos supuesto supuesta supuestos exministro antiguo solo sólo solamente falso
falsa medio media apenas raramente
quasi presunto presunta presunti falso falsa mezzo soltanto solo appena raramente tentato
quase suposto suposta alegado alegada só somente falso falsa meio meia raramente
bijna vermeende vermeend voormalig voormalige slechts alleen nauwelijks half valse zelden
nästan påstådd påstådda förra endast bara knappt halv falsk sällan næsten påstået påståede tidligere kun
knap falsk sjældent nesten påstått bare knapt sjelden
prawie rzekomy rzekoma rzekomo były była tylko fałszywy ledwo rzadko
почти якобы бывший бывшая бывшего мнимый мнимая только едва ложный редко
neredeyse sözde sadece yalnızca sahte nadiren
"""

FILLERS = frozenset(_FILLERS.split())
"""Words that may be added to a short text, and it says the same: articles, degrees, what joins sentences."""

NUMERALS = frozenset(["one", "two", "three"])
"""Joining words that others compare as numbers."""

LIMITING = frozenset(_LIMITING.split())
"""Words with which a text of any length says less than without, or the reverse."""


@cache
def _groups() -> dict[str, frozenset[int]]:
    """Return for each joining word that has others like it the groups that it is in."""
    found: dict[str, set[int]] = {}
    for place, group in enumerate(_THE_SAME.split(";")):
        for word in group.split():
            found.setdefault(word, set()).add(place)
    return {word: frozenset(places) for word, places in found.items()}


def join_alike(word: str, other: str) -> bool:
    """Return whether two words in lower case are joining words that say the same in most places.

    >>> join_alike("that", "which"), join_alike("that", "this"), join_alike("before", "during")
    (True, False, False)
    """
    known = _groups()
    return word == other or bool(known.get(word, frozenset()) & known.get(other, frozenset()))
