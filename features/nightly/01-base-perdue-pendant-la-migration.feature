# language: fr
@pra @base
Fonctionnalité: La base primaire tombe pendant la migration du schéma
  Une mise en production change le schéma de la base. C’est le moment où elle est
  la plus fragile : une partie des lignes est déjà convertie, l’autre ne l’est pas.
  Le site de secours doit reprendre avec la version d’avant, sans perdre une commande.

  Contexte:
    Étant donné la plateforme "orders"
    Et que le site nominal "Paris" est actif et que le site de secours "Lyon" est en veille
    Et que les fonctions critiques sont les suivantes :
      | fonction  | délai de rétablissement | point de rétablissement | DMIA       |
      | Commandes | 30 secondes             | aucune perte            | 10 minutes |
    Et que la version "1.4.0" est en production sur les deux sites
    Et que la charge est de 100 opérations par seconde
    Et que la décision de bascule revient au "directeur de crise", suppléé par "l’astreinte N2", qui décide en 3 secondes

  Scénario: La base primaire tombe pendant la migration du schéma, le site de secours reprend
    Quand le déploiement de la version "1.5.0" démarre
    Et que la base primaire tombe pendant la migration du schéma
    Et qu’on bascule sur le site de secours en suivant la procédure "PRA-07"
    Et qu’on laisse la charge en place pendant 5 secondes
    Alors la fonction "Commandes" est rétablie en moins de 30 secondes
    Et la fonction "Commandes" est rétablie en moins de 20 secondes après la décision
    Et aucune opération acquittée n’est perdue
    Et aucune opération n’est passée en double
    Et un seul site est actif à tout instant
    Et le site de secours assure le service à la fin de l’exercice
    Et la version "1.4.0" est en production sur le site de secours
