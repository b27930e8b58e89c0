# language: fr
@zoo
Fonctionnalité: Un site de secours qui a besoin du site nominal
  Pour chaque commande, Lyon demande quelque chose à Paris. Cela marche jusqu’au jour
  où Paris n’est plus là, le seul jour où Lyon compte.

  Contexte:
    Étant donné la plateforme "zoo" dans sa variante "standby-needs-primary"
    Et que le site nominal "Paris" est actif et que le site de secours "Lyon" est en veille
    Et que la version "1.0.0" est en production sur les deux sites
    Et que la décision de bascule revient au "directeur de crise", qui décide en 1 seconde

  Scénario: Le site nominal est perdu
    Quand on perd le site nominal
    Et qu’on bascule sur le site de secours en suivant la procédure "PRA-01"
    Et qu’on laisse la charge en place pendant 3 secondes
    Alors la fonction "Commandes" est rétablie en moins de 10 secondes
    Et aucune opération acquittée n’est perdue
