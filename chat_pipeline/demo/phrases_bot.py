"""What the demo's bots and agents say, by phrase key and language; placeholders in braces; no logic."""

from __future__ import annotations

BOT: dict[str, dict[str, tuple[str, ...]]] = {
    "greet_long": {
        "de": (
            "Willkommen bei Kessel & Blatt! Ich helfe bei Bestellungen, Rückgaben und allen Fragen rund um Tee. Womit fangen wir an?",
        ),
        "en": (
            "Welcome to Kessel & Blatt! I can help with orders, returns and anything about tea. Where shall we start?",
        ),
        "fr": (
            "Bienvenue chez Kessel & Blatt ! Je peux vous aider pour les commandes, les retours et le thé. Par quoi commencer ?",
        ),
    },
    "greet_short": {
        "de": ("Hallo! Was kann ich für Sie tun?",),
        "en": ("Hi! What can I do for you?",),
        "fr": ("Bonjour ! Que puis-je faire pour vous ?",),
    },
    "ask_order_number": {
        "de": ("Nennen Sie mir bitte Ihre Bestellnummer, zum Beispiel #12345.",),
        "en": ("Please tell me your order number, for example #12345.",),
        "fr": ("Quel est votre numéro de commande, par exemple #12345 ?",),
    },
    "order_status": {
        "de": (
            "{order} ist unterwegs und kommt voraussichtlich in zwei Tagen an.",
            "{order} wurde heute an den Paketdienst übergeben.",
        ),
        "en": (
            "{order} is on its way and should arrive in two days.",
            "{order} was handed to the carrier today.",
        ),
        "fr": ("{order} est en route et devrait arriver dans deux jours.",),
    },
    "order_not_found": {
        "de": ("Zu dieser Nummer finde ich leider nichts.",),
        "en": ("I'm afraid I can't find that number.",),
        "fr": ("Je ne trouve malheureusement rien sous ce numéro.",),
    },
    "ask_email": {
        "de": ("Mit welcher E-Mail-Adresse haben Sie bestellt?",),
        "en": ("Which e-mail address did you order with?",),
        "fr": ("Avec quelle adresse e-mail avez-vous commandé ?",),
    },
    "product_info": {
        "de": (
            "{product}: drei bis vier Minuten bei 95 Grad, aus kontrolliertem Anbau.",
            "{product} ist spülmaschinenfest und für Induktion geeignet.",
        ),
        "en": (
            "{product}: three to four minutes at 95 degrees, from certified gardens.",
            "{product} is dishwasher safe and works on induction.",
        ),
        "fr": ("{product} : trois à quatre minutes à 95 degrés, de culture contrôlée.",),
    },
    "product_unknown": {
        "de": ("Dazu weiß ich leider noch nichts. Möchten Sie etwas anderes wissen?",),
        "en": ("I don't know that yet, sorry. Anything else?",),
        "fr": ("Je ne le sais pas encore, désolé. Autre chose ?",),
    },
    "stock": {
        "de": ("{product} ist vorrätig und geht morgen raus.",),
        "en": ("{product} is in stock and ships tomorrow.",),
        "fr": ("{product} est en stock et part demain.",),
    },
    "recommend": {
        "de": ("Da passt {product} sehr gut. Soll es in den Warenkorb?",),
        "en": ("{product} would be a good choice. Shall I put it in your basket?",),
        "fr": ("{product} conviendrait très bien. Je l'ajoute au panier ?",),
    },
    "added_to_cart": {
        "de": (
            "Erledigt: {product} liegt im Warenkorb. Hier geht es zur Kasse: https://www.kesselundblatt.example/cart",
        ),
        "en": ("Done: {product} is in your basket. Check out here: https://www.kesselundblatt.example/cart",),
        "fr": (
            "C'est fait : {product} est dans le panier. Pour payer : https://www.kesselundblatt.example/cart",
        ),
    },
    "no_problem": {
        "de": ("Kein Problem, sehen Sie sich gern weiter um.",),
        "en": ("No problem, feel free to look around.",),
        "fr": ("Pas de souci, regardez tranquillement.",),
    },
    "return_steps": {
        "de": ("Sie haben 30 Tage Zeit. Den Retourenschein schicke ich Ihnen per E-Mail.",),
        "en": ("You have 30 days. I'll e-mail you the return label.",),
        "fr": ("Vous avez 30 jours. Je vous envoie l'étiquette de retour par e-mail.",),
    },
    "complaint": {
        "de": ("Das tut mir leid. Ich gebe das sofort weiter.",),
        "en": ("I'm sorry about that. I'll pass it on right away.",),
        "fr": ("J'en suis désolé. Je transmets tout de suite.",),
    },
    "shipping": {
        "de": ("Der Versand kostet 4,90 €, ab 50 € ist er frei.",),
        "en": ("Delivery is €4.90, and free from €50.",),
        "fr": ("La livraison coûte 4,90 €, offerte dès 50 €.",),
    },
    "hours": {
        "de": ("Der Laden in der Lindenstraße ist Montag bis Samstag von 10 bis 19 Uhr geöffnet.",),
        "en": ("Our shop is open Monday to Saturday from 10 to 7.",),
        "fr": ("La boutique est ouverte du lundi au samedi de 10 h à 19 h.",),
    },
    "payment": {
        "de": ("Bitte versuchen Sie es mit einer anderen Zahlungsart, die Bestellung bleibt gespeichert.",),
        "en": ("Please try another payment method, your basket is kept.",),
        "fr": ("Essayez un autre moyen de paiement, votre panier est conservé.",),
    },
    "ask_phone": {
        "de": ("Unter welcher Nummer darf die Buchhaltung zurückrufen?",),
        "en": ("Which number may our accounts team call back?",),
        "fr": ("À quel numéro notre comptabilité peut-elle vous rappeler ?",),
    },
    "call_back": {
        "de": ("Danke, wir rufen noch heute an.",),
        "en": ("Thank you, we'll call today.",),
        "fr": ("Merci, nous vous appelons aujourd'hui.",),
    },
    "fallback": {
        "de": ("Das habe ich nicht verstanden. Können Sie es anders sagen?",),
        "en": ("Sorry, I didn't get that. Could you rephrase?",),
        "fr": ("Je n'ai pas compris. Pouvez-vous reformuler ?",),
    },
    "handoff": {
        "de": ("Ich verbinde Sie mit einer Kollegin.",),
        "en": ("I'll connect you with a colleague.",),
        "fr": ("Je vous mets en relation avec une collègue.",),
    },
    "desk_hours": {
        "de": ("Meine Kolleginnen sind Montag bis Freitag von 9 bis 18 Uhr da.",),
        "en": ("My colleagues are here Monday to Friday from 9 to 6.",),
        "fr": ("Mes collègues sont là du lundi au vendredi de 9 h à 18 h.",),
    },
    "agent_hello": {
        "de": ("Guten Tag, hier ist Frau Sommer. Worum geht es?",),
        "en": ("Hello, this is Ms Sommer. How can I help?",),
        "fr": ("Bonjour, Mme Sommer à l'appareil. De quoi s'agit-il ?",),
    },
    "agent_answer": {
        "de": ("Ich habe es nachgesehen und kümmere mich darum. Sie bekommen heute eine Mail.",),
        "en": ("I checked and I'm taking care of it. You'll get an e-mail today.",),
        "fr": ("J'ai vérifié, je m'en occupe. Vous recevrez un e-mail aujourd'hui.",),
    },
    "goodbye": {
        "de": ("Gern geschehen. Bis bald!",),
        "en": ("You're welcome. See you soon!",),
        "fr": ("Avec plaisir. À bientôt !",),
    },
    "ask_rating": {
        "de": ("Wie zufrieden waren Sie mit diesem Chat, von 1 bis 5?",),
        "en": ("How happy were you with this chat, from 1 to 5?",),
        "fr": ("Êtes-vous satisfait de cet échange, de 1 à 5 ?",),
    },
    "thank_rating": {
        "de": ("Danke für Ihre Bewertung!",),
        "en": ("Thank you for your rating!",),
        "fr": ("Merci pour votre note !",),
    },
}
