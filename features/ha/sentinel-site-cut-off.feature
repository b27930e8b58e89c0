# language: fr
@ha @sentinel @perte
Fonctionnalité: Le site du maître est coupé des autres, ses clients l’atteignent encore
  Paris vit, mais ne voit plus ni Lyon ni le témoin. La majorité promeut Lyon, et le
  maître de Paris continue d’acquitter pour ses clients : deux maîtres. À la fin de la
  coupure Paris devient réplique, et tout ce qu’il a acquitté entre-temps est perdu ;
  la documentation de Sentinel le dit. L’exercice mesure combien.

  Contexte:
    Étant donné la plateforme "sentinel"
    Et que le site nominal "Paris" est actif et que le site de secours "Lyon" est en veille
    Et que la version "1.0.0" est en production sur les deux sites

  Scénario: Paris est coupé des autres sites pendant vingt secondes
    Quand le site nominal est coupé des autres sites pendant 20 secondes
    Et qu’on laisse la charge en place pendant 40 secondes
    Alors la perte de données constatée ne dépasse pas 40 secondes
    Et aucune opération n’est passée en double
