"""Headers of other systems, in several languages: which field each means."""

import pytest

from pipeline.intake.mapping.headers import ideas_in, name_scores, understood_fields
from schemas import endpoints
from schemas.words import vocabulary_of
from schemas.words.vocabulary import Vocabulary

ENDPOINT = endpoints()["emailaccounts"]
VOCABULARY = vocabulary_of("emailaccounts")
FIELDS = [f.name for f in ENDPOINT.fields if not f.secret]
LANGUAGES = {
    "English": "Company ID;Name;Primary SMTP Address;IMAP Host;IMAP Port;IMAP Login;SMTP Host;SMTP Port;SMTP User Name;"
    "Last Message UID;Number of errors;Enabled;Notify on new mail;Notify address;Protocol;IMAP SSL;Keep on server;"
    "SMTP TLS;Reply-To;Last Sync",
    "German": "Firma;Anzeigename;E-Mail-Adresse;Posteingangsserver;Port (Eingang);Benutzer Eingang;Postausgangsserver;"
    "Port (Ausgang);Benutzer Ausgang;Letzte Nachricht;Fehleranzahl;Aktiv;Benachrichtigung;Benachrichtigungsadresse;"
    "Protokoll;Verschlüsselung Eingang;Löschen;Verschlüsselung Ausgang;Antwort an;Letzter Abruf",
    "French": "Société;Nom affiché;Adresse e-mail;Serveur entrant;Port entrant;Utilisateur entrant;Serveur sortant;"
    "Port sortant;Utilisateur sortant;Dernier message;Nombre d'erreurs;Actif;Notifications;Adresse de notification;"
    "Type de serveur;SSL entrant;Suppression des messages;SSL sortant;Répondre à;Dernière vérification",
    "Spanish": "Empresa;Nombre para mostrar;Correo electrónico;Servidor de entrada;Puerto de entrada;"
    "Usuario de entrada;Servidor de salida;Puerto de salida;Usuario de salida;Último mensaje;Errores;Activo;Avisos;"
    "Dirección de avisos;Tipo de servidor;SSL entrada;Eliminar mensajes;SSL salida;Responder a;Última comprobación",
    "Portuguese": "Empresa;Nome de exibição;E-mail;Servidor de entrada;Porta de entrada;Usuário de entrada;"
    "Servidor de saída;Porta de saída;Usuário de saída;ID da última mensagem;Erros;Ativo;Notificações;"
    "Endereço de notificação;Tipo de servidor;SSL de entrada;Exclusão de mensagens;SSL de saída;Responder para;"
    "Última verificação",
    "Italian": "Azienda;Nome visualizzato;Indirizzo e-mail;Server in arrivo;Porta in arrivo;Utente in arrivo;"
    "Server in uscita;Porta in uscita;Utente in uscita;Ultimo messaggio;Errori;Attivo;Notifiche;Indirizzo notifiche;"
    "Tipo server;SSL in arrivo;Eliminazione messaggi;SSL in uscita;Rispondi a;Ultimo controllo",
    "Dutch": "Bedrijf;Weergavenaam;E-mailadres;Inkomende server;Inkomende poort;Gebruikersnaam inkomend;"
    "Uitgaande server;Uitgaande poort;Gebruikersnaam uitgaand;Laatste bericht;Aantal fouten;Actief;Meldingen;"
    "E-mailadres voor meldingen;Servertype;SSL inkomend;Berichten verwijderen;SSL uitgaand;Antwoordadres;"
    "Laatste controle",
}


def best(header):
    scores = name_scores(ideas_in(header, VOCABULARY), VOCABULARY)
    return max(scores, key=lambda name: scores[name], default=None)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_field_is_known_by_its_name_in_seven_languages(language):
    headers = LANGUAGES[language].split(";")
    assert [best(header) for header in headers] == FIELDS
    assert understood_fields(ENDPOINT, VOCABULARY)(headers) == len(FIELDS)


OTHERS = {
    "BusinessId": "BizId;space_id;Id de negocio;Betrieb;Standort-Nr.",
    "DisplayName": "Libellé;Mailbox Name;Name der Mailbox;Account name;Friendly name",
    "EmailAddress": "Adresse électronique;Courriel;email_address;PrimarySmtpAddress",
    "IncomingServer": "Hôte IMAP;imap_host;POP/IMAP server;Eingangsserver",
    "IncomingServerUsername": "Compte de réception;imap_username;Identifiant IMAP;Eingangsbenutzer",
    "OutgoingServerPort": "Port d'envoi;smtp_port;Ausgangsport",
    "LastMessageId": "Dernier ID message;LastMsgId;Letzte Nachrichten-ID",
    "ErrorCount": "Nb erreurs;error_count;N.º de errores;Fehlerzähler",
    "Active": "Actif ?;is_enabled;Account Status;Freigeschaltet;Habilitado",
    "IncomingServerType": "Account type;Servertyp;Protocole",
    "DeleteMessageSettings": "Politique de suppression;delete_policy;Löschverhalten",
    "ReplyToEmail": "reply_to;Adresse de réponse;Antwortadresse",
    "LastCheckTime": "last_synced_at;Dernière relève;Zuletzt geprüft;Fecha última revisión",
}


@pytest.mark.parametrize(("field", "header"), [(f, h) for f, listed in OTHERS.items() for h in listed.split(";")])
def test_other_names_of_a_field_are_surely_known(field, header):
    assert best(header) == field
    assert understood_fields(ENDPOINT, VOCABULARY)([header]) >= 1


@pytest.mark.parametrize("header", ["Notes", "Password", "Phone", "Department", "Quota", "Created", "", "7", "---"])
def test_what_means_no_field_has_none(header):
    assert best(header) is None


def test_a_password_is_no_server():
    assert name_scores(ideas_in("SMTP Password", VOCABULARY), VOCABULARY)["OutgoingServer"] < 0.4


def test_compounds_slips_and_cases():
    assert ideas_in("POSTEINGANGSSERVER-PORT", VOCABULARY) == ["in", "server", "port"]
    assert ideas_in("imapPort", VOCABULARY) == ["in", "port"]
    assert ideas_in("Benutzernahme", VOCABULARY) == ["user"]


def test_a_row_of_values_means_no_field():
    row = ["1000", "Desk 1", "desk1@example.com", "imap.example.com", "993", "oui", "31/10/2026"]
    assert understood_fields(ENDPOINT, VOCABULARY)(row) == 0


def test_every_word_leads_to_a_wording_and_every_wording_to_a_field():
    named = {idea for one in VOCABULARY.wordings.values() for w in one for idea in w.says | w.may_say}
    assert set(VOCABULARY.ideas.values()) - {""} == named | {"secret"}
    assert set(VOCABULARY.wordings) == {f.name for f in ENDPOINT.fields}
    for name, values in VOCABULARY.values.items():
        assert set(values.values()) <= set(ENDPOINT.field(name).choices)


def test_an_endpoint_without_words_has_none():
    assert vocabulary_of("nowhere") == Vocabulary()
