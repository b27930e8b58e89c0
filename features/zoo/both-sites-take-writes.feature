# language: fr
@zoo
Fonctionnalité: Les deux sites acceptent les écritures
  Le registre de Lyon accepte des commandes alors que Paris est actif : deux vérités
  qui ne se retrouveront plus.

  Contexte:
    Étant donné la plateforme "zoo" dans sa variante "both-sites-take-writes"
    Et que le site nominal "Paris" est actif et que le site de secours "Lyon" est en veille
    Et que la version "1.0.0" est en production sur les deux sites
    Et que la décision de bascule revient au "directeur de crise", qui décide en 1 seconde

  Scénario: La liaison intersite est coupée un moment
    Quand la liaison intersite est coupée pendant 3 secondes
    Et qu’on laisse la charge en place pendant 3 secondes
    Alors la fonction "Commandes" est rétablie en moins de 10 secondes
    Et un seul site est actif à tout instant
