# language: fr
@ha @patroni @perte
Fonctionnalité: La base primaire est perdue alors que sa réplique a pris du retard
  En réplication asynchrone, Patroni promeut une réplique en retard tant que ce retard
  tient dans maximum_lag_on_failover. Ce qui n’était pas répliqué est perdu, et sa
  documentation le dit ; l’exercice mesure combien.

  Contexte:
    Étant donné la plateforme "patroni" dans sa variante "async"
    Et que le site nominal "Paris" est actif et que le site de secours "Lyon" est en veille
    Et que la version "1.4.0" est en production sur les deux sites

  Scénario: La réplication est coupée, puis la machine de la base de Paris est perdue
    Quand la liaison entre "db" du site "Lyon" et "db" du site "Paris" est coupée
    Et qu’on laisse la charge en place pendant 3 secondes
    Et qu’on perd la machine qui porte la base primaire
    Alors la fonction "Commandes" est rétablie en moins de 45 secondes
    Et la perte de données constatée ne dépasse pas 10 secondes
    Et aucune opération n’est passée en double
    Et un seul site est actif à tout instant
