# language: fr
@ha @patroni @defaut-connu
Fonctionnalité: La base primaire se fige, et reprend un verrou qui n’est plus le sien
  Un défaut connu de Patroni 3.0.2, celui de Debian 12 : par l’interface v3 d’etcd, une
  base primaire qui se réveille réécrit le verrou sans regarder qui le tient. La base de
  Lyon, qui avait pris le relais, se range, et tout ce qu’elle avait acquitté est perdu,
  malgré la réplication synchrone. Corrigé depuis (demande d’intégration
  2689) ; ce scénario est attendu en échec tant que cette version est en place.

  Contexte:
    Étant donné la plateforme "patroni" dans sa variante "etcd3"
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
