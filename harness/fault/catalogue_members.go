package fault

import "bascule/harness/plan"

func ofProcesses() []Entry {
	return []Entry{
		{Kind: plan.Crash, Family: Processes, Title: text("arrêt brutal", "crash"), Undo: started(), Proof: engineAndKernel(),
			Does: text("le processus meurt ; la machine vit et refuse les connexions", "the process dies; the machine lives on and refuses connections")},
		{Kind: plan.KillOne, Family: Processes, Title: text("arrêt brutal d’une instance", "crash of one instance"), Undo: started(), Proof: engineAndKernel(),
			Does: text("une instance parmi plusieurs meurt, tirée au sort avec la graine du plan", "one instance of several dies, drawn with the plan’s seed")},
		{Kind: plan.Restart, Family: Processes, Title: text("redémarrage brutal", "restart"),
			Does:  text("le processus est tué et relancé aussitôt", "the process is killed and started at once"),
			Undo:  text("rien à lever ; ce qui ne tourne pas est démarré", "nothing to lift; what does not run is started"),
			Proof: text("un autre processus tourne, selon le moteur", "another process runs, says the engine")},
		{Kind: plan.CrashLoop, Family: Processes, Title: text("arrêts à répétition", "crash loop"), Params: []Param{{"every", text("combien de temps le processus vit, chaque fois", "how long the process lives, each time")}},
			Does:  text("le processus est tué, relancé, tué de nouveau", "the process is killed, started, killed again"),
			Undo:  text("le dernier redémarrage tient", "the last start holds"),
			Proof: text("un autre processus tourne, selon le moteur", "another process runs, says the engine")},
		{Kind: plan.Freeze, Family: Processes, Title: text("gel", "freeze"),
			Does:  text("le processus est figé : les connexions restent ouvertes, rien ne répond", "the process is frozen: connections stay open, nothing answers"),
			Undo:  text("il reprend où il en était", "it goes on where it was"),
			Proof: text("conteneurs figés, selon le moteur", "containers frozen, says the engine")},
		{Kind: plan.Deaf, Family: Processes, Title: text("arrêt ignoré", "deaf to the stop"),
			Does:  text("la demande d’arrêt (SIGTERM) reste sans effet : qui l’arrête attend tout le délai de grâce", "the request to stop (SIGTERM) has no effect: whoever stops it waits out the grace period"),
			Undo:  text("il entend de nouveau", "it hears again"),
			Proof: text("un arrêt qui a attendu tout son délai : l’effet ne peut être vu qu’à l’arrêt suivant", "a stop that waited out its grace period: it can be seen at the next stop only")},
	}
}

func ofMeans() []Entry {
	volume := named("le volume ; tous ceux du service, sans précision", "the volume; every one of the service where none is given")
	served := text("le volume est de nouveau servi tel quel ; ce qui en est mort est relancé", "the volume is served as it is again; what died of it is started")
	calls := text("appels touchés, comptés par le système de fichiers", "calls that met it, counted by the file system")
	return []Entry{
		{Kind: plan.CPU, Family: Means, Title: text("processeur bridé", "little processor"), Params: []Param{percent("part d’un cœur qui reste", "share of one core that is left")},
			Does:  text("le service n’a plus qu’une part d’un cœur", "the service is left a share of one core"),
			Undo:  text("la limite d’avant", "the limit of before"),
			Proof: text("temps d’attente imposé, compté par le noyau", "time it was made to wait, counted by the kernel")},
		{Kind: plan.OutOfMemory, Family: Means, Title: text("mémoire épuisée", "out of memory"),
			Does:  text("la mémoire du conteneur se remplit jusqu’à ce que le noyau tue un processus", "the container’s memory fills up until the kernel kills"),
			Undo:  text("la mémoire est rendue, la limite d’avant rétablie, ce qui est mort relancé", "the memory is given back, the limit of before restored, what died started"),
			Proof: text("processus tués faute de mémoire, comptés par le noyau", "processes killed for want of memory, counted by the kernel")},
		{Kind: plan.DiskFull, Family: Means, Title: text("disque plein", "disk full"), Params: []Param{volume}, Undo: served, Proof: calls,
			Does: text("plus rien ne s’écrit : il n’y a plus de place", "nothing more can be written: no space is left")},
		{Kind: plan.DiskSlow, Family: Means, Title: text("disque lent", "slow disk"), Params: []Param{volume, latency("retard de chaque écriture", "delay of each write")}, Undo: served, Proof: calls,
			Does: text("chaque écriture, chaque synchronisation prend plus de temps", "each write and each sync takes longer")},
		{Kind: plan.DiskReadOnly, Family: Means, Title: text("disque en lecture seule", "read-only disk"), Params: []Param{volume}, Undo: served, Proof: calls,
			Does: text("le volume refuse toute écriture", "the volume takes no write")},
		{Kind: plan.Descriptors, Family: Means, Title: text("descripteurs épuisés", "no descriptors"),
			Does:  text("plus aucun fichier, plus aucune connexion ne peut s’ouvrir", "no file or connection more can be opened"),
			Undo:  text("les limites d’avant ; ce qui en est mort est relancé", "the limits of before; what died of it is started"),
			Proof: text("processus à leur limite, comptés dans le noyau", "processes at their limit, counted in the kernel")},
		{Kind: plan.DBConnections, Family: Means, Title: text("connexions de base épuisées", "no database connections"),
			Does:  text("toutes les connexions de la base sont prises", "every connection of the database is taken"),
			Undo:  text("elles sont rendues", "they are given back"),
			Proof: text("une connexion de plus est refusée par la base", "one more connection is refused by the database")},
	}
}

func ofTimeAndSecrets() []Entry {
	return []Entry{
		{Kind: plan.Clock, Family: Time, Title: text("horloge fausse", "wrong clock"), Params: []Param{{"offset", text("avance, ou retard", "ahead, or behind")}},
			Does:  text("l’horloge du service avance ou retarde ; les programmes statiques ne s’y prêtent pas", "the service’s clock is ahead or behind; static programs cannot be told so"),
			Undo:  text("l’heure juste", "the right time"),
			Proof: text("l’heure demandée à un processus du conteneur", "the time that a process in the container is asked for")},
		{Kind: plan.CertExpired, Family: Credentials, Title: text("certificat périmé", "expired certificate"), Params: []Param{named("le certificat", "the certificate")},
			Does:  text("le serveur présente un certificat périmé, du même sujet et de la même autorité", "the server shows an expired certificate, of the same subject and authority"),
			Undo:  text("le certificat d’avant, et le serveur relancé", "the certificate of before, and the server started anew"),
			Proof: text("une connexion TLS de vérification est refusée pour péremption", "a TLS connection made to check is refused since it expired")},
		{Kind: plan.PasswordRevoked, Family: Credentials, Title: text("mot de passe révoqué", "revoked password"),
			Does:  text("le mot de passe de la base n’est plus valable, et les sessions ouvertes sont closes", "the database’s password is no longer valid, and open sessions are ended"),
			Undo:  text("l’empreinte d’avant est remise", "the hash of before is put back"),
			Proof: text("une connexion avec ce mot de passe est refusée par la base", "a login with that password is refused by the database")},
		{Kind: plan.SecretMissing, Family: Credentials, Title: text("secret absent", "missing secret"), Params: []Param{named("le secret ou la variable", "the secret or variable")},
			Does:  text("le service redémarre sans le secret ou sans la variable", "the service restarts without the secret or variable"),
			Undo:  text("il redémarre avec", "it restarts with it"),
			Proof: text("ce que le conteneur a reçu, selon le moteur", "what the container was given, says the engine")},
	}
}

func ofSites() []Entry {
	return []Entry{
		{Kind: plan.HostLost, Family: Sites, Title: text("machine perdue", "host lost"), Undo: started(), Proof: engineAndKernel(),
			Does: text("le service meurt avec sa machine : silence", "the service dies with its machine: silence")},
		{Kind: plan.SiteLost, Family: Sites, Title: text("site perdu", "site lost"), Undo: started(), Proof: engineAndKernel(),
			Does: text("tout un site meurt : silence", "a whole site dies: silence")},
		{Kind: plan.SiteIsolated, Family: Sites, Title: text("site isolé", "site isolated"), Params: []Param{direction()}, Undo: healed(), Proof: kernelCounts(),
			Does: text("le site vit, et plus rien ne passe sa frontière", "the site lives, and nothing crosses its border")},
		{Kind: plan.AllLost, Family: Sites, Title: text("tous les sites perdus", "all sites lost"), Proof: engineAndKernel(),
			Does: text("tous les sites meurent ensemble", "every site dies at once"),
			Undo: text("tout redémarre, dans l’ordre des dépendances", "everything starts again, in the order of dependencies")},
	}
}
