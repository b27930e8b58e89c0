package steps

// Nearest is the known word that a mistyped one most likely stands for, "" if
// none is near.
func Nearest(word string, known []string) string { return nearest(word, known) }

// KnownHint proposes the nearest known word in a language, and lists all.
func KnownHint(lang, word string, known []string) string {
	return knownHint(tongue(lang).known(), word, known)
}
