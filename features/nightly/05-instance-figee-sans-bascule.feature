# language: fr
@pra @instance
Fonctionnalité: Une instance se fige pendant le déploiement
  Une instance ne répond plus, mais ses connexions restent ouvertes. Le répartiteur
  de charge doit l’écarter de lui-même, et le déploiement aller à son terme : personne
  ne doit avoir à basculer.

  Contexte:
    Étant donné la plateforme "orders"
    Et que le site nominal "Paris" est actif et que le site de secours "Lyon" est en veille
    Et que la version "1.4.0" est en production sur les deux sites
    Et que la charge est de 50 opérations par seconde

  Scénario: Une instance se fige, le service tient sans elle
    Quand le déploiement de la version "1.5.0" démarre
    Et que l’instance 2 du service "orders" du site "Paris" se fige pendant la migration du schéma
    Et que la panne est réparée avant le remplacement des instances
    Et que le déploiement se termine
    Et qu’on laisse la charge en place pendant 10 secondes
    Alors la fonction "Commandes" n’est jamais interrompue plus de 5 secondes
    Et la disponibilité de "Commandes" reste d’au moins 90 % pendant l’exercice
    Et le déploiement de la version "1.5.0" va à son terme
    Et la version "1.5.0" est en production sur le site nominal
    Et personne n’a besoin de basculer
    Et aucune opération acquittée n’est perdue
    Et aucune opération n’est passée en double
