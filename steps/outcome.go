package steps

import "bascule/harness/history"

// stateThenPhrases are what became of the sites, the releases and the decisions.
func stateThenPhrases() []phrase {
	return []phrase{
		{
			id: "one-active-site", kind: Then, do: simple(history.ExpectOneActive),
			fr: wording{
				pattern:  `un seul site est actif à tout instant`,
				examples: []string{`un seul site est actif à tout instant`},
				explain:  "Les deux sites n’acceptent jamais d’écritures en même temps.",
			},
			en: wording{
				pattern:  `only one site is active at any time`,
				examples: []string{`only one site is active at any time`},
				explain:  "The two sites never accept writes at the same time.",
			},
		},
		{
			id: "active-site", kind: Then, do: activeSite,
			fr: wording{
				pattern:  `{site:site} (assure|rend) le service [à la fin de l'exercice]`,
				also:     []string{`le service est rendu par {site:site} [à la fin de l'exercice]`},
				examples: []string{`le site de secours assure le service à la fin de l'exercice`, `le site "Lyon" assure le service`, `le service est rendu par le site de secours`},
				explain:  "Le site qui sert les clients à la fin.",
			},
			en: wording{
				pattern:  `{site:site} (serves clients|is in service) [at the end of the exercise]`,
				also:     []string{`clients are served by {site:site} [at the end of the exercise]`},
				examples: []string{`the recovery site serves clients at the end of the exercise`, `site "Lyon" serves clients`, `clients are served by the recovery site`},
				explain:  "The site that serves clients at the end.",
			},
		},
		{
			id: "live-at-end", kind: Then, do: liveAtEnd,
			fr: wording{
				pattern:  `la version {release} est en production [sur {where:where}] [à la fin de l'exercice]`,
				examples: []string{`la version "1.5.0" est en production à la fin de l'exercice`, `la version "1.4.0" est en production sur le site de secours`},
				explain:  "La version en service à la fin.",
			},
			en: wording{
				pattern:  `release {release} is live [(on|at) {where:where}] [at the end of the exercise]`,
				examples: []string{`release "1.5.0" is live at the end of the exercise`, `release "1.4.0" is live on the recovery site`},
				explain:  "The release in service at the end.",
			},
		},
		{
			id: "deployed", kind: Then, do: deployed,
			fr: wording{
				pattern:  `le déploiement de la version {release} (va à son terme|va jusqu'à son terme|aboutit)`,
				examples: []string{`le déploiement de la version "1.5.0" va à son terme`},
				explain:  "La dernière phase du déploiement est achevée.",
			},
			en: wording{
				pattern:  `[the ]deployment of release {release} (completes|reaches its end|succeeds)`,
				examples: []string{`deployment of release "1.5.0" completes`},
				explain:  "The last phase of the deployment is done.",
			},
		},
		{
			id: "stopped", kind: Then, do: stopped,
			fr: wording{
				pattern:  `[le ][la ][l']{who} prononce l'arrêt du déploiement (dans les|en moins de|sous) {within:duration}`,
				examples: []string{`le "responsable de mise en production" prononce l'arrêt du déploiement dans les 15 minutes`},
				explain:  "Qui a arrêté le déploiement, et en combien de temps depuis la panne.",
			},
			en: wording{
				pattern:  `[the ]{who} orders the deployment stopped (within|in less than) {within:duration}`,
				examples: []string{`the "release manager" orders the deployment stopped within 15 minutes`},
				explain:  "Who stopped the deployment, and how long after the fault.",
			},
		},
		{
			id: "no-failover", kind: Then, do: noFailover,
			fr: wording{
				pattern:  `aucune bascule n'a [eu] lieu`,
				also:     []string{`aucune bascule n'est nécessaire`, `personne n'a [eu] besoin de basculer`},
				examples: []string{`aucune bascule n'a lieu`, `personne n'a besoin de basculer`, `aucune bascule n'est nécessaire`},
				explain:  "Le service a tenu sur le site nominal.",
			},
			en: wording{
				pattern:  `no failover (takes|took) place`,
				also:     []string{`no failover is needed`, `nobody (needs|needed) to fail over`},
				examples: []string{`no failover takes place`, `nobody needs to fail over`, `no failover is needed`},
				explain:  "The service held on the primary site.",
			},
		},
	}
}

func activeSite(b *builder, v values) {
	if !b.ready() {
		return
	}
	if s, ok := b.site(v["site"]); ok {
		b.expect(history.Expectation{Kind: history.ExpectActiveSite, Site: s.ID})
	}
}

func liveAtEnd(b *builder, v values) {
	if !b.ready() {
		return
	}
	r, ok := b.release(v["release"])
	if !ok {
		return
	}
	e := history.Expectation{Kind: history.ExpectLiveRelease, Release: r.Version}
	switch where := v["where"]; where {
	case "":
	case "les deux sites", "both sites":
		// One sentence, an expectation a site: each is judged on its own.
		for _, s := range b.stage.Own() {
			e.Site = s.ID
			b.expect(e)
		}
		return
	default:
		s, ok := b.site(where)
		if !ok {
			return
		}
		e.Site = s.ID
	}
	b.expect(e)
}

func deployed(b *builder, v values) {
	if !b.ready() {
		return
	}
	r, ok := b.release(v["release"])
	if !ok || !b.deployment() {
		return
	}
	if r.Version != b.deploy.Deploy.Release {
		b.errorAt(r.Version, "ce scénario déploie la version « %s », pas la version « %s »", "this scenario deploys release %q, not %q", b.deploy.Deploy.Release, r.Version)
		return
	}
	b.expect(history.Expectation{Kind: history.ExpectDeployed, Release: r.Version})
}

func stopped(b *builder, v values) {
	if !b.ready() || !b.deployment() || !b.may(v["who"], b.sc.Stop) {
		return
	}
	within, ok := b.positive(v["within"])
	if !ok {
		return
	}
	if !b.stopping {
		b.errorAt("", "aucune étape n’arrête le déploiement avant celle-ci", "no step before this one stops the deployment").Hint =
			b.lang.say("ajoutez « Quand le %s fait arrêter le déploiement »", "add: When the %s has the deployment stopped", `"`+v["who"]+`"`)
		return
	}
	b.expect(history.Expectation{Kind: history.ExpectStopped, Who: v["who"], Within: within})
}

func noFailover(b *builder, _ values) {
	if !b.ready() {
		return
	}
	if b.moved {
		b.errorAt("", "ce scénario bascule lui-même : cette attente ne peut pas être tenue", "this scenario fails over itself: this cannot hold")
		return
	}
	b.expect(history.Expectation{Kind: history.ExpectNoFailover})
}
