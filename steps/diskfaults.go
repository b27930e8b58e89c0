package steps

import (
	"slices"
	"time"

	"github.com/compose-spec/compose-go/v2/types"

	"bascule/harness/plan"
)

// diskPhrases hurt the volumes of a service.
func diskPhrases() []phrase {
	return []phrase{
		{
			id: "disk-full", kind: When, do: disk(plan.DiskFull, "disque plein", "disk full"),
			fr: wording{
				pattern:  `le disque (de |){node:node} est plein [pendant {for:duration}] [{trigger:trigger}]`,
				also:     []string{`le volume {volume} (de |){node:node} est plein [pendant {for:duration}] [{trigger:trigger}]`},
				examples: []string{`le disque du service "db" est plein`, `le disque de la base primaire est plein pendant 5 secondes`, `le volume "pgdata" du service "db" est plein`},
				explain:  "Plus rien ne s’écrit sur les volumes du service, ou sur celui qui est nommé : il n’y a plus de place.",
			},
			en: wording{
				pattern:  `the disk of {node:node} is full [for {for:duration}] [{trigger:trigger}]`,
				also:     []string{`[the ]volume {volume} of {node:node} is full [for {for:duration}] [{trigger:trigger}]`},
				examples: []string{`the disk of service "db" is full`, `the disk of the primary database is full for 5 seconds`, `volume "pgdata" of service "db" is full`},
				explain:  "Nothing more can be written on the volumes of the service, or on the one that is named: no space is left.",
			},
		},
		{
			id: "disk-slow", kind: When, do: disk(plan.DiskSlow, "disque lent", "slow disk"),
			fr: wording{
				pattern:  `le disque (de |){node:node} (est|devient) lent : {latency:duration}[,] [pendant {for:duration}] [{trigger:trigger}]`,
				also:     []string{`le volume {volume} (de |){node:node} (est|devient) lent : {latency:duration}[,] [pendant {for:duration}] [{trigger:trigger}]`},
				examples: []string{`le disque du service "db" est lent : 50 ms`, `le disque de la base primaire devient lent : 50 ms pendant la migration du schéma`, `le volume "pgdata" du service "db" devient lent : 50 ms, pendant 10 secondes`},
				explain:  "Chaque écriture, chaque synchronisation prend ce temps de plus.",
			},
			en: wording{
				pattern:  `the disk of {node:node} (is|turns|becomes) slow : {latency:duration}[,] [for {for:duration}] [{trigger:trigger}]`,
				also:     []string{`[the ]volume {volume} of {node:node} (is|turns|becomes) slow : {latency:duration}[,] [for {for:duration}] [{trigger:trigger}]`},
				examples: []string{`the disk of service "db" is slow: 50 ms`, `the disk of the primary database turns slow: 50 ms during schema migration`, `volume "pgdata" of service "db" turns slow: 50 ms, for 10 seconds`},
				explain:  "Each write and each sync takes that much longer.",
			},
		},
		{
			id: "disk-read-only", kind: When, do: disk(plan.DiskReadOnly, "disque en lecture seule", "read-only disk"),
			fr: wording{
				pattern:  `le disque (de |){node:node} (est|passe) en lecture seule [pendant {for:duration}] [{trigger:trigger}]`,
				also:     []string{`le volume {volume} (de |){node:node} (est|passe) en lecture seule [pendant {for:duration}] [{trigger:trigger}]`},
				examples: []string{`le disque du service "db" passe en lecture seule`, `le volume "pgdata" du service "db" passe en lecture seule`},
				explain:  "Le volume refuse toute écriture.",
			},
			en: wording{
				pattern:  `the disk of {node:node} (is|turns|becomes) read-only [for {for:duration}] [{trigger:trigger}]`,
				also:     []string{`[the ]volume {volume} of {node:node} (is|turns|becomes) read-only [for {for:duration}] [{trigger:trigger}]`},
				examples: []string{`the disk of service "db" turns read-only`, `volume "pgdata" of service "db" turns read-only`},
				explain:  "The volume takes no write.",
			},
		},
	}
}

// disk is a fault of the volumes of a service.
func disk(kind plan.FaultKind, fr, en string) func(*builder, values) {
	return func(b *builder, v values) {
		if !b.ready() {
			return
		}
		n, ok := b.node(v["node"])
		if !ok || !b.volume(v["volume"], n) {
			return
		}
		f := plan.Fault{Kind: kind, Site: n.site.ID, Service: n.service, Instance: n.instance, Name: v["volume"], Title: ofNode(fr, en)(n)}
		if v["latency"] != "" {
			d, ok := b.atLeast(v["latency"], time.Millisecond)
			if !ok {
				return
			}
			f.Latency = plan.Duration(d)
		}
		b.fault(f, v)
	}
}

// volume checks that a service has a volume that can fail: one with a name.
func (b *builder) volume(name string, n node) bool {
	var known []string
	for _, v := range n.site.Project.Services[n.service].Volumes {
		if v.Type == types.VolumeTypeVolume && v.Source != "" {
			known = append(known, v.Source)
		}
	}
	switch {
	case len(known) == 0:
		b.errorAt(n.service, "le service « %s » n’a aucun volume nommé sur le site « %s » : il n’a pas de disque qui puisse tomber en panne",
			"service %q has no named volume at site %q: it has no disk that could fail", n.service, n.site.Title).Hint =
			b.lang.say("donnez-lui un volume nommé dans son fichier Compose (%s)", "give it a named volume in its Compose file (%s)", n.site.File)
		return false
	case name != "" && !slices.Contains(known, name):
		b.unknown(name, known, "volume « %s » inconnu du service « %s »", "volume %q is unknown to service %q", n.service)
		return false
	}
	return true
}
