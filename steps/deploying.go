package steps

import "bascule/harness/plan"

// deployPhrases start a deployment, stop it, end it, or go back on it.
func deployPhrases() []phrase {
	return []phrase{
		{
			id: "deploy", kind: When, do: deploy,
			fr: wording{
				pattern:  `le déploiement de la version {release} (démarre|commence) [sur {where:where}]`,
				examples: []string{`le déploiement de la version "1.5.0" démarre`, `le déploiement de la version "1.5.0" démarre sur les deux sites`},
				explain:  "Lance le déploiement ; la suite du scénario se joue pendant qu’il avance. Sans autre précision : sur le site nominal.",
			},
			en: wording{
				pattern:  `[the ]deployment of release {release} (starts|begins) [(on|at) {where:where}]`,
				examples: []string{`deployment of release "1.5.0" starts`, `deployment of release "1.5.0" starts on both sites`},
				explain:  "Starts the deployment; what follows happens while it goes on. Unless said otherwise: on the primary site.",
			},
		},
		{
			id: "finish", kind: When, do: finish,
			fr: wording{
				pattern:  `le déploiement (se termine|s'achève|est terminé)`,
				examples: []string{`le déploiement se termine`},
				explain:  "Attend la fin du déploiement, bonne ou mauvaise.",
			},
			en: wording{
				pattern:  `the deployment (ends|has ended|finishes|is over)`,
				examples: []string{`the deployment ends`},
				explain:  "Waits for the end of the deployment, good or bad.",
			},
		},
		{
			id: "stop", kind: When, do: stop,
			fr: wording{
				pattern:  `[le ][la ][l']{who} (fait arrêter|arrête) le déploiement [{trigger:trigger}]`,
				also:     []string{`le déploiement est arrêté [{trigger:trigger}]`},
				examples: []string{`le "responsable de mise en production" fait arrêter le déploiement`, `le déploiement est arrêté`},
				explain:  "La décision d’arrêt, prise par celui à qui elle revient, puis l’arrêt lui-même.",
			},
			en: wording{
				pattern:  `[the ]{who} (has the deployment stopped|stops the deployment) [{trigger:trigger}]`,
				also:     []string{`the deployment is stopped [{trigger:trigger}]`},
				examples: []string{`the "release manager" has the deployment stopped`, `the deployment is stopped`},
				explain:  "The decision to stop, taken by whom it belongs to, then the stop itself.",
			},
		},
		{
			id: "rollback", kind: When, do: rollback,
			fr: wording{
				pattern:  `on revient en arrière vers la version {release}`,
				also:     []string{`on revient à la version {release}`},
				examples: []string{`on revient en arrière vers la version "1.4.0"`, `on revient à la version "1.4.0"`},
				explain:  "Retour arrière : la version précédente est remise en place. À ne pas confondre avec la bascule retour.",
			},
			en: wording{
				pattern:  `we roll back to release {release}`,
				also:     []string{`the release is rolled back to {release}`},
				examples: []string{`we roll back to release "1.4.0"`, `the release is rolled back to "1.4.0"`},
				explain:  "Puts the previous release back. Not to be taken for failback.",
			},
		},
	}
}

func deploy(b *builder, v values) {
	if !b.ready() {
		return
	}
	if b.underWay {
		b.errorAt("", "un déploiement est déjà en cours depuis la ligne %d", "a deployment is under way since line %d", b.deploy.Line).Hint =
			b.lang.say("ajoutez avant « Et que le déploiement se termine »", "add before it: And the deployment ends")
		return
	}
	r, ok := b.release(v["release"])
	if !ok {
		return
	}
	sites, ok := b.deploySites(v["where"])
	if !ok {
		return
	}
	if b.sc.Live == r.Version {
		b.errorAt(v["release"], "la version « %s » est déjà en production", "release %q is already live", r.Version)
		return
	}
	b.add(plan.Step{Do: plan.DoDeploy, Deploy: &plan.Deploy{Release: r.Version, Sites: sites, Strategy: b.stage.Deployment.Strategy}})
	b.deploy, b.underWay, b.reached = &b.sc.Steps[len(b.sc.Steps)-1], true, progress{}
}

// deploySites reads where a release goes; the primary site unless said.
func (b *builder) deploySites(where string) ([]string, bool) {
	if where == "les deux sites" || where == "both sites" {
		primary, ok1 := b.siteOfRole("primary")
		standby, ok2 := b.siteOfRole("standby")
		return []string{primary.ID, standby.ID}, ok1 && ok2
	}
	if where == "" {
		s, ok := b.siteOfRole("primary")
		return []string{s.ID}, ok
	}
	s, ok := b.site(where)
	return []string{s.ID}, ok
}

// deployment tells whether there was one, and says so when not.
func (b *builder) deployment() bool {
	if b.deploy == nil {
		b.errorAt("", "aucun déploiement n’a démarré avant cette étape", "no deployment has started before this step").Hint =
			b.lang.say("ajoutez avant « Quand le déploiement de la version \"…\" démarre »", "add before it: When deployment of release \"…\" starts")
	}
	return b.deploy != nil
}

func finish(b *builder, _ values) {
	if !b.ready() || !b.deployment() {
		return
	}
	if !b.underWay && !b.failover { // after a failover it is abandoned, and may be waited for
		b.errorAt("", "le déploiement est déjà terminé à cette étape", "the deployment has already ended at this step")
		return
	}
	b.add(plan.Step{Do: plan.DoFinish})
	b.underWay = false
}

func stop(b *builder, v values) {
	if !b.ready() || !b.deployment() || !b.may(v["who"], b.sc.Stop) {
		return
	}
	if !b.underWay {
		b.errorAt("", "le déploiement est déjà terminé à cette étape", "the deployment has already ended at this step")
		return
	}
	t, ok := b.trigger(v["trigger"], plan.DoStop)
	if !ok {
		return
	}
	b.add(plan.Step{Do: plan.DoStop, When: t})
	b.underWay, b.stopping = false, true
}

func rollback(b *builder, v values) {
	if !b.ready() || !b.deployment() {
		return
	}
	r, ok := b.release(v["release"])
	if !ok {
		return
	}
	if r.Version == b.deploy.Deploy.Release {
		b.errorAt(r.Version, "« %s » est la version que l’on déploie : un retour arrière va vers une version d’avant", "%q is the release being deployed: a rollback goes to an earlier one", r.Version)
		return
	}
	if b.sc.Live != "" && r.Version != b.sc.Live {
		b.warn(r.Version, "la version « %s » n’est pas celle qui était en production (« %s »)", "release %q is not the one that was live (%q)", r.Version, b.sc.Live)
	}
	if b.underWay {
		b.errorAt("", "le déploiement est encore en cours à cette étape", "the deployment is still under way at this step").Hint =
			b.lang.say("ajoutez avant « Et que le déploiement est arrêté » ou « Et que le déploiement se termine »", "add before it: And the deployment is stopped, or: And the deployment ends")
		return
	}
	b.add(plan.Step{Do: plan.DoRollback, Rollback: &plan.Rollback{Release: r.Version, Sites: append([]string{}, b.deploy.Deploy.Sites...)}})
}
