# language: fr
@zoo
Fonctionnalité: Un mode dégradé trop lent
  Lyon sert, mais chaque commande y prend près d’une demi-seconde.

  Contexte:
    Étant donné la plateforme "zoo" dans sa variante "degraded-too-slow"
    Et que le site nominal "Paris" est actif et que le site de secours "Lyon" est en veille
    Et que la version "1.0.0" est en production sur les deux sites
    Et que la décision de bascule revient au "directeur de crise", qui décide en 1 seconde

  Scénario: Le site nominal est perdu
    Quand on perd le site nominal
    Et qu’on bascule sur le site de secours en suivant la procédure "PRA-01"
    Et qu’on laisse la charge en place pendant 3 secondes
    Alors la fonction "Commandes" est rétablie en moins de 10 secondes
    Et 95 % des réponses arrivent en moins de 300 ms après le rétablissement
