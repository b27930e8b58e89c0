package steps

import (
	"bascule/harness/history"
	"bascule/harness/plan"
)

// faultPhrases break containers, hosts and sites.
func faultPhrases() []phrase {
	return []phrase{
		{
			id: "crash", kind: When, do: crash,
			fr: wording{
				pattern: `{node:node} (tombe|plante) [pendant {for:duration}] [{trigger:trigger}]`,
				also:    []string{`{node:node} s'arrête brutalement [pendant {for:duration}] [{trigger:trigger}]`},
				examples: []string{`la base primaire tombe pendant la migration du schéma`, `la base primaire tombe`, `le service "stock" du site "Paris" tombe`,
					`l'instance 1 du service "orders" tombe après le remplacement de l'instance 1 sur 2 du service "orders"`, `la base primaire tombe 10 secondes après le début du déploiement`,
					`l'instance 2 du service "orders" s'arrête brutalement pendant 10 secondes`},
				explain: "Arrêt brutal d’un programme ; la machine qui le porte vit encore et refuse les connexions.",
			},
			en: wording{
				pattern: `{node:node} (fails|goes down|crashes) [for {for:duration}] [{trigger:trigger}]`,
				examples: []string{`the primary database fails during schema migration`, `the primary database fails`, `service "stock" at site "Paris" fails`,
					`instance 1 of service "orders" fails after instance 1 of 2 of service "orders" is replaced`, `the primary database fails 10 seconds after the deployment starts`,
					`instance 2 of service "orders" crashes for 10 seconds`},
				explain: "A program dies; the machine that carries it lives on and refuses connections.",
			},
		},
		{
			id: "host-lost", kind: When, do: hostLost,
			fr: wording{
				pattern:  `la machine qui porte {node:node} est perdue [pendant {for:duration}] [{trigger:trigger}]`,
				also:     []string{`on perd la machine qui porte {node:node} [pendant {for:duration}] [{trigger:trigger}]`},
				examples: []string{`la machine qui porte la base primaire est perdue`, `la machine qui porte l'instance 1 du service "orders" est perdue`, `on perd la machine qui porte la base primaire`},
				explain:  "Perte d’une machine : ceux qui lui parlent n’ont plus que le silence.",
			},
			en: wording{
				pattern:  `the (host of|machine that runs) {node:node} is lost [for {for:duration}] [{trigger:trigger}]`,
				examples: []string{`the host of the primary database is lost`, `the host of instance 1 of service "orders" is lost`, `the machine that runs the primary database is lost`},
				explain:  "A machine is lost: its peers meet silence.",
			},
		},
		{
			id: "freeze", kind: When, do: freeze,
			fr: wording{
				pattern:  `{node:node} (se fige|ne répond plus|reste figée|reste figé) [pendant {for:duration}] [{trigger:trigger}]`,
				examples: []string{`l'instance 2 du service "orders" du site "Paris" se fige`, `l'instance 2 du service "orders" se fige pendant 10 secondes`, `la base primaire se fige`},
				explain:  "Gel : les connexions restent ouvertes, plus rien ne répond.",
			},
			en: wording{
				pattern:  `{node:node} (freezes|hangs|stops responding) [for {for:duration}] [{trigger:trigger}]`,
				examples: []string{`instance 2 of service "orders" at site "Paris" freezes`, `instance 2 of service "orders" freezes for 10 seconds`, `the primary database freezes`},
				explain:  "Connections stay open and nothing answers.",
			},
		},
		{
			id: "site-lost", kind: When, do: siteLost,
			fr: wording{
				pattern:  `on perd {site:site} [{trigger:trigger}]`,
				also:     []string{`{site:site} (est perdu|est détruit|tombe) [{trigger:trigger}]`},
				examples: []string{`on perd le site nominal`, `on perd le site nominal pendant le remplacement des instances`, `on perd le site "Paris"`, `le site nominal est perdu`},
				explain:  "Perte d’un site entier, sans un mot.",
			},
			en: wording{
				pattern:  `{site:site} is lost [{trigger:trigger}]`,
				also:     []string{`we lose {site:site} [{trigger:trigger}]`},
				examples: []string{`the primary site is lost`, `the primary site is lost while instances are being replaced`, `site "Paris" is lost`, `we lose the primary site`},
				explain:  "A whole site is lost, silently.",
			},
		},
		{
			id: "heal", kind: When, do: heal,
			fr: wording{
				pattern:  `la panne est réparée [{trigger:trigger}]`,
				also:     []string{`les pannes sont réparées [{trigger:trigger}]`, `la liaison [inter[-]site[s]] est rétablie [{trigger:trigger}]`},
				examples: []string{`la panne est réparée`, `la liaison intersite est rétablie`, `les pannes sont réparées avant le remplacement des instances`},
				explain:  "Met fin à toutes les pannes en cours.",
			},
			en: wording{
				pattern:  `the fault is repaired [{trigger:trigger}]`,
				also:     []string{`the faults are repaired [{trigger:trigger}]`, `the [inter[-]site] link is (restored|repaired) [{trigger:trigger}]`},
				examples: []string{`the fault is repaired`, `the inter-site link is restored`, `the faults are repaired before instances are replaced`},
				explain:  "Ends every fault in force.",
			},
		},
	}
}

// fault adds a fault at its moment.
func (b *builder) fault(f plan.Fault, v values) {
	d, ok := b.duration(v["for"])
	if ok && v["for"] != "" && d <= 0 {
		_, ok = b.positive(v["for"])
	}
	t, timely := b.trigger(v["trigger"], plan.DoFault)
	if !ok || !timely {
		return
	}
	f.For = plan.Duration(d)
	b.add(plan.Step{Do: plan.DoFault, When: t, Fault: &f})
	b.faults++
	b.faulted = true
}

// onNode adds a fault of a container.
func (b *builder) onNode(kind plan.FaultKind, v values, title func(node) history.Text) {
	if b.ready() {
		b.onNodeWith(plan.Fault{Kind: kind}, v, title)
	}
}

// onNodeWith adds a fault of a container that has settings of its own.
func (b *builder) onNodeWith(f plan.Fault, v values, title func(node) history.Text) {
	if n, ok := b.node(v["node"]); ok {
		f.Title, f.Site, f.Service, f.Instance = title(n), n.site.ID, n.service, n.instance
		b.fault(f, v)
	}
}

// ofNode is a title about a node: "Arrêt brutal : la base de Paris".
func ofNode(fr, en string) func(node) history.Text {
	return func(n node) history.Text {
		t := n.title()
		return history.Text{FR: tongue("fr").say(fr+" : %s", "", t.FR), EN: tongue("en").say("", en+": %s", t.EN)}
	}
}

func crash(b *builder, v values) { b.onNode(plan.Crash, v, ofNode("arrêt brutal", "crash")) }
func freeze(b *builder, v values) {
	b.onNode(plan.Freeze, v, ofNode("gel", "freeze"))
}
func hostLost(b *builder, v values) {
	b.onNode(plan.HostLost, v, ofNode("machine perdue", "host lost"))
}

func siteLost(b *builder, v values) {
	if !b.ready() {
		return
	}
	if s, ok := b.site(v["site"]); ok {
		b.fault(plan.Fault{Kind: plan.SiteLost, Title: both("perte du site %s", "site %s lost", s.Title), Site: s.ID}, v)
	}
}

func heal(b *builder, v values) {
	if !b.ready() {
		return
	}
	if b.faults == 0 {
		b.errorAt("", "aucune panne n’est en cours à cette étape", "no fault is in force at this step")
		return
	}
	t, ok := b.trigger(v["trigger"], plan.DoHeal)
	if !ok {
		return
	}
	if b.faults > 1 {
		b.warn("", "%d pannes sont en cours : toutes sont réparées ensemble", "%d faults are in force: all are repaired together", b.faults)
	}
	b.add(plan.Step{Do: plan.DoHeal, When: t})
	b.faults = 0
}
