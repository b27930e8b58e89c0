# language: fr
@pra @reseau
Fonctionnalité: La liaison intersite est coupée pendant le déploiement
  Les deux sites ne se voient plus, mais Paris va bien. Comme chaque commande attend
  la confirmation de Lyon, la prise de commandes se bloque. On passe en mode dégradé
  sur place : basculer pour si peu serait pire que le mal.

  Contexte:
    Étant donné la plateforme "orders"
    Et que le site nominal "Paris" est actif et que le site de secours "Lyon" est en veille
    Et que les fonctions critiques sont les suivantes :
      | fonction  | délai de rétablissement | PDMA         | DMIA       |
      | Commandes | 30 secondes             | aucune perte | 10 minutes |
    Et que la version "1.4.0" est en production sur les deux sites
    Et que la charge est de 50 opérations par seconde

  Scénario: La liaison intersite est coupée, Paris continue seul en mode dégradé
    Quand le déploiement de la version "1.5.0" démarre
    Et que la liaison intersite est coupée pendant le remplacement des instances
    Et qu’on applique la procédure "PRA-11"
    Et que le déploiement se termine
    Et qu’on laisse la charge en place pendant 5 secondes
    Et que la liaison intersite est rétablie
    Et qu’on applique la procédure "PRA-12"
    Alors la fonction "Commandes" est rétablie en moins de 30 secondes
    Et aucune bascule n’a lieu
    Et aucune opération acquittée n’est perdue
    Et aucune opération n’est passée en double
    Et un seul site est actif à tout instant
    Et le site nominal assure le service à la fin de l’exercice
    Et le déploiement de la version "1.5.0" va à son terme
