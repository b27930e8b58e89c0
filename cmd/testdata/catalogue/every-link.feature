# language: fr
Fonctionnalité: Chaque panne des liaisons et des noms, l'une après l'autre

  Scénario: Chaque panne de liaison ou de nom agit et se répare
    Étant donné la plateforme "catalogue"
    Et que la version "1.0.0" est en production sur les deux sites
    Et que la charge est de 50 opérations par seconde
    Quand la liaison entre "web" et "vault" est coupée
    Et que la panne est réparée
    Et que la liaison entre "web" et "vault" refuse les connexions
    Et que la panne est réparée
    Et que le prestataire "acquéreur CB" devient lent : 200 ms
    Et que la panne est réparée
    Et que la liaison entre "front" et "web" est limitée à 64 ko/s
    Et que la panne est réparée
    Et que la liaison entre "front" et "web" livre les données par morceaux de 16 octets, toutes les 5 ms
    Et que la panne est réparée
    Et que la liaison entre "web" et "vault" met 2 secondes à fermer ses connexions
    Et que la panne est réparée
    Et que la liaison entre "web" et "db" perd ses connexions
    Et que la panne est réparée
    Et que la liaison entre "front" et "web" interrompt chaque connexion après 1 ko
    Et que la panne est réparée
    Et que la liaison entre "web" et "vault" est intermittente : coupée 500 ms, rétablie 500 ms
    Et que la panne est réparée
    Et que la liaison entre "web" et "db" perd 20 % des paquets
    Et que la panne est réparée
    Et que le prestataire "acquéreur CB" répond des erreurs 503
    Et que la panne est réparée
    Et que le nom "vault" ne se résout plus
    Et que la panne est réparée
    Et que la résolution du nom "vault" échoue
    Et que la panne est réparée
    Et que la résolution du nom "vault" prend 400 ms
    Et que la panne est réparée
    Et que le nom "vault" donne une ancienne adresse
    Et que la panne est réparée
    Et que le nom "vault" donne l'adresse de "front"
    Et que la panne est réparée
    Et qu'on laisse la charge en place pendant 3 secondes
    Alors aucune opération acquittée n'est perdue
    Et un seul site est actif à tout instant
