# language: fr
@zoo
Fonctionnalité: Un service qui ne rétablit jamais ses connexions
  Le registre tombe et revient aussitôt ; la façade, elle, garde sa connexion rompue.

  Contexte:
    Étant donné la plateforme "zoo" dans sa variante "never-reconnects"
    Et que le site nominal "Paris" est actif et que le site de secours "Lyon" est en veille
    Et que la version "1.0.0" est en production sur les deux sites
    Et que la décision de bascule revient au "directeur de crise", qui décide en 1 seconde

  Scénario: Le registre de Paris tombe et redémarre
    Quand le service "ledger" du site "Paris" tombe pendant 2 secondes
    Et qu’on laisse la charge en place pendant 3 secondes
    Alors la fonction "Commandes" est rétablie en moins de 10 secondes
    Et aucune opération acquittée n’est perdue
