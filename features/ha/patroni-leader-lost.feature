# language: fr
@ha @patroni
Fonctionnalité: La machine de la base primaire est perdue, Patroni bascule de lui-même
  Le serveur qui porte la base de Paris disparaît sans un mot. Son verrou expire dans
  etcd, la base de Lyon prend le relais, HAProxy y mène les clients. Aucune procédure,
  personne à réveiller ; la réplication est synchrone, rien ne doit se perdre.

  Contexte:
    Étant donné la plateforme "patroni"
    Et que le site nominal "Paris" est actif et que le site de secours "Lyon" est en veille
    Et que la version "1.4.0" est en production sur les deux sites

  Scénario: La machine de la base de Paris est perdue
    Quand on perd la machine qui porte la base primaire
    Alors la fonction "Commandes" est rétablie en moins de 45 secondes
    Et aucune opération acquittée n’est perdue
    Et aucune opération n’est passée en double
    Et un seul site est actif à tout instant
