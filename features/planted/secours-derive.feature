# language: fr
@plante
Fonctionnalité: Un site de secours qui a dérivé, découvert par la bascule
  Rien ne se voit tant que Paris sert : à Lyon il manque un service, un réglage et une
  colonne, et les données de référence ont une édition de retard. L’exercice doit nommer
  chacun de ces défauts, et qui en répond.

  Scénario: La version 2.0.1 est en service sur les deux sites, et le site nominal est perdu
    Étant donné la plateforme "pricing-drifted"
    Et que le site nominal "Paris" est actif et que le site de secours "Lyon" est en veille
    Et que la version "1.0.0" est en production sur les deux sites
    Quand le déploiement de la version "2.0.1" démarre sur les deux sites
    Et que le déploiement est terminé
    Et qu’on perd le site nominal
    Et qu’on bascule sur le site de secours en suivant la procédure "PRA-21"
    Et qu’on laisse la charge en place pendant 5 secondes
    Alors la fonction "Commandes" est rétablie en moins de 10 secondes
    Et aucune dépendance ne manque sur le site de secours
    Et aucun écart de configuration n’est relevé entre les deux sites
    Et la configuration de la version "2.0.1" est complète sur les deux sites
