package steps

import "bascule/harness/plan"

// operatePhrases are what people do: fail over and back, apply a procedure,
// let time pass.
func operatePhrases() []phrase {
	return []phrase{
		{
			id: "failover", kind: When, do: failover,
			fr: wording{
				pattern:  `on bascule [sur {site:site}] [en suivant la procédure {runbook}] [{trigger:trigger}]`,
				examples: []string{`on bascule sur le site de secours en suivant la procédure "PRA-07"`, `on bascule en suivant la procédure "PRA-07"`},
				explain:  "La décision de bascule, prise par celui à qui elle revient, puis la procédure pas à pas.",
			},
			en: wording{
				pattern:  `we fail over [to {site:site}] [following runbook {runbook}] [{trigger:trigger}]`,
				examples: []string{`we fail over to the recovery site following runbook "PRA-07"`, `we fail over following runbook "PRA-07"`},
				explain:  "The failover decision, taken by whom it belongs to, then the runbook step by step.",
			},
		},
		{
			id: "failback", kind: When, do: failback,
			fr: wording{
				pattern:  `on rebascule [sur {site:site}] [en suivant la procédure {runbook}]`,
				examples: []string{`on rebascule sur le site nominal en suivant la procédure "PRA-08"`, `on rebascule sur le site nominal`},
				explain:  "Bascule retour, une fois la bascule faite.",
			},
			en: wording{
				pattern:  `we fail back [to {site:site}] [following runbook {runbook}]`,
				examples: []string{`we fail back to the primary site following runbook "PRA-08"`, `we fail back to the primary site`},
				explain:  "Back to the primary site, once the failover is done.",
			},
		},
		{
			id: "procedure", kind: When, do: procedure,
			fr: wording{
				pattern:  `on applique la procédure {runbook} [{trigger:trigger}]`,
				examples: []string{`on applique la procédure "PRA-11"`},
				explain:  "Une procédure qui ne déplace pas le service : mode dégradé, resynchronisation.",
			},
			en: wording{
				pattern:  `we (apply|follow) runbook {runbook} [{trigger:trigger}]`,
				examples: []string{`we apply runbook "PRA-11"`},
				explain:  "A runbook that does not move the service: degraded mode, resynchronisation.",
			},
		},
		{
			id: "wait", kind: When, do: wait,
			fr: wording{
				pattern:  `on laisse la charge [en place] pendant {for:duration}`,
				also:     []string{`la charge (continue|se maintient) pendant {for:duration}`},
				examples: []string{`on laisse la charge en place pendant 10 secondes`, `la charge continue pendant 10 secondes`},
				explain:  "La charge continue, rien d’autre ne se passe.",
			},
			en: wording{
				pattern:  `we keep the load on for {for:duration}`,
				also:     []string{`the load (continues|stays on|runs on) for {for:duration}`},
				examples: []string{`we keep the load on for 10 seconds`, `the load continues for 10 seconds`},
				explain:  "The load goes on, nothing else happens.",
			},
		},
	}
}

func failover(b *builder, v values) { b.move(v, plan.DoFailover, "failover") }

func failback(b *builder, v values) {
	if b.ready() && !b.failover {
		b.errorAt("", "aucune bascule n’a eu lieu avant cette étape : rien à rebasculer", "no failover took place before this step: nothing to fail back from")
		return
	}
	b.move(v, plan.DoFailback, "failback")
}

// move follows a runbook that ends on another site.
func (b *builder) move(v values, do plan.Action, purpose string) {
	if !b.ready() {
		return
	}
	if do == plan.DoFailover && b.failover {
		b.errorAt("", "la bascule a déjà eu lieu : il faut d’abord rebasculer", "the failover has already taken place: fail back first")
		return
	}
	r, ok := b.runbook(v["runbook"], purpose)
	if !ok {
		return
	}
	if v["site"] != "" {
		s, ok := b.site(v["site"])
		if !ok {
			return
		}
		if s.ID != r.To {
			b.errorAt(v["site"], "la procédure « %s » mène au site « %s », pas au site « %s »", "runbook %q leads to site %q, not to site %q", r.ID, b.titleOf(r.To), s.Title)
			return
		}
	}
	t, ok := b.trigger(v["trigger"], do)
	if !ok {
		return
	}
	b.add(plan.Step{Do: do, When: t, Runbook: &plan.Runbook{ID: r.ID, To: r.To}})
	b.failover, b.moved = do == plan.DoFailover, true
	b.underWay = false // a failover makes a deployment pointless: it is abandoned
}

// titleOf is how a site is called.
func (b *builder) titleOf(id string) string {
	for _, s := range b.stage.Sites {
		if s.ID == id {
			return s.Title
		}
	}
	return id
}

func procedure(b *builder, v values) {
	if !b.ready() {
		return
	}
	r, ok := b.runbook(v["runbook"], "procedure")
	if !ok {
		return
	}
	if t, ok := b.trigger(v["trigger"], plan.DoProcedure); ok {
		b.add(plan.Step{Do: plan.DoProcedure, When: t, Runbook: &plan.Runbook{ID: r.ID, To: r.To}})
	}
}

func wait(b *builder, v values) {
	if !b.ready() {
		return
	}
	if d, ok := b.positive(v["for"]); ok {
		b.add(plan.Step{Do: plan.DoWait, Wait: plan.Duration(d)})
	}
}
