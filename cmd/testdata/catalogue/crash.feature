# language: fr
Fonctionnalité : La plateforme légère des pannes

  Scénario : La base primaire tombe et on bascule
    Étant donné la plateforme "catalogue"
    Et que le site nominal "Paris" est actif et que le site de secours "Lyon" est en veille
    Et que la version "1.0.0" est en production sur les deux sites
    Et que la charge est de 50 opérations par seconde
    Quand la base primaire tombe
    Et qu'on bascule sur le site de secours en suivant la procédure "PRA-01"
    Alors la fonction "Paiements" est rétablie en moins de 20 secondes
    Et aucune opération acquittée n'est perdue
    Et un seul site est actif à tout instant
