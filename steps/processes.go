package steps

import (
	"hash/fnv"
	"math/rand/v2"
	"strconv"

	"bascule/harness/plan"
)

// processPhrases kill processes, in other ways than once and for all.
func processPhrases() []phrase {
	return []phrase{
		{
			id: "kill-one", kind: When, do: killOne,
			fr: wording{
				pattern:  `une instance [sur {n:integer}] (de |){node:node} (tombe|plante) [pendant {for:duration}] [{trigger:trigger}]`,
				examples: []string{`une instance sur 2 du service "orders" tombe`, `une instance du service "orders" du site "Lyon" tombe pendant 10 secondes`, `une instance sur 2 de "orders" plante`},
				explain:  "Une instance parmi plusieurs, tirée au sort avec la graine du plan : la même graine donne la même.",
			},
			en: wording{
				pattern:  `one [of [the] {n:integer}] instance[s] of {node:node} (fails|goes down|crashes) [for {for:duration}] [{trigger:trigger}]`,
				examples: []string{`one of the 2 instances of service "orders" fails`, `one instance of service "orders" at site "Lyon" fails for 10 seconds`, `one of 2 instances of "orders" crashes`},
				explain:  "One instance of several, drawn with the plan's seed: the same seed gives the same one.",
			},
		},
		{
			id: "restart", kind: When, do: restart,
			fr: wording{
				pattern:  `{node:node} redémarre brutalement [{trigger:trigger}]`,
				examples: []string{`le service "orders" redémarre brutalement`, `la base primaire redémarre brutalement pendant la migration du schéma`},
				explain:  "Le processus est tué, puis relancé aussitôt.",
			},
			en: wording{
				pattern:  `{node:node} restarts abruptly [{trigger:trigger}]`,
				examples: []string{`service "orders" restarts abruptly`, `the primary database restarts abruptly during schema migration`},
				explain:  "The process is killed, and started again at once.",
			},
		},
		{
			id: "crash-loop", kind: When, do: crashLoop,
			fr: wording{
				pattern:  `{node:node} (tombe|plante) à chaque redémarrage, toutes les {every:duration}[,] [pendant {for:duration}] [{trigger:trigger}]`,
				examples: []string{`le service "stock" tombe à chaque redémarrage, toutes les 3 secondes`, `le service "stock" tombe à chaque redémarrage, toutes les 3 secondes, pendant 10 secondes`},
				explain:  "Le processus est tué, relancé, tué de nouveau quand il a vécu ce temps-là.",
			},
			en: wording{
				pattern:  `{node:node} (fails|crashes) at each restart, every {every:duration}[,] [for {for:duration}] [{trigger:trigger}]`,
				examples: []string{`service "stock" fails at each restart, every 3 seconds`, `service "stock" fails at each restart, every 3 seconds, for 10 seconds`},
				explain:  "The process is killed, started, and killed again once it has lived that long.",
			},
		},
		{
			id: "deaf", kind: When, do: deaf,
			fr: wording{
				pattern:  `{node:node} ignore (la demande|les demandes|l'ordre) d'arrêt [pendant {for:duration}] [{trigger:trigger}]`,
				examples: []string{`le service "orders" ignore la demande d'arrêt`},
				explain:  "La demande d’arrêt (SIGTERM) reste sans effet : qui l’arrête attend tout le délai de grâce. L’effet ne se voit qu’à l’arrêt suivant.",
			},
			en: wording{
				pattern:  `{node:node} ignores (the request|requests|the order) to stop [for {for:duration}] [{trigger:trigger}]`,
				examples: []string{`service "orders" ignores the request to stop`},
				explain:  "The request to stop (SIGTERM) has no effect: whoever stops it waits out the grace period. It shows at the next stop only.",
			},
		},
	}
}

func killOne(b *builder, v values) {
	if !b.ready() {
		return
	}
	n, ok := b.node(v["node"])
	if !ok {
		return
	}
	scale := b.scale(n.site, n.service)
	switch {
	case n.instance > 0:
		b.errorAt(v["node"], "l’instance est tirée au sort : nommez le service", "the instance is drawn: name the service").Hint =
			b.lang.say("pour une instance précise : « l’instance %d du service \"%s\" tombe »", "for a given one: instance %d of service \"%s\" fails", n.instance, n.service)
		return
	case v["n"] != "" && atoi(v["n"]) != scale:
		b.errorAt(v["n"], "le service « %s » a %s, pas %s", "service %q has %s, not %s", n.service, b.instances(scale), v["n"])
		return
	case scale < 2:
		b.errorAt(v["node"], "le service « %s » n’a qu’une instance : il n’y a rien à tirer au sort", "service %q has a single instance: there is nothing to draw", n.service).Hint =
			b.lang.say("dites « le service \"%s\" tombe »", "say: service \"%s\" fails", n.service)
		return
	}
	n.instance = b.draw(scale)
	b.fault(plan.Fault{Kind: plan.KillOne, Site: n.site.ID, Service: n.service, Instance: n.instance,
		Title: titled("arrêt brutal d’une instance tirée au sort", "crash of an instance that was drawn", n.title())}, v)
}

// draw gives a number from 1 to n: with one seed always the same for the same
// step of the same scenario, wherever the file stands.
func (b *builder) draw(n int) int {
	h := fnv.New64a()
	for _, part := range []string{b.sc.Name, strconv.Itoa(len(b.sc.Steps))} {
		h.Write([]byte(part + "\n"))
	}
	return 1 + rand.New(rand.NewPCG(uint64(b.seed), h.Sum64())).IntN(n)
}

func restart(b *builder, v values) {
	b.onNode(plan.Restart, v, ofNode("redémarrage brutal", "abrupt restart"))
}

func crashLoop(b *builder, v values) {
	if !b.ready() {
		return
	}
	every, ok := b.positive(v["every"])
	if !ok {
		return
	}
	b.onNodeWith(plan.Fault{Kind: plan.CrashLoop, Every: plan.Duration(every)}, v, ofNode("arrêts à répétition", "crash loop"))
}

func deaf(b *builder, v values) { b.onNode(plan.Deaf, v, ofNode("arrêt ignoré", "deaf to the stop")) }
