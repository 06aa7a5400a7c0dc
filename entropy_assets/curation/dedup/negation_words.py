"""Tables of words that negate, by hand: frequent ones, a language a line.

What belongs here: the tables. What does not: what they mean for two texts (`opposites`).
"""

NEGATIONS = """
no not never none nobody nothing nowhere neither nor without cannot dont doesnt didnt isnt arent wasnt werent
wont wouldnt shouldnt couldnt hasnt havent hadnt mustnt neednt aint hardly scarcely lacks lacking except
unless fail fails failed failing
nicht nichts kein keine keinen keinem keiner keines nie niemals niemand niemanden nirgends nirgendwo ohne
weder außer
ne pas jamais sans aucun aucune rien ni nullement guère
nunca jamás sin ningún ninguno ninguna nadie tampoco nada ni
non mai senza nessuno nessuna nessun niente nulla né neanche nemmeno neppure
não nem sem nenhum nenhuma ninguém jamais tampouco
niet geen nooit zonder niemand niets nergens noch nimmer
inte icke ej aldrig utan ingen inget inga ingenting varken
ikke ej aldrig aldri uden uten ingen intet ingenting hverken verken
nie bez nigdy żaden żadna żadne żadnego żadnej nikt nic nikogo ani nigdzie nieprawda
není nejsou nebyl nebyla nebylo nebude nebudou nemá nemají nemůže nelze nikdy nikdo nic žádný žádná žádné
bez ani
nie nikdy nikto nič žiadny žiadna bez
nici niciodată fără niciun nicio nimeni nimic nicăieri deloc
не нет ни без никогда нельзя никто ничего нигде никакой никаких никому нисколько отнюдь
не ні ані немає без ніколи ніхто нічого ніде жодного жодної
nije nisam nisi nismo niste nisu nema nemaju nikad nikada niko nitko ništa nigdje ni brez nikoli nihče
не није нису нема никад нико ништа
не няма без никога никой нищо
nem nincs nincsenek soha sosem senki semmi sem nélkül ne kivéve
ei emme ette eivät eikä älä älkää ilman koskaan mikään kukaan eikö
ei mitte ilma kunagi keegi
δεν δε μην μη όχι χωρίς ποτέ κανείς κανένας καμία κανένα τίποτα ούτε πουθενά
değil yok yoktu asla hiç hiçbir kimse ne olmadan olmayan değildir değildi
لا لم لن ليس ليست ليسوا لست بدون غير دون ولا ولم ولن وليس وليست فلا فلم فلن فليس عدم أبدا أبداً
לא אין אינו אינה אינם אינן איני בלי ללא ולא ואין שלא שאין אסור מעולם
नहीं नही न मत बिना ना
نہیں نہ مت بغیر
না নয় নেই নি ছাড়া
نه نیست نیستند نبود نمی بدون هرگز هیچ
tidak bukan bukanlah tanpa jangan belum tiada takkan jarang mustahil
không chẳng chả chưa đừng thiếu hề chớ
hindi wala huwag
hapana
안 못 아니 없이 말고
"""

ALONE = "不没沒非无無未勿莫毋否别別"
"""Characters that negate, of scripts without spaces."""
