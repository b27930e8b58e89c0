# language: fr
@zoo
Fonctionnalité: Une réplication asynchrone qui se dit synchrone
  Le registre acquitte avant que l’autre site ait la commande. Tant que Paris vit,
  rien ne se voit ; quand le site est perdu, ses dernières commandes le sont aussi.

  Contexte:
    Étant donné la plateforme "zoo" dans sa variante "async-called-sync"
    Et que le site nominal "Paris" est actif et que le site de secours "Lyon" est en veille
    Et que la version "1.0.0" est en production sur les deux sites
    Et que la décision de bascule revient au "directeur de crise", qui décide en 1 seconde

  Scénario: Le site nominal est perdu, aucune commande acquittée ne doit l’être
    Quand on perd le site nominal
    Et qu’on bascule sur le site de secours en suivant la procédure "PRA-01"
    Et qu’on laisse la charge en place pendant 3 secondes
    Alors la fonction "Commandes" est rétablie en moins de 10 secondes
    Et aucune opération acquittée n’est perdue
    Et un seul site est actif à tout instant
