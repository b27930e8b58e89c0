# language: fr
@pra @perte
Fonctionnalité: Le site nominal est perdu alors que la réplication asynchrone a pris du retard
  En réplication asynchrone, Paris acquitte une commande sans attendre Lyon. Si la
  liaison tombe, Lyon prend du retard ; si Paris tombe à son tour, ce retard est perdu.
  La direction commerciale l’accepte jusqu’à dix secondes ; l’exercice mesure la perte
  et la nomme.

  Contexte:
    Étant donné la plateforme "orders" dans sa variante "async"
    Et que le site nominal "Paris" est actif et que le site de secours "Lyon" est en veille
    Et que les fonctions critiques sont les suivantes :
      | fonction  | délai de rétablissement | PDMA        | DMIA       |
      | Commandes | 30 secondes             | 10 secondes | 10 minutes |
    Et que la version "1.4.0" est en production sur les deux sites
    Et que la charge est de 100 opérations par seconde
    Et que la décision de bascule revient au "directeur de crise", suppléé par "l’astreinte N2", qui décide en 3 secondes

  Scénario: Le site nominal est perdu, la perte reste dans ce que la direction accepte
    Quand le déploiement de la version "1.5.0" démarre
    Et que la liaison intersite est coupée pendant la migration du schéma
    Et qu’on laisse la charge en place pendant 3 secondes
    Et qu’on perd le site nominal
    Et qu’on bascule sur le site de secours en suivant la procédure "PRA-07"
    Et qu’on laisse la charge en place pendant 5 secondes
    Alors la fonction "Commandes" est rétablie en moins de 30 secondes
    Et la perte de données constatée ne dépasse pas 10 secondes
    Et aucune opération n’est passée en double
    Et un seul site est actif à tout instant
    Et le site de secours assure le service à la fin de l’exercice
    Et la version "1.4.0" est en production sur le site de secours
