package history

// Text is a sentence in the two languages of the harness. Both are always
// filled: a report picks one by the language of its feature file.
type Text struct {
	FR string `json:"fr" yaml:"fr"`
	EN string `json:"en" yaml:"en"`
}

// In returns the sentence in lang ("fr" or anything else for English), falling
// back to the other language where one is empty.
func (t Text) In(lang string) string {
	if lang == "fr" && t.FR != "" || t.EN == "" {
		return t.FR
	}
	return t.EN
}

// Same is a text that reads alike in both languages, such as a proper name.
func Same(s string) Text { return Text{FR: s, EN: s} }
