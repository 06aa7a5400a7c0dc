"""English opposites that were written down before the tables were: every second pair is only measured on."""

WRITTEN = """
heavy/light thick/thin deep/shallow wide/narrow rich/poor loud/quiet hard/soft rough/smooth sharp/blunt clean/dirty
near/far tall/short big/small fat/slim happy/sad brave/cowardly kind/cruel polite/rude honest/dishonest easy/difficult
simple/complex cheap/expensive busy/idle awake/asleep sober/drunk healthy/sick married/single employed/unemployed
common/rare ancient/modern temporary/permanent major/minor maximum/minimum majority/minority ally/enemy friend/foe
victory/defeat success/failure arrival/departure arrive/depart remember/forget find/lose give/take push/pull
lead/follow build/demolish create/destroy attack/defend praise/blame reward/punish expand/contract join/leave
attach/detach import/export deposit/withdraw inhale/exhale freeze/melt sink/float fill/drain send/receive ask/answer
teach/learn question/answer cause/effect supply/demand asset/liability income/expense import/export tenant/landlord
employer/employee teacher/student doctor/patient host/guest predator/prey parent/child plaintiff/defendant
acid/base solid/liquid anode/cathode concave/convex clockwise/counterclockwise vertical/horizontal parallel/perpendicular
voluntary/compulsory mandatory/optional literal/figurative explicit/implicit abstract/concrete objective/subjective
friendly/hostile careful/careless useful/useless hopeful/hopeless patient/impatient relevant/irrelevant
logical/illogical balanced/unbalanced overestimate/underestimate prewar/postwar upstream/downstream indoors/outdoors
ancestor/descendant singular/plural inclusion/exclusion acceptance/rejection absence/presence optimist/pessimist
encourage/discourage win/lose frequently/rarely quickly/slowly partially/fully inward/outward above/beneath toward/away
""".split()
PAIRS = [(one, other) for one, _, other in (pair.partition("/") for pair in dict.fromkeys(WRITTEN))]
DEVELOPMENT, MEASURED = PAIRS[::2], PAIRS[1::2]
