# language: fr
@zoo
Fonctionnalité: Une migration sans retour
  La version déplaît : on revient à la précédente. La migration ne sait pas revenir.

  Contexte:
    Étant donné la plateforme "zoo" dans sa variante "migration-no-way-back"
    Et que le site nominal "Paris" est actif et que le site de secours "Lyon" est en veille
    Et que la version "1.0.0" est en production sur les deux sites
    Et que la décision de bascule revient au "directeur de crise", qui décide en 1 seconde

  Scénario: On revient à la version précédente
    Quand le déploiement de la version "1.1.0" démarre
    Et que le déploiement se termine
    Et qu’on revient en arrière vers la version "1.0.0"
    Et qu’on laisse la charge en place pendant 3 secondes
    Alors la version "1.0.0" est en production sur le site nominal
    Et aucune opération acquittée n’est perdue
