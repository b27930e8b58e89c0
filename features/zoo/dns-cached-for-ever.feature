# language: fr
@zoo
Fonctionnalité: Une adresse demandée une fois pour toutes
  Le registre passe à Lyon, et son nom avec lui. La façade de Paris a demandé son
  adresse au démarrage, et ne la redemandera jamais.

  Contexte:
    Étant donné la plateforme "zoo" dans sa variante "dns-cached-for-ever"
    Et que le site nominal "Paris" est actif et que le site de secours "Lyon" est en veille
    Et que la version "1.0.0" est en production sur les deux sites
    Et que la décision de bascule revient au "directeur de crise", qui décide en 1 seconde

  Scénario: Le registre de Paris tombe, son nom passe à celui de Lyon
    Quand le service "ledger" du site "Paris" tombe
    Et qu’on applique la procédure "PRA-04"
    Et qu’on laisse la charge en place pendant 8 secondes
    Alors la fonction "Commandes" est rétablie en moins de 10 secondes
    Et aucune opération acquittée n’est perdue
