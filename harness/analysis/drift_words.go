package analysis

import (
	"slices"
	"strconv"
	"strings"

	"bascule/harness/history"
)

// keyName is the key of a fact in words: "la variable SITE", "variable SITE".
func keyName(key string) history.Text {
	group, name, _ := strings.Cut(key, ".")
	switch group {
	case "env":
		return say("la variable %s", "variable %s", name)
	case "secret":
		return say("le secret %s", "secret %s", name)
	case "config":
		return say("la configuration %s", "config %s", name)
	case "file":
		return say("le fichier %s", "file %s", name)
	case "cert":
		_, name, _ = strings.Cut(name, ".")
		return say("l'échéance du certificat %s", "the expiry of certificate %s", name)
	case "mount":
		return say("le montage %s", "mount %s", name)
	case "expose":
		return say("le port exposé %s", "exposed port %s", name)
	case "publish":
		return say("le port publié %s", "published port %s", name)
	case "label":
		return say("l'étiquette %s", "label %s", name)
	case "package":
		return say("le paquet %s", "package %s", name)
	case "sysctl":
		return say("le réglage du noyau %s", "kernel setting %s", name)
	case "limit":
		return limitName(name)
	case "health":
		return say("le contrôle de santé (%s)", "the health check (%s)", name)
	case "replication":
		return say("la réplication (%s)", "replication (%s)", name)
	case "schema":
		return schemaName(name)
	}
	for _, n := range []struct {
		key, fr, en string
	}{
		{"image.ref", "l'image", "the image"}, {"image.digest", "l'empreinte de l'image", "the image's digest"},
		{"service.present", "le service", "the service"}, {"service.instances", "le nombre d'instances", "the number of instances"},
		{"run.command", "la commande", "the command"}, {"run.entrypoint", "le point d'entrée de l'image", "the entrypoint"},
		{"run.user", "l'utilisateur", "the user"}, {"run.folder", "le dossier de travail", "the working folder"},
		{"run.restart", "la règle de redémarrage", "the restart policy"}, {"run.stop_signal", "le signal d'arrêt", "the stop signal"},
		{"run.read_only", "la racine en lecture seule", "the read-only root"}, {"run.privileged", "le mode privilégié", "privileged mode"},
		{"run.cap_add", "la liste des droits ajoutés", "the list of added capabilities"}, {"run.cap_drop", "la liste des droits retirés", "the list of dropped capabilities"},
		{"run.extra_hosts", "la liste des noms d'hôtes ajoutés", "the list of extra hosts"},
	} {
		if n.key == key {
			return say(n.fr, n.en)
		}
	}
	return history.Same(key)
}

func limitName(name string) history.Text {
	switch name {
	case "memory":
		return say("la limite de mémoire (octets)", "the memory limit (bytes)")
	case "cpus":
		return say("la limite de processeur", "the CPU limit")
	case "pids":
		return say("la limite de processus", "the process limit")
	case "shm":
		return say("la mémoire partagée (octets)", "shared memory (bytes)")
	}
	return say("la limite %s", "limit %s", name)
}

func schemaName(name string) history.Text {
	switch part, rest, _ := strings.Cut(name, "."); {
	case name == "version":
		return say("la version du schéma", "the schema version")
	case name == "server.version":
		return say("la version du serveur de base de données", "the database server's version")
	case part == "table":
		return say("la table %s", "table %s", rest)
	case part == "column":
		return say("la colonne %s", "column %s", rest)
	case part == "default":
		return say("la valeur par défaut de la colonne %s", "the default of column %s", rest)
	case part == "index":
		return say("l'index %s", "index %s", rest)
	case part == "sequence":
		return say("la séquence %s", "sequence %s", rest)
	case part == "extension":
		return say("l'extension %s", "extension %s", rest)
	}
	return history.Same("schema." + name)
}

// unreadName is what of a container could not be read, in words, and why.
func unreadName(l look, part string) history.Text {
	if slices.Contains(l.spoilt, part) {
		return say("%s, qu'une panne en cours modifie", "%s, which a fault in force changes", partName(part))
	}
	return because(partName(part), l.err)
}

// partName is a part of a container in words.
func partName(part string) history.Text {
	switch part {
	case partFiles:
		return say("ses fichiers", "its files")
	case partSchema:
		return say("le schéma de sa base", "its database's schema")
	case partEnv:
		return say("ses variables", "its variables")
	}
	return say("le conteneur", "the container")
}

// differenceText tells a difference in one sentence.
func (f *facts) differenceText(c Comparison, d Difference) history.Text {
	primary, standby := f.siteTitle(c.Primary), f.siteTitle(c.Standby)
	name := keyName(d.Key)
	switch {
	case d.Key == "image.ref" && d.Kind == Differs:
		return imageText(d, primary, standby)
	case d.Kind == OnlyPrimary:
		return say("Service « %s » : %s existe à %s et manque à %s", "Service “%s”: %s is there in %s and missing in %s", d.Service, name, primary, standby)
	case d.Kind == OnlyStandby:
		return say("Service « %s » : %s existe à %s et manque à %s", "Service “%s”: %s is there in %s and missing in %s", d.Service, name, standby, primary)
	case d.Kind == Mixed && d.Hidden:
		return say("Service « %s » : %s diffère d'une instance à l'autre d'un même site", "Service “%s”: %s differs between instances of one site", d.Service, name)
	case d.Kind == Mixed:
		return say("Service « %s » : %s diffère d'une instance à l'autre d'un même site (%s : %s)", "Service “%s”: %s differs between instances of one site (%s: %s)", d.Service, name, primary, d.Primary)
	case d.Hidden:
		return say("Service « %s » : %s n'est pas identique à %s et à %s", "Service “%s”: %s is not the same in %s and in %s", d.Service, name, primary, standby)
	}
	return say("Service « %s » : %s diffère, « %s » à %s et « %s » à %s", "Service “%s”: %s differs, “%s” in %s and “%s” in %s", d.Service, name, d.Primary, primary, d.Standby, standby)
}

// imageText tells which site is behind, where versions tell it.
func imageText(d Difference, primary, standby string) history.Text {
	a, b := tag(d.Primary), tag(d.Standby)
	switch order, ok := olderVersion(a, b); {
	case ok && order > 0:
		return say("Service « %s » : l'image de %s est en retard, version %s quand %s est en %s", "Service “%s”: the image in %s is behind, version %s while %s has %s", d.Service, standby, b, primary, a)
	case ok && order < 0:
		return say("Service « %s » : l'image de %s est en retard, version %s quand %s est en %s", "Service “%s”: the image in %s is behind, version %s while %s has %s", d.Service, primary, a, standby, b)
	}
	return say("Service « %s » : l'image diffère, « %s » à %s et « %s » à %s", "Service “%s”: the image differs, “%s” in %s and “%s” in %s", d.Service, d.Primary, primary, d.Standby, standby)
}

// tag is the version in an image's reference; "" without one.
func tag(ref string) string {
	i := strings.LastIndexByte(ref, ':')
	if i < 0 || strings.ContainsAny(ref[i:], "/;") || strings.Contains(ref, "; ") {
		return ""
	}
	return ref[i+1:]
}

// olderVersion compares dotted numbers: above 0 where a is the newer one.
func olderVersion(a, b string) (order int, ok bool) {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	for i := range max(len(x), len(y)) {
		var m, n int
		var err1, err2 error
		if i < len(x) {
			m, err1 = strconv.Atoi(x[i])
		}
		if i < len(y) {
			n, err2 = strconv.Atoi(y[i])
		}
		if err1 != nil || err2 != nil {
			return 0, false
		}
		if order == 0 {
			order = m - n
		}
	}
	return order, true
}
