package steps

import (
	"bascule/harness/plan"
)

// givenPhrases set the scene: the platform, what is live on it, its targets,
// its load, and who decides.
func givenPhrases() []phrase {
	return []phrase{
		{
			id: "platform", kind: Given, do: platform,
			fr: wording{
				pattern:  `la plateforme [de test] {stage} [dans sa variante {variant}]`,
				examples: []string{`la plateforme "orders"`, `la plateforme "orders" dans sa variante "async"`},
				explain:  "La plateforme sur laquelle l’exercice se joue : un dossier sous scenarios/. Toujours en premier.",
			},
			en: wording{
				pattern:  `the [test] platform {stage} [in its {variant} variant]`,
				examples: []string{`the platform "orders"`, `the platform "orders" in its "async" variant`},
				explain:  "The platform that the exercise runs on: a folder under scenarios/. Always first.",
			},
		},
		{
			id: "sites", kind: Given, do: sites,
			fr: wording{
				pattern:  `le site nominal {primary} est actif et [que] le site de secours {standby} est en veille`,
				examples: []string{`le site nominal "Paris" est actif et que le site de secours "Lyon" est en veille`},
				explain:  "Rappelle le rôle de chaque site ; vérifié sur la plateforme.",
			},
			en: wording{
				pattern:  `[the ]primary site {primary} is active and [the] recovery site {standby} is on standby`,
				examples: []string{`primary site "Paris" is active and recovery site "Lyon" is on standby`},
				explain:  "Recalls the role of each site; checked against the platform.",
			},
		},
		{
			id: "functions", kind: Given, do: functionsTable, table: true,
			fr: wording{
				pattern:  `les fonctions critiques sont les suivantes[:]`,
				examples: []string{`les fonctions critiques sont les suivantes :`},
				table:    "  | fonction  | délai de rétablissement | point de rétablissement | DMIA       |\n  | Commandes | 30 secondes             | 0 s                     | 10 minutes |",
				explain:  "Les objectifs de l’exercice, à la place de ceux de la plateforme. Une case vide garde l’objectif de la plateforme. PDMA se dit aussi pour le point de rétablissement.",
			},
			en: wording{
				pattern:  `the critical functions are[ the following][:]`,
				examples: []string{`the critical functions are:`},
				table:    "  | function | RTO        | RPO | MTPD       |\n  | Orders   | 30 seconds | 0 s | 10 minutes |",
				explain:  "The targets of the exercise, in place of the platform's. An empty cell keeps the platform's target.",
			},
		},
		{
			id: "live", kind: Given, do: live,
			fr: wording{
				pattern:  `la version {release} est en production [sur les deux sites]`,
				examples: []string{`la version "1.4.0" est en production sur les deux sites`},
				explain:  "La version en service avant l’exercice.",
			},
			en: wording{
				pattern:  `release {release} is live [on both sites]`,
				examples: []string{`release "1.4.0" is live on both sites`},
				explain:  "The release in service before the exercise.",
			},
		},
		{
			id: "load", kind: Given, do: load,
			fr: wording{
				pattern:  `la charge est de {rate:number} (opération|requête|commande)[s] par seconde`,
				examples: []string{`la charge est de 100 opérations par seconde`},
				explain:  "La charge, constante, pendant tout l’exercice.",
			},
			en: wording{
				pattern:  `the load is {rate:number} (operation|request|order)[s] (per|a) second`,
				examples: []string{`the load is 100 operations per second`},
				explain:  "The load, constant, during the whole exercise.",
			},
		},
		{
			id: "stop-authority", kind: Given, do: stopAuthority,
			fr: wording{
				pattern:  `la décision d'arrêt [du déploiement] (revient|appartient) (au |à la |à l'|à ){who}[, suppléé[e] par (le |la |l'|){deputy}][, qui (décide|tranche|se décide) en {delay:duration}]`,
				examples: []string{`la décision d'arrêt revient au "responsable de mise en production", suppléé par "l'astreinte N2"`, `la décision d'arrêt revient au "responsable de mise en production", qui décide en 5 secondes`},
				explain:  "Qui peut arrêter le déploiement, qui le supplée, et le temps qu’il met à décider (simulé).",
			},
			en: wording{
				pattern:  `the stop decision belongs to [the] {who}[, deputy {deputy}][, who decides (in|within) {delay:duration}]`,
				examples: []string{`the stop decision belongs to the "release manager", deputy "N2 on-call"`, `the stop decision belongs to the "release manager", who decides in 5 seconds`},
				explain:  "Who may stop the deployment, who stands in, and the time that the (simulated) person takes.",
			},
		},
		{
			id: "failover-authority", kind: Given, do: failoverAuthority,
			fr: wording{
				pattern:  `la décision de (bascule|basculer) (revient|appartient) (au |à la |à l'|à ){who}[, suppléé[e] par (le |la |l'|){deputy}][, qui (décide|tranche|se décide) en {delay:duration}]`,
				examples: []string{`la décision de bascule revient au "directeur de crise", suppléé par "l'astreinte N2"`, `la décision de bascule revient au "directeur de crise", qui décide en 5 secondes`},
				explain:  "Qui ordonne la bascule et la bascule retour, qui le supplée, et le temps qu’il met à décider (simulé).",
			},
			en: wording{
				pattern:  `the failover decision belongs to [the] {who}[, deputy {deputy}][, who decides (in|within) {delay:duration}]`,
				examples: []string{`the failover decision belongs to the "crisis director", deputy "N2 on-call"`, `the failover decision belongs to the "crisis director", who decides in 5 seconds`},
				explain:  "Who orders failover and failback, who stands in, and the time that the (simulated) person takes.",
			},
		},
		{
			id: "stability", kind: Given, do: stability,
			fr: wording{
				pattern:  `la fenêtre de stabilité est de {window:duration}`,
				examples: []string{`la fenêtre de stabilité est de 3 secondes`},
				explain:  "Le temps que doivent durer les succès pour que le service compte comme rétabli.",
			},
			en: wording{
				pattern:  `the stability window is {window:duration}`,
				examples: []string{`the stability window is 3 seconds`},
				explain:  "How long successes must last before the service counts as restored.",
			},
		},
	}
}

func platform(b *builder, v values) {
	if b.stage != nil || b.lost || !b.once("platform") {
		if b.stage != nil {
			b.errorAt("", "une plateforme est déjà nommée", "a platform is already named")
		}
		return
	}
	name := v["stage"]
	if v["variant"] != "" {
		name += "/" + v["variant"]
	}
	s, failure := b.load(name)
	if failure != nil {
		b.lost = true
		failure.tell(b, v)
		return
	}
	b.adopt(s)
}

func sites(b *builder, v values) {
	if !b.ready() || !b.once("sites") {
		return
	}
	for role, name := range map[string]string{"primary": v["primary"], "standby": v["standby"]} {
		if s, ok := b.siteNamed(name); ok && s.Role != role {
			b.errorAt(name, "le site « %s » est le site %s de la plateforme, pas le site %s", "site %q is the %s site of the platform, not the %s one",
				s.Title, b.lang.role(s.Role), b.lang.role(role))
		}
	}
}

func live(b *builder, v values) {
	if !b.ready() || !b.once("live") {
		return
	}
	if r, ok := b.release(v["release"]); ok {
		b.sc.Live = r.Version
	}
}

func load(b *builder, v values) {
	if !b.ready() || !b.once("load") {
		return
	}
	rate, err := parseNumber(v["rate"], b.lang)
	switch {
	case err != nil:
		b.errorAt(v["rate"], "%s", "%s", err.Error())
	case rate <= 0 || rate > 100000:
		b.errorAt(v["rate"], "la charge doit être de 1 à 100 000 opérations par seconde", "the load must be 1 to 100,000 operations a second")
	default:
		b.sc.Rate = rate
		for i := range b.sc.Functions {
			if b.sc.Functions[i].Rate > 0 {
				b.sc.Functions[i].Rate = rate
			}
		}
	}
}

func stopAuthority(b *builder, v values) {
	if b.ready() && b.once("stop") {
		b.authority(&b.sc.Stop, v)
	}
}

func failoverAuthority(b *builder, v values) {
	if b.ready() && b.once("failover") {
		b.authority(&b.sc.Failover, v)
	}
}

func stability(b *builder, v values) {
	if !b.ready() || !b.once("stability") {
		return
	}
	if d, ok := b.positive(v["window"]); ok {
		b.sc.Stability = plan.Duration(d)
	}
}
