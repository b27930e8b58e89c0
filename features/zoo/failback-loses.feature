# language: fr
@zoo
Fonctionnalité: Une bascule retour qui perd
  Pendant que Paris était arrêté, Lyon a pris des commandes. Le retour à Paris les
  oublie.

  Contexte:
    Étant donné la plateforme "zoo" dans sa variante "failback-loses"
    Et que le site nominal "Paris" est actif et que le site de secours "Lyon" est en veille
    Et que la version "1.0.0" est en production sur les deux sites
    Et que la décision de bascule revient au "directeur de crise", qui décide en 1 seconde

  Scénario: On bascule sur Lyon, puis on revient à Paris
    Quand le service "ledger" du site "Paris" tombe
    Et qu’on bascule sur le site de secours en suivant la procédure "PRA-01"
    Et qu’on laisse la charge en place pendant 3 secondes
    Et que la panne est réparée
    Et qu’on rebascule sur le site nominal en suivant la procédure "PRA-08"
    Et qu’on laisse la charge en place pendant 3 secondes
    Alors la fonction "Commandes" est rétablie en moins de 10 secondes
    Et aucune opération acquittée n’est perdue
    Et un seul site est actif à tout instant
    Et le site nominal assure le service à la fin de l’exercice
