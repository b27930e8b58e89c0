package reports

// french are the words of a French report. Ordinary spaces here: typeset sets
// the no-break ones.
func french() words {
	return words{
		Pass: "Conforme", Fail: "Non conforme", Inconclusive: "Non concluant",
		PassLine:         "Toutes les attentes sont tenues, et chaque mesure est valable.",
		FailLine:         "Au moins une attente n’est pas tenue. La version ne résiste pas à ce sinistre.",
		InconclusiveLine: "Au moins un scénario ne démontre rien : ce qu’il devait mesurer n’a pas pu l’être.",
		PassReason:       "Toutes les attentes sont tenues.",
		OnePass:          "conforme", ManyPass: "conformes", OneFail: "non conforme", ManyFail: "non conformes",
		OneInc: "non concluant", ManyInc: "non concluants", OneScenario: "scénario", ManyScenarios: "scénarios",
		NoneYet: "Aucun scénario à présenter.",
		CheckOK: "remplie", CheckBad: "non remplie", Serious: "grave", Minor: "mineur", Info: "à savoir",
		StepDone: "faite", StepFailed: "échec", StepSkipped: "non jouée", StepOpen: "inachevée",
		NotMeasured: "non mesuré", Unknown: "inconnu", None: "aucun", NotApply: "—",

		Title: "Compte rendu d’exercice de bascule", Product: "Bascule", Overview: "Vue d’ensemble", Run: "Exercice",
		Started: "Début", Lasted: "Durée", Seed: "Graine", Command: "Commande", Engine: "Moteur de conteneurs", Version: "Version de Bascule",
		BackToOverview: "Vue d’ensemble", Scenario: "Scénario", Verdict: "Verdict", Course: "Déroulé",
		Footer: "Les verdicts et les mesures sont calculés à partir de l’historique de l’exercice, qui permet de les recalculer hors ligne.",

		Reasons: "Pourquoi ce verdict", KeyFigures: "Chiffres clés", Expectations: "Attentes", Findings: "Constats",
		Timeline: "Chronologie", Zoom: "La panne de près", RecoverySection: "La reprise, décomposée", Topology: "Sites, services et liaisons",
		Decisions: "Décisions", Procedure: "Procédure", LedgerSection: "Devenir des opérations", PhasesSection: "Disponibilité et temps de réponse par phase",
		Preconditions: "Conditions de validité de la mesure", Source: "Le scénario tel qu’il est écrit", Environment: "Environnement et reproductibilité",
		NotRunSection: "Ce qui n’a pas été appliqué", LimitsSection: "Limites de représentativité",
		StubLimit: "Le prestataire « %s » était remplacé par un bouchon : l’exercice ne dit rien de sa propre continuité.",

		RecoveryTime: "Reprise constatée", Goal: "objectif", LossFigure: "Perte de données constatée", Tolerated: "tolérée", Availability: "Disponibilité",
		Interruptions: "Interruptions", OwnedBy: "responsable", MTPD: "DMIA", NotRecovered: "non rétabli", NotInterrupted: "sans interruption",
		NoFault: "aucune panne injectée", OverLoad: "sur toute la durée de la charge",
		NoInterruption: "aucune", OneOp: "opération", ManyOps: "opérations", OneFailedOp: "opération en échec", ManyFailedOps: "opérations en échec",
		NoGoal: "sans objectif", LossUnknown: "non mesurée", Longest: "la plus longue", NothingLost: "aucune opération acquittée n’est perdue",
		AcrossFaults: "la plus longue des reprises mesurées", FromFault: "depuis la panne", LossSpan: "sur une période de",

		Sentence: "Attente", Measured: "Mesuré", What: "Quoi", Planned: "Borne prévue", Actual: "Durée constatée",
		Deadline: "Délai accordé", Delay: "Délai constaté", Outcome: "Issue", Step: "Étape", Owner: "Responsable", Deputy: "Suppléant",
		DecidedBy: "Décidé par", Simulated: "décideur simulé", Missed: "personne n’a décidé à temps", Requested: "Demandée à", Part: "Partie", Share: "Part",
		At: "Instant", Phase: "Phase", Rate: "Débit", Intended: "Opérations prévues", Acked: "Acquittées", Rejected: "Refusées", UnknownOps: "Sans réponse",
		Writes: "Écritures", Reads: "Lectures", OneWrite: "écriture", OneRead: "lecture", P50: "Médiane", P95: "95 %", P99: "99 %", Max: "Maximum",
		Lost: "Perdues", Duplicated: "Passées en double", Resurrected: "Refusées, pourtant présentes", UnknownPresent: "Sans réponse, présentes",
		UnknownAbsent: "Sans réponse, absentes", Examples: "Exemples d’opérations perdues", Sources: "Relu auprès de",
		Disagree:  "Le service et la base ne disent pas la même chose.",
		Condition: "Condition", Detail: "Détail", Window: "Période", Operations: "Opérations", Count: "Nombre",
		LostByPhase: "Pertes par phase", AckedMeans: "le service a confirmé", RejectedMeans: "le service a dit non, ou rien n’a été envoyé",
		UnknownMeans: "pas de réponse claire : faite ou non, le client ne le sait pas", LostMeans: "écriture acquittée, absente après le rétablissement",
		DuplicatedMeans: "écriture présente plus d’une fois", ResurrectedMeans: "écriture refusée que l’on retrouve",
		UnknownPresentMeans: "écriture sans réponse que l’on retrouve", UnknownAbsentMeans: "écriture sans réponse que l’on ne retrouve pas",
		NoReadback: "Rien n’a été relu après le rétablissement : le devenir des écritures n’est pas connu.",

		Canary: "Trafic canari", CanaryBefore: "avant", CanaryDuring: "pendant", CanaryAfter: "après",
		ToldClient: "Ce que le client a su", FoundAfter: "Ce que l’on retrouve après le rétablissement", FaultWord: "Panne", TargetWord: "Cible",
		Until: "Levée à", Proof: "Effet constaté", Lasts: "Durée", VersionWord: "version", Colon: " : ",

		DecideStop: "Arrêter le déploiement", DecideFailover: "Basculer sur le site de secours", DecideFailback: "Rebasculer sur le site nominal",
		DecideRollback: "Revenir à la version précédente",

		Detect: "Détection", Decide: "Décision", Act: "Action", FirstSuccess: "Premier succès", Stable: "Stabilité",
		DetectMeans: "jusqu’à l’alerte", DecideMeans: "jusqu’à la décision", ActMeans: "jusqu’à la fin de la dernière étape avant le retour du service",
		FirstMeans: "jusqu’à la première opération réussie", StableMeans: "service stable, non compté dans le délai",
		GoalMark: "objectif", RecoveryOf: "Après la panne",
		NotDetected: "la panne n’a pas été détectée", NotDecided: "aucune décision", NeverMeans: "jusqu’à la fin de l’exercice, toujours sans service",

		PhaseBefore: "avant", PhaseDeploying: "déploiement", PhaseFailing: "panne", PhaseRecovered: "rétabli", PhaseAll: "tout l’exercice",

		ChartTitle:     "Chronologie de l’exercice, débit et temps de réponse sur le même axe de temps",
		ChartZoomTitle: "La panne de près, sur un axe de temps agrandi",
		Throughput:     "Débit", Latency: "Temps de réponse", PerSecond: "op/s", TimeAxis: "temps écoulé depuis le début de l’exercice",
		FaultMark: "panne", RestoredMark: "rétabli", LegendActive: "actif", LegendStandby: "en veille", LegendLost: "perdu",
		LegendFenced: "isolé", LegendWritable: "accepte les écritures", LegendOutage: "interruption de service",
		LegendFault: "panne en vigueur", LegendFailed: "échec",
		LegendBiting: "effet de la panne constaté",

		TopologyTitle: "Les deux sites, leurs services et leurs liaisons ; ce que les pannes ont touché est barré d’une croix",
		Primary:       "site nominal", Standby: "site de secours", Clients: "Clients",
		AtStart: "au début", AtEnd: "à la fin", StoreMark: "base de données", EntryMark: "entrée",
		BrokenPart: "touché", ThirdParty: "prestataire", Witness: "témoin", StubMark: "prestataire (bouchon)",

		LossTable:      "Perte de chaque service, puis de chaque liaison",
		LossTableMeans: "Chacun a été retiré à son tour, sous charge, puis remis. « À l’arrêt » : la plupart des opérations ont échoué pendant une demi-seconde au moins. Les durées courent depuis la perte.",
		LostThing:      "Perdu", LostService: "service", LostInstance: "une instance sur plusieurs", LostLink: "liaison", LostFor: "pendant",
		Unaffected: "sans effet", Degraded: "en mode dégradé", Down: "à l’arrêt", BackByItself: "revenue d’elle-même en %s",
		BackRepaired: "revenue en %s, %s après la remise en service", BackNot: "pas revenue en %s", Served: "%s des opérations servies", NoLoad: "sans charge",
		InfraSection: "Infrastructure et son code", InfraCheck: "Contrôle", InfraApply: "Application du code",
		InfraMatches: "conforme", InfraDiffers: "écarts", InfraApplied: "appliqué", InfraDrift: "écart", InfraNotApplied: "jamais appliqué",
		InfraMended: "corrigé", InfraUnverified: "non vérifié", InfraWhere: "Dans le code",

		ScenarioID: "Identifiant du scénario", FileHash: "Empreinte SHA-256 du fichier", StageWord: "Plateforme",
		Stability: "Fenêtre de stabilité", IDPrefix: "Préfixe des opérations",
		Incomplete: "L’historique s’arrête avant la fin de l’exercice.", Reproduce: "Pour rejouer à l’identique", LiveRelease: "En production au départ",
		TargetRelease: "Déployée pendant l’exercice",
	}.typesetAll("fr")
}
