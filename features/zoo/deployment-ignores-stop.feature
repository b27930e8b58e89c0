# language: fr
@zoo
Fonctionnalité: Un déploiement sourd à la décision d’arrêt
  Le responsable fait arrêter le déploiement. La migration, elle, continue toute seule
  et finit par prendre la table.

  Contexte:
    Étant donné la plateforme "zoo" dans sa variante "deployment-ignores-stop"
    Et que le site nominal "Paris" est actif et que le site de secours "Lyon" est en veille
    Et que la version "1.0.0" est en production sur les deux sites
    Et que la décision d’arrêt revient au "responsable de mise en production", qui décide en 1 seconde

  Scénario: On arrête le déploiement pendant la migration
    Quand le déploiement de la version "1.1.0" démarre
    Et que le "responsable de mise en production" fait arrêter le déploiement pendant la migration du schéma
    Et qu’on laisse la charge en place pendant 8 secondes
    Alors le "responsable de mise en production" prononce l’arrêt du déploiement dans les 10 secondes
    Et la fonction "Commandes" n’est jamais interrompue plus de 3 secondes
    Et la version "1.0.0" est en production sur le site nominal
