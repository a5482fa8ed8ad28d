"""What the demo's customers type, by phrase key and language; placeholders in braces; no logic."""

from __future__ import annotations

USER: dict[str, dict[str, tuple[str, ...]]] = {
    "greet": {
        "de": ("Hallo", "Guten Tag", "Hi", "Moin", "Servus zusammen"),
        "en": ("Hello", "Hi there", "Good morning", "Hey"),
        "fr": ("Bonjour", "Salut", "Bonsoir"),
    },
    "track_order": {
        "de": (
            "Wo bleibt meine Bestellung?",
            "wann kommt mein paket",
            "Können Sie mir sagen, wo meine Sendung steckt?",
            "Ich warte seit Tagen auf meinen Tee",
            "Lieferstatus bitte",
            "ist mein päckchen schon unterwegs",
        ),
        "en": (
            "Where is my order?",
            "has my parcel been sent yet",
            "I'd like to know when my delivery arrives",
            "Still waiting for my kettle, any news?",
            "delivery status please",
        ),
        "fr": (
            "Où est ma commande ?",
            "quand arrive mon colis",
            "Je voudrais suivre ma livraison",
            "J'attends toujours mon thé, des nouvelles ?",
        ),
    },
    "give_order": {
        "de": ("{order}", "Die Nummer ist {order}", "Bestellung {order}", "{order} steht in der Mail"),
        "en": ("{order}", "It's {order}", "Order {order}", "my number is {order}"),
        "fr": ("{order}", "Le numéro est {order}", "Commande {order}"),
    },
    "give_email": {
        "de": ("{email}", "Meine Adresse ist {email}", "bestellt mit {email}"),
        "en": ("{email}", "My address is {email}", "I used {email}"),
        "fr": ("{email}", "Mon adresse est {email}", "j'ai commandé avec {email}"),
    },
    "give_phone": {
        "de": ("Sie erreichen mich unter {phone}", "{phone}"),
        "en": ("You can reach me on {phone}", "{phone}"),
        "fr": ("Vous pouvez m'appeler au {phone}", "{phone}"),
    },
    "product_info": {
        "de": (
            "Ist {product} auch für weiches Wasser geeignet?",
            "Wie lange muss {product} ziehen?",
            "Erzählen Sie mir etwas über {product}",
            "ist {product} bio?",
            "Passt {product} auf einen Induktionsherd?",
        ),
        "en": (
            "Is {product} dishwasher safe?",
            "How strong is {product}?",
            "Tell me about {product}",
            "does {product} come with a lid",
            "Where does {product} come from?",
        ),
        "fr": (
            "{product} est-il bio ?",
            "Combien de temps faut-il infuser {product} ?",
            "Que pouvez-vous me dire sur {product} ?",
        ),
    },
    "stock": {
        "de": ("Habt ihr {product} noch da?", "Wann ist {product} wieder lieferbar?", "{product} vorrätig?"),
        "en": ("Do you have {product} in stock?", "When will {product} be back?", "is {product} available"),
        "fr": ("Avez-vous encore {product} ?", "Quand {product} sera-t-il de nouveau disponible ?"),
    },
    "buy_product": {
        "de": (
            "Ich möchte {product} kaufen",
            "Ich suche ein Geschenk für meine Mutter",
            "Bitte {product} in den Warenkorb",
            "Was empfehlen Sie für Einsteiger?",
            "Ich hätte gern {product}",
        ),
        "en": (
            "I want to buy {product}",
            "Looking for a present for a tea lover",
            "Put {product} in my basket please",
            "What would you suggest for beginners?",
        ),
        "fr": (
            "Je voudrais acheter {product}",
            "Je cherche un cadeau",
            "Ajoutez {product} au panier s'il vous plaît",
        ),
    },
    "affirm": {
        "de": ("Ja bitte", "gern", "Ja, das nehme ich", "ok"),
        "en": ("Yes please", "sure", "ok, I'll take it", "yes"),
        "fr": ("Oui", "d'accord", "Oui, je le prends"),
    },
    "deny": {
        "de": ("Nein danke", "lieber nicht", "das ist mir zu teuer"),
        "en": ("No thanks", "not today", "too expensive for me"),
        "fr": ("Non merci", "pas aujourd'hui", "c'est trop cher"),
    },
    "return_request": {
        "de": (
            "Ich möchte etwas zurückschicken",
            "Wie läuft die Rückgabe?",
            "Der Deckel ist gesprungen, ich will umtauschen",
            "retourenschein?",
        ),
        "en": (
            "I want to send something back",
            "How do returns work?",
            "The lid is cracked, I need an exchange",
        ),
        "fr": (
            "Je veux renvoyer un article",
            "Comment fonctionne le retour ?",
            "Le couvercle est fêlé, je veux échanger",
        ),
    },
    "complaint": {
        "de": (
            "Das ist jetzt schon das zweite Mal, dass etwas fehlt!",
            "Ich bin wirklich enttäuscht von Ihnen",
            "So ein schlechter Service, unverschämt",
        ),
        "en": (
            "This is the second time that something is missing!",
            "I'm really disappointed",
            "Terrible service, honestly",
        ),
        "fr": (
            "C'est la deuxième fois qu'il manque quelque chose !",
            "Je suis vraiment déçue",
            "Quel service déplorable",
        ),
    },
    "shipping_info": {
        "de": ("Was kostet der Versand?", "Liefert ihr nach Österreich?", "ab wann versandkostenfrei"),
        "en": ("How much is delivery?", "Do you ship to Ireland?", "when is shipping free"),
        "fr": ("Combien coûte la livraison ?", "Livrez-vous en Belgique ?"),
    },
    "opening_hours": {
        "de": ("Wann hat der Laden offen?", "habt ihr samstags auf?"),
        "en": ("When is your shop open?", "open on Saturdays?"),
        "fr": ("Quels sont vos horaires ?", "Êtes-vous ouverts le samedi ?"),
    },
    "payment_problem": {
        "de": ("Meine Karte wird nicht angenommen", "Zahlung bricht immer ab", "Ich wurde zweimal belastet"),
        "en": ("My card is declined", "The payment keeps failing", "I was charged twice"),
        "fr": ("Ma carte est refusée", "Le paiement échoue toujours", "J'ai été débité deux fois"),
    },
    "human_handoff": {
        "de": ("Ich will mit einem Menschen reden", "Mitarbeiter bitte", "verbinden sie mich mit jemandem"),
        "en": ("Can I talk to a person?", "agent please", "I want a human"),
        "fr": ("Je veux parler à quelqu'un", "un conseiller s'il vous plaît"),
    },
    "gibberish": {
        "de": (
            "hm und das andere?",
            "wie beim letzten mal halt",
            "asdf",
            "geht das auch andersrum mit dem von neulich",
        ),
        "en": ("well the other one then", "like last time", "qwert", "the thing from before but different"),
        "fr": ("et l'autre alors", "comme la dernière fois", "bof enfin voilà"),
    },
    "to_agent": {
        "de": ("Danke, dass Sie sich melden. Es geht um die Lieferung von letzter Woche.", "Ja, genau die."),
        "en": ("Thanks for joining. It's about last week's delivery.", "Yes, exactly that one."),
        "fr": ("Merci. Il s'agit de la livraison de la semaine dernière.", "Oui, c'est bien celle-là."),
    },
    "thanks": {
        "de": ("Danke", "Vielen Dank!", "super, danke"),
        "en": ("Thanks", "Thank you!", "great, cheers"),
        "fr": ("Merci", "Merci beaucoup"),
    },
    "goodbye": {
        "de": ("Tschüss", "Auf Wiedersehen", "schönen Tag noch"),
        "en": ("Bye", "Have a nice day", "see you"),
        "fr": ("Au revoir", "Bonne journée"),
    },
    "rate": {"de": ("{rating}",), "en": ("{rating}",), "fr": ("{rating}",)},
}
