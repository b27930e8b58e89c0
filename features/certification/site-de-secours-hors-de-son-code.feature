# language: fr
@dr @certification @infrastructure
Fonctionnalité : Le site de secours s'est écarté de son code
  Une intervention de nuit a mis la base de Lyon en lecture seule. Rien ne se voit tant qu'elle
  suit celle de Paris ; le jour de la bascule, plus une commande ne passerait. Le contrôle de
  l'infrastructure relève l'écart, le playbook le corrige, et la bascule réussit.

  Contexte :
    Étant donné la plateforme "orders"
    Et que le site nominal "Paris" est actif et que le site de secours "Lyon" est en veille
    Et que la version "1.4.0" est en production sur les deux sites
    Et que la charge est de 50 opérations par seconde
    Et que la décision de bascule revient au "directeur de crise", suppléé par "l'astreinte N2", qui décide en 1 seconde

  Scénario : L'écart est relevé, corrigé, et la bascule réussit
    Quand on applique la procédure "INC-07"
    Et qu'on contrôle l'infrastructure du site de secours
    Et qu'on applique le playbook "lyon"
    Et qu'on contrôle l'infrastructure du site de secours
    Et qu'on perd le site nominal
    Et qu'on bascule sur le site de secours en suivant la procédure "PRA-07"
    Alors l'infrastructure du site de secours est conforme à son code
    Et la fonction "Commandes" est rétablie en moins de 30 secondes
    Et aucune opération acquittée n'est perdue
    Et un seul site est actif à tout instant
    Et le site de secours assure le service à la fin de l'exercice
