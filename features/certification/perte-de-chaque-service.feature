# language: fr
@dr @certification @sondage
Fonctionnalité : La plateforme supporte la perte de chacun de ses services
  Chaque service du site nominal s'arrête, puis chaque liaison est coupée, l'un après
  l'autre et sous charge. Une commande peut être refusée tant qu'il manque quelque chose ;
  mais le service doit revenir de lui-même, et rien de ce qui a été acquitté ne se perd.

  Contexte :
    Étant donné la plateforme "orders"
    Et que le site nominal "Paris" est actif et que le site de secours "Lyon" est en veille
    Et que la version "1.4.0" est en production sur les deux sites
    Et que la charge est de 50 opérations par seconde

  Scénario : Chaque service, puis chaque liaison, du site nominal
    Quand on arrête tour à tour chaque service, puis chaque liaison, du site nominal pendant 3 secondes chacun
    Alors chaque fonction critique supporte la perte de chaque service
    Et chaque fonction critique supporte la perte de chaque liaison
    Et chaque fonction critique revient d'elle-même après chaque panne
    Et aucune opération acquittée n'est perdue
