"""The words of the sample views: components, answers and updates of a week in December 2020."""

from __future__ import annotations

from collections.abc import Mapping

from incidents.view import Localized, PublicAnswer, PublicText


def both(it: str, en: str) -> Localized:
    return {"it": it, "en": en}


def texts(it: PublicText, en: PublicText | None) -> Mapping[str, PublicText]:
    """An update's words in each language; None is a translation that is missing."""
    return {"it": it} if en is None else {"it": it, "en": en}


COMPONENTS: tuple[tuple[str, str, str, str], ...] = (
    ("wallet", "Portafoglio", "Wallet", "gcashback001"),
    ("activation", "Attivazione del Cashback", "Cashback activation", "gcashback001"),
    ("counting", "Conteggio degli acquisti", "Counting of purchases", "gcashback001"),
    ("iban", "Inserimento dell’IBAN", "IBAN entry", "gcashback001"),
    ("cards", "Carte e metodi di pagamento", "Cards and payment methods", "gcashback001"),
    ("login", "Accesso con SPID e CIE", "Sign-in with SPID and CIE", "gaccess00001"),
    ("email", "Verifica dell’e-mail", "E-mail verification", "gaccess00001"),
    ("messages", "Messaggi", "Messages", ""),
)

ACKNOWLEDGEMENT = texts(
    PublicText(
        "Portafoglio non disponibile: non si possono aggiungere carte e IBAN",
        "Lunedì 7 dicembre, 21:49. Il Portafoglio dell’app non funziona: non si possono aggiungere"
        " carte né IBAN. Accesso e messaggi sono lenti. Ce ne scusiamo: risolvere tocca a noi. Non"
        " serve riprovare di continuo. Prossimo aggiornamento entro le 22:20.",
        "Riceviamo molte più richieste del solito e il Portafoglio non risponde. Stiamo cercando la"
        " causa. **Non sappiamo ancora quando tornerà a funzionare.**\n\nNon disinstallare l’app.",
    ),
    PublicText(
        "Wallet unavailable: cards and IBANs cannot be added",
        "Monday 7 December, 21:49. The app’s Wallet does not work: cards and IBANs cannot be added."
        " Sign-in and messages are slow. We apologise: putting it right is up to us. There is no"
        " need to keep trying. Next update by 22:20.",
        "We are receiving far more requests than usual and the Wallet does not answer. We are"
        " looking"
        " for the cause. **We do not know yet when it will work again.**\n\nDo not uninstall the"
        " app.",
    ),
)

NO_ESTIMATE = texts(
    PublicText(
        "Portafoglio: stiamo lavorando, non abbiamo ancora un orario",
        "Il Portafoglio non funziona ancora. Sappiamo perché: troppe richieste insieme. Non abbiamo"
        " ancora un orario per il ripristino.",
        "Le richieste sono più di quante i sistemi possano servirne. Aggiungiamo capacità.",
    ),
    PublicText(
        "Wallet: we are working on it and have no estimate yet",
        "The Wallet does not work yet. We know why: too many requests at once. We have no estimate"
        " for the recovery yet.",
        "There are more requests than our systems can serve. We are adding capacity.",
    ),
)

APOLOGY = texts(
    PublicText(
        "Ci scusiamo: il Portafoglio non funziona ancora per molti",
        "Ci scusiamo: i nostri sistemi non reggono. Molti non riescono ad attivare il Cashback o ad"
        " aggiungere carte e IBAN. Chi ha già attivato può acquistare: conta dalle 00:01 del giorno"
        " dopo l’attivazione. Aggiornamento entro le 18:00 di martedì 8 dicembre.",
        "Avevamo previsto molte richieste; i sistemi non sono bastati. **La responsabilità è"
        " nostra.**\n\n### Cosa fare\n\n- Se il Cashback è già attivo, puoi acquistare: non devi"
        " fare altro.\n- Se non è attivo, riprova dopo il prossimo aggiornamento.\n\n### Cosa non"
        " fare\n\n- Non serve riprovare di continuo.\n- Non disinstallare l’app.\n\nLavoriamo per"
        " riaprire il Portafoglio a tutti; non abbiamo un orario.",
    ),
    PublicText(
        "We apologise: the Wallet still does not work for many of you",
        "We apologise: our systems cannot cope. Many of you cannot activate Cashback or add cards"
        " and IBANs. If it is already active you can shop: purchases count from 00:01 of the day"
        " after activation. Next update by 18:00 on Tuesday 8 December.",
        "We had expected many requests; our systems were not enough. **The responsibility is"
        " ours.**\n\n### What to do\n\n- If Cashback is already active you can shop: nothing"
        " else is"
        " needed.\n- If it is not, try again after the next update.\n\n### What not to do\n\n-"
        " There"
        " is no need to keep trying.\n- Do not uninstall the app.\n\nWe are working to reopen the"
        " Wallet to everyone; we have no estimate.",
    ),
)

EMAIL_DOWN = texts(
    PublicText(
        "Verifica dell’e-mail non disponibile",
        "Il messaggio di verifica dell’e-mail non arriva. Stiamo cercando la causa.",
        "I nostri controlli vedono che il messaggio di verifica non arriva da più di dieci minuti.",
    ),
    None,  # An automatic notice that nobody has translated yet.
)

MITIGATED = texts(
    PublicText(
        "Il Portafoglio riapre per molti, non ancora per tutti",
        "Il Portafoglio funziona per la maggior parte di voi, a rilento. Chi aggiunge una carta può"
        " ancora ricevere un errore.",
        "Funzionano: accesso, messaggi, IBAN. A rilento: Portafoglio e attivazione. Non tutti"
        " riescono ad aggiungere una carta.",
    ),
    PublicText(
        "The Wallet reopens for many, not yet for everyone",
        "The Wallet works for most of you, slowly. Adding a card may still fail.",
        "These work: sign-in, messages, IBAN. Slow: Wallet and activation. Not everybody manages to"
        " add a card.",
    ),
)

DELAY = texts(
    PublicText(
        "Gli acquisti possono comparire in ritardo",
        "Gli acquisti impiegano fino a 3 giorni lavorativi per essere visualizzati.",
        "I pagamenti impiegano fino a 3 giorni lavorativi per essere visualizzati.",
    ),
    PublicText(
        "Purchases may show up late",
        "Purchases take up to 3 working days to be shown.",
        "Payments take up to 3 working days to be shown.",
    ),
)

DELAY_BEFORE = texts(
    PublicText(
        "Gli acquisti possono comparire in ritardo",
        "Gli acquisti impiegano fino a 3 giorni lavorativi per essere confermati.",
        "I pagamenti impiegano fino a 3 giorni lavorativi per essere confermati.",
    ),
    PublicText(
        "Purchases may show up late",
        "Purchases take up to 3 working days to be confirmed.",
        "Payments take up to 3 working days to be confirmed.",
    ),
)

RECOVERED = texts(
    PublicText(
        "Il Portafoglio funziona di nuovo",
        "Il Portafoglio funziona di nuovo per tutti. Nessun dato è andato perso.",
        "Carte, IBAN e attivazione funzionano. Nessun dato è andato perso. Gli acquisti fatti nel"
        " frattempo contano.",
    ),
    PublicText(
        "The Wallet works again",
        "The Wallet works again for everyone. No data was lost.",
        "Cards, IBAN and activation work. No data was lost. Purchases made meanwhile count.",
    ),
)

EXPECTED_LOAD = texts(
    PublicText(
        "Da venerdì 4 dicembre l’app può essere lenta",
        "Con l’avvio del Cashback aspettiamo molte richieste: l’app può essere lenta.",
        "Aspettiamo molte richieste nel Portafoglio. Non serve affrettarsi: il programma dura"
        " fino a"
        " giovedì 31 dicembre 2020.",
    ),
    PublicText(
        "From Friday 4 December the app may be slow",
        "With the start of Cashback we expect many requests: the app may be slow.",
        "We expect many requests in the Wallet. There is no need to hurry: the programme lasts"
        " until"
        " Thursday 31 December 2020.",
    ),
)

PLANNED_WORK = texts(
    PublicText(
        "Domenica notte i Messaggi si fermano per due ore",
        "Aggiorniamo i sistemi dei Messaggi. Quelli inviati nel frattempo arrivano dopo.",
        "Aggiorniamo i sistemi dei **Messaggi**. Quelli inviati nel frattempo arrivano dopo.",
    ),
    PublicText(
        "On Sunday night Messages stop for two hours",
        "We are updating the systems of Messages. Those sent meanwhile arrive later.",
        "We are updating the systems of **Messages**. Those sent meanwhile arrive later.",
    ),
)

COUNTING = PublicAnswer(
    key="transaction-counting",
    question=both("Da quando contano i miei acquisti?", "From when do my purchases count?"),
    short=both(
        "Gli acquisti contano dalle 00:01 del giorno dopo l’attivazione.",
        "Purchases count from 00:01 of the day after activation.",
    ),
    answer=both(
        "Dalle 00:01 (ora italiana) del giorno dopo l’attivazione. Quelli del giorno stesso non"
        " contano.",
        "From 00:01 (Italian time) of the day after activation. Those of the same day do not"
        " count.",
    ),
    dates={
        "it": tuple(
            f"Attivato {one}: gli acquisti contano dalle 00:01 di {other} dicembre 2020."
            for one, other in (
                ("lunedì 7 dicembre", "martedì 8"),
                ("martedì 8 dicembre", "mercoledì 9"),
            )
        ),
        "en": tuple(
            f"Activated on {one}: purchases count from 00:01 on {other} December 2020."
            for one, other in (
                ("Monday 7 December", "Tuesday 8"),
                ("Tuesday 8 December", "Wednesday 9"),
            )
        ),
    },
)

METHODS = PublicAnswer(
    key="accepted-methods",
    question=both("Quali carte sono accettate?", "Which cards are accepted?"),
    short=both(
        "Carte di credito, di debito e prepagate dei circuiti aderenti.",
        "Credit, debit and prepaid cards of the schemes that take part.",
    ),
    answer=both(
        "Carte di **credito**, di **debito** e **prepagate** dei circuiti aderenti.",
        "**Credit**, **debit** and **prepaid** cards of the schemes that take part.",
    ),
)

DEBIT_OR_CREDIT = PublicAnswer(
    key="debit-or-credit",
    question=both("La mia carta è di debito o di credito?", "Is my card debit or credit?"),
    short=both(
        "Lo trovi scritto sul fronte della carta.", "It is written on the front of the card."
    ),
    answer=both(
        "Lo trovi scritto sul fronte della carta: *debit* oppure *credit*.",
        "It is written on the front of the card: *debit* or *credit*.",
    ),
)
