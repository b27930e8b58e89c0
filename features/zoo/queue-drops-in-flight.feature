# language: fr
@zoo
Fonctionnalité: Une file d’attente qui perd ce qu’elle porte
  La façade acquitte dès que la commande est dans sa file. Quand elle tombe, la file
  tombe avec elle.

  Contexte:
    Étant donné la plateforme "zoo" dans sa variante "queue-drops-in-flight"
    Et que le site nominal "Paris" est actif et que le site de secours "Lyon" est en veille
    Et que la version "1.0.0" est en production sur les deux sites
    Et que la décision de bascule revient au "directeur de crise", qui décide en 1 seconde

  Scénario: La façade de Paris tombe et redémarre
    Quand l’instance 1 du service "front" du site "Paris" tombe pendant 2 secondes
    Et qu’on laisse la charge en place pendant 3 secondes
    Alors la fonction "Commandes" est rétablie en moins de 10 secondes
    Et aucune opération acquittée n’est perdue
