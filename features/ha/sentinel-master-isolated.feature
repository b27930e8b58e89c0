# language: fr
@ha @sentinel
Fonctionnalité: Le Redis maître est coupé de tous
  Le maître de Paris vit, et plus personne ne l’atteint : ni sa réplique, ni les
  sentinelles, ni le service. Lyon devient maître.

  Contexte:
    Étant donné la plateforme "sentinel"
    Et que le site nominal "Paris" est actif et que le site de secours "Lyon" est en veille
    Et que la version "1.0.0" est en production sur les deux sites

  Scénario: Toutes les liaisons du maître sont coupées
    Quand toutes les liaisons du service "redis-paris" sont coupées
    Alors la fonction "Commandes" est rétablie en moins de 40 secondes
    Et la perte de données constatée ne dépasse pas 2 secondes
    Et aucune opération n’est passée en double
