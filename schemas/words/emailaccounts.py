"""How other systems name the fields of an email account, and write their values.

English, German, French, Spanish, Portuguese, Italian, Dutch. May import `schemas.words.vocabulary` only.
"""

from schemas.words.vocabulary import Vocabulary, turned, wording

_IDEAS = turned(
    {
        "business": "business,biz,betrieb,negocio,company,location,site,tenant,space,branch,organisation,"
        "organization,firma,unternehmen,"
        "standort,mandant,filiale,kunde,societe,entreprise,etablissement,empresa,compania,sociedad,sucursal,sede,"
        "companhia,filial,azienda,societa,ditta,bedrijf,vestiging,onderneming,organisatie,organizacion,organizacao",
        "id": "id,ids,uid,nr,no,num,number,code,kennung,nummer,numero,codigo,codice,identifiant unique,n",
        "display": "display,anzeige,affichage,affiche,affichee,mostrar,mostrado,visible,exibicao,visualizzato,"
        "visualizzazione,weergave,weergegeven,friendly,full,real,sender,absender,expediteur,remitente,remetente,"
        "mittente,afzender",
        "name": (
            "name,label,nom,nombre,nome,naam,anzeigename,weergavenaam,bezeichnung,libelle,displayname,denominazione"
        ),
        "account": "account,acct,accounts,konto,compte,comptes,cuenta,conta,conto",
        "policy": "policy,mode,rule,option,action,politique,politica,modus,verhalten,regel,regla,regra,regola,beleid",
        "title": "title,titel,titre,titulo,titolo",
        "email": "email,adresse electronique,direccion electronica,endereco eletronico,emails,mail,mailbox,"
        "emailadresse,mailadresse,"
        "courriel,courrier electronique,correo electronico,correo,buzon,"
        "posta elettronica,posta,casella,caixa postal,caixa de correio,correio eletronico,correio,postfach,boite mail,"
        "boite aux lettres,boite,postvak,epost,smtp address,primary smtp address",
        "address": "address,adresse,adress,direccion,endereco,indirizzo,adres",
        "in": "incoming,inbound,in,imap,imap4,pop,pop3,receive,receiving,recv,eingang,posteingang,"
        "eingehend,eingehender,empfang,empfangs,entrant,entrante,reception,entrada,recepcion,recebimento,arrivo,"
        "in arrivo,ingresso,ricezione,inkomend,inkomende,ontvangst,entree",
        "out": "outgoing,outbound,out,smtp,send,sending,ausgang,postausgang,ausgehend,ausgehender,versand,sortant,"
        "sortante,envoi,expedition,sortie,saliente,salida,envio,saida,uscita,in uscita,invio,uitgaand,uitgaande,"
        "verzending",
        "server": ("server,servers,host,hostname,host name,serveur,hote,servidor,anfitrion,servername,mailserver"),
        "port": "port,ports,puerto,porta,poort,portnummer,numero de port",
        "user": "user,user principal name,username,login,logon,benutzer,benutzername,anmeldename,anmeldung,"
        "utilisateur,identifiant,"
        "nom d utilisateur,nom utilisateur,usuario,nombre de usuario,nome de usuario,nome do usuario,utilizador,"
        "nome de utilizador,utente,nome utente,gebruiker,gebruikersnaam,inlognaam,connexion",
        "ssl": "ssl,tls,ssl tls,starttls,encryption,encrypted,security,secure,verschlusselung,verschlusselt,sicherheit,"
        "chiffrement,chiffre,securite,securise,cifrado,seguridad,seguro,criptografia,seguranca,crittografia,"
        "sicurezza,versleuteling,beveiliging,beveiligd",
        "type": "type,typ,art,tipo,soort,protocol,protokoll,protocole,protocolo,protocollo",
        "last": "last,latest,letzte,letzter,letztes,zuletzt,dernier,derniere,ultimo,ultima,laatste,laatst",
        "message": "message,messages,msg,nachricht,nachrichten,mensaje,mensajes,mensagem,mensagens,messaggio,messaggi,"
        "bericht,berichten",
        "error": "error,errors,failures,fehler,fehleranzahl,fehlerzahl,fehlerzahler,erreur,erreurs,errores,erro,erros,"
        "errore,errori,fout,fouten,echecs,fallos,falhas,nombre d erreurs,nombre de erreurs,nombre erreurs",
        "count": "count,counter,nb,total,number of,anzahl,zahl,zahler,compteur,contador,recuento,"
        "cantidad,contagem,conteggio,contatore,aantal,quantidade,numero di,numero de",
        "active": "active,enabled,enable,is active,status,state,aktiv,aktiviert,freigeschaltet,freigegeben,actif,"
        "active,etat,activo,activa,estado,"
        "habilitado,ativo,ativa,attivo,attiva,stato,abilitato,actief,ingeschakeld",
        "notify": "notification,notifications,notify,alert,alerts,benachrichtigung,benachrichtigungen,benachrichtigen,"
        "hinweis,notifier,alerte,alertes,notificacion,notificaciones,notificar,aviso,avisos,notificacao,"
        "notificacoes,notifica,notifiche,avviso,avvisi,melding,meldingen,notificatie,notificaties",
        "new": (
            "new,neu,neue,neuen,neuer,nouveau,nouveaux,nouvelle,nuevo,nuevos,novo,novas,nova,nuovo,nuovi,nieuw,nieuwe"
        ),
        "reply": "reply,reply to,replyto,antwort,antworten,antwortadresse,antwort an,antworten an,repondre,repondre a,"
        "reponse,responder,responder a,respuesta,resposta,rispondi,rispondi a,risposta,antwoord,antwoordadres,"
        "antwoorden aan,beantwoorden",
        "delete": "delete,deletion,retention,keep,loschen,loschung,losch,aufbewahrung,supprimer,suppression,"
        "conservation,"
        "retencion,eliminar,eliminacion,borrar,borrado,excluir,exclusao,apagar,retencao,eliminare,eliminazione,"
        "cancellazione,conservazione,verwijderen,verwijdering,bewaren,leave on server,keep on server",
        "check": "check,checked,sync,synced,synchronised,synchronized,poll,polled,fetch,fetched,abruf,abgerufen,"
        "prufung,gepruft,abgleich,synchronisation,verification,verifie,releve,relevee,comprobacion,comprobado,"
        "revision,sincronizacion,verificacao,sincronizacao,verifica,controllo,sincronizzazione,controle,"
        "gecontroleerd,synchronisatie",
        "time": (
            "time,date,datetime,timestamp,datum,zeit,zeitpunkt,uhrzeit,heure,fecha,hora,data,ora,tijd,tijdstip,on,at"
        ),
        "token": "token,access token,jeton,zugriffstoken",
        "google": "google,gmail",
        "office": "office365,office,office 365,o365,microsoft,microsoft365,m365",
        "secret": ("password,passwort,kennwort,mot de passe,contrasena,senha,palavra passe,wachtwoord,secret,pass"),
    }
)

_FILLERS = ("de", "du", "des", "der", "die", "das", "la", "le", "les", "el", "los", "of", "the", "di", "del", "van",
            "da", "do", "dos", "d", "l", "a", "bei", "for", "fur", "pour", "para", "per", "voor", "is", "settings",
            "e", "is", "sur", "per", "zum", "zur", "an", "et", "and", "und", "y", "with", "use", "access")  # fmt: skip

VOCABULARY = Vocabulary(
    ideas={**dict.fromkeys(_FILLERS, ""), **_IDEAS},
    wordings={
        "BusinessId": (wording("business", "id account"),),
        "DisplayName": (
            wording("name", "display"),
            wording("display", share=0.8),
            wording("title", share=0.7),
            wording("name email", "display account", share=0.9),
            wording("name account", share=0.9),
            wording("name user display"),
        ),
        "EmailAddress": (wording("email", "address"), wording("address", share=0.7)),
        "IncomingServer": (wording("in server", "email"), wording("in", "email", share=0.6)),
        "IncomingServerPort": (wording("in port", "server email"), wording("port", "server email", share=0.5)),
        "IncomingServerUsername": (
            wording("in user", "server name email account"),
            wording("in account", "name"),
            wording("user", "name", share=0.6),
        ),
        "OutgoingServer": (wording("out server", "email"), wording("out", "email", share=0.6)),
        "OutgoingServerPort": (wording("out port", "server email"),),
        "OutgoingServerUsername": (
            wording("out user", "server name email account"),
            wording("out account", "name"),
        ),
        "LastMessageId": (wording("last message", "id email"), wording("message id"), wording("last id")),
        "ErrorCount": (wording("error", "count id"), wording("error name", "", 0.7)),
        "Active": (wording("active", "account email"),),
        "SendNotificationOnNewMessages": (wording("notify", "out new message time email"),),
        "NotificationEmailAddress": (wording("notify email", "address"), wording("notify address", "email")),
        "IncomingServerType": (wording("type in", "server email"), wording("type", "server email account", share=0.9)),
        "IncomingServerSSL": (wording("in ssl", "server email"),),
        "DeleteMessageSettings": (wording("delete", "message server email policy"),),
        "OutgoingServerSSL": (wording("out ssl", "server email"),),
        "ReplyToEmail": (wording("reply", "email address"),),
        "LastCheckTime": (wording("last check", "time email"), wording("check time"), wording("last time", share=0.8)),
        "GoogleAccessToken": (wording("google token"),),
        "Office365AccessToken": (wording("office token"),),
    },
    values={
        "IncomingServerType": turned(
            {"Imap": "imap4,imaps,imap4rev1,imap/ssl,imap ssl,imap (ssl),imap4 ssl,imap/tls,imap+ssl,imap (tls)"}
        ),
        "DeleteMessageSettings": turned(
            {
                "DontDelete": "keep,keep on server,leave,leave on server,leave a copy,never,never delete,don't delete,"
                "do not delete,behalten,aufbewahren,nie,nie löschen,nicht löschen,conserver,garder,jamais,"
                "ne pas supprimer,conservar,mantener,nunca,no borrar,no eliminar,manter,não excluir,não apagar,"
                "conserva,mantieni,mai,non eliminare,behouden,bewaren,nooit,niet verwijderen",
                "DeleteOnReceive": "delete,delete on receive,delete after download,after download,always,immediately,"
                "löschen,sofort,sofort löschen,nach abruf löschen,supprimer,supprimer à la réception,après réception,"
                "immédiatement,eliminar,borrar,eliminar al recibir,excluir,apagar,excluir ao receber,elimina,"
                "elimina alla ricezione,verwijderen,verwijderen bij ontvangst",
                "DeleteWhenDeleting": "when deleted,delete when deleted,on delete,with deletion,beim löschen,"
                "wenn gelöscht,à la suppression,lors de la suppression,al eliminar,al borrar,ao excluir,"
                "all'eliminazione,bij verwijderen",
            }
        ),
    },
    pairs={
        "IncomingServer": "OutgoingServer",
        "IncomingServerPort": "OutgoingServerPort",
        "IncomingServerUsername": "OutgoingServerUsername",
    },
    hints={
        "in": ("imap", "pop", "in.", "inbound", "993", "143", "995", "110"),
        "out": ("smtp", "out.", "outbound", "relay", "mailout", "587", "465", "25", "2525"),
    },
)
"""See `Vocabulary`; a filler has no idea behind it."""
