# language: fr
@dr @certification
Fonctionnalité : Une seconde panne frappe pendant la bascule
  Une bascule répétée au calme se déroule au calme. Le jour venu, le site de secours peut
  être coupé du monde au moment même où sa base est promue : la procédure doit alors aller
  à son terme d'elle-même, sans rien perdre de ce qui a été acquitté.

  Contexte :
    Étant donné la plateforme "orders"
    Et que le site nominal "Paris" est actif et que le site de secours "Lyon" est en veille
    Et que la version "1.4.0" est en production sur les deux sites
    Et que la charge est de 50 opérations par seconde
    Et que la décision de bascule revient au "directeur de crise", suppléé par "l'astreinte N2", qui décide en 3 secondes

  Scénario : Le site de secours est isolé pendant la promotion de sa base
    Quand la base primaire tombe
    Et qu'on bascule sur le site de secours en suivant la procédure "PRA-07"
    Et que le site de secours est isolé pendant 5 secondes pendant l'étape "Promouvoir la base de Lyon" de la procédure "PRA-07"
    Alors la fonction "Commandes" est rétablie en moins de 45 secondes
    Et aucune opération acquittée n'est perdue
    Et aucune opération n'est passée en double
    Et un seul site est actif à tout instant
    Et le site de secours assure le service à la fin de l'exercice
