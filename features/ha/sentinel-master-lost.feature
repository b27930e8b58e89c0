# language: fr
@ha @sentinel
Fonctionnalité: La machine du Redis maître est perdue, Sentinel bascule de lui-même
  La machine qui porte le maître disparaît sans un mot. Les sentinelles se concertent,
  Lyon devient maître, le service suit. La réplication est asynchrone : sa documentation
  ne promet pas que les toutes dernières commandes acquittées y soient.

  Contexte:
    Étant donné la plateforme "sentinel"
    Et que le site nominal "Paris" est actif et que le site de secours "Lyon" est en veille
    Et que la version "1.0.0" est en production sur les deux sites

  Scénario: La machine du maître est perdue
    Quand on perd la machine qui porte le service "redis-paris"
    Alors la fonction "Commandes" est rétablie en moins de 40 secondes
    Et la perte de données constatée ne dépasse pas 1 seconde
    Et aucune opération n’est passée en double
    Et un seul site est actif à tout instant
