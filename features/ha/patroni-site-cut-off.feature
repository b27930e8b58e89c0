# language: fr
@ha @patroni
Fonctionnalité: Le site nominal est coupé des autres, ses clients l’atteignent encore
  Paris vit, mais ne voit plus ni Lyon ni le témoin : sans quorum, sa base doit se
  ranger d’elle-même pendant que Lyon prend le relais. Les commandes de Paris attendent
  la fin de la coupure. La réplication est synchrone : rien d’acquitté ne se perd.

  Contexte:
    Étant donné la plateforme "patroni"
    Et que le site nominal "Paris" est actif et que le site de secours "Lyon" est en veille
    Et que la version "1.4.0" est en production sur les deux sites

  Scénario: Paris est coupé des autres sites pendant trente-cinq secondes
    Quand le site nominal est coupé des autres sites pendant 35 secondes
    Et qu’on laisse la charge en place pendant 45 secondes
    Alors la fonction "Commandes" est rétablie en moins de 50 secondes
    Et aucune opération acquittée n’est perdue
    Et aucune opération n’est passée en double
    Et un seul site est actif à tout instant
