"""Tables of words and their opposites, by hand: frequent ones, of several languages.

What belongs here: the tables. What does not: what they mean for two texts (`opposites`).
"""

LOOK_ALIKES = """
statute/statue martial/marital signed/singed bought/brought county/country counties/countries
peroneal/perineal mucous/mucus discrete/discreet principal/principle principals/principles
ordnance/ordinance averse/adverse ingenious/ingenuous veracity/voracity mitosis/miosis mitosis/meiosis
meiosis/miosis exercise/exorcise moral/morale personal/personnel causal/casual complement/compliment
complements/compliments precede/proceed precedes/proceeds elicit/illicit diary/dairy desert/dessert
trial/trail trials/trails angel/angle angels/angles untied/united scared/sacred altar/alter
stationary/stationery council/counsel councils/counsels ileum/ilium carpal/tarsal afferent/efferent
affluent/effluent emigrate/immigrate emigrant/immigrant emigrants/immigrants eminent/imminent
eminent/immanent incidence/incidents interment/internment perpetrate/perpetuate prosecute/persecute
prosecuted/persecuted prescription/proscription populace/populous reality/realty loose/lose
silicon/silicone chlorine/chloride fluorine/fluoride bromine/bromide ammonia/ammonium
ethanol/ethanal hydroxyl/hydroxide callus/callous aural/oral humeral/humoral malleus/malleolus
palpation/palpitation facial/fascial ureter/urethra trochanter/trochlea cystitis/cystosis
prostate/prostrate lightening/lightning wander/wonder wandering/wondering conscience/conscious
cavalry/calvary uninterested/disinterested luxurious/luxuriant tortuous/torturous
bathroom/ballroom corps/corpse corporal/corporeal decent/descent dissent/descent
foldr/foldl scanr/scanl strcpy/strncpy strcat/strncat memcpy/memmove movsb/movsw movsw/movsd lstrip/rstrip
ltrim/rtrim lpop/rpop printf/fprintf printf/sprintf malloc/calloc floor/ceil atan/atan2 argmin/argmax
könnte/konnte könnten/konnten zählen/zahlen zählt/zahlt zählte/zahlte müsste/musste müssten/mussten
dürfte/durfte dürften/durften hätte/hatte hätten/hatten wäre/war wären/waren würde/wurde würden/wurden
fördern/fordern fördert/fordert drücken/drucken drückt/druckt schwül/schwul mütter/mutter brüder/bruder
väter/vater töchter/tochter läden/laden gärten/garten käme/kam kämen/kamen gäbe/gab gäben/gaben
"""
"""Words that are one letter apart, and others: what would be a slip of the pen."""

VERBS = """ increase/decrease allow/deny allow/forbid permit/forbid accept/reject accept/refuse
include/exclude open/close start/stop begin/end enable/disable agree/disagree approve/reject confirm/deny
connect/disconnect win/lose encrypt/decrypt encode/decode compress/decompress import/export upload/download
push/pull accelerate/decelerate strengthen/weaken improve/worsen appear/disappear succeed/fail buy/sell
borrow/lend love/hate rise/fall raise/lower add/remove add/subtract multiply/divide install/uninstall
lock/unlock load/unload attack/defend praise/blame reward/punish expand/contract expand/shrink join/leave
attach/detach deposit/withdraw inhale/exhale freeze/melt freeze/thaw sink/float fill/drain fill/empty
send/receive ask/answer teach/learn lead/follow create/destroy build/demolish build/destroy
construct/destroy arrive/depart arrive/leave enter/leave enter/exit remember/forget find/lose give/take
give/receive encourage/discourage save/delete save/waste save/spend earn/spend hide/reveal hide/show
conceal/reveal cover/uncover wrap/unwrap pack/unpack fold/unfold tie/untie zip/unzip dress/undress cool/heat
cool/warm heat/chill boil/freeze dry/soak tighten/loosen widen/narrow lengthen/shorten deepen/flatten
brighten/darken soften/harden thicken/thin sharpen/blunt ascend/descend climb/descend advance/retreat
gain/lose hire/fire employ/dismiss invite/expel attract/repel support/oppose help/hinder help/harm
assist/obstruct protect/endanger obey/disobey trust/distrust like/dislike respect/despise admire/despise
adore/detest laugh/cry smile/frown sleep/wake live/die survive/perish grow/shrink merge/split unite/divide
combine/separate gather/scatter collect/distribute emit/absorb expand/compress inflate/deflate
maximize/minimize maximise/minimise overestimate/underestimate overstate/understate exaggerate/understate
praise/criticize praise/criticise condemn/approve convict/acquit arrest/release capture/release
imprison/free enslave/liberate conquer/surrender invade/withdraw ban/allow ban/permit prohibit/allow
prohibit/permit prevent/cause prevent/enable block/unblock block/allow mute/unmute follow/unfollow
subscribe/unsubscribe register/unregister activate/deactivate mount/unmount check/uncheck select/deselect
show/hide read/write request/respond insert/delete insert/remove append/remove attach/remove plug/unplug
bind/unbind link/unlink serialize/deserialize validate/invalidate qualify/disqualify believe/disbelieve
prove/disprove assemble/disassemble appreciate/depreciate oxidise/reduce oxidize/reduce evaporate/condense
dissolve/precipitate rise/sink float/drown pass/fail finish/start finish/begin complete/begin continue/stop
continue/pause pause/resume remain/leave throw/catch drop/catch lift/drop simplify/complicate
clarify/confuse compliment/insult bless/curse forgive/blame heal/injure cure/infect repair/damage fix/break
mend/break strengthen/undermine reinforce/weaken promote/demote promote/hinder upgrade/downgrade
inherit/bequeath
"""

PAIRS = """
iff/if our/their ours/theirs us/them we/they notre/leur nos/leurs nous/ils nuestro/su nuestra/su
unser/ihr unsere/ihre unseren/ihren
cheap/dear cheaper/dearer cheapest/dearest latest/earliest arrears/advance
true/false left/right before/after up/down above/below over/under high/low higher/lower highest/lowest
more/less more/fewer most/least max/min maximum/minimum first/last greater/smaller greater/less
larger/smaller largest/smallest longer/shorter longest/shortest faster/slower better/worse best/worst
hot/cold warm/cool early/late earlier/later old/new old/young open/closed on/off in/out inside/outside
internal/external north/south east/west northern/southern eastern/western positive/negative legal/illegal
possible/impossible able/unable safe/unsafe safe/dangerous guilty/innocent likely/unlikely valid/invalid
correct/incorrect correct/wrong right/wrong public/private local/global always/never all/none
everyone/nobody with/without yes/no even/odd male/female man/woman men/women he/she his/her buyer/seller
input/output ascending/descending forward/backward forwards/backwards horizontal/vertical active/inactive
visible/invisible complete/incomplete dependent/independent regular/irregular rational/irrational
finite/infinite mutable/immutable equal/unequal won/lost rose/fell bought/sold began/ended opened/closed
grew/shrank alive/dead full/empty wet/dry allowed/forbidden permitted/forbidden forbidden/required
optional/required same/different strong/weak increase/decline increased/declined gain/loss profit/loss
present/absent agree/refuse day/night summer/winter wahr/falsch links/rechts vor/nach oben/unten über/unter
hoch/niedrig höher/niedriger mehr/weniger immer/nie mit/ohne ja/nein erlaubt/verboten erhöht/gesenkt
steigt/sinkt stieg/sank größer/kleiner offen/geschlossen alt/neu innen/außen erster/letzter richtig/falsch
möglich/unmöglich ein/aus gewonnen/verloren vrai/faux gauche/droite avant/après haut/bas plus/moins
toujours/jamais avec/sans oui/non permis/interdit autorisé/interdit augmenter/diminuer augmente/diminue
ouvert/fermé premier/dernier verdadero/falso izquierda/derecha antes/después arriba/abajo más/menos
siempre/nunca con/sin permitido/prohibido aumenta/disminuye aumentar/disminuir abierto/cerrado
primero/último posible/imposible mayor/menor vero/falso sinistra/destra prima/dopo sopra/sotto sempre/mai
правда/ложь левый/правый слева/справа налево/направо до/после больше/меньше всегда/никогда можно/нельзя
разрешено/запрещено увеличить/уменьшить открыт/закрыт верно/неверно выше/ниже первый/последний
"""

ADJECTIVES = """
heavy/light thick/thin deep/shallow wide/narrow broad/narrow rich/poor wealthy/poor loud/quiet noisy/quiet
noisy/silent hard/soft hard/easy rough/smooth rough/gentle sharp/blunt sharp/dull clean/dirty near/far
close/far close/distant near/distant tall/short big/small big/little large/small huge/tiny fat/slim fat/thin
happy/sad happy/unhappy cheerful/gloomy brave/cowardly kind/cruel kind/unkind polite/rude honest/dishonest
easy/difficult simple/complex simple/complicated simple/difficult cheap/expensive cheap/costly busy/idle
busy/free awake/asleep sober/drunk healthy/sick healthy/ill healthy/unhealthy married/single
married/unmarried married/divorced employed/unemployed common/rare frequent/rare frequent/infrequent
ancient/modern ancient/recent old/recent temporary/permanent major/minor solid/liquid solid/hollow
concave/convex voluntary/compulsory voluntary/mandatory voluntary/involuntary mandatory/optional
compulsory/optional literal/figurative explicit/implicit abstract/concrete objective/subjective
friendly/hostile friendly/unfriendly natural/artificial real/fake real/imaginary genuine/fake
genuine/counterfeit true/untrue fresh/stale fresh/rotten raw/cooked ripe/unripe sweet/sour sweet/bitter
bright/dark bright/dim bright/dull light/dark pale/dark clear/cloudy clear/opaque clear/unclear clear/vague
transparent/opaque tight/loose flexible/rigid elastic/inelastic tense/relaxed calm/nervous calm/anxious
calm/agitated calm/stormy gentle/harsh mild/severe mild/harsh lenient/strict liberal/conservative
lazy/diligent lazy/hardworking clever/stupid smart/stupid wise/foolish intelligent/stupid sane/insane
beautiful/ugly pretty/ugly handsome/ugly attractive/repulsive good/bad good/evil better/worse
superior/inferior senior/junior primary/secondary upper/lower front/back front/rear top/bottom inner/outer
interior/exterior central/peripheral urban/rural domestic/foreign domestic/international domestic/wild
tame/wild native/foreign national/international formal/informal official/unofficial general/specific
general/particular broad/specific vague/specific relative/absolute single/multiple single/double
individual/collective solo/joint united/divided connected/disconnected joined/separate together/apart
together/separately alone/together identical/different similar/different similar/dissimilar alike/different
equal/unequal constant/variable fixed/variable stable/unstable static/dynamic fast/slow quick/slow
rapid/slow swift/slow sudden/gradual brief/lengthy short/long short/lengthy early/late timely/late
premature/overdue previous/next previous/following former/latter prior/subsequent initial/final past/future
young/elderly junior/elder living/dead alive/extinct mortal/immortal fertile/barren fertile/sterile
productive/unproductive profitable/unprofitable efficient/inefficient effective/ineffective
successful/unsuccessful victorious/defeated lucky/unlucky fortunate/unfortunate favourable/adverse
favorable/adverse favourable/unfavourable favorable/unfavorable beneficial/harmful harmless/harmful
toxic/harmless poisonous/edible edible/inedible sterile/contaminated pure/impure pure/contaminated
pure/mixed clean/polluted dense/sparse crowded/deserted crowded/empty occupied/vacant occupied/empty
scarce/abundant scarce/plentiful ample/scarce sufficient/insufficient adequate/inadequate
excessive/insufficient surplus/shortage optimistic/pessimistic hopeful/hopeless confident/unsure
certain/uncertain sure/unsure definite/indefinite known/unknown familiar/unfamiliar familiar/strange
famous/unknown famous/obscure popular/unpopular normal/abnormal usual/unusual typical/atypical
ordinary/extraordinary ordinary/special humble/proud humble/arrogant modest/arrogant modest/boastful
shy/outgoing shy/bold timid/bold cautious/reckless careful/careless careful/reckless
responsible/irresponsible mature/immature moral/immoral ethical/unethical fair/unfair innocent/corrupt
loyal/disloyal faithful/unfaithful generous/stingy generous/selfish selfish/selfless greedy/generous
grateful/ungrateful respectful/disrespectful obedient/disobedient willing/unwilling willing/reluctant
eager/reluctant interested/uninterested interesting/boring exciting/boring exciting/dull
comfortable/uncomfortable pleasant/unpleasant satisfied/dissatisfied content/discontent pleased/displeased
relevant/irrelevant logical/illogical reasonable/unreasonable sensible/absurd literate/illiterate
educated/uneducated skilled/unskilled experienced/inexperienced professional/amateur expert/novice
accurate/inaccurate precise/imprecise exact/approximate consistent/inconsistent compatible/incompatible
reliable/unreliable trustworthy/untrustworthy sincere/insincere direct/indirect straight/crooked
straight/curved curved/flat level/sloping flat/steep even/uneven parallel/perpendicular parallel/serial
clockwise/counterclockwise clockwise/anticlockwise vertical/horizontal ascending/descending
increasing/decreasing rising/falling growing/shrinking expanding/shrinking convergent/divergent
synchronous/asynchronous symmetric/asymmetric linear/nonlinear continuous/discrete continuous/intermittent
analog/digital analogue/digital manual/automatic signed/unsigned singular/plural definite/vague odd/even
acidic/alkaline acidic/basic organic/inorganic saturated/unsaturated soluble/insoluble magnetic/nonmagnetic
conductive/insulating endothermic/exothermic aerobic/anaerobic dominant/recessive benign/malignant
acute/chronic contagious/noncontagious civilian/military guilty/acquitted licensed/unlicensed armed/unarmed
wanted/unwanted welcome/unwelcome expected/unexpected planned/unplanned finished/unfinished solved/unsolved
paid/unpaid married/widowed nocturnal/diurnal tropical/polar arid/humid dry/humid dry/wet damp/dry
hot/chilly warm/chilly sunny/cloudy sunny/rainy upstream/downstream uphill/downhill upstairs/downstairs
upward/downward upwards/downwards inward/outward inwards/outwards indoors/outdoors indoor/outdoor
inbound/outbound incoming/outgoing onshore/offshore online/offline overhead/underneath above/beneath
over/beneath toward/away towards/away to/from into/out onto/off within/outside within/beyond ahead/behind
before/behind since/until until/after despite/because for/against plus/minus and/or both/neither
either/neither anybody/nobody everybody/nobody anyone/nobody everything/nothing something/nothing
anything/nothing everywhere/nowhere somewhere/nowhere always/sometimes often/rarely often/seldom
frequently/rarely frequently/seldom usually/rarely usually/seldom usually/never mostly/rarely quickly/slowly
rapidly/slowly fast/slowly suddenly/gradually partially/fully partly/fully partially/completely
partly/completely partly/wholly barely/fully nearly/exactly approximately/exactly roughly/exactly
easily/hardly well/badly well/poorly correctly/incorrectly directly/indirectly publicly/privately
openly/secretly loudly/quietly safely/dangerously deliberately/accidentally intentionally/accidentally
voluntarily/involuntarily permanently/temporarily separately/jointly here/there today/yesterday only/also
"""

NOUNS = """
ally/enemy friend/enemy friend/foe victory/defeat success/failure arrival/departure supply/demand
asset/liability income/expense revenue/cost revenue/expense credit/debit debit/credit lender/borrower
creditor/debtor landlord/tenant employer/employee teacher/student teacher/pupil doctor/patient host/guest
predator/prey parent/child plaintiff/defendant prosecutor/defendant question/answer problem/solution
cause/effect acid/base anode/cathode cation/anion proton/electron majority/minority maximum/minimum
peak/trough ceiling/floor top/bottom beginning/end start/finish entrance/exit birth/death life/death
youth/age love/hatred joy/sorrow joy/grief pleasure/pain hope/despair pride/shame courage/fear
courage/cowardice peace/war truth/lie honesty/deceit wisdom/folly knowledge/ignorance wealth/poverty
health/illness health/disease strength/weakness advantage/disadvantage benefit/drawback benefit/harm
merit/fault virtue/vice reward/punishment reward/penalty praise/criticism freedom/slavery liberty/captivity
order/chaos order/disorder heaven/hell angel/devil hero/villain hero/coward saint/sinner master/servant
king/queen prince/princess husband/wife boy/girl boys/girls bride/groom uncle/aunt nephew/niece
father/mother son/daughter brother/sister gentleman/lady sir/madam lord/lady actor/actress waiter/waitress
bull/cow rooster/hen ram/ewe winner/loser leader/follower optimist/pessimist expert/beginner
professional/layman ancestor/descendant predecessor/successor singular/plural numerator/denominator
dividend/divisor addition/subtraction multiplication/division integration/differentiation
integral/derivative convergence/divergence increase/reduction growth/decline growth/contraction rise/decline
expansion/contraction inflation/deflation boom/recession boom/bust surplus/deficit import/export
imports/exports exporter/importer inclusion/exclusion acceptance/rejection acceptance/refusal
approval/rejection approval/disapproval permission/prohibition agreement/disagreement consent/refusal
admission/denial presence/absence attendance/absence appearance/disappearance attack/defence attack/defense
offence/defence offense/defense ascent/descent attraction/repulsion tension/compression absorption/emission
evaporation/condensation oxidation/reduction analysis/synthesis theory/practice quality/quantity
input/output client/server sender/receiver sender/recipient transmitter/receiver producer/consumer
seller/customer speaker/listener author/reader writer/reader sunrise/sunset dawn/dusk noon/midnight
morning/evening spring/autumn weekday/weekend arctic/antarctic hardware/software encoder/decoder
encryption/decryption compression/decompression upload/download bachelor/spinster monarchy/republic
democracy/dictatorship capitalism/communism socialism/capitalism herbivore/carnivore herbivores/carnivores
artery/vein arteries/veins hypothermia/hyperthermia hypertension/hypotension hyperglycemia/hypoglycemia
systole/diastole inhalation/exhalation stalactite/stalagmite sunrise/sundown tributary/distributary
mountain/valley hill/valley
"""

IRREGULAR = """
won/lost rose/fell risen/fallen bought/sold began/ended began/stopped begun/ended opened/closed grew/shrank
grown/shrunk gave/took given/taken gave/received came/went found/lost froze/melted frozen/melted
frozen/thawed sank/floated sunk/floated taught/learned taught/learnt led/followed built/demolished
built/destroyed left/stayed left/arrived left/joined left/entered sent/received forgot/remembered
forgotten/remembered hid/revealed hid/showed hidden/revealed hidden/visible slept/woke lent/borrowed
spent/earned spent/saved threw/caught thrown/caught withdrew/deposited withdrawn/deposited withdrew/advanced
forbade/allowed forbade/permitted forbidden/allowed broke/fixed broken/fixed broke/repaired broken/intact
kept/lost kept/broke kept/discarded stood/sat stand/sit standing/sitting spoke/listened wrote/read
written/read won/drew wore/removed became/remained split/merged split/united overcame/succumbed
grew/declined increased/dropped increased/fell increased/shrank
agreed/refused agreed/declined agrees/refuses
accepted/declined aprobado/rechazado aprobada/rechazada aprobó/rechazó aceptado/rechazado approvato/respinto
approuvé/rejeté accepté/refusé aprovado/rejeitado
fell/increased fell/climbed fell/grew rose/declined rose/dropped rose/decreased risen/declined
climbed/dropped climbed/fell gained/fell gained/lost allowed/denied allows/denies accepted/denied
confirmed/denied granted/denied granted/refused approved/denied
"""

OF_OTHER_LANGUAGES = """
plein/vide pleine/vide pleins/vides pleines/vides ouvert/fermé ouverte/fermée ouverts/fermés
ouvertes/fermées ouvrir/fermer ouvre/ferme allumé/éteint allumée/éteinte allumer/éteindre chaud/froid
chaude/froide haut/bas haute/basse grand/petit grande/petite grands/petits grandes/petites long/court
longue/courte lourd/léger lourde/légère rapide/lent rapide/lente bon/mauvais bonne/mauvaise vrai/faux
vraie/fausse avant/après dessus/dessous dedans/dehors toujours/jamais plus/moins premier/dernier
première/dernière gauche/droite entrée/sortie début/fin monter/descendre monte/descend acheter/vendre
achète/vend augmente/diminue augmenter/diminuer hausse/baisse gagné/perdu accepté/refusé acceptée/refusée
possible/impossible permis/interdit permise/interdite autorisé/interdit autorisée/interdite
activé/désactivé activée/désactivée activer/désactiver propre/sale facile/difficile riche/pauvre
fort/faible forte/faible jeune/vieux vivant/mort vivante/morte tôt/tard présent/absent présente/absente
dur/mou sec/humide maximum/minimum voll/leer voller/leerer volle/leere offen/geschlossen offen/zu
öffnen/schließen öffnet/schließt geöffnet/geschlossen ein/aus eingeschaltet/ausgeschaltet
einschalten/ausschalten an/aus heiß/kalt warm/kalt hoch/niedrig hoch/tief groß/klein großer/kleiner
große/kleine lang/kurz langer/kurzer lange/kurze schwer/leicht schnell/langsam gut/schlecht gute/schlechte
richtig/falsch wahr/falsch vor/nach vorher/nachher oben/unten innen/außen immer/nie mehr/weniger
erste/letzte erster/letzter links/rechts linke/rechte eingang/ausgang anfang/ende steigt/sinkt
steigt/fällt steigen/sinken gestiegen/gesunken kaufen/verkaufen kauft/verkauft gekauft/verkauft
gewonnen/verloren angenommen/abgelehnt erlaubt/verboten aktiviert/deaktiviert aktivieren/deaktivieren
sauber/schmutzig einfach/schwierig reich/arm stark/schwach jung/alt neu/alt neue/alte lebendig/tot
früh/spät anwesend/abwesend hart/weich trocken/nass maximal/minimal mindestens/höchstens zunahme/abnahme
lleno/vacío llena/vacía llenos/vacíos abierto/cerrado abierta/cerrada abiertos/cerrados abiertas/cerradas
abrir/cerrar abre/cierra encendido/apagado encendida/apagada encender/apagar caliente/frío alto/bajo
alta/baja grande/pequeño grande/pequeña largo/corto larga/corta pesado/ligero rápido/lento rápida/lenta
bueno/malo buena/mala verdadero/falso verdadera/falsa antes/después arriba/abajo dentro/fuera
siempre/nunca más/menos primero/último primera/última izquierda/derecha entrada/salida principio/fin
subir/bajar sube/baja subió/bajó comprar/vender compra/venta aumenta/disminuye aumentó/disminuyó
ganó/perdió aceptado/rechazado aceptada/rechazada permitido/prohibido permitida/prohibida
activado/desactivado activar/desactivar limpio/sucio limpia/sucia fácil/difícil rico/pobre fuerte/débil
joven/viejo vivo/muerto viva/muerta temprano/tarde máximo/mínimo presente/ausente duro/blando seco/húmedo
mejor/peor mayor/menor pieno/vuoto piena/vuota aperto/chiuso aperta/chiusa aperti/chiusi aperte/chiuse
aprire/chiudere apre/chiude acceso/spento accesa/spenta accendere/spegnere caldo/freddo calda/fredda
grande/piccolo grande/piccola lungo/corto lunga/corta pesante/leggero veloce/lento buono/cattivo
buona/cattiva vero/falso vera/falsa prima/dopo sopra/sotto dentro/fuori sempre/mai più/meno primo/ultimo
prima/ultima sinistra/destra entrata/uscita inizio/fine salire/scendere sale/scende comprare/vendere
aumenta/diminuisce vinto/perso accettato/rifiutato accettata/rifiutata permesso/vietato permessa/vietata
attivato/disattivato pulito/sporco ricco/povero forte/debole giovane/vecchio vivo/morto presto/tardi
massimo/minimo cheio/vazio cheia/vazia aberto/fechado aberta/fechada abertos/fechados abertas/fechadas
abrir/fechar abre/fecha ligado/desligado ligada/desligada ligar/desligar quente/frio alto/baixo alta/baixa
grande/pequeno grande/pequena longo/curto longa/curta pesado/leve bom/mau boa/má verdadeiro/falso
verdadeira/falsa antes/depois acima/abaixo dentro/fora sempre/nunca mais/menos primeiro/último
primeira/última esquerda/direita entrada/saída início/fim subir/descer sobe/desce subiu/desceu subiu/caiu
aumenta/diminui aumentou/diminuiu ganhou/perdeu aceito/recusado permitido/proibido permitida/proibida
limpo/sujo forte/fraco jovem/velho cedo/tarde melhor/pior maior/menor vol/leeg volle/lege open/dicht
open/gesloten opent/sluit openen/sluiten warm/koud hoog/laag hoge/lage groot/klein grote/kleine lang/kort
lange/korte zwaar/licht snel/langzaam goed/slecht goede/slechte waar/onwaar voor/na boven/onder
binnen/buiten altijd/nooit meer/minder eerste/laatste ingang/uitgang begin/einde stijgt/daalt
gestegen/gedaald kopen/verkopen koopt/verkoopt toegestaan/verboden schoon/vies makkelijk/moeilijk rijk/arm
sterk/zwak jong/oud nieuw/oud levend/dood vroeg/laat beste/slechtste полный/пустой полная/пустая
полон/пуст открыт/закрыт открыта/закрыта открыто/закрыто открыты/закрыты открыть/закрыть открыл/закрыл
включён/выключен включен/выключен включена/выключена включить/выключить горячий/холодный высокий/низкий
высокая/низкая большой/маленький большая/маленькая длинный/короткий тяжёлый/лёгкий быстро/медленно
быстрый/медленный хороший/плохой хорошая/плохая хорошо/плохо правда/ложь верно/неверно до/после
раньше/позже вверх/вниз внутри/снаружи всегда/никогда больше/меньше первый/последний первая/последняя
слева/справа левый/правый левая/правая вход/выход начало/конец вырос/упал выросла/упала растёт/падает
купить/продать купил/продал увеличить/уменьшить увеличился/уменьшился увеличилась/уменьшилась
выиграл/проиграл принят/отклонён принята/отклонена разрешено/запрещено разрешён/запрещён чистый/грязный
легко/трудно лёгкий/трудный богатый/бедный сильный/слабый молодой/старый новый/старый новая/старая
жив/мёртв рано/поздно лучше/хуже максимум/минимум
"""

CHARACTERS = (
    "增减 增減 加减 加減 升降 涨跌 漲跌 高低 上下 左右 前后 前後 先后 先後"
    " 大小 多少 真假 真伪 对错 對錯 开关 開關 进出 進出"
    " 买卖 買賣 男女 内外 內外 早晚 东西 東西 南北 有无 有無 冷热 冷熱"
    " 长短 長短 快慢 新旧 新舊 好坏 好壞 强弱 強弱 正负 正負"
    " 胜败 勝敗 赢输 贏輸 生死 阴阳 陰陽 奇偶 善恶 允禁 许禁 許禁 减加 是非 東西 朝夕 昼夜"
    " 把被 將被 将被 教学 教學 借还 借還 收发 收發 给拿 嫁娶 亏盈 虧盈"
)
