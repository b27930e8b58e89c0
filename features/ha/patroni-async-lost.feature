# language: fr
@ha @patroni @perte
Fonctionnalité: La base primaire est perdue, la réplication est asynchrone
  Sans retard, la réplication asynchrone ne risque que les toutes dernières commandes :
  celles qui étaient acquittées et pas encore parties pour Lyon.

  Contexte:
    Étant donné la plateforme "patroni" dans sa variante "async"
    Et que le site nominal "Paris" est actif et que le site de secours "Lyon" est en veille
    Et que la version "1.4.0" est en production sur les deux sites

  Scénario: La machine de la base de Paris est perdue
    Quand on perd la machine qui porte la base primaire
    Alors la fonction "Commandes" est rétablie en moins de 45 secondes
    Et la perte de données constatée ne dépasse pas 1 seconde
    Et aucune opération n’est passée en double
    Et un seul site est actif à tout instant
