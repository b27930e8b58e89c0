# language: fr
@ha @patroni
Fonctionnalité: La base primaire se fige, puis reprend ses esprits
  La base de Paris ne répond plus, mais ses connexions restent ouvertes : pour Patroni,
  un verrou qui expire. Lyon prend le relais. Quand la base de Paris se réveille, elle
  se croit encore primaire ; elle doit se ranger sans qu’une commande acquittée s’y perde.

  Contexte:
    Étant donné la plateforme "patroni"
    Et que le site nominal "Paris" est actif et que le site de secours "Lyon" est en veille
    Et que la version "1.4.0" est en production sur les deux sites

  Scénario: La base de Paris se fige pendant trente-cinq secondes
    Quand la base primaire se fige
    Et qu’on laisse la charge en place pendant 35 secondes
    Et que la panne est réparée
    Et qu’on laisse la charge en place pendant 10 secondes
    Alors la fonction "Commandes" est rétablie en moins de 45 secondes
    Et aucune opération acquittée n’est perdue
    Et aucune opération n’est passée en double
