# language: fr
@pra @balayage
Fonctionnalité: La base primaire tombe, à n’importe quelle étape d’une mise en production
  Une mise en production change le schéma de la base, puis remplace les instances une à une.
  Le site de secours doit reprendre sans perdre une commande, quelle que soit l’étape où la
  panne survient.

  Scénario: Quelle que soit l’étape, le site de secours reprend
    Étant donné la plateforme "orders"
    Et que le site nominal "Paris" est actif et que le site de secours "Lyon" est en veille
    Et que la version "1.4.0" est en production sur les deux sites
    Et que la charge est de 50 opérations par seconde
    Et que la décision de bascule revient au "directeur de crise", suppléé par "l’astreinte N2", qui décide en 1 seconde
    Quand le déploiement de la version "1.5.0" démarre
    Et que la base primaire tombe
    Et quelle que soit l’étape du déploiement où survient la panne
    Et qu’on bascule sur le site de secours en suivant la procédure "PRA-07"
    Alors la fonction "Commandes" est rétablie en moins de 30 secondes
    Et aucune opération acquittée n’est perdue
    Et aucune opération n’est passée en double
    Et un seul site est actif à tout instant
    Et le site de secours assure le service à la fin de l’exercice
