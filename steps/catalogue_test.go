package steps

import (
	"encoding/json"
	"strings"
	"testing"

	"bascule/harness/plan"
)

// kinds is every kind of fault that a plan can hold.
func kinds() []plan.FaultKind {
	return []plan.FaultKind{
		plan.Cut, plan.Refuse, plan.Slow, plan.Bandwidth, plan.Slicer, plan.SlowClose, plan.Reset, plan.LimitData, plan.Flap, plan.Loss, plan.UDPDelay, plan.HTTPError,
		plan.NXDomain, plan.ServFail, plan.SlowNames, plan.StaleAnswer, plan.WrongAddress,
		plan.Crash, plan.KillOne, plan.Restart, plan.CrashLoop, plan.Freeze, plan.Deaf,
		plan.CPU, plan.OutOfMemory, plan.DiskFull, plan.DiskSlow, plan.DiskReadOnly, plan.Descriptors, plan.DBConnections,
		plan.Clock, plan.CertExpired, plan.PasswordRevoked, plan.SecretMissing, plan.HostLost, plan.SiteLost, plan.SiteIsolated, plan.AllLost,
	}
}

func TestEveryKindOfFaultCanBeSaid(t *testing.T) {
	for _, lang := range []tongue{"fr", "en"} {
		said := map[plan.FaultKind]bool{}
		for _, p := range table(lang) {
			for _, example := range p.in(lang).examples {
				for _, s := range heard(t, lang, p, example).Steps {
					if s.Fault != nil {
						said[s.Fault.Kind] = true
					}
				}
			}
		}
		for _, k := range kinds() {
			if !said[k] {
				t.Errorf("no phrase in %s breaks by %q", lang, k)
			}
		}
	}
}

// What continuity managers say, and what is then done.
func TestWhatAFaultsSentenceMeans(t *testing.T) {
	for said, want := range map[string]string{
		`la liaison de "orders" vers "db" ne laisse plus passer les réponses`:                             `{"kind":"cut","from":"paris/orders","to":"paris/db","direction":"back"}`,
		`la liaison de "orders" vers "db" ne laisse plus passer les demandes`:                             `{"kind":"cut","from":"paris/orders","to":"paris/db","direction":"there"}`,
		`la liaison intersite est coupée du site de secours vers le site nominal`:                         `{"kind":"cut","from":"lyon","to":"paris","direction":"there"}`,
		`la liaison intersite est coupée dans un seul sens`:                                               `{"kind":"cut","from":"paris","to":"lyon","direction":"there"}`,
		`plus rien n'atteint le service "stock"`:                                                          `{"kind":"cut","to":"paris/stock"}`,
		`toutes les liaisons du service "orders" du site de secours sont coupées`:                         `{"kind":"cut","from":"lyon/orders","to":"lyon/orders"}`,
		`les liaisons vers la base primaire deviennent lentes : 200 ms`:                                   `{"kind":"latency","to":"paris/db","latency":"200ms"}`,
		`la liaison entre "orders" et le prestataire "acquéreur CB" refuse les connexions`:                `{"kind":"refuse","from":"paris/orders","to":"bank/acquirer"}`,
		`la liaison intersite est intermittente : coupée 2 s, rétablie 3 s, pendant 20 s`:                 `{"kind":"flap","from":"paris","to":"lyon","on":"2s","off":"3s","for":"20s"}`,
		`le site de secours est isolé`:                                                                    `{"kind":"site-isolated","site":"lyon"}`,
		`le site "Paris" n'émet plus rien`:                                                                `{"kind":"site-isolated","site":"paris","direction":"there"}`,
		`le site nominal ne reçoit plus rien`:                                                             `{"kind":"site-isolated","site":"paris","direction":"back"}`,
		`le nom "db.paris" ne se résout plus sur le site de secours`:                                      `{"kind":"dns-nxdomain","from":"lyon","name":"db.paris"}`,
		`la résolution de noms échoue sur le site nominal`:                                                `{"kind":"dns-servfail","from":"paris"}`,
		`la résolution du nom "db" répond en 3 secondes pour le service "orders"`:                         `{"kind":"dns-slow","from":"paris/orders","name":"db","latency":"3s"}`,
		`le nom "db" donne une ancienne adresse`:                                                          `{"kind":"dns-stale","name":"db"}`,
		`le nom "db" donne l'adresse du service "stock" du site de secours`:                               `{"kind":"dns-wrong","from":"lyon","name":"db","other":"lyon/stock"}`,
		`l'horloge de la base primaire retarde de 10 minutes`:                                             `{"kind":"clock","site":"paris","service":"db","offset":"-10m0s"}`,
		`l'instance 2 du service "orders" n'a plus que 2,5 % d'un processeur`:                             `{"kind":"cpu","site":"paris","service":"orders","instance":2,"percent":2.5}`,
		`le volume "pgdata" de la base de secours est plein`:                                              `{"kind":"disk-full","site":"lyon","service":"db","name":"pgdata"}`,
		`le mot de passe de la base est révoqué`:                                                          `{"kind":"password-revoked","site":"paris","service":"db"}`,
		`la variable "SITE" manque au service "orders" du site "Lyon"`:                                    `{"kind":"secret-missing","site":"lyon","service":"orders","name":"SITE"}`,
		`le certificat "vault" est périmé sur le site de secours`:                                         `{"kind":"cert-expired","site":"lyon","service":"stock","name":"vault"}`,
		`le prestataire "acquéreur CB" ne répond plus`:                                                    `{"kind":"cut","to":"bank/acquirer"}`,
		`le prestataire "acquirer" répond des erreurs`:                                                    `{"kind":"http-error","to":"bank/acquirer","status":503}`,
		`le prestataire "Banque" devient lent : 2 s`:                                                      `{"kind":"latency","to":"bank/acquirer","latency":"2s"}`,
		`les deux sites sont perdus, puis redémarrés après 10 secondes`:                                   `{"kind":"all-lost","for":"10s"}`,
		`le service "stock" tombe à chaque redémarrage, toutes les 3 secondes, pendant 10 secondes`:       `{"kind":"crash-loop","site":"paris","service":"stock","every":"3s","for":"10s"}`,
		`la liaison entre "orders" et "db" livre les données par morceaux de 2 ko, toutes les 20 ms`:      `{"kind":"slicer","from":"paris/orders","to":"paris/db","latency":"20ms","bytes":2000}`,
		`la liaison intersite perd 0,5 % de ses paquets pendant 10 s`:                                     `{"kind":"loss","from":"paris","to":"lyon","percent":0.5,"for":"10s"}`,
		`la liaison vers le prestataire "acquéreur CB" interrompt chaque connexion après 10 octets`:       `{"kind":"limit-data","to":"bank/acquirer","bytes":10}`,
		`la liaison de "db" du site de secours vers "db" du site nominal met 5 s à fermer ses connexions`: `{"kind":"slow-close","from":"lyon/db","to":"paris/db","latency":"5s"}`,
	} {
		p, ds := compileText(t, french+"    Quand "+said+"\n")
		if Failed(ds) || len(p.Scenarios) != 1 || len(p.Scenarios[0].Steps) != 1 {
			t.Errorf("%s:\n%s", said, list(ds))
			continue
		}
		f := p.Scenarios[0].Steps[0].Fault
		if f.Title.FR == "" || f.Title.EN == "" {
			t.Errorf("%s: no title in both languages: %+v", said, f.Title)
		}
		got, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(got, &fields); err != nil {
			t.Fatal(err)
		}
		delete(fields, "title")
		if got, want := sortedJSON(t, fields), sortedJSON(t, json.RawMessage(want)); got != want {
			t.Errorf("%s\n got %s\nwant %s", said, got, want)
		}
	}
}

// sortedJSON is a value as JSON with its keys in order.
func sortedJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var any map[string]any
	if err := json.Unmarshal(b, &any); err != nil {
		t.Fatal(err)
	}
	if b, err = json.Marshal(any); err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestFaultsOfWhatIsNotThere(t *testing.T) {
	for _, c := range []struct {
		said  string
		words []string
	}{
		{`le volume "data" du service "db" est plein`, []string{"volume « data » inconnu du service « db »", "« pgdata »"}},
		{`le disque du service "stock" est plein`, []string{"« stock » n’a aucun volume nommé", "Compose"}},
		{`le secret "api-kez" manque au service "stock"`, []string{"le service « stock » n’a ni secret, ni configuration, ni variable « api-kez »", "vouliez-vous dire « api-key » ?"}},
		{`le secret "api-key" manque au service "db"`, []string{"il n’y en a aucun"}},
		{`le certificat "vaut" est périmé`, []string{"certificat « vaut » inconnu", "vouliez-vous dire « vault » ?"}},
		{`le prestataire "acquéreur" ne répond plus`, []string{"prestataire « acquéreur » inconnu", "vouliez-vous dire « acquéreur CB » ?"}},
		{`la liaison entre "orders" et le prestataire "banquier" est coupée`, []string{"prestataire « banquier » inconnu"}},
		{`le nom "dbb" ne se résout plus`, []string{"le nom « dbb » n’est connu de personne", "« db »"}},
		{`le nom "db.paris" ne se résout plus sur le site nominal`, []string{"le nom « db.paris » n’est connu de personne"}},
		{`le nom "db" donne l'adresse de "db"`, []string{"déjà l’adresse"}},
		{`le service "stock" n'a plus de connexion disponible`, []string{"« stock » n’est pas une base déclarée", "« db »"}},
		{`le service "stock" répond des erreurs 200`, []string{"« 200 » n’est pas un code d’erreur HTTP"}},
		{`une instance sur 3 du service "orders" tombe`, []string{"2 instances, pas 3"}},
		{`une instance du service "stock" tombe`, []string{"n’a qu’une instance", "le service \"stock\" tombe"}},
		{`le service "orders" n'a plus que 0 % d'un processeur`, []string{"au moins 0,01 %"}},
		{`l'horloge du service "db" avance de 3 lustres`, []string{"unité inconnue « lustres »"}},
		{`la liaison intersite est intermittente : coupée 1 ms, rétablie 1 s`, []string{"au moins 20 ms"}},
		{`la liaison entre "orders" et "db" est coupée de "Paris" vers "Lyon"`, []string{"ne se dit que de la liaison intersite"}},
		{`la liaison intersite est coupée de "Paris" vers "Paris"`, []string{"d’un site à l’autre"}},
		{`la liaison intersite ne laisse plus passer les réponses`, []string{"d’un service vers un autre", "de \"Paris\" vers \"Lyon\""}},
		{`la liaison entre "orders" et "orders" est coupée`, []string{"deux bouts différents"}},
		{`la liaison entre "orders" et l'instance 1 du service "stock" est coupée`, []string{"toutes les instances", "le service \"stock\""}},
		{`toutes les liaisons du service "orders" sont coupées dans un seul sens`, []string{"un seul sens ne se dit pas de toutes les liaisons"}},
		{`plus rien n'atteint le service "mail"`, []string{"service « mail » inconnu du site « Paris »"}},
		{`le service "stock" tombe en même temps`, []string{"juste après une autre panne"}},
	} {
		p, ds := compileText(t, french+"    Quand "+c.said+"\n")
		if !Failed(ds) || len(p.Scenarios) > 0 {
			t.Errorf("%s: accepted", c.said)
			continue
		}
		at := ds[len(ds)-1]
		for _, d := range ds {
			if d.Severity == Error {
				at = d
			}
		}
		text := strings.ReplaceAll(at.String(), "\u00a0", " ")
		for _, w := range c.words {
			if at.Line != 6 || !strings.Contains(text, w) {
				t.Errorf("%s: %q is not said in:\n%s", c.said, w, text)
			}
		}
	}
}

func TestTheSameSeedDrawsTheSameInstance(t *testing.T) {
	drawn := func(seed int64, line string) int {
		c := &compiler{o: Options{Stages: "scenarios", Load: fakeLoad}, stages: map[string]loadedStage{}}
		b := &builder{lang: "fr", file: newSource("x.feature", nil), load: c.stage, seed: seed, ruled: map[string]int{}, sc: &plan.Scenario{Name: line}}
		return b.draw(2)
	}
	seen := map[int]bool{}
	for seed := range int64(40) {
		k := drawn(seed, "S")
		if k < 1 || k > 2 {
			t.Fatalf("seed %d draws instance %d of 2", seed, k)
		}
		if again := drawn(seed, "S"); again != k {
			t.Errorf("seed %d draws %d, then %d", seed, k, again)
		}
		seen[k] = true
	}
	if len(seen) != 2 {
		t.Errorf("40 seeds draw only %v", seen)
	}
}
