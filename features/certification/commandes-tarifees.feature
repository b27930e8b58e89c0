# language: fr
@pra @configuration
Fonctionnalité: Les deux sites sont en ligne, et la version corrigée le reste
  La version 2.0.1 est déployée sur les deux sites, puis Paris est perdu. À Lyon rien ne
  manque, rien ne diffère, et chaque réglage que la version demande est là.

  Scénario: La version 2.0.1 est en service, et le site nominal est perdu
    Étant donné la plateforme "pricing"
    Et que le site nominal "Paris" est actif et que le site de secours "Lyon" est en veille
    Et que la version "1.0.0" est en production sur les deux sites
    Quand le déploiement de la version "2.0.1" démarre sur les deux sites
    Et que le déploiement est terminé
    Et qu’on perd le site nominal
    Et qu’on bascule sur le site de secours en suivant la procédure "PRA-21"
    Alors la fonction "Commandes" est rétablie en moins de 30 secondes
    Et aucune opération acquittée n’est perdue
    Et aucune dépendance ne manque sur le site de secours
    Et toutes les dépendances observées sont déclarées
    Et aucun écart de configuration n’est relevé entre les deux sites
    Et la configuration de la version "2.0.1" est complète sur les deux sites
