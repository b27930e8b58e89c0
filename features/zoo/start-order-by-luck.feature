# language: fr
@zoo
Fonctionnalité: Un ordre de démarrage heureux par hasard
  La façade meurt si son registre n’est pas déjà là. En temps normal, Compose les
  démarre dans le bon ordre ; à froid, tout démarre à la fois.

  Contexte:
    Étant donné la plateforme "zoo" dans sa variante "start-order-by-luck"
    Et que le site nominal "Paris" est actif et que le site de secours "Lyon" est en veille
    Et que la version "1.0.0" est en production sur les deux sites
    Et que la décision de bascule revient au "directeur de crise", qui décide en 1 seconde

  Scénario: Le site de secours est démarré à froid
    Quand on perd le site nominal
    Et qu’on bascule sur le site de secours en suivant la procédure "PRA-03"
    Et qu’on laisse la charge en place pendant 3 secondes
    Alors la fonction "Commandes" est rétablie en moins de 20 secondes
    Et aucune opération acquittée n’est perdue
